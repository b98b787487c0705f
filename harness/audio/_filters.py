"""Filter banks over the bins of a spectrum: mel, pitch classes, and the cosines of the MFCC.

They are librosa's defaults, and the tests hold them to librosa's values; librosa itself isn't
loaded for them, because compiling its helpers takes a worker longer than the first hundred clips.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

# Slaney's Auditory Toolbox: linear below 1 kHz, 27 steps to each factor of 6.4 above.
LINEAR_HZ, BEND_HZ, STEP = 200.0 / 3, 1000.0, np.log(6.4) / 27


@cache
def mel(rate: int, n_fft: int, bands: int, top_hz: float | None = None) -> Matrix:
    """Triangles of equal area, spaced evenly in mel from 0 Hz; float32, (n_fft / 2 + 1, bands).

    Parameters
    ----------
    rate : int
        Samples a second.
    n_fft, bands : int
    top_hz : float, optional
        The last band's upper end; half the rate where nothing else is given.
    """
    bend = BEND_HZ / LINEAR_HZ
    top = top_hz or rate / 2
    top_mel = top / LINEAR_HZ if top < BEND_HZ else bend + np.log(top / BEND_HZ) / STEP
    mels = np.linspace(0, top_mel, bands + 2)
    hertz = np.where(mels < bend, mels * LINEAR_HZ, BEND_HZ * np.exp(STEP * (mels - bend)))
    bins = np.arange(n_fft // 2 + 1) * (rate / n_fft)
    low, middle, high = hertz[:-2], hertz[1:-1], hertz[2:]
    rising = (bins[:, None] - low) / (middle - low)
    falling = (high - bins[:, None]) / (high - middle)
    bank = np.maximum(0, np.minimum(rising, falling)) * (2 / (high - low))
    return _frozen(bank)


@cache
def chroma(rate: int, n_fft: int, classes: int = 12, tuning: float = 0.0) -> Matrix:
    """Gaussian bumps around each pitch class, C first; float32, (n_fft / 2 + 1, classes).

    Parameters
    ----------
    tuning : float
        How far the music is from 440 Hz, as a share of one of the `classes` steps.

    Notes
    -----
    Ellis 2007, "Chroma feature analysis and synthesis". Every bin gives the same energy to all
    classes together, weighted by a bell over the octaves that is widest around the fifth.
    """
    a0 = 440.0 * 2.0 ** (tuning / classes) / 16
    pitch = np.empty(n_fft)
    pitch[1:] = classes * np.log2(np.arange(1, n_fft) * (rate / n_fft) / a0)
    # 0 Hz has no pitch: it is put so far below the first bin that it is spread over all classes.
    pitch[0] = pitch[1] - 1.5 * classes
    width = np.append(np.maximum(np.diff(pitch), 1.0), 1.0)
    half = np.round(classes / 2)
    distance = pitch[:, None] - np.arange(classes)
    distance = np.remainder(distance + half + 10 * classes, classes) - half
    bank = np.exp(-0.5 * (2 * distance / width[:, None]) ** 2)
    bank /= np.sqrt(np.sum(bank**2, axis=1, keepdims=True))
    bank *= np.exp(-0.5 * ((pitch / classes - 5.0) / 2) ** 2)[:, None]
    # The first column is A; music counts from C.
    bank = np.roll(bank, -3 * (classes // 12), axis=1)
    return _frozen(bank[: n_fft // 2 + 1])


@cache
def cosines(bands: int, count: int) -> Matrix:
    """The first `count` cosines of the orthonormal DCT-II; float32, (bands, count)."""
    at = (np.arange(bands)[:, None] + 0.5) * np.arange(count) * (np.pi / bands)
    bank = np.cos(at) * np.sqrt(2 / bands)
    bank[:, 0] /= np.sqrt(2)
    return _frozen(bank)


def _frozen(bank: NDArray[np.float64]) -> Matrix:
    # Shared by every clip: nobody may change it.
    kept = np.ascontiguousarray(bank, dtype=np.float32)
    kept.flags.writeable = False
    return kept
