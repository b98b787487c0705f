"""Public and private: what a leaderboard shows now, what it will show, and how far apart.

The public score is a mean over p rows and the private one over r others. Both are samples of the
same per-row scores, of deviation s, so their difference has the variance s^2 / p + s^2 / r. Where a
score is no mean over rows, rows are drawn with replacement instead: p of them, and r of them.
Rows that belong together (a song's segments) are right or wrong together: their deviation is that
of whole groups, and whole groups are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.evaluate import metrics
from harness.evaluate.intervals import DRAWS, Z95


@dataclass(frozen=True)
class Part:
    """One part's rows and scores; the leaderboard's metric first."""

    rows: int
    scores: Mapping[str, float]

    @property
    def score(self) -> float:
        """What the leaderboard shows of this part."""
        return next(iter(self.scores.values()))


def shake_up(
    name: str,
    y: Labels,
    values: Probabilities | Labels,
    *,
    public: int,
    private: int,
    groups: Labels | None = None,
    seed: int = 0,
) -> float:
    """Standard error of the difference between the public and the private score.

    Parameters
    ----------
    y : int64 array, shape (n,)
    values : float64 array, shape (n, K), or int64 array, shape (n,)
        A submission for rows whose classes are known, of either part.
    public, private : int
        Rows of the two parts.
    groups : int64 array, shape (n,), optional
        Rows with the same number belong together.
    """
    row = metrics.metric(name)
    if row.rows is not None:
        return deviation(name, y, values, groups) * math.sqrt(1 / public + 1 / private)
    rng = np.random.default_rng(seed)
    sets = _sets(groups, len(y))
    variance = 0.0
    for size in (public, private):
        count = max(1, round(size * len(sets) / len(y)))
        scores = []
        for _ in range(DRAWS):
            d = np.concatenate([sets[k] for k in rng.integers(len(sets), size=count)])
            scores.append(row.score(y[d], values[d]))
        variance += float(np.var(scores))
    return math.sqrt(variance)


def deviation(
    name: str, y: Labels, values: Probabilities | Labels, groups: Labels | None = None
) -> float:
    """Standard deviation of the per-row scores; NaN where the score is no mean over rows.

    With groups it is the deviation that independent rows would need, to make a mean over as many
    rows as uncertain as it is (the cluster-robust variance of a mean).
    """
    rows = metrics.metric(name).rows
    if rows is None:
        return math.nan
    scores = rows(y, values)
    away = scores - scores.mean()
    if groups is not None:
        away = np.bincount(np.unique(groups, return_inverse=True)[1], weights=away)
    if len(away) < 2:
        return math.nan
    return math.sqrt(float((away**2).sum()) / len(y) * len(away) / (len(away) - 1))


def _sets(groups: Labels | None, rows: int) -> list[NDArray[np.int64]]:
    """The rows of each group; each row by itself without groups."""
    if groups is None:
        return list(np.arange(rows)[:, None])
    codes = np.unique(groups, return_inverse=True)[1]
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])


def for_fewer_rows(
    expected: Mapping[str, float], name: str, spread: float, rows: int
) -> dict[str, float]:
    """An expected score's interval for a part of the test rows, wider by that part's noise.

    Parameters
    ----------
    expected : mapping
        ``score``, ``low``, ``high`` and ``rows``, the test rows that the interval is for.
    spread : float
        Standard deviation of the per-row scores; where it isn't known the interval stays.
    rows : int
        Rows of the part.
    """
    score, low, high = expected["score"], expected["low"], expected["high"]
    more = 0.0
    if math.isfinite(spread):
        more = (Z95 * spread) ** 2 * max(0.0, 1 / rows - 1 / expected["rows"])
    row = metrics.metric(name)
    floor, ceiling = sorted((row.best, row.worst))
    wider = [math.sqrt((score - end) ** 2 + more) for end in (low, high)]
    ends = {"low": max(floor, score - wider[0]), "high": min(ceiling, score + wider[1])}
    return dict(expected) | ends | {"rows": rows}
