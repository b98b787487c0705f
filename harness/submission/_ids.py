"""The ids of a submission: which are asked for, and which row of a file is which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness.competition import Competition, Leaderboard
from harness.errors import DataError
from harness.submission._faults import Faults
from harness.submission._file import Sheet, open_sheet

_DECIMAL = re.compile(r"\+?0*(\d+)(?:\.0*)?")
_POWER = re.compile(r"\+?\d+(?:\.\d*)?[eE]\+?\d+")
MOST_NAMED = 8


def expected_ids(competition: Competition, board: Leaderboard) -> tuple[str, ...]:
    """The ids that a submission for `board` must have, in the test rows' order.

    A competition without test rows asks for the ids of the leaderboard's sample submission.

    Raises
    ------
    DataError
        Where there are neither test rows nor a sample.
    """
    if competition.test_ids:
        return competition.test_ids
    if board.rows and board.has_ids:
        at = board.kept.index(board.header[0])
        return tuple(row[at] for row in board.rows)
    if board.sample is None:
        raise DataError(
            "there are no test rows, so nothing can be submitted or graded",
            where=competition.name,
            todo="name the test matrix under [test], or a sample submission of the leaderboard",
        )
    faults = Faults("kaggle", id_column="", rows=0)
    sheet = open_sheet(board.sample, [len(board.columns)], faults, delimiter=board.delimiter)
    if sheet is None or not len(sheet.frame):
        raise DataError("the sample submission holds no rows", where=str(board.sample))
    return tuple(sheet.frame.to_series(0).str.strip_chars().to_list())


def file_order(competition: Competition, board: Leaderboard) -> NDArray[np.int64]:
    """The test row of each row of a submission file: in the sample's order, joined by id.

    Raises
    ------
    DataError
        Where the sample's ids are others than the test rows'.
    """
    ids = expected_ids(competition, board)
    if not (board.rows and board.has_ids):
        return np.arange(len(ids))
    at = board.kept.index(board.header[0])
    place = {identity: row for row, identity in enumerate(ids)}
    order = np.array([place.get(row[at], -1) for row in board.rows], dtype=np.int64)
    if len(order) != len(ids) or (np.sort(order) != np.arange(len(ids))).any():
        raise DataError(
            f"its sample has {len(order)} ids, the test file {len(ids)}, and they aren't the same",
            where=f"leaderboard {board.name}",
            todo="the sample and the test file must be of one competition",
        )
    return order


def refuse_unwritable(board: Leaderboard) -> None:
    """Raise `DataError` with the reason where no submission for `board` can be written."""
    if board.unwritable:
        raise DataError(
            f"no submission can be written: {board.unwritable}",
            where=f"leaderboard {board.name}",
            todo=board.remedy or "put it right under [[leaderboards]] in competition.toml",
        )


@dataclass(frozen=True)
class Rows:
    """Which of a file's rows is which test row.

    Attributes
    ----------
    position : int64 array, one per row of the file
        The test row it is for; -1 for a row that is for none.
    complete : bool
        Whether every test row has exactly one.
    """

    position: NDArray[np.int64]
    complete: bool


def match(sheet: Sheet, column: int, expected: tuple[str, ...], faults: Faults) -> Rows:
    """Find each row's place among the ids `expected`, in order; faults of the ids are recorded."""
    raw = sheet.frame.to_series(column)
    count = len(expected)
    if len(raw) != count:
        faults.add("row-count", f"{rows(len(raw))} instead of {rows(count)}")
    if len(raw) == count and (raw == pl.Series(expected)).all():
        return Rows(np.arange(count), complete=True)
    place = {value.strip(): i for i, value in enumerate(expected)}
    ids = raw.str.strip_chars()
    position = np.array([place.get(value, -1) for value in ids], dtype=np.int64)
    padded = (raw != ids).to_numpy()
    faults.on_lines(
        "spaces",
        sheet.lines[padded],
        lambda i: f"spaces around the id {ids.filter(pl.Series(padded))[i]!r}",
        "ids have spaces around them",
    )
    if (position < 0).any():
        position = _understood(sheet, ids.to_list(), position, place, faults)
    return _counted(sheet, ids, position, expected, faults)


