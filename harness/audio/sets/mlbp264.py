"""The 2018 competition's 264 columns: 24 loudness bands x 7, 12 pitch classes x 4, 12 MFCC x 4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.audio import _sone
from harness.audio._clip import Clip
from harness.audio._feature_set import FeatureSet, Part

RATE, N_FFT, HOP = 22_050, 2048, 512
COEFFICIENTS, BANDS, TUNING = 12, 128, 0.0
MOMENTS = ("mean", "var", "skew", "kurt", "median", "min", "max")
SHORT = ("mean", "var", "min", "max")


def make() -> FeatureSet:
    """The layout of the competition, statistic by statistic: all bands of one stand together.

    Rhythm: the Statistical Spectrum Descriptor (`harness.audio._sone`), each statistic taken over
    the 511 frames of a segment of 5.94 s, averaged over the clip's segments, times 1000.
    """
    rhythm = tuple(f"ssd_{s}_{b}" for s in MOMENTS for b in range(1, _sone.BANDS + 1))
    chroma = tuple(f"chroma_{s}_{k}" for s in SHORT for k in range(1, 13))
    mfcc = tuple(f"mfcc_{s}_{k}" for s in SHORT for k in range(1, COEFFICIENTS + 1))
    parts = (
        Part("rhythm", rhythm, "sone x 1000", (len(MOMENTS), _sone.BANDS)),
        Part("chroma", chroma, "share of each frame's largest", (len(SHORT), 12)),
        Part("mfcc", mfcc, "of dB", (len(SHORT), COEFFICIENTS)),
    )
    segment, n_fft = _sone.SIZES[RATE]
    parameters = {
        "rate_hz": RATE,
        "rhythm": {
            "segment_samples": segment,
            "n_fft": n_fft,
            "hop": n_fft // 2,
            "window": "hann, symmetric",
            "bands": _sone.BANDS,
            "skipped": "first and last segment of clips of 45 s or more",
        },
        "chroma": {"n_fft": N_FFT, "hop": HOP, "tuning": TUNING},
        "mfcc": {"n_fft": N_FFT, "hop": HOP, "mel_bands": BANDS, "coefficients": "1st to 12th"},
    }
    return FeatureSet("mlbp264", compute, parts, segment / RATE, parameters)


def compute(clip: Clip) -> NDArray[np.float32]:
    """The 264 columns; float32, (264,)."""
    pieces = _sone.segments(clip.at(RATE), RATE)
    rhythm = np.mean([_sone.statistics(_sone.sone(piece, RATE)) for piece in pieces], axis=0)
    spectrum = clip.spectrum(RATE, N_FFT, HOP)
    chroma = _four(spectrum.chroma(12, TUNING))
    mfcc = _four(spectrum.mfcc(COEFFICIENTS, BANDS))
    return np.concatenate([1000 * rhythm.ravel(), chroma, mfcc]).astype(np.float32)


def _four(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean, variance, smallest and largest over frames; float64, (4 x columns,)."""
    exact = values.astype(np.float64)
    found = [exact.mean(axis=0), exact.var(axis=0), exact.min(axis=0), exact.max(axis=0)]
    return np.concatenate(found)
