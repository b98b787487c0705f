"""A convolutional net over the moments of MFCC sequences (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import Widths
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
    "filters": OneOf((32, 64), (64, 128), (32, 64, 128), (64, 64, 64)),
    "hidden": OneOf((), (64,), (128,)),
    "epochs": Whole(10, 80, log=True),
}
# The Free Music Archive report's: batches of 16, early stopping. It gives no widths, no patience;
# these are ours.
PRESETS = {
    "s4": {
        "steps": None,
        "normalise": False,
        "ends": "cells",
        "epochs": 50,
        "batch_size": 16,
        "decay": False,
        "patience": 5,
        "watch": 0.1,
    }
}

make = tensor_net(
    "harness.zoo._sequences:CnnMfcc",
    "Convolutions of 3 moments, each followed by a maximum over 2; dense, softmax; by Adam.",
    {
        "filters": Hyper(Widths, (32, 64), "Of the convolutions, one after the other."),
        "hidden": Hyper(Widths, (64,), "Widths of the dense layers."),
        "steps": STEPS,
    }
    | CONVOLVED
    | TRAINING
    | CHANGES
    | LOOKING,
    dropout=0.5,
    steps=512,
)
