"""The 57 columns of the GTZAN table: mean and variance of librosa's descriptors, and the tempo."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from harness.audio import _descriptors
from harness.audio._clip import Clip
from harness.audio._feature_set import FeatureSet, Part

RATE, N_FFT, HOP = 22_050, 2048, 512
COEFFICIENTS, BANDS, ROLLOFF = 20, 128, 0.85
PAIRS = (
    "chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff",
    "zero_crossing_rate", "harmony", "perceptr",
)  # fmt: skip


def make() -> FeatureSet:
    """As librosa 0.11's functions with their defaults give them, its tuning estimate included.

    Harmony and perceptr are the samples of the harmonic and of the percussive part (Fitzgerald
    2010, median filters over time and over frequency); nearly all of a clip's time goes there.
    """
    pairs = tuple(f"{name}_{s}" for name in PAIRS for s in ("mean", "var"))
    mfcc = tuple(f"mfcc{k}_{s}" for k in range(1, COEFFICIENTS + 1) for s in ("mean", "var"))
    parameters = {
        "rate_hz": RATE,
        "n_fft": N_FFT,
        "hop": HOP,
        "window": "hann, periodic, centred on zeros",
        "mel_bands": BANDS,
        "rolloff": ROLLOFF,
        "tuning": "estimated",
        "median_filters": 31,
    }
    parts = (
        Part("chroma_stft", pairs[:2], "share of each frame's largest"),
        Part("spectral", (*pairs[2:], "tempo"), "Hz, crossings a sample, samples of 1; tempo bpm"),
        Part("mfcc20", mfcc, "of dB", (COEFFICIENTS, 2)),
    )
    return FeatureSet("librosa57", compute, parts, 1.0, parameters)


def compute(clip: Clip) -> NDArray[np.float32]:
    """The 57 columns; float32, (57,)."""
    import librosa

    spectrum = clip.spectrum(RATE, N_FFT, HOP)
    samples, magnitude, hertz = spectrum.samples, spectrum.magnitude, spectrum.hertz
    with warnings.catch_warnings():
        # Noise has no tuning, and is taken to be tuned to 440 Hz; that is nothing to warn of.
        warnings.simplefilter("ignore")
        tuning = float(librosa.estimate_tuning(S=spectrum.power.T, sr=RATE, bins_per_octave=12))
    centroid = _descriptors.centroid(magnitude, hertz)
    parts = librosa.decompose.hpss(spectrum.complex.T)
    harmonic, percussive = (
        librosa.istft(part, hop_length=HOP, length=len(samples), dtype=np.float32) for part in parts
    )
    series = [
        spectrum.chroma(12, tuning),
        _descriptors.root_mean_square(samples, N_FFT, HOP),
        centroid,
        _descriptors.bandwidth(magnitude, hertz, centroid),
        _descriptors.rolloff(magnitude, hertz, ROLLOFF),
        _descriptors.zero_crossings(samples, N_FFT, HOP),
        harmonic,
        percussive,
    ]
    pairs = [(values.mean(dtype=np.float64), values.var(dtype=np.float64)) for values in series]
    onsets = librosa.onset.onset_strength(S=spectrum.mel_db(BANDS).T, sr=RATE, hop_length=HOP)
    tempo = librosa.feature.tempo(onset_envelope=onsets, sr=RATE, hop_length=HOP)
    mfcc = spectrum.mfcc(COEFFICIENTS, BANDS).astype(np.float64)
    both = np.stack([mfcc.mean(axis=0), mfcc.var(axis=0)], axis=1)
    return np.concatenate([np.ravel(pairs), tempo, both.ravel()]).astype(np.float32)
