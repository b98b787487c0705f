"""A net with one hidden layer of 128 (Keras)."""

from __future__ import annotations

from harness.zoo._net_settings import DENSE_SPACE, dense_net
from harness.zoo._settings import OneOf, Whole

SCALER = "standard"
SPACE = DENSE_SPACE | {
    "hidden": OneOf((64,), (128,), (256,), (512,), (128, 64), (256, 128)),
    "epochs": Whole(4, 60, log=True),
}
# s0: the GTZAN+ report's net, 187 279 parameters with 26 columns and 15 classes (it carried one net
# from fold to fold; here each fold's is new). s1: the MLBP 2018 report's, which is the default but
# for the 20 % of the rows that it watched.
PRESETS = {
    "s0": {"hidden": (512, 256, 128, 64), "activation": "relu", "epochs": 8, "batch_size": 15},
    "s1": {"hidden": (128,), "activation": "elu", "epochs": 4, "batch_size": 32, "watch": 0.2},
}

make = dense_net(hidden=(128,), activation="elu", epochs=4, batch_size=32)
