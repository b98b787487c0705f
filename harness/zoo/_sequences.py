"""Nets on sequences: convolutions over time, LSTM layers, and windows of both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from harness.zoo._keras import seed_from
from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._tensor_layers import convolved, told
from harness.zoo._tensor_net import TensorClassifier
from harness.zoo._tensor_settings import BlockName, Ends, MaskShare, Mixing, Side
from harness.zoo._tensorflow import keras
from harness.zoo._tensors import Sees, Time


def shorter(x: Any, steps: int | None) -> Any:
    """The sequence with neighbouring moments averaged until there are at most `steps`."""
    pool = 1 if steps is None else math.ceil(x.shape[1] / steps)
    if pool == 1:
        return x
    return keras.layers.AveragePooling1D(pool, padding="same", name="shorter")(x)


class SequenceClassifier(TensorClassifier):
    """What nets on sequences share: their layers, seeded and named, and the way to the softmax."""

    sees: Sees | None = "sequence"
    l2: float
    dropout: float

    def penalty(self) -> Any:
        """On a layer's weights."""
        return keras.regularizers.L2(self.l2) if self.l2 else None

    def recurrent(self, x: Any, units: Widths, random: np.random.Generator) -> Any:
        """LSTM layers, one on the other; the last gives its last state."""
        for number, width in enumerate(map(int, units), start=1):
            x = keras.layers.LSTM(
                width,
                return_sequences=number < len(units),
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
                recurrent_initializer=keras.initializers.Orthogonal(seed=seed_from(random)),
                kernel_regularizer=self.penalty(),
                name=f"lstm_{number}",
            )(x)
        return x

    def answered(self, x: Any, hidden: Widths, n_classes: int, random: np.random.Generator) -> Any:
        """Dense ReLU layers, dropout, softmax."""
        for number, width in enumerate(map(int, hidden), start=1):
            x = self.dense(x, width, "relu", f"hidden_{number}", random)
        if self.dropout:
            x = keras.layers.Dropout(self.dropout, seed=seed_from(random), name="dropout")(x)
        return self.dense(x, n_classes, "softmax", "classes", random)

    def dense(
        self, x: Any, width: int, activation: str, name: str, random: np.random.Generator
    ) -> Any:
        """A fully connected layer."""
        return keras.layers.Dense(
            width,
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
            kernel_regularizer=self.penalty(),
            name=name,
        )(x)


