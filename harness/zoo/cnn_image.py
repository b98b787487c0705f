"""A convolutional net on images, such as spectrograms: Conv2D ReLU layers, softmax (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import Widths
from harness.zoo._settings import OneOf, Whole
from harness.zoo._tensor_settings import (
    CHANGES,
    CONVOLVED,
    LOOKING,
    TENSOR_SPACE,
    TRAINING,
    Hyper,
    Side,
    tensor_net,
)

SCALER = "none"
SPACE = TENSOR_SPACE | {
    "filters": OneOf((8, 16), (16, 32), (32, 64), (16, 32, 64)),
    "epochs": Whole(5, 60, log=True),
}
# The CNN against LSTM report's: two convolutions of ReLU on whole images, batches of 4, 10 epochs.
# It gives no widths; these are ours.
PRESETS = {
    "s3": {
        "filters": (32, 64),
        "side": None,
        "normalise": False,
        "ends": "cells",
        "epochs": 10,
        "learning_rate": 0.001,
        "batch_size": 4,
        "decay": False,
        "dropout": 0.0,
    },
}

make = tensor_net(
    "harness.zoo._images:CnnImage",
    "Convolutions of 3 x 3, each followed by a maximum over 2 x 2, then softmax; by Adam.",
    {
        "filters": Hyper(Widths, (8, 16), "Of the convolutions, one after the other."),
        "side": Hyper(
            Side,
            128,
            "Images are averaged down first, until no side is longer; none takes them whole.",
        ),
    }
    | CONVOLVED
    | TRAINING
    | CHANGES
    | LOOKING,
    epochs=12,
    learning_rate=2e-3,
    dropout=0.5,
)
