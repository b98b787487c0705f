"""MFCC of the first 20 s as an image (32 coefficients x frames of 256 ms)."""

from __future__ import annotations

from harness.audio._feature_set import FeatureSet
from harness.audio._image import SECONDS, image_set

BANDS = 128


def make(
    *, seconds: float = SECONDS, coefficients: int = 32, n_fft: int = 1024, hop: int = 4096
) -> FeatureSet:
    """A picture of (coefficients, frames), of 128 mel bands in dB."""
    return image_set(
        "mfcc",
        lambda spectrum: spectrum.mfcc(coefficients, BANDS),
        rows=coefficients,
        unit="of dB",
        seconds=seconds,
        n_fft=n_fft,
        hop=hop,
        mel_bands=BANDS,
        range_db=80,
    )
