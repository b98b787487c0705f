"""A net with one hidden layer of 128 (Keras)."""

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
    "hidden": OneOf((64,), (128,), (256,), (512,), (128, 64), (256, 128)),
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
    hidden: Widths = (128,),
    activation: Activation = "elu",
    epochs: Count = 4,
    batch_size: Count = 32,
    learning_rate: Rate = 1e-3,
    dropout: DropoutShare = 0.0,
    l2: Penalty = 0.0,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    random_state: int = 0,
) -> Any:
    """Dense 128 ELU and softmax: the net of the MLBP 2018 report, 4 epochs of Adam.

    The report watched 20 % of the rows: ``watch=0.2``.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    activation : str
        Of the hidden layers.
    epochs : int
        Passes over the training rows; with patience, the most.
    batch_size : int
        Rows a step.
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
