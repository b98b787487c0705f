"""A text file in pieces that end where a row ends, with the number of their first line.

Pieces keep memory small at 1 GB, and a fault's line is known without counting from the start.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from harness.errors import FileProblem, HarnessError
from harness.readers import _dialect, _packing
from harness.readers._dialect import COMMAS, Dialect
from harness.readers._encoding import Text
from harness.readers._source import Hashed, Whole, cannot_read, opened

SIZE = 16 << 20
"""Bytes in a piece: enough for the parser's threads, little beside the result."""

MOST = 64 << 20
"""A row longer than this is an unclosed quote or no text at all; it is passed on as it is."""

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

    Packed files are unpacked, other encodings and line ends become UTF-8 and plain ones, and
    blank lines at the file's end are dropped.

    Parameters
    ----------
    path : Path
    size : int
        Bytes in a piece, about.
    hashed : bool
        Whether to hash the file's bytes on the way; `fingerprint` holds the hash at the end.

    Attributes
    ----------
    dialect : Dialect
        How the rows are written; known with the first piece.
    plain : bool
        Whether the file's bytes are what the pieces hold.

    Raises
    ------
    FileProblem
        Where the file can't be read, or holds nothing but blanks.
    DataError
        Where it is damaged or isn't text at all.
    """

    def __init__(self, path: Path, size: int = SIZE, *, hashed: bool = False) -> None:
        self.path = path
        self.size = size
        self.hashed = hashed
        self.fingerprint: str | None = None
        self.dialect: Dialect = COMMAS
        self.plain = True

    def __iter__(self) -> Iterator[Chunk]:
        with opened(self.path) as file:
            raw = Hashed(file) if self.hashed else Whole(file)
            packing = ""
            try:
                with io.BufferedReader(raw) as buffered:
                    source = cast(BinaryIO, buffered)
                    packing = _packing.packing(source)
                    self.plain = not packing
                    yield from self._pieces(_packing.unpacked(source, self.path))
            except HarnessError:
                raise
            except _packing.PROBLEMS as problem:
                if not packing:
                    raise cannot_read(self.path, problem) from problem
                raise _packing.damaged(self.path, packing, problem) from problem
            if isinstance(raw, Hashed):
                self.fingerprint = raw.digest.hexdigest()

    def _pieces(self, file: BinaryIO) -> Iterator[Chunk]:
        text = Text(file, self.path)
        self.plain = self.plain and text.plain
        self.dialect = _dialect.sniff(text.head, whole=text.whole)
        if text.notes:
            self.dialect = replace(self.dialect, notes=(*text.notes, *self.dialect.notes))
        del text.head
        rest, line = text.read(self.size), 1
        while piece := text.read(self.size):
            end = _row_end(rest)
            if end:
                data, rest = rest[:end], rest[end:]
                lines = data.count(b"\n")
                yield Chunk(line, self._tidy(data), lines)
                line += lines
            rest += piece
        if not rest.endswith(b"\n"):
            rest += b"\n"
        end = _line_end(rest)
        if end:
            data = rest if end == len(rest) else rest[:end]
            yield Chunk(line, self._tidy(data), data.count(b"\n"))
        elif line == 1:
            raise FileProblem("is empty", where=str(self.path), todo="fetch or write it again")

    def _tidy(self, data: bytes) -> bytes:
        return _dialect.squeeze(data) if self.dialect.blanks else data


def _row_end(data: bytes) -> int:
    """Where the last whole row of `data` ends; 0 where none does."""
    end = _line_end(data)
    # An odd number of quotes: the line end stands inside a cell.
    if b'"' in data and data.count(b'"', 0, end) % 2 and len(data) < MOST:
        return 0
    return end


def _line_end(data: bytes) -> int:
    """Where the last line of `data` that isn't blank ends; 0 where none does.

    Blank lines at the end wait for what follows: they count only if something does.
    """
    end = data.rfind(b"\n") + 1
    # Nearly always the last few bytes settle it; slices of the whole would cost a copy each.
    for start in (max(0, end - 256), 0):
        body = len(data[start:end].rstrip(BLANK))
        if body:
            return data.find(b"\n", start + body) + 1
    return 0
