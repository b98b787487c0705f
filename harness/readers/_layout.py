"""A CSV file's columns, from its first line."""

from __future__ import annotations

import csv
import difflib
import io
import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.errors import DataError, FaultsError
from harness.readers._cells import NUMBER
from harness.readers._dialect import COMMAS, NAMES, Dialect, is_blank, reader
from harness.readers._encoding import not_utf8

if TYPE_CHECKING:
    from harness.readers._chunks import Chunk

HEAD = 1 << 18
# What pandas calls a nameless first column, which it writes for a table's row numbers.
NAMELESS = "Unnamed: 0"


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
    dialect : Dialect
        How the rows are written.
    raw : bytes
        The header as the file writes it, without its line end.
    """

    columns: tuple[str, ...]
    header: bool
    is_text: tuple[bool, ...]
    dialect: Dialect = COMMAS
    raw: bytes = b""

    @property
    def width(self) -> int:
        """Cells in a row, but for the empty ones at its end."""
        return len(self.columns)

    @cached_property
    def repeated(self) -> list[str]:
        """The cells of a line that is the header again; [] where none can be."""
        # A column of words may well hold its own name.
        return list(self.columns) if self.header and self.width > 1 else []

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


MOST_COLUMNS = 250_000


def make(
    columns: Sequence[str],
    text: Collection[str],
    path: Path,
    *,
    header: bool,
    dialect: Dialect = COMMAS,
    raw: bytes = b"",
) -> Layout:
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
    return Layout(tuple(columns), header, tuple(name in text for name in columns), dialect, raw)


class FirstRow(NamedTuple):
    """A file's first row that isn't blank.

    Attributes
    ----------
    cells : list of str, stripped
    end : int
        Bytes up to the next row.
    lines : int
        Lines up to the next row.
    raw : bytes
        The row as it is written, without its line end.
    hashed : bool
        numpy.savetxt writes its header as ``# a,b``; the mark is taken off `cells`.
    """

    cells: list[str]
    end: int
    lines: int
    raw: bytes
    hashed: bool


def first_row(data: bytes, dialect: Dialect = COMMAS) -> FirstRow:
    """The first row of a file that starts with `data`."""
    # The whole piece would be a copy of it; its start nearly always holds a row.
    skipped = _lines_end(data, dialect.skip)
    head = data[skipped : skipped + HEAD]
    if b"\n" not in head.lstrip(b"\r\n") or head.count(b'"') % 2:
        head = data[skipped:]
    text = head.decode("utf-8", "surrogateescape")
    rows = reader(text, dialect.delimiter)
    try:
        # A line of commas is a row of nothing, not a blank line.
        cells = next((row for row in rows if not is_blank(row)), [""])
    except csv.Error:
        cells = [text[:100]]
    lines = rows.line_num
    end = skipped + _lines_end(head, lines, text)
    cells = [cell.strip() for cell in cells]
    hashed = bool(cells) and cells[0].startswith("#")
    if hashed:
        cells[0] = cells[0].lstrip("#").strip()
    for _ in range(dialect.tail):
        if len(cells) > 1 and not cells[-1]:
            cells.pop()
    if dialect.row_names:
        cells.insert(0, NAMELESS)
    raw = data[skipped:end].strip(b"\r\n")
    return FirstRow(cells, end, dialect.skip + lines, raw, hashed)


def as_written(first: FirstRow, dialect: Dialect) -> list[str]:
    """The row's cells with the spaces around them."""
    text = io.StringIO(first.raw.decode("utf-8", "surrogateescape"), newline="")
    try:
        return next(csv.reader(text, delimiter=dialect.delimiter), [])
    except csv.Error:
        return first.cells


def check_width(first: FirstRow, path: Path) -> None:
    """Raise `DataError` for a first row of more cells than a table can have columns."""
    if len(first.cells) > MOST_COLUMNS:
        raise DataError(
            f"line {first.lines} has {len(first.cells):,} cells; at most {MOST_COLUMNS:,} columns "
            "are read",
            where=str(path),
            todo="a row stands on a line of its own: see whether the line ends were lost",
        )


def _lines_end(data: bytes, lines: int, text: str | None = None) -> int:
    """Bytes of the first `lines` lines; `text` is `data` where lone carriage returns end some."""
    if text is not None and "\r" in text:
        kept = itertools.islice(io.StringIO(text, newline=""), lines)
        return len("".join(kept).encode("utf-8", "surrogateescape"))
    end = 0
    for _ in range(lines):
        end = data.find(b"\n", end) + 1
        if not end:
            return len(data)
    return end


def after_skip(chunk: Chunk, dialect: Dialect) -> Chunk:
    """A first piece without what stands before the first row."""
    return chunk.after(_lines_end(chunk.data, dialect.skip), dialect.skip)


def names_of(first: FirstRow, path: Path) -> tuple[list[str], str]:
    """Column names of a header, and what there is to say of them.

    Raises
    ------
    DataError, FaultsError
        As `check_header` does.
    """
    names = list(first.cells)
    if len(names) > 1 and not names[0] and NAMELESS not in names and any(names):
        names[0] = NAMELESS
    check_header(names, path)
    if names[0] == first.cells[0]:
        return names, ""
    return names, f"its first column has no name (row numbers?) and is called {NAMELESS!r} here"


def check_header(names: Sequence[str], path: Path) -> None:
    """Raise where line 1 can't be a header: numbers, or names that are empty or twice there."""
    faults = []
    if any("\udc80" <= letter <= "\udcff" for name in names for letter in name):
        raise not_utf8(path, ",".join(names).encode("utf-8", "surrogateescape"), 1)
    counts = Counter(names)
    given = [name for name in names if name]
    given = [name for name in given if name != NAMELESS]
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
        if empty == [str(len(names))]:
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


def decimal_commas(path: Path, delimiter: str) -> DataError:
    """The answer to a file of numbers with decimal commas."""
    return DataError(
        f"its cells are parted by {NAMES[delimiter]}, with decimal commas",
        where=str(path),
        todo="save it with decimal points",
    )
