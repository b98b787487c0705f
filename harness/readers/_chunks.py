"""A text file in pieces that end where a row ends, with the number of their first line.

Pieces keep memory small at 1 GB, and a fault's line is known without counting from the start.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from harness.errors import DataError, FileProblem
from harness.readers._source import GZIP, Hashed, cannot_read

SIZE = 16 << 20
"""Bytes in a piece: enough for the parser's threads, little beside the result."""

MOST = 256 << 20
"""A row longer than this is an unclosed quote or no text at all; it is passed on as it is."""

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
BLANK = b" \t\r\n"


class Chunks:
    """Iterate over ``(line, data)``: the number of the piece's first line, and its bytes.

    A byte-order mark is taken off, gzip is unpacked, blank lines at the file's end are dropped.
    After the last piece `fingerprint` holds the hash of the file's bytes as they were read.

    Raises
    ------
    FileProblem
        Where the file can't be read, or holds nothing but blanks.
    DataError
        Where it is damaged gzip or isn't UTF-8 text at all.
    """

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self.path = path
        self.size = size
        self.fingerprint = ""

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        with Hashed(self.path) as raw:
            try:
                yield from self._pieces(self._unpacked(io.BufferedReader(raw, self.size)))
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
            self.fingerprint = raw.digest.hexdigest()

    def _unpacked(self, file: io.BufferedReader) -> io.BufferedIOBase:
        if file.peek(2)[:2] != GZIP:
            return file
        return gzip.GzipFile(fileobj=file)

    def _pieces(self, file: io.BufferedIOBase) -> Iterator[tuple[int, bytes]]:
        rest, line = self._start(file.read(self.size)), 1
        while True:
            piece = file.read(self.size)
            if not piece:
                break
            end = _row_end(rest)
            if end:
                data, rest = rest[:end], rest[end:]
                yield line, data
                line += data.count(b"\n")
            rest += piece
        data = rest.rstrip(BLANK)
        if data:
            yield line, data + b"\n"
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


def _row_end(data: bytes) -> int:
    """Where the last whole row of `data` ends; 0 where none does.

    Blank lines at the end wait for what follows: they count only if something does.
    """
    body = len(data[: data.rfind(b"\n") + 1].rstrip(BLANK))
    end = data.find(b"\n", body) + 1 if body else 0
    # An odd number of quotes: the line end stands inside a cell.
    if data.count(b'"', 0, end) % 2 and len(data) < MOST:
        return 0
    return end
