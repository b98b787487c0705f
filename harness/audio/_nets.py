"""What the pretrained networks' forward passes are made of, in numpy.

A convolution is a matrix product of the input's patches, a block of frames at a time so that they
stay in the processor's cache; BLAS does the work, and one thread of it is all a worker may have.
Every layer is convolution, ReLU, batch normalisation, as the networks were trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from harness.audio import _filters
from harness.audio._clip import Clip, Matrix
from harness.errors import DataError
from harness.pretrained._kept import Weights

RATE, N_FFT, HOP, BANDS = 16_000, 512, 256, 96
WINDOW = 187
GAIN = 10_000
EPSILON = 1e-3
# Rows of a block of patches, about.
AT_ONCE = 2048
# What the values depend on, for manifests.
LAYOUT: dict[str, Any] = {
    "rate_hz": RATE,
    "n_fft": N_FFT,
    "hop": HOP,
    "window": "hann, periodic, centred on zeros",
    "mel_bands": BANDS,
    "compression": f"log10(1 + {GAIN} x)",
    "window_frames": WINDOW,
}


def log_mel(clip: Clip, seconds: float | None = None) -> Matrix:
    """log10(1 + 10 000 x mel power) of the clip or its start; float32, (frames, 96)."""
    spectrum = clip.spectrum(RATE, N_FFT, HOP, seconds=seconds)
    power = spectrum.power @ _filters.mel(RATE, N_FFT, BANDS)
    power *= np.float32(GAIN)
    power += np.float32(1)
    return np.log10(power, out=power)


def windows(clip: Clip, step: int = WINDOW) -> Matrix:
    """Windows of 187 frames (3 s), `step` frames apart; a view of float32, (n, 187, 96).

    A rest that is shorter than a window is left out.
    """
    view = sliding_window_view(log_mel(clip), WINDOW, axis=0)[::step]
    return np.swapaxes(view, 1, 2)


def seconds_of(count: int = WINDOW) -> float:
    """The shortest clip with so many frames."""
    return (count - 1) * HOP / RATE


@dataclass(frozen=True)
class Norm:
    """Batch normalisation as a factor and a summand for each channel."""

    factor: NDArray[np.float32]
    summand: NDArray[np.float32]

    @classmethod
    def of(cls, weights: Weights, name: str) -> Norm:
        """From a checkpoint's four variables."""
        beta, gamma, mean, variance = (
            _taken(weights, f"{name}/{part}")
            for part in ("beta", "gamma", "moving_mean", "moving_variance")
        )
        factor = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + EPSILON)
        return cls(factor.astype(np.float32), (beta - mean * factor).astype(np.float32))

    def __call__(self, values: Matrix) -> Matrix:
        """Normalised."""
        return values * self.factor + self.summand


@dataclass(frozen=True)
class Layer:
    """A convolution (or a dense layer) with ReLU and batch normalisation behind it.

    Attributes
    ----------
    kernel : float32 array, shape (frames, bands, channels in, channels out)
    bias : float32 array
    norm : Norm
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    norm: Norm

    @classmethod
    def of(cls, weights: Weights, name: str, norm: str) -> Layer:
        """From a checkpoint's variables."""
        return cls(
            _taken(weights, f"{name}/kernel"),
            _taken(weights, f"{name}/bias"),
            Norm.of(weights, norm),
        )

    @property
    def width(self) -> int:
        """Channels that come out."""
        return len(self.bias)

    def maxima(self, values: Matrix) -> Matrix:
        """Of one channel (frames, bands), padded by the caller, each frame's maximum over bands.

        Returns float32, (frames - kernel frames + 1, channels out).
        """
        frames, bands = self.kernel.shape[:2]
        patches = sliding_window_view(values, (frames, bands))
        count, across = patches.shape[:2]
        found = np.empty((count, self.width), np.float32)
        step = max(1, AT_ONCE // across)
        for at in range(0, count, step):
            part = patches[at : at + step].reshape(-1, frames * bands) @ self._upward
            part.reshape(-1, across, self.width).max(axis=1, out=found[at : at + step])
        found *= self._sign
        found += self.bias
        np.maximum(found, 0, out=found)
        return self.norm(found)

    @cached_property
    def _sign(self) -> NDArray[np.float32]:
        return np.where(self.norm.factor < 0, -1, 1).astype(np.float32)

    @cached_property
    def _upward(self) -> NDArray[np.float32]:
        """The kernel, turned where the factor is negative.

        What follows it never falls then, so that the largest of a layer's answers is the answer to
        the largest product: the rest need not be computed.
        """
        return self.kernel.reshape(-1, self.width) * self._sign

    def same(self, values: Matrix) -> Matrix:
        """Of (frames, bands, channels) as many frames and bands, zeros around; float32."""
        frames, bands, channels, width = self.kernel.shape
        padded = np.pad(values, (_around(frames), _around(bands), (0, 0)))
        patches = np.moveaxis(sliding_window_view(padded, (frames, bands), axis=(0, 1)), 2, -1)
        kernel = self.kernel.reshape(-1, width)
        count, across = patches.shape[:2]
        found = np.empty((count, across, width), np.float32)
        step = max(1, AT_ONCE // across)
        for at in range(0, count, step):
            part = patches[at : at + step].reshape(-1, frames * bands * channels) @ kernel
            part += self.bias
            np.maximum(part, 0, out=part)
            found[at : at + step] = self.norm(part).reshape(-1, across, width)
        return found


def _around(size: int) -> tuple[int, int]:
    """Zeros before and after that keep the length; of an odd number the larger half after."""
    return (size - 1) // 2, size // 2


def pooled(values: Matrix, pool: tuple[int, int, int, int]) -> Matrix:
    """Maxima of (frames, bands, channels) over patches that lie wholly inside."""
    frames, bands, down, right = pool
    patches = sliding_window_view(values, (frames, bands), axis=(0, 1))[::down, ::right]
    return patches.max(axis=(-2, -1))


def padded_frames(values: Matrix, size: int) -> Matrix:
    """Zeros before and after, so that a convolution over `size` frames keeps the length."""
    return np.pad(values, (_around(size), (0, 0)))


def sigmoid(values: Matrix) -> Matrix:
    """1 / (1 + exp(-x)), without overflow."""
    return (0.5 * (1 + np.tanh(0.5 * values))).astype(np.float32)


def _taken(weights: Weights, name: str) -> NDArray[np.float32]:
    try:
        return weights[name]
    except KeyError:
        raise DataError(
            f"lacks {name}",
            where="pretrained weights",
            todo="give the checkpoint of another network, or bring the published ones",
        ) from None
