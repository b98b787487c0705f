"""An MLP that is an ensemble: members share their weights, and differ in rank-one adapters.

Source: Gorishniy, Kotelnikov and Babenko (2024), TabM: Advancing tabular deep learning with
parameter-efficient ensembling; the adapters are those of BatchEnsemble (Wen, Tran and Ba 2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.zoo._keras import KerasClassifier, seed_from
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
from harness.zoo._tensorflow import keras

# Up to so many rows they are passed over so often; of more, less often, as the root of the rows.
ROWS, EPOCHS, FEWEST = 1000, 40, 8


@keras.saving.register_keras_serializable(package="harness")
class Adapter(keras.layers.Layer):
    """Each member's own factor for every column, and shift: (B, D) or (B, M, D) to (B, M, D).

    Parameters
    ----------
    members : int
    shift : bool
        Whether a learned shift is added.
    shift_initializer
        Of the shifts: a Keras initialiser, its name or its configuration.
    """

    def __init__(
        self,
        *,
        members: int,
        shift: bool = True,
        shift_initializer: Any = "zeros",
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.members = members
        self.shift = shift
        self.shift_initializer = keras.initializers.get(shift_initializer)

    def build(self, input_shape: Any) -> None:
        """Factors of 1, and shifts."""
        shape = (self.members, input_shape[-1])
        self.factors = self.add_weight(shape=shape, initializer="ones", name="factors")
        self.shifts = None
        if self.shift:
            self.shifts = self.add_weight(
                shape=shape, initializer=self.shift_initializer, name="shifts"
            )

    def call(self, inputs: Any) -> Any:
        """Multiply and add."""
        if inputs.shape.rank == 2:
            inputs = inputs[:, None, :]
        scaled = inputs * self.factors
        return scaled if self.shifts is None else scaled + self.shifts

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """(B, M, D)."""
        return (input_shape[0], self.members, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return super().get_config() | {
            "members": self.members,
            "shift": self.shift,
            "shift_initializer": keras.initializers.serialize(self.shift_initializer),
        }


class SharedEnsemble(KerasClassifier):
    """M members, each with a loss of its own in training; the answer is their mean probability.

    A member's hidden layer computes activation(s * (W x) + b): W is everybody's, s and b are its
    own. Before the first layer, each member turns the signs of columns its own way, at random:
    that is what makes members differ. The last layer is each member's own. Weights and shifts begin
    uniform within 1 / sqrt(inputs): hidden layers that begin smaller than Glorot's learn less by
    heart where rows are many (0.004 of log-loss on 3500 rows of 20 columns).

    Parameters
    ----------
    members : int
    hidden : tuple of int
        Widths of the hidden layers.
    activation : str
    dropout : float
    l2 : float
        Penalty on the squares of shared weights and of the last layers.
    epochs : int or None
        None: by the number of training rows (`passes`).

    The others are those of `KerasClassifier`.
    """

    def __init__(
        self,
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
        callbacks: Sequence[Any] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.members = members
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.dropout = dropout
        self.l2 = l2
        self.patience = patience
        self.watch = watch
        self.callbacks = callbacks
        self.random_state = random_state

    def passes(self, rows: int) -> int:
        """40 epochs for a thousand rows and fewer; of more rows each teaches less that is new."""
        if self.epochs is not None:
            return int(self.epochs)
        return max(FEWEST, round(EPOCHS * min(1.0, math.sqrt(ROWS / rows))))

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """From (rows, n_features) to (rows, members, n_classes): a softmax for each member."""
        m = int(self.members)
        penalty = keras.regularizers.L2(self.l2) if self.l2 else None

        def small(inputs: int) -> Any:
            """As each weight's share of a sum of so many inputs."""
            most = 1 / math.sqrt(inputs)
            return keras.initializers.RandomUniform(-most, most, seed=seed_from(random))

        signs = Adapter(members=m, shift=False, name="signs")
        layers, inputs = [keras.Input((n_features,), name="features"), signs], n_features
        for number, width in enumerate(map(int, self.hidden), start=1):
            layers += [
                keras.layers.Dense(
                    width,
                    use_bias=False,
                    kernel_initializer=small(inputs),
                    kernel_regularizer=penalty,
                    name=f"hidden_{number}",
                ),
                Adapter(members=m, shift_initializer=small(inputs), name=f"adapter_{number}"),
                keras.layers.Activation(self.activation, name=f"activation_{number}"),
            ]
            inputs = width
            if self.dropout:
                seed = seed_from(random)
                layers.append(
                    keras.layers.Dropout(self.dropout, seed=seed, name=f"dropout_{number}")
                )
        last = keras.layers.EinsumDense(
            "bmd,mdk->bmk",
            (m, n_classes),
            bias_axes="mk",
            activation="softmax",
            kernel_initializer=small(inputs),
            bias_initializer=small(inputs),
            kernel_regularizer=penalty,
            name="classes",
        )
        model = keras.Sequential([*layers, last], name="tabm")
        signs.set_weights([random.choice(np.array([-1, 1], np.float32), (m, n_features))])
        return model
