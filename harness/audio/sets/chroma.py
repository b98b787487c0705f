"""Chromagram of the first 20 s as an image (32 pitch classes x frames of 128 ms)."""

from __future__ import annotations

from harness.audio._feature_set import FeatureSet
from harness.audio._image import SECONDS, image_set

TUNING = 0.0


def make(
    *, seconds: float = SECONDS, classes: int = 32, n_fft: int = 1024, hop: int = 2048
) -> FeatureSet:
    """A picture of (classes, frames); each frame's largest is 1."""
    return image_set(
        "chroma",
        lambda spectrum: spectrum.chroma(classes, TUNING),
        rows=classes,
        unit="share of each frame's largest",
        seconds=seconds,
        n_fft=n_fft,
        hop=hop,
        tuning=TUNING,
    )
