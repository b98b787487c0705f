"""Made music: songs of made genres, to stand in for a collection that can't be given away.

A genre is a handful of habits (tempo, scale, register, timbre, drums); a song keeps most of them,
in a key and a mood of its own. Genres overlap, as real ones do. Nothing here sounds like anybody's
music, and no score on it says anything of real songs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.atomic import replacing, write_json, write_text

Samples = NDArray[np.float32]

RATE = 22_050
# Keeps the streams apart from those that a fit of the same seed draws from.
DOMAIN = 22_050
# How far songs stray from their genre's habits, against 1 from genre to genre.
STRAY = 0.55
HABITS = 10
# Of a collection with a split of its own.
PARTS = ("training",) * 7 + ("validation", "test", "test")
MADE, LIST = "made.json", "songs.csv"


def make(
    folder: Path,
    *,
    genres: int,
    songs: int,
    seconds: float,
    seed: int = 0,
    first: int = 0,
    split: bool = False,
    on_song: Callable[[str], None] = lambda name: None,
) -> Path:
    """Write a folder of made songs, one folder a genre; the same arguments, the same bytes.

    Parameters
    ----------
    folder : Path
        One that was made with the same arguments is left as it is.
    songs : int
        Of each genre.
    seconds : float
        Of each song.
    first : int
        Number of the first song: songs with other numbers are other songs of the same genres.
    split : bool
        Write a list with a split, too.

    Returns
    -------
    Path
        What `harness.extract` takes: the folder, or the list in it.
    """
    told: dict[str, Any] = {"genres": genres, "songs": songs, "seconds": seconds, "seed": seed}
    told |= {"first": first, "split": split, "what": "made music, not anybody's"}
    source = folder / LIST if split else folder
    if _made(folder) == told:
        return source
    lines = ["path,label,group,split"]
    for genre in range(genres):
        name = genre_name(genre)
        for number in range(first, first + songs):
            path = folder / name / f"{name}.{number:05d}.wav"
            _write(path, song(genre, number, seconds=seconds, seed=seed))
            part = PARTS[number % len(PARTS)]
            lines.append(f"{name}/{path.name},{name},{name}-{number},{part}")
            on_song(path.name)
    if split:
        write_text(folder / LIST, "\n".join(lines) + "\n")
    write_json(folder / MADE, told)
    return source


def genre_name(genre: int) -> str:
    """What a made genre is called: nothing that a real one is."""
    return f"made-{genre + 1:02d}"


def song(genre: int, number: int, *, seconds: float, seed: int = 0) -> Samples:
    """One song; float32, (seconds x 22050,), its peak 0.8."""
    habits = np.random.default_rng([DOMAIN, seed, genre]).standard_normal(HABITS)
    random = np.random.default_rng([DOMAIN, seed, genre, number + 1])
    own = habits + STRAY * random.standard_normal(HABITS)
    scale = np.random.default_rng([DOMAIN, seed, genre, 0]).permutation(12)[:7]
    out = _played(own, scale, random, round(seconds * RATE))
    out *= 0.8 / max(float(np.abs(out).max()), 1e-9)
    return out.astype(np.float32)


def _played(
    own: NDArray[np.float64], scale: NDArray[np.int64], random: np.random.Generator, length: int
) -> NDArray[np.float64]:
    """Notes and drums, from habits around 0 with a deviation of about 1."""
    beat = RATE * 60 / (110 * np.exp(0.25 * own[0])) / 2
    register = 57 + 6 * own[1] + random.integers(-3, 4)
    dullness, decay = np.exp(0.35 * own[2]), 5 * np.exp(0.5 * own[3])
    drums, bright_drums = 0.25 * np.exp(0.6 * own[4]), np.clip(0.5 + 0.25 * own[5], 0.02, 0.98)
    voices = 1 + int(np.clip(round(1 + 0.7 * own[6]), 0, 3))
    resting, hiss = np.clip(0.25 + 0.15 * own[7], 0, 0.8), 0.01 * np.exp(0.8 * own[8])
    swing = 0.15 * np.tanh(own[9])
    out = hiss * random.standard_normal(length)
    for step in range(int(length / beat) + 1):
        at = int(beat * (step + (swing if step % 2 else 0)))
        if at >= length:
            break
        if random.random() > resting:
            for pitch in random.choice(scale, voices, replace=False):
                octave = 12 * random.integers(-1, 2)
                _add(out, at, _note(register + pitch + octave, dullness, decay))
        if step % 2 == 0:
            _add(out, at, drums * _drum(random, bright_drums))
    return out


def _note(midi: float, dullness: float, decay: float) -> NDArray[np.float64]:
    """A plucked tone of up to ten overtones, 0.4 s."""
    time = np.arange(int(0.4 * RATE)) / RATE
    hertz = 440 * 2 ** ((midi - 69) / 12)
    count = max(1, min(10, int(RATE / 2 / hertz)))
    tone = np.zeros(len(time))
    # An overtone is a power of the fundamental: a product is cheaper than a sine.
    first = np.exp(2j * np.pi * hertz * time)
    turning = first.copy()
    for overtone in range(1, count + 1):
        tone += turning.imag / overtone**dullness
        turning *= first
    return 0.2 * tone * np.exp(-decay * time) * np.minimum(1, time / 0.005)


def _drum(random: np.random.Generator, bright: float) -> NDArray[np.float64]:
    """A burst of noise over a thud, 0.15 s."""
    time = np.arange(int(0.15 * RATE)) / RATE
    noise = random.standard_normal(len(time)) * np.exp(-35 * time)
    thud = np.sin(2 * np.pi * 60 * time) * np.exp(-18 * time)
    return bright * noise + (1 - bright) * 2 * thud


def _add(out: NDArray[np.float64], at: int, sound: NDArray[np.float64]) -> None:
    end = min(len(out), at + len(sound))
    out[at:end] += sound[: end - at]


def _write(path: Path, samples: Samples) -> None:
    import soundfile

    with replacing(path) as part:
        soundfile.write(part, samples, RATE, subtype="PCM_16")


def _made(folder: Path) -> dict[str, Any] | None:
    """What a folder says of how it was made; None where nothing is said."""
    try:
        told = json.loads(ordinary.read_text(folder / MADE))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
