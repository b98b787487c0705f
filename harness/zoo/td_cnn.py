"""A convolutional net on each window of a sequence, an LSTM over the windows (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import Count, Widths
from harness.zoo._settings import OneOf, Whole
from harness.zoo._tensor_settings import (
    CHANGES,
    CONVOLVED,
    LOOKING,
    STEPS,
    TENSOR_SPACE,
    TRAINING,
    Hyper,
    tensor_net,
)

SCALER = "none"
SPACE = TENSOR_SPACE | {
    "window": OneOf(8, 16, 32),
    "filters": OneOf((16, 32), (32, 64), (64, 64)),
    "units": OneOf((32,), (64,), (128,)),
    "epochs": Whole(10, 80, log=True),
}
# The Free Music Archive report's. It names the layers and early stopping; the numbers are ours.
PRESETS = {
    "s4": {
        "steps": None,
        "normalise": False,
        "epochs": 50,
        "decay": False,
        "patience": 5,
        "watch": 0.1,
    }
}

make = tensor_net(
    "harness.zoo._sequences:TdCnn",
    "Convolutions inside windows (TimeDistributed), an LSTM over them, softmax; by Adam.",
    {
        "window": Hyper(Count, 16, "Moments of a window; what fills no last window is left out."),
        "filters": Hyper(Widths, (32, 64), "Of the convolutions inside a window."),
        "units": Hyper(Widths, (64,), "Of the LSTM layers over the windows."),
        "hidden": Hyper(Widths, (64,), "Widths of the dense layers."),
        "steps": STEPS,
    }
    | {"normalise": CONVOLVED["normalise"]}
    | TRAINING
    | CHANGES
    | LOOKING,
    steps=512,
)
