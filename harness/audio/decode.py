"""An audio file becomes a clip, or a reason why it can't.

Decoders are lenient: a damaged mp3 comes out silently short, a file of 0 bytes as 0 samples, text
renamed to .au as 0.06 s of noise. Nothing of that may become a row of features.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from harness import ordinary
from harness.audio._clip import Clip, Samples
from harness.audio._promise import promised_seconds

# What libsndfile reads, and what needs ffmpeg.
OWN = (".wav", ".au", ".snd", ".aif", ".aiff", ".aifc", ".flac", ".ogg", ".oga", ".opus", ".mp3")
OTHERS = (".m4a", ".mp4", ".aac", ".wma", ".webm", ".mka")
ENDINGS = (*OWN, *OTHERS)

SLOWEST, FASTEST = 4_000, 768_000
LONGEST_SECONDS = 1800
# -80 dB below full scale: 16-bit dither is quieter.
SILENT = 1e-4
# Floats may pass 1 by a little; far beyond it they are no sound.
LOUDEST = 100.0
SHORT_OF_PROMISE = 0.02
BLOCK = 1 << 16
FFMPEG_RATE = 44_100


class Skipped(Exception):
    """A clip that can't be used.

    Attributes
    ----------
    stage : str
        ``"open"``, ``"decode"``, ``"content"`` or ``"features"``.
    why : str
    seconds : float, optional
        How much of it there is, where that is known.
    """

    def __init__(self, stage: str, why: str, seconds: float | None = None) -> None:
        super().__init__(stage, why, seconds)
        self.stage, self.why, self.seconds = stage, why, seconds


def decode(path: Path, *, shortest: float = 0.0) -> Clip:
    """The clip in a file: mono, finite, neither silent nor cut off, at the file's own rate.

    Parameters
    ----------
    path : Path
    shortest : float
        The seconds it must have.

    Raises
    ------
    Skipped
        With the reason, whatever is wrong with the file.
    """
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise Skipped("open", f"can't be read ({problem.strerror or problem})") from problem
    if not path.is_file():
        raise Skipped("open", "is not an ordinary file")
    if size == 0:
        raise Skipped("open", "is empty (0 bytes)")
    with quiet():
        samples, rate = _samples(path)
    clip = Clip(samples, rate)
    _judge(clip, path, shortest)
    return clip


def _samples(path: Path) -> tuple[Samples, int]:
    if path.suffix.lower() in OTHERS:
        return _through_ffmpeg(path)
    import soundfile

    parts: list[Samples] = []
    try:
        with ordinary.opened(path) as raw, soundfile.SoundFile(raw) as file:
            rate = int(file.samplerate)
            if not SLOWEST <= rate <= FASTEST:
                raise Skipped("decode", f"has a sample rate of {rate} Hz")
            # In pieces: a header can promise more samples than memory holds.
            while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
                parts.append(block.mean(axis=1, dtype=np.float32))
                if len(parts) * BLOCK > LONGEST_SECONDS * rate:
                    raise Skipped("decode", f"is longer than {LONGEST_SECONDS // 60} minutes")
    except Skipped:
        raise
    except (soundfile.SoundFileError, OSError, ValueError, RuntimeError, TypeError) as problem:
        raise Skipped("decode", f"can't be decoded ({_reason(problem)})") from problem
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), rate


def _through_ffmpeg(path: Path) -> tuple[Samples, int]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise Skipped("open", f"{path.suffix} needs ffmpeg, which is not on the PATH")
    # `file:` keeps a name from being taken for an address or an option.
    command = [program, "-v", "error", "-nostdin", "-i", f"file:{path}", "-map", "0:a:0"]
    command += ["-t", str(LONGEST_SECONDS + 1), "-ac", "1", "-ar", str(FFMPEG_RATE)]
    done = subprocess.run(
        [*command, "-f", "f32le", "pipe:1"], capture_output=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Skipped("decode", f"can't be decoded (ffmpeg: {told[-1] if told else 'no reason'})")
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], dtype="<f4")
    if len(samples) > LONGEST_SECONDS * FFMPEG_RATE:
        raise Skipped("decode", f"is longer than {LONGEST_SECONDS // 60} minutes")
    return samples.astype(np.float32), FFMPEG_RATE


def _judge(clip: Clip, path: Path, shortest: float) -> None:
    seconds = round(clip.seconds, 3)
    if not len(clip.samples):
        raise Skipped("content", "holds no samples", 0.0)
    promised = promised_seconds(path, clip.rate)
    if promised is not None and seconds < promised * (1 - SHORT_OF_PROMISE) - 0.05:
        why = f"is cut off: {seconds:.2f} s of the {promised:.2f} s that its header promises"
        raise Skipped("content", why, seconds)
    if seconds < shortest:
        raise Skipped("content", f"is too short: {seconds:.2f} s of {shortest:.2f} s", seconds)
    judge_samples(clip.samples, seconds)


def judge_samples(samples: Samples, seconds: float) -> None:
    """Raise `Skipped` where samples are no sound."""
    if not np.isfinite(samples).all():
        wrong = int((~np.isfinite(samples)).sum())
        raise Skipped("content", f"holds {wrong} samples that are no finite numbers", seconds)
    if (peak := float(np.abs(samples).max())) > LOUDEST:
        raise Skipped("content", f"holds samples up to {peak:.3g}; sound lies within 1", seconds)
    if float(samples.std(dtype=np.float64)) < SILENT:
        raise Skipped("content", "is silent", seconds)


def _reason(problem: Exception) -> str:
    text = str(getattr(problem, "error_string", "") or problem)
    return text.strip().rstrip(".") or type(problem).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what C libraries print from the terminal: libmpg123 writes straight to stderr."""
    try:
        kept = os.dup(2)
    except OSError:  # There is no stderr to keep clean.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
