"""How long a file's header says that it is, which decoders don't tell where less is there."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from harness import ordinary

UNKNOWN = (0, 0xFFFFFFFF, 0x7FFFFFFF)
TAIL = 1 << 16


def promised_seconds(path: Path, rate: int) -> float | None:
    """Seconds by the header; None where it says nothing.

    A cut-off ogg stream has no header to say so, but its last page lacks the mark of an end: then
    it is infinite.
    """
    with ordinary.opened(path) as file:
        head = file.read(64)
        try:
            if head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
                return _wav(file, "<" if head[:4] == b"RIFF" else ">")
            if head[:4] in (b".snd", b"dns."):
                return _au(head, os.fstat(file.fileno()).st_size)
            if head[:4] == b"FORM" and head[8:11] == b"AIF":
                return _aiff(file, rate)
            if head[:4] == b"fLaC":
                samples = int.from_bytes(head[21:26], "big") & ((1 << 36) - 1)
                return samples / rate or None
            if head[:4] == b"OggS":
                return _ogg(file)
            return _mp3(file, rate)
        except struct.error:
            return None


def _wav(file: BinaryIO, order: str) -> float | None:
    """The data chunk's bytes over the bytes a second that the format chunk states."""
    per_second = 0
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = head[:4], struct.unpack(f"{order}I", head[4:])[0]
        if name == b"fmt ":
            fields = struct.unpack(f"{order}HHIIHH", file.read(16))
            # Bytes of a frame times the rate: the stated bytes a second are often wrong.
            per_second = fields[2] * fields[4] if fields[0] in (1, 3, 0xFFFE) else 0
            size -= 16
        elif name == b"data":
            return None if size in UNKNOWN or not per_second else size / per_second
        file.seek(size + size % 2, os.SEEK_CUR)
    return None


def _au(head: bytes, there: int) -> float | None:
    order = ">" if head[:4] == b".snd" else "<"
    _, size, encoding, rate, channels = struct.unpack(f"{order}5I", head[4:24])
    width = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}.get(encoding)
    if size in UNKNOWN or not width or not rate or not channels:
        return None
    return float(size / (width * rate * channels))


def _aiff(file: BinaryIO, rate: int) -> float | None:
    file.seek(12)
    while len(head := file.read(8)) == 8:
        size = struct.unpack(">I", head[4:])[0]
        if head[:4] == b"COMM":
            frames = struct.unpack(">hI", file.read(6))[1]
            return None if frames in UNKNOWN else float(frames / rate)
        file.seek(size + size % 2, os.SEEK_CUR)
    return None


def _ogg(file: BinaryIO) -> float | None:
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - TAIL))
    tail = file.read()
    last = tail.rfind(b"OggS")
    ended = last >= 0 and len(tail) > last + 5 and tail[last + 5] & 4
    return None if ended else float("inf")


def _mp3(file: BinaryIO, rate: int) -> float | None:
    """The frames that the first frame's Xing or Info tag counts, 1152 or 576 samples each."""
    file.seek(0)
    start = file.read(10)
    if start[:3] == b"ID3":
        # Seven bits a byte.
        file.seek(
            10
            + sum(
                (byte & 127) << shift
                for byte, shift in zip(start[6:10], (21, 14, 7, 0), strict=True)
            )
        )
    else:
        file.seek(0)
    frame = file.read(200)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or frame[:1] != b"\xff":
        return None
    flags, frames = struct.unpack(">II", frame[at + 4 : at + 12])
    if not flags & 1:
        return None
    # Encoders put up to three frames of silence around the sound, which decoders take off again.
    return max(0.0, (frames - 3) * (1152 if rate >= 32_000 else 576) / rate)
