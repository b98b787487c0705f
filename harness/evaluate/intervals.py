"""What score to expect on test rows, and how far two entries are apart, with their noise.

An out-of-fold score is a mean over n training rows; the leaderboard's is a mean over m other rows.
Both are samples of the same per-row scores, so their difference has the variance
``s^2 / n + s^2 / m`` with ``s`` the deviation of the per-row scores. Where a score is no mean over
rows (macro-F1, balanced accuracy), rows are drawn with replacement instead: once as the n rows that
were measured, once as m test rows. The rows of one group are right or wrong together: groups are
counted, or drawn, in place of rows, and test rows are taken to come in groups of the same kind.

Two more things part the two numbers: the final model's own luck with its training rows, estimated
from how much the folds differ beyond their rows' noise, and its larger training set
(`harness.evaluate.learning`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.evaluate import metrics
from harness.evaluate.clusters import variance_of_mean as variance_of_mean
from harness.evaluate.learning import Gain

Z95 = 1.959963984540054
DRAWS = 400


@dataclass(frozen=True)
class Expected:
    """A score to expect, with the 95 % interval for a test set of `rows` rows."""

    score: float
    low: float
    high: float
    rows: int


def expected(
    name: str,
    y: Labels,
    proba: Probabilities,
    *,
    rows: int,
    folds: Labels | None = None,
    of: Labels | None = None,
    units: Labels | None = None,
    gain: Gain | None = None,
    seed: int = 0,
) -> Expected:
    """The score that metric `name` should give on `rows` new rows, from out-of-fold probabilities.

    Parameters
    ----------
    y : int64 array, shape (n,)
    proba : float64 array, shape (n, K)
        Out-of-fold: no row's probabilities come from a model that saw it.
    rows : int
        Size of the test set, at least 1.
    folds : int64 array, shape (n,), optional
        The fold that held each row out: what folds differ by beyond their rows' noise is the luck
        of one training part, and counts for the final model as well.
    of : int64 array, shape (n,), optional
        Which row each prediction is of, where a row was predicted several times: its predictions
        count as one observation.
    units : int64 array, shape (n,), optional
        The group of each prediction's row, where rows come in groups.
    gain : Gain, optional
        What training on all rows is worth; see `harness.evaluate.learning`.
    """
    scored = metrics.score(name, y, proba)
    per_row = metrics.row_scores(name, y, proba)
    if per_row is None:
        half = Z95 * _drawn_deviation(name, y, proba, rows, units, seed)
    else:
        repeats = 1 if of is None else round(len(of) / len(np.unique(of)))
        variance = 0.0 if folds is None else _luck(per_row, folds, units, repeats)
        if of is not None:
            distinct, code = np.unique(of, return_inverse=True)
            times = np.bincount(code)
            per_row = np.bincount(code, weights=per_row) / times
            if units is not None:
                first = np.zeros(len(distinct), dtype=np.int64)
                first[code] = units
                units = first
        variance += variance_of_mean(per_row, units) * (1 + len(per_row) / rows)
        if gain is not None:
            scored += gain.value
            variance += gain.error**2
        half = Z95 * math.sqrt(variance)
    row = metrics.metric(name)
    floor, ceiling = sorted((row.best, row.worst))
    scored = min(ceiling, max(floor, scored))
    return Expected(scored, max(floor, scored - half), min(ceiling, scored + half), rows)


def _luck(
    per_row: NDArray[np.float64], folds: Labels, units: Labels | None = None, repeats: int = 1
) -> float:
    """Variance of a model's true score around the folds' mean: the luck of its training part.

    The folds' means vary by their rows' noise and by their models' luck; what is more than the
    former is the latter. It enters once for the final model and 1/k for the mean over k folds.

    A few folds tell little of a variance, and no estimate of it from one cross-validation is
    unbiased (Bengio and Grandvalet, "No unbiased estimator of the variance of k-fold
    cross-validation", JMLR 2004): folds that happen to agree would make the interval too narrow.
    So the variance between folds is taken one of its standard errors larger than it was found;
    repeats hold out the same rows again, and make it no surer.
    """
    held = [folds == number for number in np.unique(folds)]
    noise = [variance_of_mean(per_row[own], None if units is None else units[own]) for own in held]
    held = [own for own, one in zip(held, noise, strict=True) if math.isfinite(one)]
    if len(held) < 2:
        return 0.0
    between = float(np.var([per_row[own].mean() for own in held], ddof=1))
    between *= 1 + math.sqrt(2 / max(1, len(held) / repeats - 1))
    within = float(np.mean([one for one in noise if math.isfinite(one)]))
    return max(0.0, between - within) * (1 + 1 / len(held))


def _drawn_deviation(
    name: str, y: Labels, proba: Probabilities, rows: int, units: Labels | None, seed: int
) -> float:
    rng = np.random.default_rng(seed)
    members = None
    if units is not None:
        codes = np.unique(units, return_inverse=True)[1]
        members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])

    def draw(size: int) -> Labels:
        if members is None:
            return rng.integers(len(y), size=size)
        count = max(1, round(size * len(members) / len(y)))
        return np.concatenate([members[one] for one in rng.integers(len(members), size=count)])

    variance = 0.0
    for size in (len(y), rows):
        draws = (draw(size) for _ in range(DRAWS))
        variance += float(np.var([metrics.score(name, y[d], proba[d]) for d in draws]))
    return math.sqrt(variance)


@dataclass(frozen=True)
class Gap:
    """How much worse one entry is than another on the same rows; 0 or more means not better."""

    value: float
    error: float


def gap(
    name: str,
    y: Labels,
    proba: Probabilities,
    best: Probabilities,
    *,
    units: Labels | None = None,
) -> Gap | None:
    """`proba`'s distance from `best` and its paired standard error over rows, or over groups.

    Pairing takes out what makes rows easy or hard for both. None for a metric that isn't a mean
    over rows.

    Parameters
    ----------
    units : int64 array, shape (n,), optional
        What each prediction is of, where several are of one row or of one group.
    """
    one = metrics.row_scores(name, y, proba)
    other = metrics.row_scores(name, y, best)
    if one is None or other is None:
        return None
    worse = other - one if metrics.metric(name).higher_is_better else one - other
    return Gap(float(worse.mean()), math.sqrt(variance_of_mean(worse, units)))
