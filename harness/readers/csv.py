"""Comma-separated text, plain or gzipped, parsed once and cached."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError, HarnessError
from harness.readers import _cache, _careful, _fast, _layout, _source
from harness.readers._cache import Parsed
from harness.readers._chunks import SIZE, Chunk, Chunks
from harness.readers._faults import Faults
from harness.readers._table import Table

SMALL = 1 << 21
"""Below this Python's own reader is done before polars is imported."""


def read(path: Path, *, header: bool, text: Collection[str] = (), missing: bool = True) -> Table:
    """Read a CSV file, from the cache where it was read before.

    Parameters
    ----------
    path, header, text, missing
        As in `harness.readers.read_table`.

    Raises
    ------
    FileProblem, DataError, FaultsError
        With every fault's line and column.
    """
    state = _source.check(path)
    fingerprint, settled = _source.fingerprint(path, state)
    name = _cache.key(fingerprint, header=header, text=text)
    worth = state.st_size >= _cache.FROM_BYTES
    parsed = _cache.load(name) if worth else None
    if parsed is None or (parsed.missing and not missing):
        # Where the times can't be trusted yet, what is parsed is hashed once more.
        expected = None if settled else fingerprint
        job = Parse(path, state, expected, header=header, text=text, missing=missing)
        parsed = (_through_cache(job, name) if worth else None) or _in_memory(job)
    # Read-only wherever it comes from: what works on a fresh table works on a cached one.
    parsed.numbers.flags.writeable = False
    return Table(
        path=path,
        columns=parsed.columns,
        numbers=parsed.numbers,
        number_columns=tuple(c for c in parsed.columns if c not in parsed.text),
        text=parsed.text,
        fingerprint=fingerprint,
    )


class Parse:
    """The parsing of one file; `blocks` may be asked for again.

    Parameters
    ----------
    path : Path
    state : os.stat_result
        The file as it was before it was hashed.
    fingerprint : str, optional
        What the file's bytes must hash to; None: it is enough that its times don't change.
    header, text, missing
        As in `harness.readers.read_table`.

    Attributes
    ----------
    layout : Layout
    text : mapping of column to object array of str
    missing : bool
        Whether any cell is missing.

    They are there when `blocks` has come to its end.
    """

    def __init__(
        self,
        path: Path,
        state: os.stat_result,
        fingerprint: str | None,
        *,
        header: bool,
        text: Collection[str],
        missing: bool,
    ) -> None:
        self.path = path
        self.state = state
        self.fingerprint = fingerprint
        self.header = header
        self.text_wanted = text
        self.missing_allowed = missing
        self._last_is_empty = False

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The number columns, some rows at a time: float32, C order.

        Raises
        ------
        FaultsError
            At the end, with every fault of the file; after a fault no more blocks come.
        """
        chunks = Chunks(self.path, SIZE, hashed=self.fingerprint is not None)
        words: list[list[NDArray[np.object_]]] = []
        self.missing = False
        rows = 0
        for number, piece in enumerate(chunks):
            chunk = self._start(piece) if number == 0 else piece
            if not chunk.data:
                continue
            numbers, text = self._cells(chunk)
            self._last_is_empty = self._last_is_empty and _ends_empty(numbers)
            if self.faults.full:
                break
            if not self.faults:
                rows += len(numbers)
                self.missing = self.missing or _any_missing(numbers, text)
                words.append(text)
                yield numbers
        self._raise_faults()
        if chunks.fingerprint != self.fingerprint or not _source.unchanged(self.path, self.state):
            raise _source.changed(self.path)
        if not rows:
            raise DataError(
                "holds a header and no rows", where=str(self.path), todo="fetch or write it again"
            )
        names = [self.layout.columns[place] for place in self.layout.texts]
        self.text = {
            name: np.concatenate([block[at] for block in words]) for at, name in enumerate(names)
        }

    def _start(self, chunk: Chunk) -> Chunk:
        """Settle the columns from the first row; what is left is rows."""
        first = _layout.first_row(chunk.data)
        self._head = chunk.data[: 1 << 16]
        if len(first.cells) == 1:
            self._refuse_delimiter(1)
        names = first.cells if self.header else [str(i) for i in range(len(first.cells))]
        if self.header:
            _layout.check_header(names, self.path)
            chunk = chunk.after(first.end, first.lines)
        self._first_line = chunk.line
        self.layout = _layout.make(names, self.text_wanted, self.path, header=self.header)
        self.faults = Faults(self.path, names, named=self.header)
        self._last_is_empty = not self.header and not self.layout.is_text[-1]
        return chunk

    def _cells(self, chunk: Chunk) -> tuple[NDArray[np.float32], list[NDArray[np.object_]]]:
        if not self.faults and self.state.st_size >= SMALL:
            cells = _fast.parse(chunk, self.layout)
            if cells and (self.missing_allowed or not _any_missing(*cells)):
                return cells
        return _careful.parse(chunk, self.layout, self.faults, missing=self.missing_allowed)

    def _raise_faults(self) -> None:
        first = self._head.partition(b"\n")[0].rstrip()
        if self._last_is_empty and self.layout.width > 1 and first.endswith(b","):
            raise DataError(
                "every line ends with a comma, which makes an empty last column",
                where=str(self.path),
                todo="take the commas at the line ends out",
            )
        if self.faults:
            self._refuse_delimiter(self.layout.width)
            if not self.header:
                self.faults.blame_header(self._first_line, len(self.layout.numbers))
            self.faults.raise_any()

    def _refuse_delimiter(self, width: int) -> None:
        other = _layout.other_delimiter(self._head, width)
        if other:
            raise _layout.wrong_delimiter(self.path, other)


def _any_missing(numbers: NDArray[np.float32], text: list[NDArray[np.object_]]) -> bool:
    return bool(np.isnan(numbers).any()) or any((column == "").any() for column in text)


def _ends_empty(numbers: NDArray[np.float32]) -> bool:
    return bool(numbers.shape[1] and np.isnan(numbers[:, -1]).all())


def _in_memory(job: Parse) -> Parsed:
    numbers = np.empty((0, 0), np.float32)
    for block in job.blocks():
        rows = len(numbers)
        # Grown in place: gathering blocks and joining them would hold everything twice.
        numbers.resize((rows + len(block), block.shape[1]), refcheck=False)
        numbers[rows:] = block
    return Parsed(job.layout.columns, numbers, job.text, job.missing)


def _through_cache(job: Parse, name: str) -> Parsed | None:
    """Parse into the cache and read from there; None where that can't be."""
    try:
        with _cache.Writer(name, job.state.st_size) as writer:
            for block in job.blocks():
                writer.append(block)
            writer.finish(job.layout.columns, job.text, missing=job.missing)
    except HarnessError:
        raise
    except OSError:
        # No permission or no space: the file is read all the same.
        return None
    return _cache.load(name)
