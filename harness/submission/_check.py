"""One checker for everything: `submit`, `grade` and the check by itself read files through it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness import ordinary
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import SubmissionError
from harness.submission import _amounts, _cells, _header, _ids, _plausible
from harness.submission._faults import Fault, Faults
from harness.submission._file import Sheet, open_sheet


@dataclass(frozen=True)
class Examined:
    """What a file says, as far as it can be understood, and what is wrong with it.

    Attributes
    ----------
    path : Path
    profile : str
    faults : tuple of Fault
        Those of the whole file first, then by line.
    values : float64 array (m, K), int64 array (m,), or None
        Probabilities as the file writes them, or labels 0..K-1, in the test rows' order. None where
        a test row has none, or not exactly one.
    """

    path: Path
    profile: str
    faults: tuple[Fault, ...]
    values: Probabilities | Labels | None

    @property
    def refused(self) -> tuple[Fault, ...]:
        """The faults for which the profile's grader refuses the file."""
        return tuple(fault for fault in self.faults if fault.refused)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults that the profile's grader accepts."""
        return tuple(fault for fault in self.faults if not fault.refused)


def examine(
    path: Path,
    competition: Competition,
    board: Leaderboard,
    profile: str = "kaggle",
    *,
    doubt: bool = False,
) -> Examined:
    """Read a submission file with everything that is wrong with it.

    Parameters
    ----------
    profile : "kaggle" or "strict"
        See `harness.submission.PROFILES`.
    doubt : bool
        Also compare it with the training rows' class shares and features: a file without a fault of
        form may still be shuffled. See `harness.submission._plausible`.

    Raises
    ------
    FileProblem
        When there is no such file, or it can't be read.
    DataError
        Where the competition has nothing to submit for.
    """
    _ids.refuse_unwritable(board)
    ids, order = _ids.expected_ids(competition, board), _ids.file_order(competition, board)
    faults = Faults(profile, id_column=board.header[0], rows=len(ids))
    widths = [len(board.columns), len(board.columns) + len(board.ignored)]
    sheet = open_sheet(path, widths, faults, delimiter=board.delimiter)
    values = None
    if sheet is not None:
        in_file = tuple(ids[row] for row in order)
        found = _values(sheet, competition, board, in_file, faults)
        if found is not None:
            values = np.empty_like(found)
            values[order] = found
    if doubt and values is not None and board.holds != "ranks":
        _plausible.tell(values, competition, board, faults)
    if _is_the_sample(path, board):
        faults.forgive()
        if doubt and board.sample is not None and not board.sample.samefile(path):
            faults.add(
                "the-sample", "this is the sample submission as it came: nothing is predicted"
            )
    return Examined(path, profile, faults.in_order(), values)


def _is_the_sample(path: Path, board: Leaderboard) -> bool:
    """Whether a file is the organisers' own sample, here or copied."""
    sample = board.sample
    if sample is None or not sample.is_file() or sample.stat().st_size != path.stat().st_size:
        return False
    return sample.samefile(path) or ordinary.read_bytes(sample) == ordinary.read_bytes(path)


def check(
    path: Path, competition: Competition, board: Leaderboard, profile: str = "kaggle"
) -> list[Fault]:
    """Every fault of a submission file; `Fault.refused` tells what the grader refuses it for."""
    return list(examine(path, competition, board, profile).faults)


def read(
    path: Path, competition: Competition, board: Leaderboard, profile: str = "kaggle"
) -> Probabilities | Labels:
    """Read a submission: probabilities (m, K) or labels (m,), in the test rows' order.

    Raises
    ------
    SubmissionError
        Naming every fault that the grader would refuse it for.
    """
    examined = examine(path, competition, board, profile)
    return accepted(examined, competition, board)


def accepted(
    examined: Examined, competition: Competition, board: Leaderboard
) -> Probabilities | Labels:
    """The values of a file that the grader takes; `SubmissionError` for any other."""
    if examined.refused or examined.values is None:
        ids = _ids.expected_ids(competition, board)
        rows = f"{len(ids)} rows" + (f", ids {ids[0]} to {ids[-1]}" if board.has_ids else "")
        raise SubmissionError(
            [str(fault) for fault in examined.refused],
            where=str(examined.path),
            todo=f"wanted: the header {board.first_line} and {rows}",
        )
    return examined.values


def _values(
    sheet: Sheet,
    competition: Competition,
    board: Leaderboard,
    expected: tuple[str, ...],
    faults: Faults,
) -> Probabilities | Labels | None:
    sheet, where = _header.columns_of(sheet, competition, board, expected, faults)
    if not where:
        _tell_count(sheet, expected, faults)
        return None
    id_name, *names = board.header
    present = [name for name in names if name in where]
    values = _answers(sheet, competition, board, {name: where[name] for name in present}, faults)
    if not board.has_ids:
        if len(sheet.frame) != len(expected):
            _tell_count(sheet, expected, faults)
            return None
        rows = _ids.Rows(np.arange(len(expected)), complete=True)
    elif id_name not in where:
        _tell_count(sheet, expected, faults)
        return None
    else:
        rows = _ids.match(sheet, where[id_name], expected, faults)
    if not rows.complete or len(present) < len(names):
        return None
    known = rows.position >= 0
    ordered = np.empty((len(expected), *values.shape[1:]), dtype=values.dtype)
    ordered[rows.position[known]] = values[known]
    if board.holds == "ranks":
        unknown = ordered[:, :1] < _cells.UNLISTED
    else:
        unknown = (ordered < 0) if ordered.ndim == 1 else np.isnan(ordered)
    return None if unknown.any() else ordered


def _tell_count(sheet: Sheet, expected: tuple[str, ...], faults: Faults) -> None:
    """Of a file whose ids can't be found there is still a number of rows."""
    if len(sheet.frame) != len(expected):
        faults.add("row-count", f"{_ids.rows(len(sheet.frame))} instead of {len(expected)} rows")


def _answers(
    sheet: Sheet,
    competition: Competition,
    board: Leaderboard,
    present: dict[str, int],
    faults: Faults,
) -> Probabilities | Labels:
    """What the columns beside the ids say, in the file's rows; `present` tells their places."""
    names, columns = list(present), list(present.values())
    if not columns:
        return np.empty(0)
    labels = board.spelling or competition.classes
    if board.holds == "labels":
        spelled = replace(competition, classes=labels)
        return _cells.labels_of(sheet, columns[0], spelled, faults)
    if board.holds == "ranks":
        return _cells.ranks_of(sheet, columns[0], labels, board, faults)
    whole = board.holds == "probabilities" and len(columns) == len(board.header) - 1
    proba = _cells.probabilities_of(
        sheet, columns, names, faults, sums_for=board.metric if whole else None
    )
    if board.holds == "probabilities":
        return proba
    if board.metric in _amounts.LOGLOSSES:
        _amounts.tell_chances(sheet, names[0], proba[:, 0], faults)
    k = competition.classes.index(str(board.positive))
    pair = np.column_stack([1 - proba[:, 0], 1 - proba[:, 0]])
    pair[:, k] = proba[:, 0]
    return pair
