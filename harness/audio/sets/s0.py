"""26 means over the clip: chroma, loudness, spectrum, zero crossings and 20 MFCC."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.audio import _descriptors, _filters
from harness.audio._clip import Clip
from harness.audio._feature_set import FeatureSet, Part

RATE, N_FFT, HOP = 22_050, 2048, 512
COEFFICIENTS, BANDS, ROLLOFF, TUNING = 20, 128, 0.85, 0.0


def make() -> FeatureSet:
    """The usual recipe of a dense net on GTZAN, in its usual order.

    Every value is the mean over frames of librosa 0.11's function with its defaults, except that
    chroma takes the music to be tuned to 440 Hz (``tuning=0.0``); librosa would estimate it.
    """
    columns: tuple[str, ...] = (
        "chroma_stft",
        "rms",
        "spectral_centroid",
        "spectral_bandwidth",
        "rolloff",
    )
    columns += ("zero_crossing_rate", *(f"mfcc{k}" for k in range(1, COEFFICIENTS + 1)))
    unit = (
        "means over frames; centroid, bandwidth and rolloff in Hz, zero crossings a sample, MFCC of"
        " dB, all others of 1"
    )
    parameters = {
        "rate_hz": RATE,
        "n_fft": N_FFT,
        "hop": HOP,
        "window": "hann, periodic, centred on zeros",
        "mel_bands": BANDS,
        "mfcc": COEFFICIENTS,
        "rolloff": ROLLOFF,
        "tuning": TUNING,
    }
    return FeatureSet("s0", compute, (Part("s0", columns, unit),), 0.5, parameters)


def compute(clip: Clip) -> NDArray[np.float32]:
    """The 26 columns; float32, (26,)."""
    spectrum = clip.spectrum(RATE, N_FFT, HOP)
    samples, magnitude, hertz = spectrum.samples, spectrum.magnitude, spectrum.hertz
    centroid = _descriptors.centroid(magnitude, hertz)
    means = [
        spectrum.chroma(12, TUNING).mean(),
        _descriptors.root_mean_square(samples, N_FFT, HOP).mean(),
        centroid.mean(),
        _descriptors.bandwidth(magnitude, hertz, centroid).mean(),
        _descriptors.rolloff(magnitude, hertz, ROLLOFF).mean(),
        _descriptors.zero_crossings(samples, N_FFT, HOP).mean(),
    ]
    # The mean of a cosine transform is the transform of the mean.
    level = spectrum.mel_db(BANDS).mean(axis=0, dtype=np.float64)
    mfcc = level @ _filters.cosines(BANDS, COEFFICIENTS)
    return np.concatenate([means, mfcc]).astype(np.float32)
