"""The hyper-parameters that nets have in common, with their ranges; and the dense nets' `make`.

They stand apart so that reading a net's settings, or refusing one, doesn't load TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Annotated, Any, Literal

from harness.zoo._settings import Between, OneOf, above, at_least, between

Activation = Literal["elu", "relu", "gelu", "selu", "silu", "softplus", "sigmoid", "tanh", "linear"]
Widths = Annotated[tuple[int, ...], at_least(1)]
Count = Annotated[int, at_least(1)]
# None: a number that the rows decide.
Passes = Annotated[int | None, at_least(1)]
Rate = Annotated[float, above(0)]
DropoutShare = Annotated[float, between(0, 0.95)]
Penalty = Annotated[float, at_least(0)]
Patience = Annotated[int | None, at_least(0)]
WatchShare = Annotated[float, between(0, 0.5)]

# What all dense nets search, beside their widths and epochs.
DENSE_SPACE = {
    "activation": OneOf("elu", "relu", "silu"),
    "batch_size": OneOf(16, 32, 64, 128),
    "learning_rate": Between(1e-4, 1e-2, log=True),
    "dropout": Between(0, 0.6),
    "l2": Between(1e-6, 1e-2, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def dense_net(**defaults: Any) -> Callable[..., Any]:
    """The `make` of a dense net with these defaults; all share one signature and docstring."""
    make = FunctionType(_make.__code__, _make.__globals__, "make")
    make.__kwdefaults__ = (_make.__kwdefaults__ or {}) | defaults
    make.__annotations__ = _make.__annotations__
    make.__doc__ = _make.__doc__
    return make


def _make(
    *,
    hidden: Widths = (128,),
    activation: Activation = "relu",
    epochs: Count = 10,
    batch_size: Count = 32,
    learning_rate: Rate = 1e-3,
    dropout: DropoutShare = 0.0,
    l2: Penalty = 0.0,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    random_state: int = 0,
) -> Any:
    """Hidden layers one after the other, then softmax; trained by Adam.

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
