"""How far a mean can be off, where what is drawn are groups of rows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels


def variance_of_mean(values: NDArray[np.float64], units: Labels | None = None) -> float:
    """Variance of the mean of `values`, whose units are drawn independently, not the values.

    The estimator of survey sampling for a mean over clusters of unequal size (Cochran, "Sampling
    techniques", 1977, chapter 9); infinite for a single unit.

    Parameters
    ----------
    values : float64 array, shape (n,)
    units : int64 array, shape (n,), optional
        None: each value is a unit of its own.
    """
    if units is None:
        return float(values.var(ddof=1)) / len(values) if len(values) > 1 else math.inf
    sums = np.bincount(np.unique(units, return_inverse=True)[1], weights=values - values.mean())
    if len(sums) < 2:
        return math.inf
    return float((sums**2).sum()) * len(sums) / (len(sums) - 1) / len(values) ** 2
