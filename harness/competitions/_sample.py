"""A sample submission, read: its header, its cells as they are written, its ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.readers import ALL, header_cells, inspect, read_table
from harness.readers._table import Kind

USUAL_IDS = re.compile(
    r"(?i:^(unnamed: 0|__index_level_0__|level_0|)$|"
    r"(^|[_\W])(id|ids|filename|file|path|index|key|uuid)$)|[a-z]I[dD]$"
)
# What a column says that tells which rows a board shows, and asks for nothing.
USAGES = {"usage"}


@dataclass(frozen=True)
class Sample:
    """A sample submission.

    Attributes
    ----------
    columns : tuple of str
        As the header spells them; ``"0"``, ``"1"``, ... where there is none.
    cells : mapping of column to tuple of str
        As the file writes them, without spaces around them.
    header : bool
        Whether the first line names columns. It does unless it can't: graders ask for it.
    """

    path: Path
    columns: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]
    header: bool
    rows: int
    delimiter: str = ","

    @property
    def written(self) -> Mapping[str, str]:
        """Each column's name as the file writes it, spaces around it and all."""
        names = header_cells(self.path) if self.header and _has_lines(self.path) else []
        told = tuple(name.strip() for name in names) == self.columns
        return dict(zip(self.columns, names if told else self.columns, strict=True))

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that ask for nothing: ``Usage``."""
        return tuple(c for c in self.columns if c.casefold() in USAGES)

    @property
    def others(self) -> tuple[str, ...]:
        """The columns that are ids or answers, in the file's order."""
        return tuple(column for column in self.columns if column not in self.ignored)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """What each column holds, as `harness.readers.Peek` has it."""
        return {column: self._kind(column) for column in self.columns}

    @cached_property
    def distinct(self) -> Mapping[str, tuple[str, ...]]:
        """Each column's different values, without empty cells."""
        cells = self.cells
        return {c: tuple(v for v in dict.fromkeys(cells[c]) if v) for c in self.columns}

    def _kind(self, column: str) -> Kind:
        numbers = self.numbers(column)
        if numbers is None:
            return "text"
        return "integer" if all(n.is_integer() for n in numbers) else "number"

    def numbers(self, column: str) -> list[float] | None:
        """A column's cells as numbers; None where one of them is none, or there are no cells."""
        try:
            found = [float(cell) for cell in self.cells[column]]
        except ValueError:
            return None
        return found if found and all(number == number for number in found) else None

    def names_rows(self, column: str) -> bool:
        """Whether every row has a value of its own there."""
        values = self.cells[column]
        return "" not in values and len(set(values)) == len(values)


def read_sample(path: Path) -> Sample:
    """Read a sample submission; errors are those of `harness.readers.read_table`."""
    raw = read_table(path, header=False, text=ALL)
    parted = inspect(path).delimiter
    columns = [[str(cell).strip() for cell in raw.text[name]] for name in raw.columns]
    if not _has_lines(path):
        cells = {name: tuple(values) for name, values in zip(raw.columns, columns, strict=True)}
        named = raw.columns != tuple(map(str, range(len(raw.columns))))
        return Sample(path, raw.columns, cells, named, raw.rows)
    first = [values[0] for values in columns]
    first[0] = first[0].lstrip("#").strip()
    if not _names(first, columns):
        cells = {name: tuple(values) for name, values in zip(raw.columns, columns, strict=True)}
        return Sample(path, raw.columns, cells, False, raw.rows)
    cells = {name: tuple(values[1:]) for name, values in zip(first, columns, strict=True)}
    return Sample(path, tuple(first), cells, True, raw.rows - 1, parted)


def _has_lines(path: Path) -> bool:
    """Whether a file's first line may name its columns; tables of another kind know their names."""
    from harness.readers._containers import kind

    return kind(path) == "csv"


def _names(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first line can name the columns: no data stands there."""
    if len(set(first)) < len(first) or all(map(_is_number, first)):
        return False
    if any(_is_number(cell) and "." in cell and _is_fraction(cell) for cell in first):
        return False
    return not any(
        cell and not _is_number(cell) and cell in values[1:]
        for cell, values in zip(first, columns, strict=True)
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_fraction(text: str) -> bool:
    return float(text) != int(float(text)) if abs(float(text)) < 1e15 else False


def id_column(
    sample: Sample, *, known: Collection[str], ids: Mapping[str, frozenset[str]]
) -> str | None:
    """The sample's column of ids; None where it has none.

    By name (of a column of the test file, a usual one), by values (those of a column of the test
    file), by place (the first, where each row has another value).

    Parameters
    ----------
    known : collection of str
        Columns of the test file.
    ids : mapping of column to set of str
        Of those that may be ids, the values.
    """
    columns = sample.others
    if len(columns) < 2 and not (columns and _is_usual(columns[0])):
        held = columns and frozenset(map(whole, sample.cells[columns[0]])) in ids.values()
        return columns[0] if held else None
    for fits in (lambda c: c in known, _is_usual):
        named = [column for column in columns if fits(column)]
        if len(named) == 1 or (named and sample.names_rows(named[0])):
            return named[0]
    values = {column: frozenset(map(whole, sample.cells[column])) for column in columns}
    for column in columns:
        if sample.rows > 1 and values[column] in ids.values():
            return column
    first = columns[0]
    return first if sample.names_rows(first) else None


def _is_usual(column: str) -> bool:
    return bool(USUAL_IDS.search(column))


def whole(text: str) -> str:
    """An id as a whole number where it is one that was made a float: 240.0 is 240."""
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", text.strip())
