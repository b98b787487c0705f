"""Sounds and files of them, made for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050


def tone(hertz: float = 440.0, seconds: float = 1.0, *, rate: int = RATE, peak: float = 0.5):
    """A sine; float32."""
    return (peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype("f4")


def noise(seconds: float = 1.0, *, rate: int = RATE, seed: int = 0, level: float = 0.1):
    """White noise; float32."""
    rng = np.random.default_rng(seed)
    return (level * rng.normal(size=round(seconds * rate))).astype("f4")


def music(seconds: float = 1.0, *, rate: int = RATE, seed: int = 0):
    """Decaying notes over a little noise; float32. Like music it changes, in level and pitch."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    out = 0.003 * rng.normal(size=len(time))
    for start in np.arange(0, seconds, 0.25):
        note = 220 * 2 ** (rng.integers(0, 24) / 12)
        since = np.clip(time - start, 0, None)
        decay = np.where(time >= start, np.exp(-4 * since), 0)
        for overtone in range(1, 6):
            out += 0.1 / overtone * decay * np.sin(2 * np.pi * note * overtone * since)
    return (out / np.abs(out).max() * 0.7).astype("f4")


def write(path: Path, samples, rate: int = RATE, **options) -> Path:
    """A file of its ending's usual format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **options)
    return path


def collection(folder: Path, *, genres=("jazz", "rock"), songs: int = 3, seconds: float = 1.0):
    """A folder for each genre, with short wavs of made music."""
    for g, genre in enumerate(genres):
        for k in range(songs):
            samples = music(seconds, seed=100 * g + k)
            write(folder / genre / f"{genre}.{k:05d}.wav", samples, subtype="PCM_16")
    return folder
