"""A piece of CSV through Python's own reader: slower, and it knows the line of every fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.readers._cells import SPACES, is_missing, to_number
from harness.readers._chunks import Chunk
from harness.readers._faults import Faults
from harness.readers._layout import Layout

Rows = list[list[str]]


def parse(
    chunk: Chunk, layout: Layout, faults: Faults, *, missing: bool = True
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
    numbers = _numbers(rows, lines, layout, faults, plain=plain)
    text = []
    for place in layout.texts:
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[place].strip(SPACES) for row in rows]
        text.append(column)
    if not missing:
        _report_missing(rows, lines, numbers, text, layout, faults)
    return numbers, text


def _decode(data: bytes, line: int, faults: Faults) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for offset, piece in enumerate(data.split(b"\n")):
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError as problem:
            faults.line(
                line + offset,
                f"not UTF-8 text (byte 0x{piece[problem.start]:02x} at {problem.start + 1})",
                todo="save the file as UTF-8",
            )
            if faults.full:
                break
    return data.decode("utf-8", "replace")


def split(chunk: Chunk, layout: Layout, faults: Faults) -> tuple[Rows, list[int]]:
    """Rows with as many cells as there are columns, and their lines; the others are faults."""
    line = chunk.line
    text = _decode(chunk.data, line, faults)
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    rows: Rows = []
    lines: list[int] = []
    width = layout.width
    while not faults.full:
        here = line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as problem:
            _unquoted(here, problem, faults)
            break
        if len(row) == width:
            rows.append(row)
            lines.append(here)
        elif not any(cell.strip() for cell in row) and len(row) < 2:
            if width > 1:
                faults.line(here, "blank", todo="take the blank lines out")
            else:
                rows.append([""])
                lines.append(here)
        else:
            first = "the header" if layout.header else "line 1"
            faults.line(
                here,
                f"{len(row)} cell{'s' * (len(row) > 1)}, but {first} has {width}",
                todo="give every line the same number of cells; text with commas needs quotes",
            )
    return rows, lines


def _unquoted(line: int, problem: csv.Error, faults: Faults) -> None:
    if "expected after" in str(problem):
        faults.line(line, "text follows a closing quote", todo='write a quote in text as ""')
    else:
        faults.line(line, "a quote is opened and never closed", todo="close it or take it out")


def _numbers(
    rows: Rows, lines: list[int], layout: Layout, faults: Faults, *, plain: bool
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
        infinite = "inf" in said.casefold()
        faults.cell(lines[at], places[place], "infinite" if infinite else "range", said)
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
    places = [(at, place) for at, place in places if is_missing(rows[at][place])]
    for place, column in zip(layout.texts, text, strict=True):
        places += [(at, place) for at in np.flatnonzero(column == "").tolist()]
    for at, place in sorted(places):
        if faults.full:
            return
        faults.cell(lines[at], place, "missing", "")