class Lstm(SequenceClassifier):
    """LSTM layers, dense ReLU layers, dropout, softmax.

    Parameters
    ----------
    units : tuple of int
        Of the LSTM layers.
    hidden : tuple of int
        Widths of the dense layers.
    steps : int or None
        Sequences are made shorter first, until they have no more moments than this.
    dropout : float
        Share of the last layer's inputs that a training step leaves out.
    l2 : float
        Penalty on the squares of the weights from layer to layer.

    The others are those of `TensorClassifier`.
    """

    def __init__(
        self,
        *,
        units: Widths = (64, 64),
        hidden: Widths = (64,),
        steps: Side = 128,
        epochs: Count = 40,
        batch_size: Count = 32,
        learning_rate: Rate = 1e-3,
        decay: bool = True,
        dropout: DropoutShare = 0.3,
        l2: Penalty = 0.0,
        masking: MaskShare = 0.0,
        mixup: Mixing = 0.0,
        patience: Patience = None,
        watch: WatchShare = 0.0,
        block: BlockName = None,
        time: Time = "auto",
        shape: tuple[int, ...] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.units = units
        self.hidden = hidden
        self.steps = steps
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.dropout = dropout
        self.l2 = l2
        self.masking = masking
        self.mixup = mixup
        self.patience = patience
        self.watch = watch
        self.block = block
        self.time = time
        self.shape = shape
        self.random_state = random_state

    def body(self, x: Any, n_classes: int, random: np.random.Generator) -> Any:
        """Glorot-uniform weights, orthogonal recurrent ones, as Keras begins."""
        x = self.recurrent(shorter(x, self.steps), self.units, random)
        return self.answered(x, self.hidden, n_classes, random)


class LstmMfcc(Lstm):
    """The same, on MFCC."""

    wants = "mfcc"


class CnnMfcc(SequenceClassifier):
    """Convolutions of 3 moments with ReLU, each followed by a maximum over 2; dense, softmax.

    Parameters
    ----------
    filters : tuple of int
        Of the convolutions.
    normalise : bool
        Batch normalisation behind the convolutions, and of what the dense layers see.
    ends : "statistics" or "cells"
        What the dense layers see: mean and deviation over time of every filter, or every cell.
    hidden, steps, dropout, l2
        As of `Lstm`.

    The others are those of `TensorClassifier`.
    """

    wants = "mfcc"

    def __init__(
        self,
        *,
        filters: Widths = (32, 64),
        hidden: Widths = (64,),
        normalise: bool = False,
        ends: Ends = "cells",
        steps: Side = 128,
        epochs: Count = 30,
        batch_size: Count = 16,
        learning_rate: Rate = 1e-3,
        decay: bool = True,
        dropout: DropoutShare = 0.3,
        l2: Penalty = 0.0,
        masking: MaskShare = 0.0,
        mixup: Mixing = 0.0,
        patience: Patience = None,
        watch: WatchShare = 0.0,
        block: BlockName = None,
        time: Time = "auto",
        shape: tuple[int, ...] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.filters = filters
        self.hidden = hidden
        self.normalise = normalise
        self.ends = ends
        self.steps = steps
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.dropout = dropout
        self.l2 = l2
        self.masking = masking
        self.mixup = mixup
        self.patience = patience
        self.watch = watch
        self.block = block
        self.time = time
        self.shape = shape
        self.random_state = random_state

    def body(self, x: Any, n_classes: int, random: np.random.Generator) -> Any:
        """He-uniform convolutions, Glorot-uniform dense layers."""
        x = shorter(x, self.steps)
        for number, width in enumerate(map(int, self.filters), start=1):
            layer = keras.layers.Conv1D(
                width,
                3,
                padding="same",
                kernel_initializer=keras.initializers.HeUniform(seed=seed_from(random)),
                kernel_regularizer=self.penalty(),
                name=f"convolution_{number}",
            )
            x = convolved(x, layer, normalise=self.normalise)
            x = keras.layers.MaxPooling1D(2, padding="same", name=f"maximum_{number}")(x)
        x = told(x, self.ends, 1, normalise=self.normalise)
        return self.answered(x, self.hidden, n_classes, random)


class Cnn(CnnMfcc):
    """The same, over the columns of any matrix; `block` and `time` mean nothing here."""

    sees = None
    wants = ""


class TdCnn(SequenceClassifier):
    """One small convolutional net over each window of the sequence, an LSTM over the windows.

    Parameters
    ----------
    window : int
        Moments of a window. Windows follow each other without overlap; moments that don't fill a
        last one are left out.
    filters : tuple of int
        Of the convolutions inside a window.
    units : tuple of int
        Of the LSTM layers over the windows.
    normalise : bool
        Batch normalisation behind the convolutions.
    hidden, steps, dropout, l2
        As of `Lstm`.

    The others are those of `TensorClassifier`.
    """

    def __init__(
        self,
        *,
        window: Count = 16,
        filters: Widths = (32, 64),
        units: Widths = (64,),
        hidden: Widths = (64,),
        normalise: bool = True,
        steps: Side = 512,
        epochs: Count = 30,
        batch_size: Count = 16,
        learning_rate: Rate = 1e-3,
        decay: bool = True,
        dropout: DropoutShare = 0.3,
        l2: Penalty = 0.0,
        masking: MaskShare = 0.0,
        mixup: Mixing = 0.0,
        patience: Patience = None,
        watch: WatchShare = 0.0,
        block: BlockName = None,
        time: Time = "auto",
        shape: tuple[int, ...] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.window = window
        self.filters = filters
        self.units = units
        self.hidden = hidden
        self.normalise = normalise
        self.steps = steps
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.dropout = dropout
        self.l2 = l2
        self.masking = masking
        self.mixup = mixup
        self.patience = patience
        self.watch = watch
        self.block = block
        self.time = time
        self.shape = shape
        self.random_state = random_state

    def body(self, x: Any, n_classes: int, random: np.random.Generator) -> Any:
        """The convolutions see (windows, moments, coefficients), and never across windows."""
        x = shorter(x, self.steps)
        length = min(int(self.window), x.shape[1])
        left = x.shape[1] % length
        if left:
            x = keras.layers.Cropping1D((0, left), name="whole_windows")(x)
        windows = x.shape[1] // length
        x = keras.layers.Reshape((windows, length, x.shape[2]), name="windows")(x)
        for number, width in enumerate(map(int, self.filters), start=1):
            # Kernels of height 1 are TimeDistributed convolutions, in one operation for all
            # windows.
            layer = keras.layers.Conv2D(
                width,
                (1, 3),
                padding="same",
                kernel_initializer=keras.initializers.HeUniform(seed=seed_from(random)),
                kernel_regularizer=self.penalty(),
                name=f"convolution_{number}",
            )
            x = convolved(x, layer, normalise=self.normalise)
            x = keras.layers.MaxPooling2D((1, 2), padding="same", name=f"maximum_{number}")(x)
        x = keras.layers.Reshape((windows, x.shape[2] * x.shape[3]), name="by_window")(x)
        return self.answered(self.recurrent(x, self.units, random), self.hidden, n_classes, random)
