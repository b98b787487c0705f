"""A penalised correction of class scores that were learned elsewhere, from held-out rows.

Shapes: n rows, K classes, L features.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.base import BaseEstimator

from harness.zoo._grouped import deal_groups

Doubles = NDArray[np.float64]
Codes = NDArray[np.int64]

# Beyond so many numbers to learn, the linear part is left out.
MOST_FREE = 20_000
# The factor's first guesses, in units of what would make scores differ by 1.
GUESSES = np.geomspace(0.05, 50, 13)
# No class gets less: one row must not decide a whole log-loss by being surprising.
LEAST = 1e-9


class Correction(BaseEstimator):
    """Log-probabilities a x scores + shifts + standardised features x slopes, up to a constant.

    The factor a is a temperature and free; slopes are penalised towards nothing, shifts barely.
    One row's worth of doubt is spread over the classes: where all rows are right, the factor would
    grow without end.

    Parameters
    ----------
    strength : float
        Inverse strength of the penalty on slopes.
    """

    def __init__(self, *, strength: float = 0.01) -> None:
        self.strength = strength

    def fit(self, scores: Doubles, features: Doubles, y: Codes, weights: Doubles) -> Correction:
        """Learn from rows that the scores' makers haven't seen.

        Parameters
        ----------
        scores : float64 array, shape (n, K)
            Log-probabilities up to a constant a row.
        features : float64 array, shape (n, L)
        y : int64 array, shape (n,)
            Codes 0..K-1.
        weights : float64 array, shape (n,)
        """
        self.mean_ = features.mean(axis=0)
        spread = features.std(axis=0)
        self.spread_ = np.where(spread > 0, spread, 1.0)
        scores, features = _centred(scores), self._standard(features)
        unit = float(np.sqrt((scores**2).mean())) or 1.0
        k, columns = scores.shape[1], features.shape[1]
        free = k * columns if k * columns <= MOST_FREE else 0
        doubt = 1 / (len(y) + 1)
        wanted = np.full((len(y), k), doubt / k)
        wanted[np.arange(len(y)), y] += 1 - doubt
        pull, weights = wanted * weights[:, None], weights[:, None]
        scaled = scores / unit

        def loss(theta: Doubles) -> tuple[float, Doubles]:
            factor, shifts, slopes = theta[0], theta[1 : 1 + k], theta[1 + k :]
            bent = factor * scaled + shifts
            if free:
                bent = bent + features @ slopes.reshape(columns, k)
            logs = log_softmax(bent, axis=1)
            off = weights * np.exp(logs) - pull
            value = -(pull * logs).sum() + (shifts**2).sum() / 2
            value += (slopes**2).sum() / (2 * self.strength)
            slope = [[(off * scaled).sum()], off.sum(axis=0) + shifts]
            if free:
                slope.append((features.T @ off).ravel() + slopes / self.strength)
            return float(value), np.concatenate(slope)

        starts = [np.concatenate([[guess], np.zeros(k + free)]) for guess in GUESSES]
        start = min(starts, key=lambda theta: loss(theta)[0])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
        self.factor_, self.shifts_ = float(found[0]) / unit, found[1 : 1 + k]
        self.slopes_ = found[1 + k :].reshape(columns, k) if free else np.zeros((columns, k))
        return self

    def predict_proba(self, scores: Doubles, features: Doubles) -> Doubles:
        """Corrected probabilities; float64, shape (n, K)."""
        bent = self.factor_ * _centred(scores) + self.shifts_
        p = np.exp(log_softmax(bent + self._standard(features) @ self.slopes_, axis=1))
        p = np.maximum(p, LEAST)
        return p / p.sum(axis=1, keepdims=True)

    def _standard(self, features: Doubles) -> Doubles:
        return (features - self.mean_) / self.spread_


def deal(
    y: Codes, folds: int, random: np.random.Generator, groups: Any = None
) -> tuple[Codes, int]:
    """Each row's inner fold, and how many classes no fold holds out.

    Every class is dealt out over the folds in turn. One with fewer rows than folds is missing from
    some folds, never from all but one; a single row is in none (-1). With `groups`, those stay
    whole, and a class's only group is in none.
    """
    if groups is not None:
        fold = deal_groups(y, groups, folds, random)
        return fold, len(np.setdiff1d(y, y[fold >= 0]))
    fold = np.full(len(y), -1, dtype=np.int64)
    dealt = single = 0
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        if len(rows) == 1:
            single += 1
            continue
        fold[random.permutation(rows)] = (dealt + np.arange(len(rows))) % folds
        dealt += len(rows)
    return fold, single


def _centred(scores: Any) -> Doubles:
    return scores - scores.mean(axis=1, keepdims=True)
