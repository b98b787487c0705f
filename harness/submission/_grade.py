"""Grading: the score that a leaderboard gives to a file, once the answers are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.competition import Competition, Labels, Leaderboard
from harness.errors import UsageError
from harness.evaluate import metrics
from harness.submission._check import accepted, examine
from harness.submission._faults import Fault, Faults
from harness.submission._file import open_sheet
from harness.submission._header import has_header, same_header

# What is shown beside a leaderboard's own metric; both log-losses, as a board's name may mislead.
BESIDE = {
    "probabilities": ("logloss", "logloss-cells", "accuracy"),
    "labels": ("accuracy",),
}


@dataclass(frozen=True)
class Grade:
    """What a file scores.

    Attributes
    ----------
    score : float
        What the leaderboard shows.
    scores : mapping of metric name to float
        The leaderboard's metric first, then what is worth seeing beside it.
    warnings : tuple of Fault
        What the grader accepts but the user should know.
    """

    path: Path
    board: Leaderboard
    rows: int
    score: float
    scores: Mapping[str, float]
    warnings: tuple[Fault, ...]


def grade(
    path: Path,
    competition: Competition,
    board: Leaderboard,
    answers: Labels,
    profile: str = "kaggle",
) -> float:
    """The score that the leaderboard gives to a submission. See `graded`."""
    return graded(path, competition, board, answers, profile).score


def graded(
    path: Path,
    competition: Competition,
    board: Leaderboard,
    answers: Labels,
    profile: str = "kaggle",
) -> Grade:
    """Check and score a submission.

    Parameters
    ----------
    answers : int64 array, shape (m,)
        The test rows' true classes.

    Raises
    ------
    SubmissionError
        Naming every fault that the grader would refuse the file for.
    FileProblem
        When there is no such file.
    """
    examined = examine(path, competition, board, profile)
    values: Any = accepted(examined, competition, board)
    row = metrics.metric(board.metric)
    scores = {board.metric: row.score(answers, values)}
    for name in BESIDE[row.eats]:
        if values.ndim == 2:
            scores.setdefault(name, metrics.score(name, answers, values))
        else:
            scores.setdefault(name, metrics.metric(name).score(answers, values))
    return Grade(path, board, len(answers), scores[board.metric], scores, examined.warnings)


def board_of(path: Path, competition: Competition) -> Leaderboard:
    """The leaderboard that a file is for, by its header; by its number of columns without one.

    Raises
    ------
    UsageError
        Where it fits none of them, or several.
    FileProblem
        When there is no such file, or it can't be read.
    """
    boards = competition.leaderboards
    widths = {len(board.header) for board in boards}
    sheet = open_sheet(path, widths, Faults("kaggle", id_column="", rows=0))
    if sheet is None:
        return _only(boards, path, competition)
    cleaned = [cell.strip().lstrip("#").strip() for cell in sheet.first]
    for fits in (
        [board for board in boards if same_header(cleaned, board.header)],
        [board for board in boards if len(board.header) == len(cleaned)],
        [board for board in boards if has_header(cleaned, board.header)],
        # Without a header, or with another one, row numbers may stand in front.
        [board for board in boards if len(board.header) == len(cleaned) - 1],
    ):
        # Boards that share a header read the file alike; the first is as good as any.
        if fits and len({board.header for board in fits}) == 1:
            return fits[0]
    return _only(boards, path, competition)


def _only(boards: tuple[Leaderboard, ...], path: Path, competition: Competition) -> Leaderboard:
    if len(boards) == 1:
        return boards[0]
    if not boards:
        raise UsageError(
            "has no leaderboards",
            where=competition.name,
            todo="describe one under [[leaderboards]] in competition.toml",
        )
    names = " or ".join(f"--metric {board.name}" for board in boards)
    raise UsageError(
        "its header fits no leaderboard", where=str(path), todo=f"say which it is for: {names}"
    )
