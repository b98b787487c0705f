"""Loudness of 24 critical bands as people hear it, in sone: the path from samples to sensation.

The Statistical Spectrum Descriptor of Lidy & Rauber (ISMIR 2005), written from its description.
Frames of 23.2 ms, half overlapping; power summed over Bark bands (Zwicker), spread to neighbouring
bands by masking (Schroeder et al. 1979), in dB; equal-loudness curves turn dB into phon, and phon
becomes sone (Bladon & Lindblom's exponent below 40 phon).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.audio._clip import Matrix, Samples

BANDS = 24
FRAMES = 511
# Rate: (samples of a segment, of a frame).
SIZES = {11_025: (1 << 16, 256), 22_050: (1 << 17, 512), 44_100: (1 << 18, 1024)}
# Full scale is set so that music at a usual level comes out at a usual loudness.
GAIN = 0.0875 * 32768

EDGES_HZ = (
    0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150,
    3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500,
)  # fmt: skip
PHON = (3, 20, 40, 60, 80, 100)
# The dB that each band needs to sound as loud as 3, 20, 40, ... dB at 1 kHz.
EQUAL_LOUDNESS_DB = (
    (24, 14, 10.6, 8.2, 5.9, 4.7, 3.8, 3.3, 2.8, 2.3, 2, 1.8,
     0, -1.2, -2.9, -4.9, -4.3, -2.3, 0.7, 3.4, 6.1, 9.1, 14.5, 35),
    (37, 27, 23.6, 22.1, 21, 20.4, 20, 20, 20, 20, 20, 19.9,
     19, 17.1, 15.1, 13.1, 13, 15.1, 18.6, 20.7, 22.6, 24.5, 30.5, 50),
    (51, 43, 41.3, 41, 41, 40.4, 40, 40, 40, 40, 39.9, 39.3,
     38, 36.1, 34.4, 33, 33, 33.8, 35.9, 39.1, 42.1, 45.1, 50.5, 70),
    (70, 63, 61.3, 60.5, 60, 60, 60, 60, 60, 60, 59.8, 58.6,
     56, 54.1, 52.7, 52, 52.7, 54.2, 56.7, 59.4, 61.9, 64.3, 70.5, 90),
    (88, 83, 81.3, 80.5, 80, 80, 80, 80, 80, 80, 79.8, 78.6,
     76, 73.5, 71.4, 70, 70, 72.1, 75.6, 77.7, 79.9, 82.3, 87.4, 105),
    (105, 102, 101.1, 100.5, 100, 100, 100, 100, 100, 100, 99.8, 98.8,
     97, 95.1, 92.9, 90.1, 90, 92.1, 95.7, 98.4, 100.6, 102.5, 105.1, 115),
)  # fmt: skip


def segments(samples: Samples, rate: int) -> list[Samples]:
    """The whole segments of 5.94 s; of a clip of 45 s or more without the first and the last."""
    size, _ = SIZES[rate]
    found = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    return found if len(samples) < 45 * rate else found[1:-1]


def sone(segment: Samples, rate: int) -> NDArray[np.float64]:
    """Loudness of a segment's bands; float64, (511 frames, 24 bands)."""
    return phon_to_sone(db_to_phon(band_db(segment, rate)))


def band_db(segment: Samples, rate: int) -> NDArray[np.float64]:
    """Power of each band after masking, in dB, never below 0; float64, (511, 24)."""
    from scipy.fft import rfft

    _, n_fft = SIZES[rate]
    frames = np.lib.stride_tricks.sliding_window_view(segment, n_fft)[:: n_fft // 2]
    found = rfft(frames * _window(n_fft), axis=1, workers=1)
    power: Matrix = found.real * found.real
    power += found.imag * found.imag
    return 10 * np.log10(np.maximum((power @ _bands(rate, n_fft)).astype(np.float64), 1))


def db_to_phon(db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight lines between the equal-loudness curves; 3 phon below the first of them."""
    curves = np.array(EQUAL_LOUDNESS_DB)
    slopes = np.diff(PHON)[:, None] / np.diff(curves, axis=0)
    # Which two curves a level lies between; above the last ones their slope goes on.
    below = sum((db >= curve).astype(np.intp) for curve in curves[1:-1])
    band = np.arange(BANDS)
    phon = np.array(PHON, dtype=float)[below] + (db - curves[below, band]) * slopes[below, band]
    return np.maximum(phon, PHON[0])


def phon_to_sone(phon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice as loud every 10 phon above 40, steeper below."""
    return np.where(phon >= 40, 2 ** ((phon - 40) / 10), (phon / 40) ** 2.642)


def statistics(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean, variance, skewness, kurtosis, median, min, max over the first axis; (7, bands).

    Biased moments; the kurtosis is Pearson's (3 for a normal distribution). Skewness and kurtosis
    of a band that never changes are 0.
    """
    low, high = values.min(axis=0), values.max(axis=0)
    mean = values.mean(axis=0)
    away = values - mean
    square = away * away
    variance = np.where(low == high, 0, square.mean(axis=0))
    # Rounding leaves a spread where there is none.
    spread = np.where(low == high, np.inf, np.sqrt(variance))
    third = (square * away).mean(axis=0) / spread**3
    fourth = (square * square).mean(axis=0) / spread**4
    median = np.median(values, axis=0)
    return np.stack([mean, variance, third, fourth, median, low, high])


@cache
def _window(length: int) -> NDArray[np.float32]:
    """The symmetric Hann window, with the gain and the power's scale in it."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / (length - 1))
    scale = GAIN / np.sqrt(np.sum(window**2) * 2 * np.pi)
    return (window * scale).astype(np.float32)


@cache
def _bands(rate: int, n_fft: int) -> Matrix:
    """From bins to bands after masking; float32, (n_fft / 2 + 1, 24)."""
    bins = np.arange(n_fft // 2 + 1)
    band = np.searchsorted(EDGES_HZ, bins * (rate / n_fft), side="right") - 1
    into = np.zeros((len(bins), BANDS))
    heard = band < BANDS
    # Both halves of the spectrum, in one; 0 Hz has no other half.
    into[bins[heard], band[heard]] = np.where(bins[heard] == 0, 1, 2)
    apart = np.arange(BANDS)[:, None] - np.arange(BANDS) + 0.474
    spread = 10 ** ((15.81 + 7.5 * apart - 17.5 * np.sqrt(1 + apart**2)) / 10)
    return (into @ spread.T).astype(np.float32)
