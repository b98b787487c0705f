"""Means and deviations of 13 MFCC over the frames that sound, of the first 10 s (26 columns)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.audio import _filters
from harness.audio._clip import Clip, decibel
from harness.audio._feature_set import FeatureSet, Part

RATE, COEFFICIENTS, BANDS = 16_000, 13, 24
WINDOW, HOP = round(0.2 * RATE), round(0.08 * RATE)
SECONDS = 10.0
# Below the loudest frame: what is quieter is silence.
SILENT_DB = 60.0


def make() -> FeatureSet:
    """What the Magnatune report's support vector machines looked at, as statistics of a clip.

    Hamming frames of 200 ms every 80 ms, 24 mel bands, silent frames left out. A clip that is
    shorter than 10 s is taken whole.
    """
    columns = tuple(
        f"mfcc{k}_{statistic}"
        for statistic in ("mean", "deviation")
        for k in range(1, COEFFICIENTS + 1)
    )
    parameters = {
        "rate_hz": RATE,
        "seconds": SECONDS,
        "frame": WINDOW,
        "hop": HOP,
        "window": "hamming, symmetric",
        "mel_bands": BANDS,
        "silent_db": SILENT_DB,
    }
    unit = "of dB; means and deviations over frames"
    return FeatureSet("mfcc26", compute, (Part("mfcc26", columns, unit),), 0.5, dict(parameters))


def compute(clip: Clip) -> NDArray[np.float32]:
    """The 26 columns; float32, (26,)."""
    samples = clip.at(RATE)[: round(SECONDS * RATE)]
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    energy = (frames.astype(np.float64) ** 2).mean(axis=1)
    sounding = frames[energy >= energy.max() * 10 ** (-SILENT_DB / 10)]
    spectrum = np.fft.rfft(sounding * np.hamming(WINDOW), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    level = decibel(power @ _filters.mel(RATE, WINDOW, BANDS))
    mfcc = (level @ _filters.cosines(BANDS, COEFFICIENTS)).astype(np.float64)
    return np.concatenate([mfcc.mean(axis=0), mfcc.std(axis=0)]).astype(np.float32)
