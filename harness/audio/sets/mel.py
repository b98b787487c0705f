"""Mel spectrogram of the first 20 s as an image, in dB (216 bands x frames of 32 ms)."""

from __future__ import annotations

from harness.audio._feature_set import FeatureSet
from harness.audio._image import SECONDS, image_set


def make(
    *, seconds: float = SECONDS, bands: int = 216, n_fft: int = 2048, hop: int = 512
) -> FeatureSet:
    """A picture of (bands, frames), up to half of 16 kHz, at most 80 dB below its loudest cell."""
    return image_set(
        "mel",
        lambda spectrum: spectrum.mel_db(bands),
        rows=bands,
        unit="dB",
        seconds=seconds,
        n_fft=n_fft,
        hop=hop,
        mel_bands=bands,
        range_db=80,
    )
