"""What leaves the house: a CSV for one leaderboard, written, checked and graded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from harness.atomic import replacing
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import SubmissionError
from harness.evaluate import metrics


def write(path: Path, competition: Competition, board: Leaderboard, proba: Probabilities) -> None:
    """Write test probabilities (float64, (m, K)) in the format that `board` takes."""
    columns: dict[str, object] = {board.header[0]: list(competition.test_ids)}
    if metrics.metric(board.metric).eats == "labels":
        columns[board.header[1]] = competition.decode(proba.argmax(axis=1))
    else:
        columns |= {name: proba[:, k] for k, name in enumerate(board.header[1:])}
    with replacing(path) as part:
        pl.DataFrame(columns).write_csv(part)


def read(path: Path, competition: Competition, board: Leaderboard) -> Probabilities | Labels:
    """Read a submission back, checked: probabilities (m, K) or labels (m,), in the test rows' order.

    Raises
    ------
    SubmissionError
        Naming every fault that the grader would refuse it for.
    """
    frame = pl.read_csv(path, infer_schema=False)
    if tuple(frame.columns) != board.header:
        raise SubmissionError(
            [f"the header is {','.join(frame.columns)}, not {','.join(board.header)}"],
            where=str(path),
        )
    if metrics.metric(board.metric).eats == "labels":
        return competition.encode(frame[board.header[1]].to_list(), where=str(path))
    return np.ascontiguousarray(frame.select(board.header[1:]).cast(pl.Float64).to_numpy())


def grade(path: Path, competition: Competition, board: Leaderboard, answers: Labels) -> float:
    """The score that the leaderboard gives to a submission."""
    return metrics.metric(board.metric).score(answers, read(path, competition, board))
