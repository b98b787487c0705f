"""MFCC as a sequence: frames x coefficients, of the first 29 s or of each segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.audio._clip import Clip, Matrix
from harness.audio._feature_set import FeatureSet, Part

RATE, BANDS = 22_050, 128
# Clips of 30 s are often some frames shorter.
SECONDS = 29.0


def make(
    *, seconds: float = SECONDS, coefficients: int = 13, n_fft: int = 2048, hop: int = 512
) -> FeatureSet:
    """A sequence of (frames, coefficients) as librosa's defaults give them.

    Of the whole part that is seen, not of the clip: decibels are cut 80 below its own loudest cell.
    """
    frames = 1 + round(seconds * RATE) // hop

    def compute(clip: Clip) -> Matrix:
        spectrum = clip.spectrum(RATE, n_fft, hop, seconds=seconds)
        return np.ascontiguousarray(spectrum.mfcc(coefficients, BANDS)).reshape(-1)

    parameters: dict[str, Any] = {"rate_hz": RATE, "seconds": seconds, "n_fft": n_fft, "hop": hop}
    parameters |= {"window": "hann, periodic, centred on zeros", "mel_bands": BANDS}
    part = Part("mfcc-seq", unit="of dB", shape=(frames, coefficients))
    return FeatureSet("mfcc-seq", compute, (part,), seconds, parameters)
