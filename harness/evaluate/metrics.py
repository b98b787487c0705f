"""The metrics, one row each, and the per-row scores that intervals and paired tests need.

Log-loss comes in two kinds with two names, because a posted "log-loss" can mean either:

- ``logloss`` is multiclass log-loss as Kaggle computes it: clip to [1e-15, 1 - 1e-15], rescale
  each row to sum 1, natural log, mean over rows, float64 throughout;
- ``logloss-cells`` is the mean binary cross-entropy over all rows x classes cells, which is what
  the 2018 MLBP leaderboard showed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.registry import lookup

EPSILON = 1e-15
# Of the calibration error.
BINS = 15

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


def brier_rows(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
    """Per-row Brier score: squared distance of the row from the one-hot truth; shape (n,)."""
    distance = np.array(proba, dtype=np.float64)
    distance[np.arange(len(y)), y] -= 1
    return (distance**2).sum(axis=1)


def calibration_error(y: Labels, proba: Probabilities) -> float:
    """How far confidence is from accuracy: the expected calibration error, ECE.

    Rows are put into `BINS` bins of equal mass by their confidence, the largest probability of the
    row; equal confidences share a bin. The error is the mean over rows of |mean confidence - share
    that is right| of the row's bin. Noise makes it larger, never smaller: of perfect probabilities
    it is about 0.4 * sqrt(`BINS` / rows).

    After Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning" (AAAI 2015), with bins of equal mass.
    """
    confidence, right = proba.max(axis=1), correct_rows(y, proba.argmax(axis=1))
    edges = np.quantile(confidence, np.arange(1, BINS) / BINS)
    which = np.searchsorted(edges, confidence)
    apart = np.bincount(which, weights=confidence - right)
    return float(np.abs(apart).sum() / len(y))


def top_rows(k: int) -> RowScores:
    """A per-row score: 1.0 where the true class is among the `k` most probable, else 0.0.

    Equal probabilities are ranked in class order, as ``argmax`` does.
    """

    def rows(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
        own = proba[np.arange(len(y)), y][:, None]
        before = (proba == own) & (np.arange(proba.shape[1]) < y[:, None])
        return (((proba > own) | before).sum(axis=1) < k).astype(np.float64)

    return rows


def map_rows(k: int) -> RowScores:
    """A per-row score: 1/r where the true class is the r-th most probable and r <= `k`, else 0.

    The average precision at `k` of a row with one true label, as Kaggle's MAP@k has it. Ranks are
    those of `top_rows`; a class with a negative value is none of the row's.
    """

    def rows(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
        own = proba[np.arange(len(y)), y][:, None]
        before = (proba == own) & (np.arange(proba.shape[1]) < y[:, None])
        rank = 1 + ((proba > own) | before).sum(axis=1)
        there = (rank <= k) & (own[:, 0] >= 0)
        return np.where(there, 1.0 / rank, 0.0)

    return rows


def roc_auc(y: Labels, proba: Probabilities) -> float:
    """Area under the ROC curve: of two classes; of more, the mean over classes, each against all.

    The share of pairs of a row of the class and another row whose probabilities stand in the right
    order; ties count half. Classes that all rows or none of them have are left out; 0.5 where that
    leaves none.
    """
    from scipy.stats import rankdata

    proba = np.asarray(proba, dtype=np.float64)
    areas = []
    for k in range(proba.shape[1]):
        values = _in_order(proba, k) if proba.shape[1] == 2 else proba[:, k]
        own = y == k
        n, m = int(own.sum()), int((~own).sum())
        if n and m:
            ranks = rankdata(values)[own].sum()
            areas.append((ranks - n * (n + 1) / 2) / (n * m))
    return float(np.mean(areas)) if areas else 0.5


def _in_order(proba: Probabilities, k: int) -> NDArray[np.float64]:
    """Places of rows by the probability of class `k` of two; by both columns.

    Next to 1 a float64 has too few digits to tell rows apart that the other column does.
    """
    order = np.lexsort((-proba[:, 1 - k], proba[:, k]))
    steps = np.diff(proba[order], axis=0).any(axis=1)
    places = np.empty(len(proba))
    places[order] = np.concatenate([[0.0], np.cumsum(steps)])
    return places


def balanced_accuracy(y: Labels, predicted: Labels) -> float:
    """Mean over the classes present in `y` of the share of their rows that is right."""
    right = np.bincount(y[predicted == y], minlength=int(y.max()) + 1)
    counts = np.bincount(y)
    return float((right[counts > 0] / counts[counts > 0]).mean())


def f1_by_class(y: Labels, predicted: Labels) -> tuple[NDArray[np.float64], Labels]:
    """F1 and support of every class that is true or predicted somewhere; 0 where nothing is right.

    The same as scikit-learn's ``f1_score(average=None, zero_division=0)``, at a fiftieth of its
    cost: intervals draw it hundreds of times.
    """
    size = int(max(y.max(), predicted.max())) + 1
    right = np.bincount(y[predicted == y], minlength=size)
    support, claimed = np.bincount(y, minlength=size), np.bincount(predicted, minlength=size)
    present = (support + claimed) > 0
    f1 = 2 * right[present] / (support + claimed)[present]
    return f1, support[present]


def macro_f1(y: Labels, predicted: Labels) -> float:
    """Mean of the classes' F1."""
    return float(f1_by_class(y, predicted)[0].mean())


