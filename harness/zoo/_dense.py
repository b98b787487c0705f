"""Fully connected nets: hidden layers one after the other, then softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.zoo._keras import KerasClassifier, seed_from
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
from harness.zoo._tensorflow import keras


class DenseClassifier(KerasClassifier):
    """A fully connected net.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers; empty for none.
    activation : str
        Of the hidden layers.
    dropout : float
        Share of each hidden layer's outputs that a training step leaves out.
    l2 : float
        Penalty on the squares of all weights, biases excepted.

    The others are those of `KerasClassifier`.
    """

    def __init__(
        self,
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
        callbacks: Sequence[Any] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.l2 = l2
        self.patience = patience
        self.watch = watch
        self.callbacks = callbacks
        self.random_state = random_state

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """Glorot-uniform weights and zero biases, as Keras begins."""

        def dense(width: int, activation: str, name: str) -> Any:
            return keras.layers.Dense(
                int(width),
                activation=activation,
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
                kernel_regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
                name=name,
            )

        layers = [keras.Input((n_features,), name="features")]
        for number, width in enumerate(self.hidden, start=1):
            layers.append(dense(width, self.activation, f"hidden_{number}"))
            if self.dropout:
                layers.append(
                    keras.layers.Dropout(
                        self.dropout, seed=seed_from(random), name=f"dropout_{number}"
                    )
                )
        layers.append(dense(n_classes, "softmax", "classes"))
        return keras.Sequential(layers, name="dense")
