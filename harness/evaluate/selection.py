"""Choosing among noisy entries: which can't be told apart, and how lucky the best is."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.intervals import Gap

LEVEL = 0.05
DRAWS = 400


def tied(gap: Gap | None, tried: int) -> bool:
    """Whether an entry can't be told apart from the best of `tried` entries.

    A paired test over rows at the 5 % level, divided by the number of comparisons with the best
    (Bonferroni): with many entries some gaps are large by chance.
    """
    if gap is None:
        return False
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / max(1, tried - 1))
    return gap.value <= z * gap.error


def optimism(
    rows: Sequence[NDArray[np.float64]], *, higher_is_better: bool, seed: int = 0
) -> float:
    """How much better the best of several entries looks than it is; 0 or more.

    Rows are drawn with replacement; the entry that is best on the draw is scored on the draw and on
    the rows themselves, and the mean difference is the luck of having been chosen (Efron and
    Tibshirani, "An introduction to the bootstrap", 1993, chapter 17).

    Parameters
    ----------
    rows : sequence of float64 arrays, shape (n,)
        Per-row scores of each entry on the same rows.
    """
    if len(rows) < 2:
        return 0.0
    table = np.stack(rows) if higher_is_better else -np.stack(rows)
    n = table.shape[1]
    rng = np.random.default_rng(seed)
    drawn = np.stack([table @ rng.multinomial(n, np.full(n, 1 / n)) / n for _ in range(DRAWS)])
    own = table.mean(axis=1)
    chosen = drawn.argmax(axis=1)
    # Every draw is as lucky for a single entry as for another; only the choice is counted.
    luck = drawn[np.arange(DRAWS), chosen] - own[chosen] - (drawn - own).mean()
    return max(0.0, float(luck.mean()))
