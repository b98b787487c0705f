"""Shares of votes without zeros.

Where classes are counted among k voters (neighbours, trees), a class that got no vote would have
probability 0, and one such row decides a whole log-loss. One more voter is added who has learned
nothing but the class shares of the training part: the estimate becomes
(k x share of votes + s x class share) / (k + s), with s = 1 unless set otherwise. This is the
m-estimate of probabilities (Cestnik 1990, Estimating probabilities: a crucial task in machine
learning, ECAI).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def class_shares(y: Any, weights: Any = None) -> NDArray[np.float64]:
    """Each class's share of the rows, or of their weights, in the order of sorted labels."""
    position = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(position, weights=weights).astype(np.float64)
    return counts / counts.sum()


def with_prior_voter(
    votes: NDArray[np.float64], voters: int, shares: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    """Vote shares, shape (n, K), after a voter of `weight` for the class shares has joined."""
    return (voters * votes + weight * shares) / (voters + weight)
