"""Grading: the score that a leaderboard gives to a file, once the answers are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, Labels, Leaderboard
from harness.evaluate import metrics
from harness.submission._check import accepted, examine
from harness.submission._faults import Fault
from harness.submission._parts import Part, deviation, shake_up

# What is shown beside a leaderboard's own metric; both log-losses, as a board's name may mislead.
BESIDE = {
    "probabilities": ("logloss", "logloss-cells", "accuracy"),
    "probability": ("logloss", "roc-auc", "accuracy"),
    "ranks": ("accuracy",),
    "labels": ("accuracy",),
}


@dataclass(frozen=True)
class Grade:
    """What a file scores.

    Attributes
    ----------
    rows : int
        Rows that are scored: of a leaderboard in two parts, the public ones.
    score : float
        What the leaderboard shows.
    scores : mapping of metric name to float
        The leaderboard's metric first, then what is worth seeing beside it.
    warnings : tuple of Fault
        What the grader accepts but the user should know.
    spread : float
        Standard deviation of the rows' scores; NaN for a metric that is no mean over rows.
    private, whole : Part or None
        The private part, and both together, where they were asked for.
    private_rows : int
        0 where the leaderboard has one part only.
    shake_up : float or None
        Standard error of the private score's distance from the public one.
    """

    path: Path
    board: Leaderboard
    rows: int
    score: float
    scores: Mapping[str, float]
    warnings: tuple[Fault, ...]
    spread: float = math.nan
    private_rows: int = 0
    private: Part | None = None
    whole: Part | None = None
    shake_up: float | None = None


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
    *,
    public: NDArray[np.bool_] | None = None,
    private: bool = False,
    groups: Labels | None = None,
) -> Grade:
    """Check and score a submission.

    Parameters
    ----------
    answers : int64 array, shape (m,)
        The test rows' true classes.
    public : bool array, shape (m,), optional
        The rows that the leaderboard shows the score of; the others are private.
    private : bool
        Score the private rows as well. Without it they enter into nothing.
    groups : int64 array, shape (m,), optional
        Rows with the same number belong together, and are no observations of their own.

    Raises
    ------
    SubmissionError
        Naming every fault that the grader would refuse the file for.
    FileProblem
        When there is no such file.
    """
    examined = examine(path, competition, board, profile)
    values: Any = accepted(examined, competition, board)
    if public is None:
        public = np.ones(len(answers), dtype=bool)
    shown = _scored(board, answers[public], values[public])
    known = np.ones(len(answers), dtype=bool) if private else public
    together = None if groups is None else groups[known]
    spread = deviation(board.metric, answers[known], values[known], together)
    found = Grade(path, board, shown.rows, shown.score, shown.scores, examined.warnings, spread)
    hidden = len(answers) - shown.rows
    if not hidden:
        return found
    distance = shake_up(
        board.metric,
        answers[known],
        values[known],
        public=shown.rows,
        private=hidden,
        groups=together,
    )
    found = replace(found, private_rows=hidden, shake_up=distance)
    if not private:
        return found
    other = _scored(board, answers[~public], values[~public])
    return replace(found, private=other, whole=_scored(board, answers, values))


def _scored(board: Leaderboard, y: Labels, values: Any) -> Part:
    row = metrics.metric(board.metric)
    scores = {board.metric: row.score(y, values)}
    for name in BESIDE[board.holds]:
        if values.ndim == 2:
            scores.setdefault(name, metrics.score(name, y, values))
        else:
            scores.setdefault(name, metrics.metric(name).score(y, values))
    return Part(len(y), scores)
