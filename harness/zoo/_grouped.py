"""Training rows parted once more, groups whole: to watch, or to calibrate on.

A model whose `fit` takes ``groups`` is told which of its rows belong together (see
`harness.evaluate.fitting`). Rows of one song on both sides of an inner split make the watched loss,
and the margins that a calibrator learns from, better than a new song's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError


def watch_groups(
    y: NDArray, groups: Any, share: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Which rows to watch: whole groups, about a share of each class, never all of a class.

    Parameters
    ----------
    y : int array, shape (n,)
    groups : array, shape (n,)
    """
    codes, table = _table(y, groups)
    counts = table.sum(axis=0)
    taken, chosen = np.zeros_like(counts), np.zeros(len(table), dtype=bool)
    order = random.permutation(len(table))
    for group in order:
        own = table[group]
        within = (taken + own / 2 <= share * counts) & (taken + own < counts)
        if within[own > 0].all():
            chosen[group] = True
            taken += own
    if not chosen.any():
        # Each is larger than its share: the smallest that no class needs.
        can = [group for group in order if (table[group] < counts)[table[group] > 0].all()]
        chosen[sorted(can, key=lambda group: table[group].sum())[:1]] = True
    return chosen[codes]


def deal_groups(
    y: NDArray, groups: Any, folds: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Each row's fold: groups whole, classes spread; -1 for groups that always train.

    Every fold's training part holds every class: a group without which it wouldn't always trains.

    Parameters
    ----------
    y : int array, shape (n,)
    groups : array, shape (n,)
    """
    codes, table = _table(y, groups)
    shares = table / table.sum(axis=0)
    loads = np.zeros((folds, table.shape[1]))
    fold = np.full(len(table), -1, dtype=np.int64)
    order = random.permutation(len(table))
    # Large groups first: the small ones even out what they leave.
    for group in order[np.argsort(-table[order].sum(axis=1), kind="stable")]:
        # What the sum of squared loads grows by is least where its classes are fewest.
        fold[group] = int((loads @ shares[group]).argmin())
        loads[fold[group]] += shares[group]
    for label in range(table.shape[1]):
        holding = np.flatnonzero(table[:, label])
        if len(np.unique(fold[holding])) == 1 and fold[holding[0]] >= 0:
            fold[holding[0]] = -1
    return fold[codes]


def checked(groups: Any, rows: int) -> NDArray | None:
    """Groups as an array, one a row; None stays None."""
    if groups is None:
        return None
    groups = np.asarray(groups)
    if groups.shape != (rows,):
        raise DataError(f"groups have shape {groups.shape}, but there are {rows} rows")
    return groups


def _table(y: NDArray, groups: Any) -> tuple[NDArray, NDArray]:
    """Each row's group, 0..G-1, and how many rows of each class a group has, (G, K)."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    labels = np.unique(y, return_inverse=True)[1]
    table = np.zeros((int(codes.max()) + 1, int(labels.max()) + 1), dtype=np.int64)
    np.add.at(table, (codes, labels), 1)
    return codes, table
