"""Mel spectrogram as pretrained music networks read it (96 bands x frames of 16 ms)."""

from __future__ import annotations

import numpy as np

from harness.audio._clip import Clip, Matrix
from harness.audio._feature_set import FeatureSet, Part
from harness.audio._nets import BANDS, HOP, LAYOUT, RATE, WINDOW, log_mel, seconds_of

# Five windows: clips of 15 s are often some frames shorter.
SECONDS = round(seconds_of(5 * WINDOW), 3)


def make(*, seconds: float = SECONDS) -> FeatureSet:
    """A picture of (96, frames), log10(1 + 10 000 x power), up to half of 16 kHz."""
    frames = 1 + round(seconds * RATE) // HOP

    def compute(clip: Clip) -> Matrix:
        return np.ascontiguousarray(log_mel(clip, seconds).T).reshape(-1)

    part = Part("musicnn-mel", unit="log10(1 + 10 000 x power)", shape=(BANDS, frames))
    return FeatureSet("musicnn-mel", compute, (part,), seconds, LAYOUT | {"seconds": seconds})
