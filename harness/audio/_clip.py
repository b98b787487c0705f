"""A clip and what is computed of it once, however many feature sets ask for it.

Spectra are float32, one row a frame: (frames, n_fft / 2 + 1). Frames are centred on their time, the
clip padded with zeros at both ends, as librosa does by default; windows are periodic Hann. The
transform is in float32, where librosa's is in float64: its noise lies about 140 dB below the
loudest bin, and shows only in the bandwidth of pure tones without any noise of their own.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from harness.audio import _filters

Samples = NDArray[np.float32]
Matrix = NDArray[np.float32]

FLOOR = 1e-10
RANGE_DB = 80.0
FRAMES_AT_ONCE = 256


class Clip:
    """Mono samples at one rate.

    Parameters
    ----------
    samples : float32 array, shape (n,)
        In (-1, 1).
    rate : int
        Samples a second.
    """

    def __init__(self, samples: Samples, rate: int) -> None:
        self.samples = samples
        self.rate = rate
        self._resampled: dict[int, Samples] = {rate: samples}
        self._spectra: dict[tuple[int, int, int, float | None, bool], Spectrum] = {}

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> Samples:
        """The samples at another rate (soxr, high quality); float32, (ceil(seconds x rate),)."""
        if rate not in self._resampled:
            self._resampled[rate] = resample(self.samples, self.rate, rate)
        return self._resampled[rate]

    def spectrum(
        self, rate: int, n_fft: int, hop: int, *, seconds: float | None = None, peak: bool = False
    ) -> Spectrum:
        """The spectrum of the clip, or of its first `seconds`; `peak` scales it to a peak of 1."""
        key = (rate, n_fft, hop, seconds, peak)
        if key not in self._spectra:
            samples = self.at(rate)
            if seconds is not None:
                samples = _first(samples, round(seconds * rate))
            if peak:
                samples = samples / np.abs(samples).max()
            self._spectra[key] = Spectrum(samples, rate, n_fft, hop)
        return self._spectra[key]


def _first(samples: Samples, count: int) -> Samples:
    """The first `count` samples; one or two that rounding took away are repeated at the end."""
    return np.pad(samples[:count], (0, max(0, count - len(samples))), mode="edge")


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Samples at `wanted` a second; float32, (ceil(n x wanted / rate),)."""
    if rate == wanted:
        return samples
    import soxr

    length = -(-len(samples) * wanted // rate)
    # soxr's own count differs by a sample now and then.
    found = soxr.resample(samples, rate, wanted, quality="HQ")[:length]
    return np.pad(found, (0, length - len(found))).astype(np.float32, copy=False)


class Spectrum:
    """The short-time spectrum of samples, and what is derived from it."""

    def __init__(self, samples: Samples, rate: int, n_fft: int, hop: int) -> None:
        self.samples = samples
        self.rate, self.n_fft, self.hop = rate, n_fft, hop
        self._mel: dict[tuple[int, float | None], Matrix] = {}
        self._chroma: dict[tuple[int, float], Matrix] = {}

    @cached_property
    def power(self) -> Matrix:
        """|X|^2."""
        frames = self.frames
        power = np.empty((len(frames), self.n_fft // 2 + 1), dtype=np.float32)
        for at in range(0, len(frames), FRAMES_AT_ONCE):
            part = _fft(frames[at : at + FRAMES_AT_ONCE], self.n_fft)
            into = power[at : at + FRAMES_AT_ONCE]
            np.multiply(part.real, part.real, out=into)
            into += part.imag * part.imag
        return power

    @cached_property
    def magnitude(self) -> Matrix:
        """|X|."""
        return np.sqrt(self.power)

    @property
    def complex(self) -> NDArray[np.complex64]:
        """X itself; not kept."""
        return _fft(self.frames, self.n_fft)

    @property
    def hertz(self) -> NDArray[np.float32]:
        """Each bin's frequency."""
        return (np.arange(self.n_fft // 2 + 1) * (self.rate / self.n_fft)).astype(np.float32)

    @cached_property
    def frames(self) -> Matrix:
        """The padded clip's frames, a view: (1 + n // hop, n_fft)."""
        padded = np.pad(self.samples, self.n_fft // 2)
        return np.lib.stride_tricks.sliding_window_view(padded, self.n_fft)[:: self.hop]

    def mel_db(self, bands: int = 128, top_hz: float | None = None) -> Matrix:
        """Mel power in dB, at most 80 dB below its loudest cell; (frames, bands)."""
        key = (bands, top_hz)
        if key not in self._mel:
            bank = _filters.mel(self.rate, self.n_fft, bands, top_hz)
            self._mel[key] = decibel(self.power @ bank)
        return self._mel[key]

    def mfcc(self, count: int, bands: int = 128) -> Matrix:
        """The first cepstral coefficients of the mel bands; (frames, count)."""
        return self.mel_db(bands) @ _filters.cosines(bands, count)

    def chroma(self, classes: int = 12, tuning: float = 0.0) -> Matrix:
        """Energy of each pitch class, each frame's largest 1 (0 in silence); (frames, classes)."""
        key = (classes, tuning)
        if key not in self._chroma:
            raw = self.power @ _filters.chroma(self.rate, self.n_fft, classes, tuning)
            largest = raw.max(axis=1, keepdims=True)
            largest[largest < np.finfo(np.float32).tiny] = 1
            self._chroma[key] = raw / largest
        return self._chroma[key]


def decibel(power: Matrix) -> Matrix:
    """10 log10, from 1e-10 up and at most 80 dB below the largest; changes `power` itself."""
    np.maximum(power, FLOOR, out=power)
    np.log10(power, out=power)
    power *= 10
    return np.maximum(power, power.max() - np.float32(RANGE_DB), out=power)


@cache
def hann(length: int) -> NDArray[np.float32]:
    """The periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def _fft(frames: Matrix, n_fft: int) -> NDArray[np.complex64]:
    from scipy.fft import rfft

    found: NDArray[np.complex64] = rfft(frames * hann(n_fft), axis=1, workers=1)
    return found
