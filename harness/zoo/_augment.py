"""What is done to a batch of tensors in training, and never to rows that are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.zoo._tensors import Layout

Floats = NDArray[np.float32]
Codes = NDArray[np.int32]


class Batch(NamedTuple):
    """Rows of a step, each with two labels (a mixture's) and a weight for either.

    X is float32 (B, D), flat; y and other int32 (B,); their weights float32 (B,).
    """

    X: Floats
    y: Codes
    weight: Floats
    other: Codes
    other_weight: Floats


@dataclass(frozen=True)
class Augment:
    """Masks over time and bands, and mixtures of two rows.

    Sources: Park and others (2019), SpecAugment: a simple data augmentation method for automatic
    speech recognition (the masks; no warping); Zhang and others (2018), mixup: beyond empirical
    risk minimization.

    Attributes
    ----------
    masking : float
        In each row, a span of time and one of bands become the training mean; each span is up to
        this share of its axis. 0 leaves rows as they are.
    mixup : float
        Rows are mixed in pairs, in shares drawn from Beta(mixup, mixup); so are their labels. 0
        mixes nothing.
    layout : Layout, optional
        Where time and bands are in a flat row; masks need it.
    blank : float32 array, shape (D,), optional
        What a masked cell becomes; masks need it.
    """

    masking: float = 0.0
    mixup: float = 0.0
    layout: Layout | None = None
    blank: Floats | None = None

    def of(self, batch: Batch, random: np.random.Generator) -> Batch:
        """The batch to train on; draws nothing where nothing is asked for."""
        if self.masking and self.layout is not None and self.blank is not None:
            batch = batch._replace(X=self._masked(batch.X, self.layout, self.blank, random))
        return self._mixed(batch, random) if self.mixup else batch

    def _masked(
        self, X: Floats, layout: Layout, blank: Floats, random: np.random.Generator
    ) -> Floats:
        shape = (*layout.shape, 1)[:3]
        hidden = np.zeros((len(X), *shape), dtype=bool)
        for axis in (1, 2):
            length = shape[axis - 1]
            most = int(self.masking * length)
            width = random.integers(0, most + 1, size=len(X))
            start = random.integers(0, length - width + 1)
            at = np.arange(length)
            inside = (at >= start[:, None]) & (at < (start + width)[:, None])
            hidden |= inside[:, :, None, None] if axis == 1 else inside[:, None, :, None]
        return np.where(hidden.reshape(len(X), -1), blank, X)

    def _mixed(self, batch: Batch, random: np.random.Generator) -> Batch:
        partner = random.permutation(len(batch.y))
        share = random.beta(self.mixup, self.mixup, size=len(batch.y)).astype(np.float32)
        rest = 1 - share
        X = share[:, None] * batch.X + rest[:, None] * batch.X[partner]
        weights = share * batch.weight, rest * batch.weight[partner]
        return Batch(X, batch.y, weights[0], batch.y[partner], weights[1])
