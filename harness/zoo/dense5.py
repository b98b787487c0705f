"""A net of four hidden layers, 512-256-128-64 ReLU (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import DENSE_SPACE, dense_net
from harness.zoo._settings import OneOf, Whole

SCALER = "standard"
SPACE = DENSE_SPACE | {
    "hidden": OneOf((256, 128, 64, 32), (512, 256, 128, 64), (512, 512, 512, 512)),
    "epochs": Whole(4, 60, log=True),
}

# The GTZAN+ report's net; it used batches of 125 too.
make = dense_net(hidden=(512, 256, 128, 64), activation="relu", epochs=8, batch_size=15)
