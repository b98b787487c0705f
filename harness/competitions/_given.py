"""Rows that somebody brings, read as a competition's own features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.competition import Competition, FloatMatrix
from harness.competitions import _rows
from harness.competitions._columns import ROWS_AT_ONCE
from harness.competitions._readings import read_column
from harness.errors import DataError, FaultsError
from harness.readers import Table, column_names, inspect, read_table
from harness.readers._cells import to_number

# Columns that usually hold ids, where no leaderboard says what they are called.
ID_NAMES = ("id", "filename", "path", "name")


@dataclass(frozen=True)
class Given:
    """Rows in a competition's columns.

    Attributes
    ----------
    ids : tuple of str
        From the file's column of ids, or counted from 1.
    X : float32 array, shape (m, d)
    notes : tuple of str
        What the user should know of how they were read.
    """

    ids: tuple[str, ...]
    X: FloatMatrix
    notes: tuple[str, ...] = ()


def read_given(path: Path, competition: Competition) -> Given:
    """Read a table's rows in the columns of `competition`.

    A file that names its columns needs those of all features, in any order; others may stand beside
    them. A file without names needs as many columns as there are features.

    Parameters
    ----------
    path : Path
        CSV, Parquet, npy or npz.

    Raises
    ------
    FileProblem
        When the file can't be read.
    DataError, FaultsError
        When columns are missing, or cells are wrong: each by its row and column. Empty cells are
        wrong where the competition has none.
    """
    header = _has_header(path, competition)
    found = column_names(path, header=header)
    columns, by_name = _matched(found, competition, path)
    aside = sorted(set(found) - set(columns), key=found.index)
    at = dict(zip(competition.file_columns, columns, strict=True))
    text = [at[competition.columns[k]] for k in competition.text]
    text += [at[column] for column in competition.readings]
    holes = _any_missing(competition.X, competition.X_test)
    # Where nothing was missing, nothing has learned what to put for a cell without a number.
    table = read_table(path, header=header, text=[*aside, *text], missing=True, infinite=holes)
    if not table.rows:
        raise DataError("has no rows", where=str(path))
    X, said = _matrix(table, at, competition)
    if not competition.text and not holes:
        _refuse_holes(X, competition.columns if competition.readings else columns, path)
    ids, id_column = _ids(table, aside, competition)
    notes = list(said)
    if by_name and [one for one in found if one not in aside] != list(columns):
        notes.append(f"{path.name}: its columns stand in another order and were matched by name")
    if others := [column for column in aside if column != id_column]:
        notes.append(f"{path.name}: passed over, as no features: {_rows.listed(others)}")
    return Given(ids, X, tuple(notes))


def _has_header(path: Path, competition: Competition) -> bool:
    """Whether the first line names columns: by those that are known, else by its looks."""
    names = column_names(path, header=False)
    try:
        cells = column_names(path, header=True)
    except DataError:
        # Numbers, or a name twice: no header.
        return False
    known = competition.file_columns
    if not _positions(known) and set(cells) & set(known):
        return True
    if cells in (known, names):
        return True
    return (
        inspect(path).header if competition.text else any(to_number(cell) is None for cell in cells)
    )


def _positions(columns: Sequence[str]) -> bool:
    """Whether columns are called by where they stand."""
    return all(column.isdecimal() for column in columns)


def _range(width: int) -> tuple[str, ...]:
    return tuple(map(str, range(width)))


def _matched(
    found: tuple[str, ...], competition: Competition, path: Path
) -> tuple[tuple[str, ...], bool]:
    """The file's column for each feature, and whether names told."""
    features = competition.file_columns
    nameless = found == _range(len(found)) or _positions(features)
    if nameless and len(found) == len(features):
        return found, False
    if not nameless:
        _rows.must_have(found, features, where=str(path))
        return features, True
    # The layout of a training file whose features don't begin, or don't stand, all in a row.
    gaps = _positions(features) and features != _range(len(features))
    if gaps and found == _range(int(features[-1]) + 1):
        return features, True
    raise DataError(
        f"has {len(found)} columns, and the entry was fitted on {len(features)}",
        where=str(path),
        todo="it needs the same features in the same order, and no others; or a header as in "
        "the training file",
    )


def _matrix(
    table: Table, of: Mapping[str, str], competition: Competition
) -> tuple[FloatMatrix, list[str]]:
    """The rows in the competition's columns, and what there is to say of their cells."""
    if table.number_columns == tuple(of.values()):
        return table.numbers, []
    place = {column: k for k, column in enumerate(table.number_columns)}
    X = np.empty((table.rows, len(competition.columns)), dtype=np.float32)
    notes = []
    k = 0
    for feature, column in of.items():
        reading = competition.readings.get(feature)
        if reading is not None:
            values, told = read_column(
                reading, table.text[column], where=str(table.path), missing=True
            )
            notes += [f"{table.path.name}: {told}"] if told else []
            X[:, k : k + len(reading.names)] = values
            k += len(reading.names)
            continue
        if k in competition.text:
            X[:, k] = _codes(table.text[column], competition.text[k])
        else:
            X[:, k] = table.numbers[:, place[column]]
        k += 1
    return X, notes


def _codes(values: Iterable[object], vocabulary: Sequence[str]) -> list[float]:
    """Positions in the vocabulary. A value that is new gets one of its own: it isn't missing."""
    known = {value: float(code) for code, value in enumerate(vocabulary)} | {"": np.nan}
    return [known.get(str(value), float(len(vocabulary))) for value in values]


def _any_missing(*matrices: FloatMatrix | None) -> bool:
    """As when the pipeline was built: what fills gaps stands in it only where there were some."""
    return any(
        np.isnan(X[start : start + ROWS_AT_ONCE]).any()
        for X in matrices
        if X is not None
        for start in range(0, len(X), ROWS_AT_ONCE)
    )


def _refuse_holes(X: FloatMatrix, columns: Sequence[str], path: Path) -> None:
    rows, places = np.isnan(X).nonzero()
    if not len(rows):
        return
    raise FaultsError(
        [
            f"row {row + 1}: column {columns[place]!r} is empty"
            for row, place in zip(rows.tolist(), places.tolist(), strict=True)
        ],
        where=str(path),
        todo="fill these cells: the data that the entry was fitted on have no empty ones, so "
        "nothing has learned what to put there",
    )


def _ids(
    table: Table, aside: Sequence[str], competition: Competition
) -> tuple[tuple[str, ...], str | None]:
    """What the rows are called, and by which column."""
    names = (*(board.header[0] for board in competition.leaderboards), *ID_NAMES)
    column = next((name for name in names if name in aside), None)
    if column is None:
        return tuple(str(row + 1) for row in range(table.rows)), None
    return tuple(str(value).strip() for value in table.text[column]), column