def weighted_f1(y: Labels, predicted: Labels) -> float:
    """Mean of the classes' F1, weighted by support."""
    f1, support = f1_by_class(y, predicted)
    return float(np.average(f1, weights=support))


def _mean_of(rows: RowScores) -> Score:
    return lambda y, prediction: float(rows(y, prediction).mean())


def _means(
    rows: RowScores,
    summary: str,
    *,
    eats: Literal["labels", "probabilities"] = "probabilities",
    higher_is_better: bool = False,
    best: float = 0.0,
    worst: float = math.inf,
) -> Metric:
    return Metric(_mean_of(rows), higher_is_better, best, worst, eats, summary, rows)


def _share(rows: RowScores, summary: str, eats: Literal["labels", "probabilities"]) -> Metric:
    return _means(rows, summary, eats=eats, higher_is_better=True, best=1.0, worst=0.0)


MAP = "mean of 1/rank of the true class among the k most probable, 0 beyond them; any k"
METRICS: dict[str, Metric] = {
    "accuracy": _share(correct_rows, "share of exact labels", "labels"),
    "logloss": _means(logloss_rows, "multiclass log-loss as Kaggle computes it"),
    "logloss-cells": _means(
        logloss_cells_rows, "mean binary cross-entropy over all rows x classes cells"
    ),
    "balanced-accuracy": Metric(
        balanced_accuracy, True, 1.0, 0.0, "labels", "mean over classes of the share that is right"
    ),
    "macro-f1": Metric(macro_f1, True, 1.0, 0.0, "labels", "mean of the classes' F1"),
    "weighted-f1": Metric(
        weighted_f1, True, 1.0, 0.0, "labels", "mean of the classes' F1, weighted by support"
    ),
    "top-2": _share(top_rows(2), "true class among the two most probable", "probabilities"),
    "top-3": _share(top_rows(3), "true class among the three most probable", "probabilities"),
    "map@3": _share(map_rows(3), MAP, "probabilities"),
    "map@5": _share(map_rows(5), MAP, "probabilities"),
    "roc-auc": Metric(
        roc_auc, True, 1.0, 0.0, "probabilities", "area under the ROC curve, mean over classes"
    ),
    "brier": _means(brier_rows, "squared distance of the probabilities from the truth", worst=2.0),
    "calibration-error": Metric(
        calibration_error, False, 0.0, 1.0, "probabilities", "distance of confidence from accuracy"
    ),
}


def metric(name: str) -> Metric:
    """The metric called `name`; raises `UnknownNameError` naming the known ones.

    ``map@`` may have any k beside those of the table.
    """
    if (found := re.fullmatch(r"map@([1-9]\d{0,3})", name)) and name not in METRICS:
        return _share(map_rows(int(found[1])), MAP, "probabilities")
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
