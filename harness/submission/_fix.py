"""Repair of submission files, where there is only one way to put a fault right.

Nothing is guessed: a fault's row in `KINDS`, or the file itself, says whether its repair is
certain, and a copy is written only where no other fault would still be refused. The copy is read
again with the grader's eyes before it gets its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.atomic import replacing
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import SubmissionError, UsageError
from harness.submission._amounts import SUM_TOLERANCE
from harness.submission._check import Examined, examine
from harness.submission._faults import PROFILES, Fault
from harness.submission._out import refuse_other_file
from harness.submission._write import put

# What is done about each fault whose repair can be certain, after the number of lines it is on.
REPAIRS: dict[str, str] = {
    "encoding": "saved as UTF-8",
    "bom": "byte order mark taken off",
    "delimiter": "cells parted by commas",
    "blank-line": "empty lines left out",
    "no-header": "header added",
    "header-comment": "comment sign taken off the header",
    "header-spaces": "spaces around column names taken off",
    "header-spelling": "column names spelled as the leaderboard does",
    "header-class": "class columns named as the leaderboard does",
    "header-base": "class columns named as the leaderboard does, counted from 1",
    "header-name": "a column named as the leaderboard does",
    "index-column": "column of row numbers left out",
    "extra-column": "columns left out that nobody asks for",
    "column-order": "columns put in the leaderboard's order",
    "row-order": "rows put in the test rows' order",
    "id-base": "ids counted as the test rows' are",
    "id-form": "ids written as whole numbers",
    "spaces": "spaces around cells taken off",
    "label-spaces": "spaces around labels taken off",
    "label-base": "labels counted as the classes are",
    "label-form": "labels written as whole numbers",
    "label-name": "class names replaced by their labels",
    "label-spelling": "labels spelled as the classes are",
    "decimal-comma": "decimal commas replaced by points",
    "row-sum": "rows rescaled to sum 1",
    "sum-rounding": "rows rescaled to sum 1",
    "line-ends": "lines ended once",
    "index-ids": "the index named as the id column",
}
# Of these each line is a change of its own; of the others the file as a whole is changed.
BY_LINE = {
    "blank-line",
    "id-form",
    "spaces",
    "label-spaces",
    "label-form",
    "label-name",
    "decimal-comma",
    "row-sum",
    "sum-rounding",
}


@dataclass(frozen=True)
class Fixed:
    """What a repair did.

    Attributes
    ----------
    examined : Examined
        The file as it was.
    path : Path or None
        The repaired copy; None where none was written.
    changes : tuple of str
        What was changed in it.
    left : tuple of Fault
        What was left alone, because nobody can be certain of its repair.
    """

    examined: Examined
    path: Path | None
    changes: tuple[str, ...]
    left: tuple[Fault, ...]

    def refused_by(self, profile: str) -> tuple[Fault, ...]:
        """The faults for which the profile's grader refuses the file as it was."""
        return tuple(fault for fault in self.examined.faults if profile in fault.refused_by)


def fix(
    path: Path,
    competition: Competition,
    board: Leaderboard,
    *,
    out: Path | None = None,
    profiles: Sequence[str] = tuple(PROFILES),
    doubt: bool = False,
) -> Fixed:
    """Write a repaired copy of a submission, if that makes it pass.

    Parameters
    ----------
    out : Path, optional
        The copy. Default: ``NAME-fixed.csv`` beside the file. Never the file itself.
    profiles : sequence of str
        Whose graders the copy must pass. Where a fault that one of them refuses can't be put right
        with certainty, nothing is written, and `Fixed.path` is None; so it is where nothing is to
        be repaired.
    doubt : bool
        As `examine` takes it, of the file as it was.

    Raises
    ------
    UsageError
        When `out` is the file itself, or another file that is no submission for `board`.
    FileProblem
        When the file can't be read, or the copy can't be written.
    """
    out = _beside(path) if out is None else out
    if out.exists() and path.exists() and out.samefile(path):
        raise UsageError(
            "is the file itself", where=f"--out {out}", todo="give the repaired copy another name"
        )
    refuse_other_file(out, board)
    examined = examine(path, competition, board, profiles[0], doubt=doubt)
    left = tuple(fault for fault in examined.faults if not fault.certain)
    repaired = [fault for fault in examined.faults if fault.certain]
    stuck = any(set(fault.refused_by) & set(profiles) for fault in left)
    if examined.values is None or stuck or not repaired:
        return Fixed(examined, None, (), left)
    values = _rescaled(examined.values)
    with replacing(out) as part:
        put(part, competition, board, values)
        _check_again(part, competition, board, values, profiles)
    return Fixed(examined, out, _changes(repaired), left)


def _beside(path: Path) -> Path:
    stem = path.name
    for ending in (".gz", ".csv", ".txt", ".tsv"):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    return path.with_name(f"{stem}-fixed.csv")


def _rescaled(values: Probabilities | Labels) -> Probabilities | Labels:
    """Rows of probabilities rescaled where they don't sum to 1; all others bit for bit."""
    if values.ndim == 1:
        return values
    sums = values.sum(axis=1)
    # Kaggle clips before it rescales: rows with values outside [0, 1] would score otherwise.
    proper = ((values >= 0) & (values <= 1)).all(axis=1)
    off = (np.abs(sums - 1) > SUM_TOLERANCE) & (sums > 0) & proper
    rescaled: Probabilities = values.astype(np.float64)
    rescaled[off] /= sums[off][:, None]
    return rescaled


def _check_again(
    part: Path,
    competition: Competition,
    board: Leaderboard,
    values: Probabilities | Labels,
    profiles: Sequence[str],
) -> None:
    """The copy with the graders' eyes: it passes, and says what was meant."""
    for profile in profiles:
        again = examine(part, competition, board, profile)
        if again.refused or again.values is None or not np.array_equal(again.values, values):
            raise SubmissionError(
                [str(fault) for fault in again.refused] or ["the copy says something else"],
                where=f"the repaired copy of {part}",
                todo="nothing was written; put the faults right by hand",
            )


def _changes(repaired: Sequence[Fault]) -> tuple[str, ...]:
    lines: dict[str, set[int]] = {}
    for fault in repaired:
        lines.setdefault(fault.code, set()).update(fault.lines)
    told = []
    for code, at in lines.items():
        where = f"line {min(at, default=1)}"
        if len(at) > 1:
            where = f"{len(at)} lines from {where}"
        told.append(REPAIRS[code] + (f" ({where})" if code in BY_LINE else ""))
    return tuple(told)
