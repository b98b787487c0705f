"""Nets on images: convolutions over height and width."""

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
from harness.zoo._tensors import Time


def smaller(x: Any, side: int | None) -> Any:
    """The image with neighbouring cells averaged until no side is longer than `side`."""
    pool = tuple(1 if side is None else math.ceil(length / side) for length in x.shape[1:3])
    if max(pool) == 1:
        return x
    return keras.layers.AveragePooling2D(pool, padding="same", name="smaller")(x)


class CnnImage(TensorClassifier):
    """Convolutions of 3 x 3 with ReLU, each followed by a maximum over 2 x 2, then softmax.

    Parameters
    ----------
    filters : tuple of int
        Of the convolutions.
    normalise : bool
        Batch normalisation behind the convolutions, and before the softmax.
    ends : "statistics" or "cells"
        What the softmax sees: mean and deviation over time of every band, or every cell.
    side : int or None
        Images are made smaller first, until no side is longer than this.
    dropout : float
        Share of the last convolution's cells that a training step leaves out.
    l2 : float
        Penalty on the squares of all weights, biases excepted.

    The others are those of `TensorClassifier`.
    """

    sees = "image"

    def __init__(
        self,
        *,
        filters: Widths = (8, 16),
        side: Side = 128,
        normalise: bool = True,
        ends: Ends = "statistics",
        epochs: Count = 12,
        batch_size: Count = 16,
        learning_rate: Rate = 2e-3,
        decay: bool = True,
        dropout: DropoutShare = 0.5,
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
        self.side = side
        self.normalise = normalise
        self.ends = ends
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
        """He-uniform convolutions, Glorot-uniform softmax.

        The deviations over time stand beside the means because textures tell genres: see
        `harness.zoo._tensor_layers.OverTime`.
        """
        penalty = keras.regularizers.L2(self.l2) if self.l2 else None
        across = 2 if self.layout(math.prod(x.shape[1:])).time == "last" else 1
        x = smaller(x, self.side)
        for number, width in enumerate(map(int, self.filters), start=1):
            layer = keras.layers.Conv2D(
                width,
                3,
                padding="same",
                kernel_initializer=keras.initializers.HeUniform(seed=seed_from(random)),
                kernel_regularizer=penalty,
                name=f"convolution_{number}",
            )
            x = convolved(x, layer, normalise=self.normalise)
            x = keras.layers.MaxPooling2D(2, padding="same", name=f"maximum_{number}")(x)
        x = told(x, self.ends, across, normalise=self.normalise)
        if self.dropout:
            x = keras.layers.Dropout(self.dropout, seed=seed_from(random), name="dropout")(x)
        return keras.layers.Dense(
            n_classes,
            activation="softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
            kernel_regularizer=penalty,
            name="classes",
        )(x)
