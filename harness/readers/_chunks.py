"""A text file in pieces that end where a row ends, with the number of their first line.

Pieces keep memory small at 1 GB, and a fault's line is known without counting from the start.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from harness.errors import DataError, FileProblem
from harness.readers._source import GZIP, Hashed, Whole, cannot_read, opened

SIZE = 16 << 20
"""Bytes in a piece: enough for the parser's threads, little beside the result."""

MOST = 64 << 20
"""A row longer than this is an unclosed quote or no text at all; it is passed on as it is."""

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
BLANK = b" \t\r\n"


class Chunk(NamedTuple):
    """Whole rows of a file.

    Attributes
    ----------
    line : int
        Number of the first line, from 1.
    data : bytes
        Ends with a line end.
    lines : int
        Line ends in `data`.
    """

    line: int
    data: bytes
    lines: int

    def after(self, end: int, lines: int) -> Chunk:
        """What follows the first `end` bytes, which hold `lines` lines."""
        data = self.data[end:]
        return Chunk(self.line + lines, data, data.count(b"\n"))


class Chunks:
    """The pieces of a file, to be iterated over.

    A byte-order mark is taken off, gzip is unpacked, blank lines at the file's end are dropped.

    Parameters
    ----------
    path : Path
    size : int
        Bytes in a piece, about.
    hashed : bool
        Whether to hash the file's bytes on the way; `fingerprint` holds the hash at the end.

    Raises
    ------
    FileProblem
        Where the file can't be read, or holds nothing but blanks.
    DataError
        Where it is damaged gzip or isn't UTF-8 text at all.
    """

    def __init__(self, path: Path, size: int = SIZE, *, hashed: bool = False) -> None:
        self.path = path
        self.size = size
        self.hashed = hashed
        self.fingerprint: str | None = None

    def __iter__(self) -> Iterator[Chunk]:
        with opened(self.path) as file:
            raw = Hashed(file) if self.hashed else Whole(file)
            try:
                with io.BufferedReader(raw) as buffered:
                    yield from self._pieces(_unpacked(buffered))
            except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
                raise DataError(
                    f"the gzip data is damaged ({str(problem).rstrip('.')})",
                    where=str(self.path),
                    todo="fetch or pack it again",
                ) from problem
            except OSError as problem:
                if isinstance(problem, FileProblem):
                    raise
                raise cannot_read(self.path, problem) from problem
            if isinstance(raw, Hashed):
                self.fingerprint = raw.digest.hexdigest()

    def _pieces(self, file: BinaryIO) -> Iterator[Chunk]:
        rest, line = self._start(file.read(self.size)), 1
        while piece := file.read(self.size):
            end = _row_end(rest)
            if end:
                data, rest = rest[:end], rest[end:]
                lines = data.count(b"\n")
                yield Chunk(line, data, lines)
                line += lines
            rest += piece
        data = rest.rstrip(BLANK)
        if data:
            yield Chunk(line, data + b"\n", data.count(b"\n") + 1)
        elif line == 1:
            raise FileProblem("is empty", where=str(self.path), todo="fetch or write it again")

    def _start(self, piece: bytes) -> bytes:
        if piece.startswith(UTF16) or b"\0" in piece[:4096]:
            name = "UTF-16 text" if piece.startswith(UTF16) else "not text"
            raise DataError(
                f"is {name}; CSV files must be UTF-8 text",
                where=str(self.path),
                todo="save it as CSV in UTF-8",
            )
        return piece.removeprefix(BOM)


def _unpacked(file: io.BufferedReader[Any]) -> BinaryIO:
    packed = file.peek(2)[:2] == GZIP
    return cast(BinaryIO, gzip.GzipFile(fileobj=file) if packed else file)


def _row_end(data: bytes) -> int:
    """Where the last whole row of `data` ends; 0 where none does.

    Blank lines at the end wait for what follows: they count only if something does.
    """
    end = data.rfind(b"\n") + 1
    # Nearly always the last few bytes settle it; slices of the whole would cost a copy each.
    for start in (max(0, end - 256), 0):
        body = len(data[start:end].rstrip(BLANK))
        if body:
            end = data.find(b"\n", start + body) + 1
            break
    else:
        return 0
    # An odd number of quotes: the line end stands inside a cell.
    if b'"' in data and data.count(b'"', 0, end) % 2 and len(data) < MOST:
        return 0
    return end
