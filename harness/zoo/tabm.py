"""An ensemble of MLPs that share their weights, in the manner of TabM (Keras)."""

from __future__ import annotations

from typing import Any

from harness.zoo._net_settings import (
    Activation,
    Count,
    DropoutShare,
    Passes,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import Between, OneOf, Whole

SCALER = "power"
SPACE = {
    "hidden": OneOf((64,), (128,), (256,), (64, 64), (128, 128), (256, 256)),
    "epochs": Whole(10, 100, log=True),
    "batch_size": OneOf(32, 64, 128),
    "learning_rate": Between(1e-3, 2e-2, log=True),
    "dropout": Between(0, 0.5),
    "l2": Between(1e-6, 1e-2, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    members: Count = 8,
    hidden: Widths = (128, 128),
    activation: Activation = "silu",
    epochs: Passes = None,
    batch_size: Count = 64,
    learning_rate: Rate = 5e-3,
    decay: bool = True,
    dropout: DropoutShare = 0.3,
    l2: Penalty = 0.0,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    random_state: int = 0,
) -> Any:
    """An MLP whose members share all weights but rank-one adapters (Gorishniy and others 2024).

    Parameters
    ----------
    members : int
        How many MLPs it holds; the answer is their mean.
    hidden : tuple of int
        Widths of the hidden layers.
    activation : str
        Of the hidden layers.
    epochs : int or None
        Passes over the training rows; with patience, the most. None: 40 up to 1000 rows, of more
        rows fewer, as the root of their number.
    batch_size : int
        Rows a step.
    learning_rate : float
        Of Adam, in the first epoch.
    decay : bool
        Let the learning rate fall along half a cosine.
    dropout : float
        Share of each hidden layer's outputs that a training step leaves out.
    l2 : float
        Penalty on the squares of shared weights and of the members' last layers.
    patience : int or None
        Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.
    watch : float
        Share of the training part that is watched, not trained on; 0.1 with patience alone.
    random_state : int
        Seed of initial weights, adapters, shuffles, dropout and watch rows.
    """
    from harness.zoo._tabm import SharedEnsemble

    return SharedEnsemble(
        members=members,
        hidden=hidden,
        activation=activation,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        decay=decay,
        dropout=dropout,
        l2=l2,
        patience=patience,
        watch=watch,
        random_state=random_state,
    )
