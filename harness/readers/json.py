"""JSON: a list of records, columns by their names, or a record a line."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from harness.errors import DataError, HarnessError
from harness.readers import _frames, _packing, _source
from harness.readers._encoding import Text, not_utf8
from harness.readers._table import Table

if TYPE_CHECKING:
    import polars as pl

PIECE = 1 << 24


def read(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read a JSON file; nulls and keys that a record lacks are missing cells.

    Parameters
    ----------
    path, header, text, missing, infinite
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them for JSON that is no table.
    """
    return _frames.read(path, load, text=text, missing=missing, infinite=infinite)


def column_names(path: Path, *, header: bool) -> tuple[str, ...]:
    """The columns' names; there is no way to them but through the whole file."""
    return tuple(load(path).columns)


def load(path: Path) -> pl.DataFrame:
    """The whole file as a frame: numbers as float64 or int64, all else as text, lists as lists."""
    import polars as pl

    columns = _columns(_text_of(path), path)
    lengths = {len(cells) for cells in columns.values()}
    if not lengths or len(lengths) > 1 or lengths == {0}:
        raise _no_table(path)
    return pl.DataFrame([_series(name, cells) for name, cells in columns.items()])


def _text_of(path: Path) -> str:
    pieces: list[bytes] = []
    packing = ""
    with _source.opened(path) as file, io.BufferedReader(_source.Whole(file)) as buffered:
        source = cast(BinaryIO, buffered)
        packing = _packing.packing(source)
        try:
            text = Text(_packing.unpacked(source, path), path)
            while piece := text.read(PIECE):
                pieces.append(piece)
        except HarnessError:
            raise
        except _packing.PROBLEMS as problem:
            raise _packing.damaged(path, packing or "JSON", problem) from problem
    data = b"".join(pieces)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise not_utf8(path, data, 1) from problem


def _columns(text: str, path: Path) -> dict[str, list[Any]]:
    try:
        whole = json.loads(text)
    except RecursionError:
        raise _no_table(path) from None
    except ValueError as problem:
        return _from_records(list(_lines(text, path, problem)), path)
    if isinstance(whole, dict) and (parted := _parted(whole)):
        return parted
    if isinstance(whole, dict):
        if not _are_columns(whole):
            raise _no_table(path, whole)
        return {
            name: list(cells.values()) if isinstance(cells, dict) else cells
            for name, cells in whole.items()
        }
    return _from_records(whole, path)


def _parted(whole: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """Pandas' form with names and rows apart."""
    names, rows = whole.get("columns"), whole.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        return None
    names = list(map(str, names))
    if len(set(names)) < len(names):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _are_columns(whole: Mapping[str, Any]) -> bool:
    """Lists of one length, or mappings from the same rows."""
    cells = list(whole.values())
    if all(isinstance(one, list) for one in cells):
        return bool(cells)
    return bool(cells) and all(isinstance(o, dict) and list(o) == list(cells[0]) for o in cells)


def _lines(text: str, path: Path, problem: ValueError) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            at = getattr(problem, "lineno", 1) if number == 1 else number
            raise DataError(
                f"line {at} is not JSON, or the file is cut off",
                where=str(path),
                todo="fetch or write it again",
            ) from None
        yield record


def _from_records(records: Any, path: Path) -> dict[str, list[Any]]:
    if not isinstance(records, list) or not records:
        raise _no_table(path)
    if all(isinstance(record, list) for record in records):
        width = len(records[0])
        if not width or any(len(record) != width for record in records):
            raise _no_table(path)
        return {str(at): [record[at] for record in records] for at in range(width)}
    if not all(isinstance(record, dict) for record in records):
        raise _no_table(path)
    names = list(dict.fromkeys(name for record in records for name in record))
    return {name: [record.get(name) for record in records] for name in names}


def _series(name: str, cells: list[Any]) -> pl.Series:
    """A column: numbers where all cells are, lists and records as such, text otherwise."""
    import polars as pl

    there = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, list | dict) for cell in there):
        shown = [None if cell is None else [json.dumps(cell)] for cell in cells]
        return pl.Series(name, shown, dtype=pl.List(pl.String))
    if there and all(isinstance(cell, bool) for cell in there):
        return pl.Series(name, cells, dtype=pl.Boolean)
    if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in there):
        small = all(isinstance(cell, int) and abs(cell) < 1 << 63 for cell in there)
        if small:
            return pl.Series(name, cells, dtype=pl.Int64)
        floats = [None if cell is None else _float(cell) for cell in cells]
        return pl.Series(name, floats, dtype=pl.Float64)
    words = [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells]
    return pl.Series(name, words, dtype=pl.String)


def _float(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")


def _no_table(path: Path, whole: Any = None) -> DataError:
    said = ""
    if isinstance(whole, dict):
        keys = ", ".join(map(str, list(whole)[:4]))
        said = f" (with {keys})"
    return DataError(
        f"is JSON{said}, but no table",
        where=str(path),
        todo="a table is a list of records; a server's answer instead: fetch the file again",
    )
