"""A CSV file's columns, from its first line."""

from __future__ import annotations

import csv
import difflib
import io
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from harness.errors import DataError, FaultsError
from harness.readers._cells import NUMBER, to_number

DELIMITERS = {";": "semicolons (;)", "\t": "tabs", "|": "bars (|)", None: "spaces"}
LOOKED_AT = 50
HEAD = 1 << 18


@dataclass(frozen=True)
class Layout:
    """Names of the columns and which are text.

    Attributes
    ----------
    columns : tuple of str
    header : bool
        Whether line 1 names them.
    is_text : tuple of bool
        One for each column.
    """

    columns: tuple[str, ...]
    header: bool
    is_text: tuple[bool, ...]

    @property
    def width(self) -> int:
        """Cells in a row."""
        return len(self.columns)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Places of the number columns."""
        return tuple(i for i, text in enumerate(self.is_text) if not text)

    @cached_property
    def texts(self) -> tuple[int, ...]:
        """Places of the text columns."""
        return tuple(i for i, text in enumerate(self.is_text) if text)

    @cached_property
    def number_columns(self) -> tuple[str, ...]:
        """Names of the number columns."""
        return tuple(self.columns[i] for i in self.numbers)


def make(columns: Sequence[str], text: Collection[str], path: Path, *, header: bool) -> Layout:
    """A layout; raises `DataError` where `text` names a column that isn't there."""
    absent = sorted(set(text) - set(columns))
    if absent:
        near = [n for name in absent for n in difflib.get_close_matches(name, columns, n=1)]
        shown = ", ".join(columns[:8]) + (", ..." if len(columns) > 8 else "")
        raise DataError(
            f"no column is called {' or '.join(map(repr, absent))}",
            where=str(path),
            todo=(f"did you mean {' or '.join(near)}? " if near else "")
            + f"its {len(columns)} columns are {shown}",
        )
    return Layout(tuple(columns), header, tuple(name in text for name in columns))


class FirstRow(NamedTuple):
    """A file's first row that isn't blank.

    Attributes
    ----------
    cells : list of str, stripped
    end : int
        Bytes up to the next row.
    lines : int
        Lines up to the next row.
    hashed : bool
        numpy.savetxt writes its header as ``# a,b``; the mark is taken off `cells`.
    """

    cells: list[str]
    end: int
    lines: int
    hashed: bool


def first_row(data: bytes) -> FirstRow:
    """The first row of a file that starts with `data`."""
    # The whole piece would be a copy of it; its start nearly always holds a row.
    head = data[:HEAD]
    if b"\n" not in head.lstrip() or head.count(b'"') % 2:
        head = data
    text = head.decode("utf-8", "surrogateescape")
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, skipinitialspace=True)
    try:
        # A line of commas is a row of nothing, not a blank line.
        cells = next((row for row in reader if len(row) > 1 or "".join(row).strip()), [""])
    except csv.Error:
        cells = [text[:100]]
    end = len(text[: lines.tell()].encode("utf-8", "surrogateescape"))
    cells = [cell.strip() for cell in cells]
    hashed = bool(cells) and cells[0].startswith("#")
    if hashed:
        cells[0] = cells[0].lstrip("#").strip()
    return FirstRow(cells, end, reader.line_num, hashed)


def check_header(names: Sequence[str], path: Path) -> None:
    """Raise where line 1 can't be a header: numbers, or names that are empty or twice there."""
    faults = []
    if any("\udc80" <= letter <= "\udcff" for name in names for letter in name):
        raise DataError("line 1 is not UTF-8 text", where=str(path), todo="save the file as UTF-8")
    counts = Counter(names)
    given = [name for name in names if name]
    numbers = bool(given) and all(NUMBER.fullmatch(name) for name in given)
    if numbers and not _counts_columns(given):
        raise DataError(
            f"line 1 holds numbers ({_some(given)}), not names of columns",
            where=str(path),
            todo="if the file has no header, say so: `header = false` in competition.toml",
        )
    empty = [str(i + 1) for i, name in enumerate(names) if not name]
    if empty:
        faults.append(f"line 1: no name for column {', '.join(empty[:10])}")
    for name, count in counts.items():
        if name and count > 1:
            places = [str(i + 1) for i, other in enumerate(names) if other == name]
            faults.append(f"line 1: columns {', '.join(places)} are all called {name!r}")
    if faults:
        todo = "give every column a name of its own"
        if empty == ["1"]:
            todo += "; a nameless first column is often pandas' index (write with index=False)"
        elif empty == [str(len(names))]:
            todo += "; a nameless last column comes from a comma at the end of the line"
        raise FaultsError(faults, where=str(path), todo=todo)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _counts_columns(names: Sequence[str]) -> bool:
    """0, 1, 2, ... (pandas names nameless columns so) or 1, 2, 3, ... of at least two."""
    start = int(names[0]) if names[0].isdigit() else -1
    if start not in (0, 1) or (start == 1 and len(names) == 1):
        return False
    return list(names) == [str(start + i) for i in range(len(names))]


def other_delimiter(data: bytes, width: int) -> str | None:
    """What the cells look like they are parted by, where that isn't commas; else None.

    Parameters
    ----------
    data : bytes
        The file's start.
    width : int
        Cells in its first line, taken as comma-separated.
    """
    lines = data.decode("utf-8", "replace").splitlines()[: LOOKED_AT + 1]
    # The last one may be cut.
    lines = [line for line in (lines[:-1] if len(lines) > LOOKED_AT else lines) if line.strip()]
    for delimiter, name in DELIMITERS.items():
        rows = [line.split(delimiter) for line in lines]
        if len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
            continue
        cells = [cell for row in (rows[1:] or rows) for cell in row]
        commas = any("," in cell for cell in cells)
        numbers = sum(_decimal(cell) for cell in cells)
        # Spaces and commas occur inside text; semicolons hardly.
        if numbers == len(cells) or (width == 1 and delimiter is not None):
            return name + (", with decimal commas" if commas and numbers == len(cells) else "")
    return None


def _decimal(cell: str) -> bool:
    """Whether a cell is a number, be it with a decimal comma."""
    cell = cell.strip()
    return to_number(cell.replace(",", ".")) is not None and cell == cell.strip(",")


def wrong_delimiter(path: Path, name: str) -> DataError:
    """The answer to a file whose cells aren't parted by commas."""
    dots = " and decimal points" if "decimal" in name else ""
    return DataError(
        f"wrong delimiter: the cells are parted by {name}, not by commas",
        where=str(path),
        todo=f"save it with commas between the cells{dots}",
    )
