"""What the three image sets share: the part of the clip they show, and its frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.audio._clip import Clip, Matrix, Spectrum
from harness.audio._feature_set import FeatureSet, Part

RATE = 16_000
SECONDS = 20.0


def image_set(
    name: str,
    picture: Callable[[Spectrum], Matrix],
    *,
    rows: int,
    unit: str,
    seconds: float,
    n_fft: int,
    hop: int,
    **parameters: Any,
) -> FeatureSet:
    """A set of one picture of (rows, frames), low frequencies first, of a peak-normalised clip.

    Parameters
    ----------
    name, unit : str
    picture : callable
        From the spectrum to float32, (frames, rows).
    rows : int
        The picture's height.
    seconds : float
        How much of the clip it shows, from its start.
    n_fft, hop : int
    **parameters
        What else the values depend on.
    """
    frames = 1 + round(seconds * RATE) // hop

    def compute(clip: Clip) -> Matrix:
        spectrum = clip.spectrum(RATE, n_fft, hop, seconds=seconds, peak=True)
        return np.ascontiguousarray(picture(spectrum).T).reshape(-1)

    said = {"rate_hz": RATE, "seconds": seconds, "samples": "peak-normalised", "n_fft": n_fft}
    said |= {"hop": hop, "window": "hann, periodic, centred on zeros"}
    parts = (Part(name, unit=unit, shape=(rows, frames)),)
    return FeatureSet(name, compute, parts, seconds, said | parameters)
