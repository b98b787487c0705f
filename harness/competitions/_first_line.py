"""A quick look at a file's first line: enough to recognise a competition, and imports nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

from harness import ordinary

# Longer than any header; a file without line ends isn't read whole.
MOST = 1 << 22


def first_line(path: Path) -> str | None:
    """The first line without its end, or None where there is no text to read."""
    try:
        with ordinary.opened(path) as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            line = file.readline(MOST)
        # Old Macs end lines with a carriage return alone.
        return line.decode("utf-8-sig").replace("\r", "\n").partition("\n")[0]
    except (OSError, EOFError, UnicodeDecodeError):
        return None


def has_header(line: str) -> bool:
    """Whether a cell of the line is a text, neither empty nor a number."""
    return any(not _is_number(cell) for cell in line.split(",") if cell.strip())


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().strip('"'))
    except ValueError:
        return False
    return True
