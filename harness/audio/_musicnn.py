"""The networks of the package ``musicnn``, from log-mel windows to features, in numpy.

Pons and Serra 2019. Held number for number to the published graphs by the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.audio._clip import Matrix
from harness.audio._nets import BANDS, Layer, Norm, _taken, padded_frames, pooled, sigmoid
from harness.errors import DataError
from harness.pretrained import musicnn as published
from harness.pretrained._kept import Weights

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Answer:
    """What a network says of a window: all float32 vectors.

    Attributes
    ----------
    embedding : array
        The last layer's input.
    pooled : array
        Means over time of the feature maps (of a VGG over time and frequency, all blocks').
    tags : array
        Probabilities of tags.
    """

    embedding: Vector
    pooled: Vector
    tags: Vector


class Musicnn:
    """Convolutions as tall as timbres and as long as rhythms; then over time; then dense layers."""

    def __init__(self, weights: Weights) -> None:
        self.norm = Norm.of(weights, "batch_normalization")
        self.layers = [
            Layer.of(weights, "conv2d" + suffix, f"batch_normalization_{k + 1}")
            for k, suffix in enumerate(["", *(f"_{k}" for k in range(1, 8))])
        ]
        self.before = Norm.of(weights, "batch_normalization_9")
        self.dense = Layer.of(weights, "dense", "batch_normalization_10")
        self.last = _taken(weights, "dense_1/kernel"), _taken(weights, "dense_1/bias")
        self._check()

    @property
    def widths(self) -> dict[str, int]:
        """How many features of each kind."""
        return {"embedding": self.dense.width, "pooled": self._maps, "tags": len(self.last[1])}

    @property
    def _maps(self) -> int:
        return sum(layer.width for layer in self.layers)

    def _check(self) -> None:
        front = sum(layer.width for layer in self.layers[:5])
        width = self.layers[5].width
        sizes = [(layer.kernel.shape[1], layer.width) for layer in self.layers[5:]]
        fits = sizes == [(front, width), (width, width), (width, width)]
        fits &= all(layer.kernel.shape[1] <= BANDS for layer in self.layers[:5])
        fits &= self.dense.kernel.shape == (2 * self._maps, self.dense.width)
        fits &= self.before.factor.shape == (2 * self._maps,)
        fits &= self.last[0].shape == (self.dense.width, len(self.last[1]))
        if not fits:
            raise DataError("shapes don't fit each other", where="pretrained weights")

    def __call__(self, window: Matrix) -> Answer:
        """The features of a window, float32 (frames, 96)."""
        values = self.norm(window)
        front = np.concatenate(
            [layer.maxima(padded_frames(values, len(layer.kernel))) for layer in self.layers[:5]],
            axis=1,
        )
        maps = [front]
        for k, layer in enumerate(self.layers[5:]):
            found = layer.maxima(padded_frames(maps[-1], len(layer.kernel)))
            maps.append(found + maps[-1] if k else found)
        every = np.concatenate(maps, axis=1)
        means = every.mean(axis=0)
        # Channel by channel its maximum and its mean.
        both = np.stack([every.max(axis=0), means], axis=1).reshape(-1)
        embedding = self.dense.norm(
            np.maximum(self.before(both) @ self.dense.kernel + self.dense.bias, 0)
        )
        return Answer(embedding, means, sigmoid(embedding @ self.last[0] + self.last[1]))


class Vgg:
    """Five blocks of 3 x 3 convolutions with pooling between them, then one dense layer."""

    def __init__(self, weights: Weights, pools: tuple[tuple[int, int, int, int], ...]) -> None:
        self.norm = Norm.of(weights, "batch_normalization")
        self.layers = [
            Layer.of(weights, f"{k}CNN", f"batch_normalization_{k}") for k in range(1, 6)
        ]
        self.pools = pools
        self.last = _taken(weights, "dense/kernel"), _taken(weights, "dense/bias")
        channels = [1, *(layer.width for layer in self.layers)]
        kinds = [layer.kernel.shape[2] for layer in self.layers]
        if kinds != channels[:-1] or self.last[0].shape != (2 * channels[-1], len(self.last[1])):
            raise DataError("shapes don't fit each other", where="pretrained weights")

    @property
    def widths(self) -> dict[str, int]:
        """How many features of each kind."""
        maps = sum(layer.width for layer in self.layers)
        return {"embedding": len(self.last[0]), "pooled": maps, "tags": len(self.last[1])}

    def __call__(self, window: Matrix) -> Answer:
        """The features of a window, float32 (187, 96)."""
        values, means = self.norm(window)[..., None], []
        for layer, pool in zip(self.layers, self.pools, strict=True):
            found = layer.same(values)
            means.append(found.mean(axis=(0, 1)))
            values = pooled(found, pool)
        flat = values.reshape(-1)
        tags = sigmoid(flat @ self.last[0] + self.last[1])
        return Answer(flat, np.concatenate(means), tags)


def build(network: str, identity: str = "") -> Musicnn | Vgg:
    """A network by its name, its weights from the cache.

    Raises
    ------
    DataError
        Where the weights aren't here, or are of something else.
    """
    weights = published.load(network, identity)
    pools = published.NETWORKS[network].pools
    return Vgg(weights, pools) if pools else Musicnn(weights)
