"""Text of rows and cells, plain or packed, parsed once and cached."""

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
from harness.readers._dialect import Dialect
from harness.readers._faults import Faults
from harness.readers._table import Table

START = 1 << 20
"""Bytes that are read for the names alone, or more if the first row is longer."""

SMALL = 1 << 21
"""Below this Python's own reader is done before polars is imported."""


def read(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read a CSV file, from the cache where it was read before.

    Parameters
    ----------
    path, header, text, missing, infinite
        As in `harness.readers.read_table`.

    Raises
    ------
    FileProblem, DataError, FaultsError
        With every fault's line and column.
    """
    state = _source.check(path)
    fingerprint, settled = _source.fingerprint(path, state)
    name = _cache.key(fingerprint, header=header, text=text, infinite=infinite)
    worth = state.st_size >= _cache.FROM_BYTES
    parsed = _cache.load(name) if worth else None
    if parsed is None or (parsed.missing and not missing):
        # Where the times can't be trusted yet, what is parsed is hashed once more.
        expected = None if settled else fingerprint
        job = Parse(
            path, state, expected, header=header, text=text, missing=missing, infinite=infinite
        )
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
        notes=parsed.notes,
    )


def column_names(path: Path, *, header: bool) -> tuple[str, ...]:
    """The columns' names, from the start of a file."""
    chunks = Chunks(path, START)
    chunk = next(iter(chunks))
    first = _layout.first_row(chunk.data, chunks.dialect)
    if not header:
        return tuple(map(str, range(len(first.cells))))
    return tuple(_layout.names_of(first, path)[0])


class Parse:
    """The parsing of one file; `blocks` may be asked for again.

    Parameters
    ----------
    path : Path
    state : os.stat_result
        The file as it was before it was hashed.
    fingerprint : str, optional
        What the file's bytes must hash to; None: it is enough that its times don't change.
    header, text, missing, infinite
        As in `harness.readers.read_table`.

    Attributes
    ----------
    layout : Layout
    text : mapping of column to object array of str
    missing : bool
        Whether any cell is missing.
    notes : tuple of str
        What was passed over.

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
        infinite: bool = False,
    ) -> None:
        self.path = path
        self.state = state
        self.fingerprint = fingerprint
        self.header = header
        self.text_wanted = text
        self.missing_allowed = missing
        self.infinite = infinite
        self.notes: tuple[str, ...] = ()

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
            chunk = self._start(piece, chunks.dialect) if number == 0 else piece
            if not chunk.data:
                continue
            numbers, text = self._cells(chunk)
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
        self.notes = (*self.layout.dialect.notes, *self._told, *self.faults.notes())
        if not rows:
            raise DataError(
                "holds a header and no rows", where=str(self.path), todo="fetch or write it again"
            )
        names = [self.layout.columns[place] for place in self.layout.texts]
        self.text = {
            name: np.concatenate([block[at] for block in words]) for at, name in enumerate(names)
        }

    def _start(self, chunk: Chunk, dialect: Dialect) -> Chunk:
        """Settle the columns from the first row; what is left is rows."""
        first = _layout.first_row(chunk.data, dialect)
        _layout.check_width(first, self.path)
        names = [str(i) for i in range(len(first.cells))]
        self._told: list[str] = []
        if self.header:
            names, told = _layout.names_of(first, self.path)
            self._told += [told] if told else []
            chunk = chunk.after(first.end, first.lines)
        else:
            chunk = _layout.after_skip(chunk, dialect)
        self._first_line = chunk.line
        self.layout = _layout.make(
            names,
            self.text_wanted,
            self.path,
            header=self.header,
            dialect=dialect,
            raw=first.raw if self.header else b"",
        )
        self.faults = Faults(self.path, names, named=self.header)
        return chunk

    def _cells(self, chunk: Chunk) -> tuple[NDArray[np.float32], list[NDArray[np.object_]]]:
        if not self.faults and self.state.st_size >= SMALL:
            cells = _fast.parse(chunk, self.layout)
            if cells and (self.missing_allowed or not _any_missing(*cells)):
                return cells
        return _careful.parse(
            chunk,
            self.layout,
            self.faults,
            missing=self.missing_allowed,
            infinite=self.infinite,
        )

    def _raise_faults(self) -> None:
        if self.faults and not self.header:
            self.faults.blame_header(self._first_line, len(self.layout.numbers))
        delimiter = self.layout.dialect.delimiter
        if delimiter != "," and self.faults.of_decimal_commas:
            raise _layout.decimal_commas(self.path, delimiter)
        self.faults.raise_any()


def _any_missing(numbers: NDArray[np.float32], text: list[NDArray[np.object_]]) -> bool:
    return bool(np.isnan(numbers).any()) or any((column == "").any() for column in text)


def _in_memory(job: Parse) -> Parsed:
    numbers = np.empty((0, 0), np.float32)
    for block in job.blocks():
        rows = len(numbers)
        # Grown in place: gathering blocks and joining them would hold everything twice.
        numbers.resize((rows + len(block), block.shape[1]), refcheck=False)
        numbers[rows:] = block
    return Parsed(job.layout.columns, numbers, job.text, job.missing, job.notes)


def _through_cache(job: Parse, name: str) -> Parsed | None:
    """Parse into the cache and read from there; None where that can't be."""
    try:
        with _cache.Writer(name, job.state.st_size) as writer:
            for block in job.blocks():
                writer.append(block)
            writer.finish(job.layout.columns, job.text, missing=job.missing, notes=job.notes)
    except HarnessError:
        raise
    except OSError:
        # No permission or no space: the file is read all the same.
        return None
    return _cache.load(name)
