"""Rows set aside to watch a booster: it ends its rounds where they gain no more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.zoo._grouped import watch_groups

# Rounds where early stopping is asked for, and no class has rows enough to watch any.
UNWATCHED_ROUNDS = 100


def watched_rows(y: NDArray, share: float, groups: Any, seed: int) -> NDArray[np.bool_]:
    """A share of every class, rounded down so that one row of it is left in; groups whole."""
    random = np.random.default_rng(seed)
    if groups is not None:
        return watch_groups(y, groups, share, random)
    watched = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        rows = random.permutation(np.flatnonzero(y == label))
        watched[rows[: int(len(rows) * share)]] = True
    return watched


def note(model: str, share: float) -> str:
    """What the user should know; the same words for every fold, so that they are said once."""
    return (
        f"{model}: {100 * share:g}% of the training rows chose the number of rounds; "
        "the trees were then grown again on all"
    )
