"""An LSTM layer on MFCC sequences, then softmax (Keras)."""

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
# The Free Music Archive report's. It names the layer and early stopping; the numbers are ours.
PRESETS = {"s4": {"steps": None, "epochs": 50, "decay": False, "patience": 5, "watch": 0.1}}

make = tensor_net(
    "harness.zoo._sequences:LstmMfcc",
    "LSTM layers on MFCC, dense ReLU layers, dropout, softmax; trained by Adam.",
    {
        "units": Hyper(Widths, (128,), "Of the LSTM layers."),
        "hidden": Hyper(Widths, (64,), "Widths of the dense layers."),
        "steps": STEPS,
    }
    | TRAINING
    | CHANGES
    | LOOKING,
    epochs=40,
)
