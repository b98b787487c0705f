"""A convolutional net over the columns of a table (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import Widths
from harness.zoo._settings import OneOf, Whole
from harness.zoo._tensor_settings import CHANGES, TENSOR_SPACE, TRAINING, Hyper, tensor_net

SCALER = "standard"
SPACE = {name: domain for name, domain in TENSOR_SPACE.items() if name != "masking"} | {
    "filters": OneOf((32,), (32, 64), (64, 128), (32, 64, 128)),
    "hidden": OneOf((), (64,), (128,)),
    "epochs": Whole(10, 80, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}
# The CNN against LSTM report's, on the tabulated GTZAN features. It gives no widths and no epochs;
# these are ours.
PRESETS = {"s3": {"filters": (32, 64), "hidden": (64,), "epochs": 30, "decay": False}}

make = tensor_net(
    "harness.zoo._sequences:Cnn",
    "Convolutions of 3 neighbouring columns, dense ReLU layers, softmax; trained by Adam.",
    {
        "filters": Hyper(Widths, (32, 64), "Of the convolutions, one after the other."),
        "hidden": Hyper(Widths, (64,), "Widths of the dense layers."),
    }
    | TRAINING
    | {"mixup": CHANGES["mixup"]},
    dropout=0.5,
)