def whole_number(text: str) -> int | None:
    """The whole number that `text` stands for, however it is written (1.0, 007, 1e+05)."""
    if match := _DECIMAL.fullmatch(text):
        return int(match[1])
    # Exact, as numpy.savetxt writes 18 digits; no number of that size is an id or a label.
    if _POWER.fullmatch(text) and len(text) < 40 and (value := Decimal(text)).adjusted() < 16:
        return int(value) if value == int(value) else None
    return None


def _understood(
    sheet: Sheet,
    ids: list[str],
    position: NDArray[np.int64],
    place: dict[str, int],
    faults: Faults,
) -> NDArray[np.int64]:
    """Positions with ids that are only written otherwise, or all shifted, understood."""
    numbers = [whole_number(value) for value in ids]
    wanted = [number for value in place if (number := whole_number(value)) is not None]
    given = [number for number in numbers if number is not None]
    shift = _shift(given, wanted) if given and len(set(wanted)) == len(place) else 0
    if shift:
        first, right = min(given), min(wanted)
        faults.add(
            "id-base",
            f"ids count from {first}; they must count from {right}",
            lines=sheet.lines,
        )
    place_of = {whole_number(value): i for value, i in place.items()}
    position = np.array(
        [
            old if (old >= 0 and not shift) else -1 if n is None else place_of.get(n + shift, -1)
            for old, n in zip(position, numbers, strict=True)
        ],
        dtype=np.int64,
    )
    odd = [
        i
        for i, (value, n) in enumerate(zip(ids, numbers, strict=True))
        if position[i] >= 0 and str(n) != value and value not in place
    ]
    faults.on_lines(
        "id-form",
        sheet.lines[odd],
        lambda i: f"the id {ids[odd[i]]!r} should be written as {numbers[odd[i]]}",
        "ids aren't written as whole numbers",
    )
    return position


def _shift(given: list[int], wanted: list[int]) -> int:
    """What must be added to every number; 0 where that isn't proved."""
    shift = min(wanted) - min(given)
    if max(wanted) - max(given) != shift:
        return 0
    # Still in order: one odd id doesn't make the others wrong.
    if given == sorted(given):
        return shift
    # In another order every id must be there, off by one as where ids count from 0; and the ids
    # that the test rows have too must be out of their places: a few odd ids among many that stand
    # right don't make the others wrong.
    if abs(shift) != 1 or len(given) != len(wanted):
        return 0
    in_place = sum(number == right for number, right in zip(given, wanted, strict=True))
    proved = in_place <= len(wanted) // 2
    return shift if proved and {number + shift for number in given} == set(wanted) else 0


def _counted(
    sheet: Sheet,
    ids: pl.Series,
    position: NDArray[np.int64],
    expected: tuple[str, ...],
    faults: Faults,
) -> Rows:
    blank = np.flatnonzero((ids == "").to_numpy())
    faults.on_lines("null", sheet.lines[blank], lambda i: "the id is empty", "ids are empty")
    unknown = np.flatnonzero((position < 0) & (ids != "").to_numpy())
    faults.on_lines(
        "id-unknown",
        sheet.lines[unknown],
        lambda i: f"no test row has the id {ids[int(unknown[i])]!r}",
        "ids belong to no test row",
    )
    order = np.argsort(position, kind="stable")
    ranked = position[order]
    again = np.sort(order[1:][(ranked[1:] == ranked[:-1]) & (ranked[1:] >= 0)])
    first = {int(p): int(i) for i, p in reversed(list(enumerate(position)))} if len(again) else {}
    faults.on_lines(
        "id-twice",
        sheet.lines[again],
        lambda i: (
            f"the id {ids[int(again[i])]!r} again; it is on line"
            f" {sheet.lines[first[int(position[again[i]])]]} already"
        ),
        "ids are there already",
    )
    missing = np.setdiff1d(np.arange(len(expected)), position)
    if len(missing):
        named = ", ".join(expected[i] for i in missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        faults.add("id-missing", f"no row has the id {named}{more}")
    if not len(missing) and not len(again) and (np.diff(position) < 0).any():
        faults.add("row-order", "the rows aren't in the asked order; they are matched by id")
    if len(again):
        position = position.copy()
        position[again] = -1
    return Rows(position, complete=not len(missing) and not len(again))


def rows(count: int) -> str:
    """A number of rows, in words."""
    return "1 row" if count == 1 else f"{count} rows"
