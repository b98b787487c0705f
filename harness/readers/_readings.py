"""Columns of text that become numbers: how each of them is read, row by row, with nothing learned.

A `Reading` is decided once, over the cells of a competition's files, and then reads the training
rows, the test rows and whatever rows come later in the same way.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.readers._cells import NUMBER
from harness.readers._dates import read_date
from harness.readers._numbers import BLANKS, NumberStyle, says_missing
from harness.readers._plain_dates import plain_dates
from harness.readers._styles import in_the_other_writing, swapped

TRUE = frozenset(["true", "t", "yes", "y", "on", "1", "1.0", "wahr", "vrai"])
FALSE = frozenset(["false", "f", "no", "n", "off", "0", "0.0", "falsch", "faux"])
# Beyond it float64 skips whole numbers.
_EXACT = 2**53


@dataclass(frozen=True)
class Reading:
    """How a column's cells become numbers.

    Attributes
    ----------
    column : str
        The file's column.
    kind : str
        ``"number"``, ``"date"`` or ``"boolean"``.
    style : NumberStyle
        Of a number.
    order : str
        Of a date, see `harness.readers._dates.read_date`.
    parts : tuple of str
        Of a date: ``"month"``, ... beside the day's number.
    marks : frozenset of str
        Cells that hold no value, in folded case, beside the usual ones.
    offset : int or float
        What is taken off every value in float64, before float32 would round it away.
    scale : float
        What every value is then multiplied with, where float32 can't hold numbers so large or so
        small: a power of ten.
    names : tuple of str
        What its features are called.
    """

    column: str
    kind: Literal["number", "date", "boolean"]
    style: NumberStyle = field(default_factory=NumberStyle)
    order: str = ""
    parts: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    offset: float = 0
    scale: float = 1.0
    names: tuple[str, ...] = ()

    def read(self, cells: NDArray[np.object_]) -> tuple[NDArray[np.float32], dict[str, int]]:
        """The features of some cells, and the cells that can't be read, with their first row.

        Parameters
        ----------
        cells : object array of str, shape (n,)

        Returns
        -------
        values : float32 array, shape (n, features); NaN is a missing value
        unread : mapping of cell to row (from 0)
        """
        known: dict[str, tuple[float, ...]] = {}
        unread: dict[str, int] = {}
        values = np.empty((len(cells), 1 + len(self.parts)), np.float64)
        if self.kind == "date":
            values[:] = self._plain_dates(cells)
        else:
            values[:, 0] = self._plain(cells)
        rows = np.flatnonzero(np.isnan(values[:, 0])).tolist()
        for row in rows:
            cell = cells[row]
            if cell not in known:
                known[cell], readable = self._values(cell)
                if not readable:
                    unread[cell] = row
        if rows:
            values[rows] = np.array([known[cells[row]] for row in rows], dtype=np.float64)
        with np.errstate(over="ignore"):
            numbers = values.astype(np.float32)
        for row in np.flatnonzero(np.isinf(numbers[:, 0])).tolist():
            unread.setdefault(cells[row], row)
        return numbers, unread

    def alike(self, cells: NDArray[np.object_]) -> NDArray[np.object_] | None:
        """The cells of a file that has the other decimal mark, with this one; None for others."""
        if self.kind != "number" or not in_the_other_writing(Counter(cells), self.style.decimal):
            return None
        found = np.empty(len(cells), dtype=object)
        found[:] = [swapped(cell) for cell in cells]
        return found

    def exact(self, cells: NDArray[np.object_]) -> NDArray[np.float64]:
        """The main feature in float64, shape (n,); NaN where there is none."""
        dates = self.kind == "date"
        values = self._plain_dates(cells)[:, 0] if dates else self._plain(cells)
        known: dict[str, float] = {}
        for row in np.flatnonzero(np.isnan(values)).tolist():
            cell = cells[row]
            if cell not in known:
                known[cell] = self._values(cell)[0][0]
            values[row] = known[cell]
        return values

    def _plain(self, cells: NDArray[np.object_]) -> NDArray[np.float64]:
        """Cells that are plain numbers, many times faster than one by one; NaN for all others."""
        # A number such as -999 may stand for a missing value.
        marked = any(NUMBER.fullmatch(mark.replace(",", ".")) for mark in self.marks)
        if self.kind != "number" or self.style.convert or self.scale != 1 or marked:
            return np.full(len(cells), np.nan)
        import polars as pl

        words = pl.Series(cells.tolist(), dtype=pl.String)
        if self.style.decimal == ",":
            plain = words.str.contains(r"^[+-]?[0-9]{1,15}(,[0-9]{1,15})?$")
            words = words.set(~plain, None).str.replace(",", ".", literal=True)
        else:
            parted = words.str.contains(r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){1,4}(\.[0-9]{1,15})?$")
            words = words.str.replace_all(",", "", literal=True).zip_with(parted, words)
        values = np.array(words.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy())
        values[~(np.abs(values) < _EXACT)] = np.nan
        return values - self.offset

    def _plain_dates(self, cells: NDArray[np.object_]) -> NDArray[np.float64]:
        """The features of plainly written dates, shape (n, features); NaN for all others."""
        values = np.full((len(cells), 1 + len(self.parts)), np.nan)
        # A date such as 1900-01-01 may stand for a missing value.
        marks = sorted(self.marks)
        if marks and plain_dates(marks).plain.any():
            return values
        found = plain_dates(cells.tolist(), self.order)
        values[:, 0] = found.days - self.offset
        for place, name in enumerate(self.parts, start=1):
            values[:, place] = np.where(np.isnan(found.days), np.nan, found.parts[name])
        return values

    def _values(self, cell: str) -> tuple[tuple[float, ...], bool]:
        """A cell's features, and whether it could be read; a missing one can."""
        none = (math.nan,) * (1 + len(self.parts))
        plain = cell.strip(BLANKS).casefold()
        if plain in self.marks or not plain:
            return none, True
        if self.kind == "boolean":
            if plain in TRUE or plain in FALSE:
                return (float(plain in TRUE),), True
        elif self.kind == "date":
            moment = read_date(cell, self.order, years=True)
            if moment is not None:
                parts = (moment.part(name) for name in self.parts)
                return (moment.days - self.offset, *parts), True
        elif (value := self._number(cell)) is not None:
            return (value,), True
        return none, says_missing(cell)

    def _number(self, cell: str) -> float | None:
        value = self.style.number(cell)
        if value is not None and self.scale != 1:
            return value * self.scale
        if value is not None and self.offset:
            # 1614834367123456789 - 1614834000000000000 has to be right to the last digit.
            if abs(value) >= _EXACT and NUMBER.fullmatch(cell) and cell.lstrip("+-").isdigit():
                return float(int(cell) - int(self.offset))
            return value - self.offset
        return value


def named(reading: Reading, taken: Callable[[str], bool]) -> tuple[str, ...]:
    """The names of a reading's features: ``when``, ``when.month``, ..., none of them taken."""
    names = [reading.column]
    for part in reading.parts:
        name = f"{reading.column}.{part}"
        while taken(name):
            name += "_"
        names.append(name)
    return tuple(names)


def described(reading: Reading) -> list[Any]:
    """A reading as JSON can hold it: for fingerprints."""
    style = reading.style
    convert = [list(one) for one in style.convert]
    said: Sequence[Any] = (style.decimal, style.unit, convert, reading.order, reading.parts)
    return [
        reading.column,
        reading.kind,
        *said,
        sorted(reading.marks),
        reading.offset,
        reading.scale,
    ]
