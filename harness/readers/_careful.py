"""A piece of CSV through Python's own reader: slower, and it knows the line of every fault."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.readers._cells import SPACES, is_missing, to_number
from harness.readers._chunks import Chunk
from harness.readers._dialect import is_blank, is_comment, reader
from harness.readers._encoding import not_text, not_utf8
from harness.readers._faults import Faults
from harness.readers._layout import NAMELESS, Layout

Rows = list[list[str]]


def parse(
    chunk: Chunk, layout: Layout, faults: Faults, *, missing: bool = True, infinite: bool = False
) -> tuple[NDArray[np.float32], list[NDArray[np.object_]]]:
    """The rows of a piece; what is wrong with them goes into `faults`.

    Returns
    -------
    numbers : float32 array, shape (rows, number columns), C order; NaN is a missing cell
    text : list of object arrays of str, shape (rows,), one per text column
    """
    rows, lines = split(chunk, layout, faults)
    # float() takes digits of every script, and 1_000.
    plain = chunk.data.isascii() and b"_" not in chunk.data
    numbers = _numbers(rows, lines, layout, faults, plain=plain, infinite=infinite)
    text = []
    for place in layout.texts:
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[place].strip(SPACES) for row in rows]
        text.append(column)
    if not missing:
        _report_missing(rows, lines, numbers, text, layout, faults)
    return numbers, text


def split(chunk: Chunk, layout: Layout, faults: Faults) -> tuple[Rows, list[int]]:
    """Rows with as many cells as there are columns, and their lines; the others are faults.

    Blank lines, remarks and the header again are passed over, and noted in `faults`.

    Raises
    ------
    DataError
        Where the piece isn't UTF-8 text.
    """
    line = chunk.line
    try:
        text = chunk.data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise not_utf8(faults.path, chunk.data, line) from problem
    if b"\0" in chunk.data:
        raise not_text(faults.path, line + chunk.data.count(b"\n", 0, chunk.data.index(b"\0")))
    rows_of = reader(text, layout.dialect.delimiter, strict=True)
    rows: Rows = []
    lines: list[int] = []
    width = layout.width
    while not faults.full:
        here = line + rows_of.line_num
        try:
            row = next(rows_of)
        except StopIteration:
            break
        except csv.Error as problem:
            _unquoted(here, problem, faults)
            break
        if len(row) == width:
            if not _is_header(row, layout):
                rows.append(row)
                lines.append(here)
            else:
                faults.passed_over(here, "header")
        else:
            _other_width(row, here, layout, faults, (rows, lines))
    return rows, lines


def _is_header(row: Sequence[str], layout: Layout) -> bool:
    if not layout.repeated:
        return False
    first = row[0].strip() or NAMELESS
    # The first cell nearly always settles it.
    return first == layout.columns[0] and [c.strip() for c in row][1:] == layout.repeated[1:]


def _other_width(
    row: list[str], here: int, layout: Layout, faults: Faults, to: tuple[Rows, list[int]]
) -> None:
    """A line with other than as many cells as there are columns."""
    width = layout.width
    kept = row[:width]
    if width < len(row) <= width + layout.dialect.tail and not "".join(row[width:]).strip():
        if _is_header(kept, layout):
            faults.passed_over(here, "header")
            return
    elif is_blank(row) and width == 1:
        kept = [""]
    elif is_blank(row):
        faults.passed_over(here, "blank")
        return
    elif width > 1 and is_comment(row):
        faults.passed_over(here, "a remark")
        return
    else:
        first = "the header" if layout.header else "line 1"
        faults.line(
            here,
            f"{len(row)} cell{'s' * (len(row) > 1)}, but {first} has {width}",
            todo="give every line the same number of cells; text with commas needs quotes",
        )
        return
    to[0].append(kept)
    to[1].append(here)


def _unquoted(line: int, problem: csv.Error, faults: Faults) -> None:
    if "expected after" in str(problem):
        faults.line(line, "text follows a closing quote", todo='write a quote in text as ""')
    else:
        faults.line(line, "a quote is opened and never closed", todo="close it or take it out")


def _numbers(
    rows: Rows,
    lines: list[int],
    layout: Layout,
    faults: Faults,
    *,
    plain: bool,
    infinite: bool,
) -> NDArray[np.float32]:
    places = layout.numbers
    values = np.empty((len(rows), len(places)), np.float64)
    for at, row in enumerate(rows):
        cells = row if not layout.texts else [row[place] for place in places]
        try:
            if not plain:
                raise ValueError
            values[at] = list(map(float, cells))
        except ValueError:
            values[at] = [
                _number(cell, lines[at], place, faults)
                for place, cell in zip(places, cells, strict=True)
            ]
            if faults.full:
                values = values[: at + 1]
                break

    def cell(at: tuple[int, ...]) -> str:
        return rows[at[0]][places[at[1]]].strip()

    numbers = _rounded(values, cell)
    for at, place in zip(*np.nonzero(np.isinf(numbers)), strict=True):
        if faults.full:
            break
        said = cell((at, place))
        if "inf" not in said.casefold():
            faults.cell(lines[at], places[place], "range", said)
        elif infinite:
            numbers[at, place] = np.nan
        else:
            faults.cell(lines[at], places[place], "infinite", said)
    return numbers


def _number(cell: str, line: int, place: int, faults: Faults) -> float:
    number = to_number(cell)
    if number is None:
        if not faults.full:
            faults.cell(line, place, "text", cell.strip())
        return np.nan
    return number


def _rounded(
    values: NDArray[np.float64], cell: Callable[[tuple[int, ...]], str]
) -> NDArray[np.float32]:
    """The float32 nearest to what the cells say, not to what float64 made of them.

    The two differ where float64 rounds a cell to the very middle between two float32 numbers; the
    fast parser rounds once, and both must give the same bits.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = values.astype(np.float32)
        towards = np.where(values > numbers, np.inf, -np.inf).astype(np.float32)
        other = np.nextafter(numbers, towards)
        middle = (numbers.astype(np.float64) + other) / 2
        doubtful = (middle == values) & (numbers != values)
    for at in map(tuple, np.argwhere(doubtful)):
        exact = Fraction(cell(at))
        if exact != Fraction(values[at]):
            low, high = sorted((numbers[at], other[at]))
            numbers[at] = high if exact > Fraction(values[at]) else low
    return numbers


def _report_missing(
    rows: Rows,
    lines: list[int],
    numbers: NDArray[np.float32],
    text: Sequence[NDArray[np.object_]],
    layout: Layout,
    faults: Faults,
) -> None:
    """Every missing cell as a fault."""
    places = [(at, layout.numbers[p]) for at, p in np.argwhere(np.isnan(numbers)).tolist()]
    # Text in a number column is NaN here too, and a fault already.
    places = [
        (at, place)
        for at, place in places
        if is_missing(rows[at][place]) or "inf" in rows[at][place].casefold()
    ]
    for place, column in zip(layout.texts, text, strict=True):
        places += [(at, place) for at in np.flatnonzero(column == "").tolist()]
    for at, place in sorted(places):
        if faults.full:
            return
        faults.cell(lines[at], place, "missing", "")
