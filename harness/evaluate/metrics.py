"""The metrics, one row each, and the per-row scores that intervals and paired tests need.

Log-loss comes in two kinds with two names, because a posted "log-loss" can mean either:

- ``logloss`` is multiclass log-loss as Kaggle computes it: clip to [1e-15, 1 - 1e-15], rescale each
  row to sum 1, natural log, mean over rows, float64 throughout;
- ``logloss-cells`` is the mean binary cross-entropy over all rows x classes cells, which is what the
  2018 MLBP leaderboard showed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.registry import lookup

EPSILON = 1e-15

Score = Callable[[Labels, NDArray], float]
RowScores = Callable[[Labels, NDArray], NDArray[np.float64]]


@dataclass(frozen=True)
class Metric:
    """One row of the table.

    Attributes
    ----------
    score : callable (y, prediction) -> float
        `prediction` is a probability matrix where `eats` is ``"probabilities"``, and labels
        0..K-1 where it is ``"labels"``.
    higher_is_better : bool
    best, worst : float
        The ends of its range.
    eats : "labels" or "probabilities"
    rows : callable (y, prediction) -> float64 array of shape (n,), optional
        Where the score is the mean of a per-row score: that score.
    """

    score: Score
    higher_is_better: bool
    best: float
    worst: float
    eats: Literal["labels", "probabilities"]
    summary: str
    rows: RowScores | None = None

    def better(self, one: float, other: float) -> bool:
        """Whether `one` is the better score of the two."""
        return one > other if self.higher_is_better else one < other


def logloss_rows(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
    """Per-row multiclass log-loss, natural log, Kaggle's clipping and rescaling; shape (n,)."""
    p = np.clip(np.asarray(proba, dtype=np.float64), EPSILON, 1 - EPSILON)
    p = p / p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y])


def logloss_cells_rows(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
    """Per-row mean over the K cells of binary cross-entropy, clipped as above; shape (n,)."""
    p = np.clip(np.asarray(proba, dtype=np.float64), EPSILON, 1 - EPSILON)
    loss = -np.log1p(-p)
    true = np.arange(len(y)), y
    loss[true] = -np.log(p[true])
    return loss.mean(axis=1)


def correct_rows(y: Labels, predicted: Labels) -> NDArray[np.float64]:
    """1.0 where the label is right, else 0.0; shape (n,)."""
    return (np.asarray(predicted) == y).astype(np.float64)


def _mean_of(rows: RowScores) -> Score:
    return lambda y, prediction: float(rows(y, prediction).mean())


METRICS: dict[str, Metric] = {
    "accuracy": Metric(
        _mean_of(correct_rows), True, 1.0, 0.0, "labels", "share of exact labels", correct_rows
    ),
    "logloss": Metric(
        _mean_of(logloss_rows),
        False,
        0.0,
        float("inf"),
        "probabilities",
        "multiclass log-loss as Kaggle computes it",
        logloss_rows,
    ),
    "logloss-cells": Metric(
        _mean_of(logloss_cells_rows),
        False,
        0.0,
        float("inf"),
        "probabilities",
        "mean binary cross-entropy over all rows x classes cells",
        logloss_cells_rows,
    ),
}


def metric(name: str) -> Metric:
    """The metric called `name`; raises `UnknownNameError` naming the known ones."""
    return lookup("metric", name, METRICS)


def score(name: str, y: Labels, proba: Probabilities) -> float:
    """Score probabilities; a metric that eats labels gets each row's most probable class."""
    row = metric(name)
    return row.score(y, proba if row.eats == "probabilities" else proba.argmax(axis=1))


def row_scores(name: str, y: Labels, proba: Probabilities) -> NDArray[np.float64] | None:
    """Per-row scores of probabilities, or None for a metric that isn't a mean over rows."""
    row = metric(name)
    if row.rows is None:
        return None
    return row.rows(y, proba if row.eats == "probabilities" else proba.argmax(axis=1))
