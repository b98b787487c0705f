"""A look at a file before anybody has said what it is; `harness new` asks for it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness.errors import DataError
from harness.readers import (
    _careful,
    _containers,
    _dialect,
    _fast,
    _frames,
    _layout,
    arrow,
    json,
    npy,
    npz,
    parquet,
)
from harness.readers._cells import MISSING, SPACES, is_missing
from harness.readers._chunks import Chunk, Chunks
from harness.readers._dialect import Dialect
from harness.readers._faults import Faults
from harness.readers._guess import guess_header
from harness.readers._layout import Layout
from harness.readers._table import ALL, Kind, Peek

FRAMES = {"parquet": parquet, "arrow": arrow, "json": json}
MOST_DISTINCT = 200
# Python is done with so many cells before polars has begun.
FEW = 2000
# What float32 holds with all its digits.
TINY, HUGE = 1.2e-38, 3.4e38
# Cells that are looked at together.
AT_ONCE = 1 << 22
GUESSED_FROM = 200
"""Rows that the guess about the header looks at."""


def inspect(path: Path) -> Peek:
    """See `harness.readers.inspect`."""
    kind = _containers.kind(path)
    if kind == "csv":
        return _csv(path)
    nested: dict[str, str] = {}
    if kind in FRAMES:
        frame, reason = FRAMES[kind].load(path), "its columns have names"
        nested = {c.name: held for c in frame.iter_columns() if (held := _frames.nested(c.dtype))}
        # Nothing in them can be looked at.
        frame = frame.with_columns(pl.lit(f"({held})").alias(c) for c, held in nested.items())
    else:
        array = npy.load(path) if kind == "npy" else npz.load(path)
        if array.ndim > 2 or array.dtype.kind not in "fiubUS":
            raise DataError(
                f"holds an array of shape {array.shape} and type {array.dtype}, not a table",
                where=str(path),
                todo="reshape it to (rows, columns) and save it again",
            )
        table = (
            array.reshape(len(array), math.prod(array.shape[1:]))
            if array.ndim
            else array.reshape(1, 1)
        )
        frame, reason = pl.from_numpy(table), "arrays don't name their columns"
        frame.columns = [str(i) for i in range(frame.width)]
    columns = [_Column() for _ in frame.columns]
    _look(columns, frame)
    peek = _peek(path, kind, kind in FRAMES, reason, frame.columns, columns, frame.height)
    return replace(peek, nested=nested)


def _csv(path: Path) -> Peek:
    """The first piece is read as text; from then on columns of many numbers are read as such."""
    rows = 0
    columns: list[_Column] = []
    chunks = Chunks(path)
    for chunk in chunks:
        if not columns:
            layout, reason, chunk, told = _start(path, chunk, chunks.dialect)
            columns = [_Column() for _ in layout.columns]
            faults = Faults(path, layout.columns, named=layout.header)
            if not chunk.data:
                continue
        frame = _frame(chunk, layout, [column.is_words for column in columns], faults)
        faults.raise_any()
        rows += frame.height
        _look(columns, frame)
    peek = _peek(path, "csv", layout.header, reason, layout.columns, columns, rows)
    notes = (*layout.dialect.notes, *told, *faults.notes())
    plain = chunks.plain and not notes
    return replace(peek, notes=notes, delimiter=layout.dialect.delimiter, plain=plain)


def _start(path: Path, chunk: Chunk, dialect: Dialect) -> tuple[Layout, str, Chunk, list[str]]:
    first = _layout.first_row(chunk.data, dialect)
    _layout.check_width(first, path)
    width = len(first.cells)
    sample = _sample(chunk.data[first.end :], width, dialect)
    header, reason = guess_header([first.cells, *sample], hashed=first.hashed)
    names, told = [str(i) for i in range(width)], ""
    if header:
        names, told = _layout.names_of(first, path)
    # What stands before the first row is no row either way.
    chunk = chunk.after(first.end, first.lines) if header else _layout.after_skip(chunk, dialect)
    layout = _layout.make(
        names, ALL, path, header=header, dialect=dialect, raw=first.raw if header else b""
    )
    return layout, reason, chunk, [told] if told else []


def _sample(data: bytes, width: int, dialect: Dialect) -> list[list[str]]:
    """A few rows; wrong ones are left to those who read everything."""
    text = data[: 1 << 20].decode("utf-8", "replace")
    found: list[list[str]] = []
    try:
        for row in _dialect.reader(text, dialect.delimiter):
            kept = row[:width]
            whole = width <= len(row) <= width + dialect.tail and not "".join(row[width:]).strip()
            if whole and len(found) < GUESSED_FROM:
                found.append(kept)
    except csv.Error:
        pass
    return found


def _frame(chunk: Chunk, layout: Layout, words: Sequence[bool], faults: Faults) -> pl.DataFrame:
    """The rows of a piece: strings where `words` says so, float64 numbers elsewhere if they are."""
    wholly = [True] * len(words)
    for texts in [words] if list(words) == wholly else [words, wholly]:
        types = [pl.String if text else pl.Float64 for text in texts]
        frame = _fast.whole_frame(chunk, types, layout)
        if frame is not None:
            return frame
    rows, _ = _careful.split(chunk, layout, faults)
    return pl.DataFrame(
        {str(place): [row[place] for row in rows] for place in range(layout.width)},
        schema={str(place): pl.String for place in range(layout.width)},
    )


def _look(columns: Sequence[_Column], frame: pl.DataFrame) -> None:
    """Plain numbers all at once, which wide tables need; what is anything else column by column."""
    plain, fraction, largest = _plain_numbers(frame)
    for place, (column, cells) in enumerate(zip(columns, frame.iter_columns(), strict=True)):
        if plain[place]:
            column.look_at_numbers(
                cells, fraction=bool(fraction[place]), largest=float(largest[place])
            )
        else:
            column.look(cells)


def _plain_numbers(
    frame: pl.DataFrame,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Which columns are finite numbers, which of those hold fractions, how large they get."""
    plain, fraction = np.zeros(frame.width, np.bool_), np.zeros(frame.width, np.bool_)
    largest = np.zeros(frame.width)
    kinds = frame.dtypes
    fit = [k for k, kind in enumerate(kinds) if kind.is_numeric() or kind == pl.String]
    step = max(1, AT_ONCE // max(1, frame.height))
    for start in range(0, len(fit), step):
        some = fit[start : start + step]
        part = frame.select(pl.nth(some).cast(pl.Float64, strict=False))
        cells = part.to_numpy()
        plain[some] = np.isfinite(cells).all(axis=0)
        fraction[some] = (cells != np.floor(cells)).any(axis=0)
        largest[some] = np.abs(cells).max(axis=0, initial=0)
    return plain, fraction, largest


class _Column:
    """What is known of a column so far."""

    def __init__(self) -> None:
        self.text = False
        self.fraction = False
        self.empty = 0
        self.missing = 0
        self.infinite = 0
        self.largest = 0.0
        self.distinct: dict[str, None] | None = {}

    @property
    def is_words(self) -> bool:
        """Whether its cells' spelling still matters."""
        return self.text or self.distinct is not None

    def look(self, cells: pl.Series) -> None:
        """Take more cells into account."""
        if cells.dtype.is_numeric():
            numbers = cells.cast(pl.Float64).fill_nan(None)
            self._count(numbers)
            self.empty += numbers.null_count()
            self.missing += numbers.null_count()
            if self.distinct is not None:
                self._gather(cells.filter(numbers.is_not_null()).cast(pl.String))
            return
        words = cells.cast(pl.String).str.strip_chars(SPACES).fill_null("")
        is_boolean = cells.dtype == pl.Boolean
        absent = words.str.to_lowercase().is_in(list(MISSING))
        self.empty += int((words == "").sum())
        self.missing += int(absent.sum())
        there = words.filter(~absent)
        if not self.text and not is_boolean:
            numbers = there.cast(pl.Float64, strict=False)
            self.text = numbers.null_count() > 0
            self._count(numbers)
        if self.distinct is not None:
            self._gather(words.filter(words != ""))

    @property
    def extreme(self) -> bool:
        """Whether its numbers are beyond what float32 tells apart from 0 or holds."""
        return not self.text and bool(self.largest and not TINY < self.largest < HUGE)

    def look_at_numbers(self, cells: pl.Series, *, fraction: bool, largest: float) -> None:
        """Take more cells into account that are all finite numbers, written without blanks."""
        self.fraction = self.fraction or fraction
        self.largest = max(self.largest, largest)
        if self.distinct is not None:
            self._gather(cells if cells.dtype == pl.String else cells.cast(pl.String))

    def _count(self, numbers: pl.Series) -> None:
        there = numbers.drop_nulls()
        self.fraction = self.fraction or bool((there != there.floor()).any())
        self.infinite += int(there.is_infinite().sum())
        sizes = there.filter(there.is_finite()).abs().to_numpy()
        self.largest = max(self.largest, float(sizes.max(initial=0)))

    def _gather(self, words: pl.Series) -> None:
        assert self.distinct is not None
        short = len(words) <= FEW
        found = dict.fromkeys(
            words.to_list() if short else words.unique(maintain_order=True).to_list()
        )
        if len(found) <= MOST_DISTINCT + len(MISSING):
            self.distinct.update(found)
        if max(len(found), len(self.distinct)) > MOST_DISTINCT + len(MISSING):
            self.distinct = None

    def kind(self, rows: int) -> Kind:
        """What it is, all in all."""
        if self.text:
            return "text"
        return "number" if self.fraction or self.missing == rows else "integer"

    def values(self) -> tuple[str, ...] | None:
        """Its distinct values, where they are few."""
        if self.distinct is None:
            return None
        whole = self.text or not self.missing
        found = tuple(v for v in self.distinct if whole or not is_missing(v))
        return found if len(found) <= MOST_DISTINCT else None


def _peek(
    path: Path,
    kind: str,
    header: bool,
    reason: str,
    names: Sequence[str],
    columns: Sequence[_Column],
    rows: int,
) -> Peek:
    def pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, column in zip(names, columns, strict=True):
            values = column.values()
            if values is not None:
                yield name, values

    return Peek(
        path=path,
        kind=kind,
        header=header,
        header_reason=reason,
        columns=tuple(names),
        rows=rows,
        kinds={n: c.kind(rows) for n, c in zip(names, columns, strict=True)},
        distinct=dict(pairs()),
        missing={n: c.empty if c.text else c.missing for n, c in zip(names, columns, strict=True)},
        extreme={n for n, c in zip(names, columns, strict=True) if c.extreme},
        infinite={n: c.infinite for n, c in zip(names, columns, strict=True) if c.infinite},
    )
