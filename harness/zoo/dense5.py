"""A net of four hidden layers, 512-256-128-64 ReLU (Keras)."""

from __future__ import annotations

from typing import Any

from harness.zoo._net_settings import (
    Activation,
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import Between, OneOf, Whole

SCALER = "standard"
SPACE = {
    "hidden": OneOf((256, 128, 64, 32), (512, 256, 128, 64), (512, 512, 512, 512)),
    "activation": OneOf("elu", "relu", "silu"),
    "epochs": Whole(4, 60, log=True),
    "batch_size": OneOf(16, 32, 64, 128),
    "learning_rate": Between(1e-4, 1e-2, log=True),
    "dropout": Between(0, 0.6),
    "l2": Between(1e-6, 1e-2, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    hidden: Widths = (512, 256, 128, 64),
    activation: Activation = "relu",
    epochs: Count = 8,
    batch_size: Count = 15,
    learning_rate: Rate = 1e-3,
    dropout: DropoutShare = 0.0,
    l2: Penalty = 0.0,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    random_state: int = 0,
) -> Any:
    """Dense 512-256-128-64 ReLU and softmax: the net of the GTZAN+ report, 8 epochs of Adam.

    With 26 columns and 15 classes it has 187 279 parameters. The report carried one net from fold
    to fold; here each fold's is new.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    activation : str
        Of the hidden layers.
    epochs : int
        Passes over the training rows; with patience, the most.
    batch_size : int
        Rows a step; the report used 125 too.
    learning_rate : float
        Of Adam.
    dropout : float
        Share of each hidden layer's outputs that a training step leaves out.
    l2 : float
        Penalty on the squares of the weights.
    patience : int or None
        Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.
    watch : float
        Share of the training part that is watched, not trained on; 0.1 with patience alone.
    random_state : int
        Seed of initial weights, shuffles, dropout and watch rows.
    """
    from harness.zoo._dense import DenseClassifier

    return DenseClassifier(
        hidden=hidden,
        activation=activation,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        dropout=dropout,
        l2=l2,
        patience=patience,
        watch=watch,
        random_state=random_state,
    )
