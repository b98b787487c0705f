"""A net of three hidden layers, 256-128-64 ReLU, in large batches (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import DENSE_SPACE, dense_net
from harness.zoo._settings import OneOf, Whole

SCALER = "standard"
SPACE = DENSE_SPACE | {
    "hidden": OneOf((128, 64, 32), (256, 128, 64), (512, 256, 128)),
    "epochs": Whole(5, 80, log=True),
}
# The Free Music Archive report's: three hidden layers, 10 epochs in batches of 256. It gives no
# widths; these are ours.
PRESETS = {"s4": {"hidden": (256, 128, 64), "epochs": 10, "batch_size": 256}}

make = dense_net(hidden=(256, 128, 64), activation="relu", epochs=10, batch_size=256)
