"""Good files of every format become clips; over thirty kinds of bad ones give a reason."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio.sounds import RATE, music, noise, tone, write

from harness.audio.decode import Skipped, decode

FORMATS = {
    "wav": {}, "au": {}, "aiff": {}, "flac": {}, "ogg": {}, "mp3": {},
    "opus": {"format": "OGG", "subtype": "OPUS", "rate": 48_000},
}  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_read(tmp_path: Path, ending: str) -> None:
    options = dict(FORMATS[ending])
    rate = options.pop("rate", RATE)
    path = write(tmp_path / f"a.{ending}", music(2, rate=rate), rate, **options)
    clip = decode(path)
    assert clip.rate == rate
    assert clip.seconds == pytest.approx(2, abs=0.1)
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(440), tone(880)
    path = write(tmp_path / "a.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    np.testing.assert_allclose(decode(path).samples, (left + right) / 2, atol=1e-7)


def test_a_little_over_one_is_still_sound(tmp_path: Path) -> None:
    assert decode(write(tmp_path / "a.wav", 1.5 * tone(), subtype="FLOAT")).seconds == 1


@pytest.mark.parametrize("ending", ["wav", "au", "aiff", "flac", "ogg", "mp3"])
def test_whole_files_of_any_length_are_taken_for_whole(tmp_path: Path, ending: str) -> None:
    for samples in (1500, 22_050, 30_001):
        path = write(tmp_path / f"{samples}.{ending}", music(2)[:samples])
        assert len(decode(path).samples) >= samples


def test_a_stream_of_unknown_length_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.au", tone())
    raw = bytearray(path.read_bytes())
    raw[8:12] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert decode(path).seconds == pytest.approx(1)


# ---- Broken files. Each writes one at `path`; the reason holds the text beside it.


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _samples(samples: np.ndarray, rate: int = RATE, **options: str) -> Callable[[Path], None]:
    return lambda path: write(path, samples, rate, **options) and None


def _cut(keep: float, seconds: float = 4.0) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        raw = write(path, music(seconds)).read_bytes()
        path.write_bytes(raw[: int(keep * len(raw))])

    return make


def _wav_of(samples: int, promised: int) -> bytes:
    data = (tone(seconds=samples / RATE) * 32767).astype("<i2").tobytes()
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    size = 2 * promised
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + fmt + struct.pack(
        "<4sI", b"data", size
    ) + data  # fmt: skip


def _scrambled(path: Path) -> None:
    raw = bytearray(write(path, music(4)).read_bytes())
    raw[100:-10] = np.random.default_rng(0).bytes(len(raw) - 110)
    path.write_bytes(raw)


def _one(value: float) -> np.ndarray:
    samples = tone()
    samples[500] = value
    return samples


BROKEN: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "0 bytes wav": ("wav", _bytes(b""), "empty"),
    "0 bytes au": ("au", _bytes(b""), "empty"),
    "0 bytes mp3": ("mp3", _bytes(b""), "empty"),
    "1 byte": ("wav", _bytes(b"R"), "can't be decoded"),
    "header only wav": ("wav", _bytes(_wav_of(0, 0)), "no samples"),
    "header only, promising": ("wav", _bytes(_wav_of(0, 50_000)), "no samples"),
    "half a header": ("wav", _bytes(_wav_of(0, 0)[:20]), "can't be decoded"),
    "header only au": ("au", _samples(np.zeros(0, "f4")), "no samples"),
    "header only flac": ("flac", _samples(np.zeros(0, "f4")), ""),
    "text as wav": ("wav", _bytes(b"These are words, not sound.\n" * 90), "can't be decoded"),
    "text as au": ("au", _bytes(b"These are words, not sound.\n" * 90), ""),
    "text as mp3": ("mp3", _bytes(b"These are words, not sound.\n" * 90), ""),
    "text as ogg": ("ogg", _bytes(b"These are words, not sound.\n" * 90), "can't be decoded"),
    "text with au's mark": ("au", _bytes(b".snd and then words again, and words" * 9), ""),
    "web page as mp3": ("mp3", _bytes(b"<!DOCTYPE html><html>404</html>" * 99), ""),
    "zeros as wav": ("wav", _bytes(bytes(50_000)), "can't be decoded"),
    "zeros as mp3": ("mp3", _bytes(bytes(50_000)), ""),
    "random bytes as flac": ("flac", _bytes(np.random.default_rng(1).bytes(9999)), "decoded"),
    "random bytes as mp3": ("mp3", _bytes(np.random.default_rng(2).bytes(9999)), ""),
    "cut off wav": ("wav", _cut(0.5), "is cut off: 2.0"),
    "cut off by a tenth": ("wav", _cut(0.9), "is cut off"),
    "cut off au": ("au", _cut(0.5), "is cut off"),
    "cut off aiff": ("aiff", _cut(0.5), ""),
    "cut off flac": ("flac", _cut(0.5), ""),
    "cut off ogg": ("ogg", _cut(0.5), ""),
    "cut off mp3": ("mp3", _cut(0.5), "is cut off"),
    "scrambled mp3": ("mp3", _scrambled, ""),
    "scrambled flac": ("flac", _scrambled, ""),
    "scrambled ogg": ("ogg", _scrambled, ""),
    "too short": ("wav", _samples(tone(seconds=0.2)), "is too short: 0.20 s of 0.50 s"),
    "one sample": ("wav", _samples(tone()[:1]), "too short"),
    "silent": ("wav", _samples(np.zeros(RATE, "f4")), "silent"),
    "silent mp3": ("mp3", _samples(np.zeros(RATE, "f4")), "silent"),
    "dither only": ("wav", _samples(noise(level=2e-5), subtype="PCM_16"), "silent"),
    "constant": ("wav", _samples(np.full(RATE, 0.5, "f4")), "silent"),
    "NaN": ("wav", _samples(_one(np.nan), subtype="FLOAT"), "1 samples that are no finite"),
    "infinite": ("wav", _samples(_one(np.inf), subtype="FLOAT"), "no finite"),
    "huge floats": ("wav", _samples(1e6 * tone(), subtype="FLOAT"), "sound lies within 1"),
    "a rate of 100 Hz": ("wav", _samples(tone(), 100), "sample rate of 100 Hz"),
    "m4a that is none": ("m4a", _bytes(b"words"), "ffmpeg"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_skipped_with_its_reason(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    ending, make, told = BROKEN[name]
    path = tmp_path / f"a.{ending}"
    make(path)
    with pytest.raises(Skipped) as skipped:
        decode(path, shortest=0.5)
    assert told in skipped.value.why
    assert skipped.value.stage in ("open", "decode", "content")
    assert capfd.readouterr() == ("", "")


def test_there_are_thirty_kinds_of_them() -> None:
    assert len(BROKEN) >= 30


def test_what_is_no_file_is_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "nowhere")
    for name in ("pipe", "folder", "dangling", "missing"):
        with pytest.raises(Skipped):
            decode(tmp_path / f"{name}.wav")


def test_a_very_long_file_is_skipped_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.audio.decode.LONGEST_SECONDS", 60)
    path = write(tmp_path / "a.flac", np.zeros(200 * RATE, "i2"))
    with pytest.raises(Skipped, match="longer than"):
        decode(path)


FFMPEG = """#!{python}
import sys
sys.stdout.buffer.write(open({raw!r}, "rb").read()) if "bad" not in " ".join(sys.argv) else None
sys.exit("bad" in " ".join(sys.argv) and (print("moov atom not found", file=sys.stderr) or 1))
"""


def test_m4a_goes_through_ffmpeg_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    sound = tone(rate=44_100)
    (tmp_path / "raw").write_bytes(sound.astype("<f4").tobytes())
    program = tmp_path / "ffmpeg"
    program.write_text(FFMPEG.format(python=sys.executable, raw=str(tmp_path / "raw")))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("good.m4a", "bad.m4a"):
        (tmp_path / name).write_bytes(b"ftypM4A words")
    clip = decode(tmp_path / "good.m4a")
    assert clip.rate == 44_100
    np.testing.assert_array_equal(clip.samples, sound)
    with pytest.raises(Skipped, match="moov atom not found"):
        decode(tmp_path / "bad.m4a")


def test_the_terminal_is_clean_while_decoding_and_heard_again_after(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mp3"
    raw = write(path, music(4)).read_bytes()
    path.write_bytes(raw[: len(raw) // 2] + b"\x00junk" * 99)
    with pytest.raises(Skipped):
        decode(path)
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_the_library_alone_would_have_taken_some_of_them(tmp_path: Path) -> None:
    """Why all of this is needed: if it fails, soundfile has become stricter."""
    path = write(tmp_path / "a.wav", tone(seconds=4))
    path.write_bytes(path.read_bytes()[:90_000])
    assert 0 < len(soundfile.read(path)[0]) < 4 * RATE
