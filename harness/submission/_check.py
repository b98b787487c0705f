"""One checker for everything: `submit`, `grade` and the check by itself read files through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import SubmissionError
from harness.evaluate import metrics
from harness.submission import _cells, _header, _ids, _plausible
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
    expected = _ids.expected_ids(competition, board)
    faults = Faults(profile, id_column=board.header[0], rows=len(expected))
    sheet = open_sheet(path, [len(board.header)], faults)
    values = None if sheet is None else _values(sheet, competition, board, expected, faults)
    if doubt and values is not None:
        _plausible.tell(values, competition, board, faults)
    return Examined(path, profile, faults.in_order(), values)


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
        shown = ",".join(board.header)
        raise SubmissionError(
            [str(fault) for fault in examined.refused],
            where=str(examined.path),
            todo=f"wanted: the header {shown} and {len(ids)} rows, ids {ids[0]} to {ids[-1]}",
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
    columns = [where[name] for name in present]
    values: Probabilities | Labels
    if not present:
        values = np.empty(0)
    elif metrics.metric(board.metric).eats == "labels":
        values = _cells.labels_of(sheet, columns[0], competition, faults)
    else:
        values = _cells.probabilities_of(
            sheet,
            columns,
            present,
            faults,
            sums_for=board.metric if len(present) == len(names) else None,
        )
    if id_name not in where:
        _tell_count(sheet, expected, faults)
        return None
    rows = _ids.match(sheet, where[id_name], expected, faults)
    if not rows.complete or len(present) < len(names):
        return None
    known = rows.position >= 0
    ordered = np.empty((len(expected), *values.shape[1:]), dtype=values.dtype)
    ordered[rows.position[known]] = values[known]
    unknown = (ordered < 0) if ordered.ndim == 1 else np.isnan(ordered)
    return None if unknown.any() else ordered


def _tell_count(sheet: Sheet, expected: tuple[str, ...], faults: Faults) -> None:
    """Of a file whose ids can't be found there is still a number of rows."""
    if len(sheet.frame) != len(expected):
        faults.add("row-count", f"{_ids.rows(len(sheet.frame))} instead of {len(expected)} rows")
