"""A number for each frame: zero crossings, loudness, and where in the spectrum the energy lies.

All equal librosa 0.11's functions with the same frames (the tests hold them to it).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.audio._clip import Matrix, Samples

Frames = NDArray[np.float32]
# Below it a sample counts as zero, and zero as positive.
ZERO = 1e-10


def zero_crossings(samples: Samples, frame: int, hop: int) -> Frames:
    """Share of a frame's samples whose sign differs from the one before; (1 + n // hop,)."""
    padded = np.pad(samples, frame // 2, mode="edge")
    negative = padded < -ZERO
    # How many changes of sign lie before each sample: a frame's are a difference of two of them.
    before = np.zeros(len(padded), dtype=np.int32)
    np.cumsum(negative[1:] != negative[:-1], out=before[1:], dtype=np.int32)
    starts = np.arange(0, len(padded) - frame + 1, hop)
    return ((before[starts + frame - 1] - before[starts]) / frame).astype(np.float32)


def root_mean_square(samples: Samples, frame: int, hop: int) -> Frames:
    """Root mean square of each frame; (1 + n // hop,). `frame` is a multiple of `hop`."""
    padded = np.pad(samples, frame // 2)
    whole = len(padded) // hop
    # Frames share their hops: each is summed once.
    pieces = padded[: whole * hop].reshape(whole, hop)
    energy = np.einsum("ij,ij->i", pieces, pieces)
    per = frame // hop
    count = whole - per + 1
    total = sum(energy[k : k + count] for k in range(per))
    return np.sqrt(np.asarray(total) / frame).astype(np.float32)


def centroid(magnitude: Matrix, hertz: NDArray[np.float32]) -> Frames:
    """Mean frequency, weighted by magnitude, in Hz; 0 in silence."""
    return (magnitude @ hertz) / _total(magnitude)


def bandwidth(magnitude: Matrix, hertz: NDArray[np.float32], centroid: Frames) -> Frames:
    """Root of the weighted mean square distance from the centroid, in Hz; 0 in silence."""
    # Around the centroid: sums of squares around 0 would lose a pure tone's width in rounding.
    away = hertz - centroid[:, None]
    away *= away
    return np.sqrt(np.einsum("ij,ij->i", away, magnitude) / _total(magnitude))


def rolloff(magnitude: Matrix, hertz: NDArray[np.float32], share: float = 0.85) -> Frames:
    """The lowest frequency with at least `share` of the magnitude at or below it, in Hz."""
    below = np.cumsum(magnitude, axis=1)
    return hertz[(below >= np.float32(share) * below[:, -1:]).argmax(axis=1)]


def _total(magnitude: Matrix) -> Frames:
    total = magnitude.sum(axis=1)
    total[total < np.finfo(np.float32).tiny] = 1
    return total
