"""Two sets of probabilities for the same rows: how far apart they score, and how sure that is.

Pairing takes out what makes rows easy or hard for both. Rows of one group, and predictions of one
row by several repeats, count as one observation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.evaluate import metrics

DRAWS = 200


@dataclass(frozen=True)
class Change:
    """A score before and after, with the standard error of the difference.

    Attributes
    ----------
    before, after : float
    error : float
        Of ``after - before``, over rows, or over folds where that is more.
    gain : float
        The difference, positive where `after` is better.
    """

    before: float
    after: float
    error: float
    gain: float

    @property
    def value(self) -> float:
        """``after - before``, in the metric's own direction."""
        return self.after - self.before

    @property
    def z(self) -> float:
        """The gain in standard errors; negative where `after` is worse."""
        if self.gain == 0:
            return 0.0
        return self.gain / self.error if self.error > 0 else math.copysign(math.inf, self.gain)

    def __str__(self) -> str:
        return f"{self.value:+.4f} ± {self.error:.4f}"


def change(
    name: str,
    y: Labels,
    before: Probabilities,
    after: Probabilities,
    *,
    units: Labels | None = None,
    folds: Labels | None = None,
    seed: int = 0,
) -> Change:
    """What going from `before` to `after` does to metric `name`.

    Parameters
    ----------
    y : int64 array, shape (s,)
    before, after : float64 arrays, shape (s, K)
    units : int64 array, shape (s,), optional
        Predictions with one number vary together: a row's repeats, a group's rows.
    folds : int64 array, shape (s,), optional
        Predictions of one fold share a model: the error is the larger of that over units and that
        over folds.
    seed : int
        For metrics that are no mean over rows: units are drawn with replacement, `DRAWS` times.
    """
    row = metrics.metric(name)
    scores = metrics.score(name, y, before), metrics.score(name, y, after)
    gain = scores[1] - scores[0] if row.higher_is_better else scores[0] - scores[1]
    units = np.arange(len(y)) if units is None else np.unique(units, return_inverse=True)[1]
    one, other = (metrics.row_scores(name, y, proba) for proba in (before, after))
    if one is None or other is None:
        error = _drawn_error(name, y, before, after, units, seed)
    else:
        error = _error(other - one, units, folds)
    return Change(*scores, error, float(gain))


def _error(differences: NDArray[np.float64], units: Labels, folds: Labels | None) -> float:
    centred = differences - differences.mean()
    sums = np.bincount(units, weights=centred)
    if len(sums) < 2:
        return math.inf
    error = math.sqrt(float((sums**2).sum()) * len(sums) / (len(sums) - 1)) / len(differences)
    if folds is None:
        return error
    codes = np.unique(folds, return_inverse=True)[1]
    means = np.bincount(codes, weights=differences) / np.bincount(codes)
    if len(means) < 3:
        return error
    return max(error, float(means.std(ddof=1)) / math.sqrt(len(means)))


def _drawn_error(
    name: str, y: Labels, before: Probabilities, after: Probabilities, units: Labels, seed: int
) -> float:
    rng = np.random.default_rng(seed)
    members = np.split(np.argsort(units, kind="stable"), np.cumsum(np.bincount(units))[:-1])
    single = len(members) == len(y)
    found = []
    for _ in range(DRAWS):
        drawn = rng.integers(len(members), size=len(members))
        at = drawn if single else np.concatenate([members[unit] for unit in drawn])
        found.append(metrics.score(name, y[at], after[at]) - metrics.score(name, y[at], before[at]))
    return float(np.std(found, ddof=1))
