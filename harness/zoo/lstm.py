"""LSTM layers on sequences, then dense ReLU, dropout, softmax (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import Widths
from harness.zoo._settings import OneOf, Whole
from harness.zoo._tensor_settings import (
    CHANGES,
    LOOKING,
    STEPS,
    TENSOR_SPACE,
    TRAINING,
    Hyper,
    tensor_net,
)

SCALER = "none"
SPACE = TENSOR_SPACE | {
    "units": OneOf((64,), (128,), (64, 64), (128, 64)),
    "epochs": Whole(15, 100, log=True),
}
# The CNN against LSTM report's: two LSTM layers, Adam at 0.001, 60 epochs; it held out a part to
# validate on. It gives no widths; these are ours.
PRESETS = {
    "s3": {
        "units": (64, 64),
        "hidden": (64,),
        "steps": None,
        "epochs": 60,
        "learning_rate": 0.001,
        "decay": False,
        "dropout": 0.3,
        "watch": 0.2,
    },
}

make = tensor_net(
    "harness.zoo._sequences:Lstm",
    "LSTM layers one on the other, dense ReLU layers, dropout, softmax; trained by Adam.",
    {
        "units": Hyper(Widths, (64, 64), "Of the LSTM layers."),
        "hidden": Hyper(Widths, (64,), "Widths of the dense layers."),
        "steps": STEPS,
    }
    | TRAINING
    | CHANGES
    | LOOKING,
    epochs=40,
    batch_size=32,
)
