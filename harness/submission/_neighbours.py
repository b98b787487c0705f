"""Which rows of a competition lie near which, and how far labels of neighbours agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, FloatMatrix, Labels

# Neighbours are looked up among so many rows, and not among fewer than the other number.
MOST_ROWS, FEWEST_ROWS = 2000, 100

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Near:
    """Which rows lie near which: positions, of a draw from each matrix.

    Attributes
    ----------
    train_rows, train_nearest : int64 arrays
        Training rows, and the nearest other one of each.
    rows, nearest, across : int64 arrays
        Test rows, the nearest other one of each, and the nearest training row.
    """

    train_rows: Labels
    train_nearest: Labels
    rows: Labels
    nearest: Labels
    across: Labels


@dataclass(frozen=True)
class Agreement:
    """How much more often neighbours agree than by chance: 0 by chance, 1 always."""

    share: float
    chance: float
    beyond: float
    error: float


# Of the competition that was looked at last, by its fingerprint: many files need them once.
_KEPT: dict[str, Near] = {}


def agreement(labels: Labels, rows: Labels, nearest: Labels) -> Agreement | None:
    own, other = labels[rows], labels[nearest]
    shares = np.bincount(labels) / len(labels)
    chance = float((shares**2).sum())
    if chance > 1 - 1e-9:
        return None
    share = float((own == other).mean())
    error = np.sqrt(chance * (1 - chance) / len(own)) / (1 - chance)
    return Agreement(share, chance, (share - chance) / (1 - chance), float(error))


def neighbours(competition: Competition) -> Near | None:
    """The neighbours among a draw of rows; None where there are too few."""
    X, X_test = competition.X, competition.X_test
    if X_test is None or min(len(X), len(X_test)) < FEWEST_ROWS or not competition.columns:
        return None
    key = competition.fingerprint
    if key not in _KEPT or not key:
        _KEPT.clear()
        text = list(competition.text)
        train_rows, test_rows = _drawn(len(X)), _drawn(len(X_test))
        train, values = _table(X[train_rows], text)
        test, _ = _table(X_test[test_rows], text, values)
        _KEPT[key] = Near(
            train_rows,
            train_rows[_nearest(train, train, same=True)],
            test_rows,
            test_rows[_nearest(test, test, same=True)],
            train_rows[_nearest(test, train)],
        )
    return _KEPT[key]


def _drawn(rows: int) -> Labels:
    count = min(rows, MOST_ROWS)
    return np.sort(np.random.default_rng(0).choice(rows, count, replace=False))


def _nearest(table: Shares, other: Shares, *, same: bool = False) -> Labels:
    """The position in `other` of each row's nearest; of the `same` rows no row is its own."""
    distance = (table**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * table @ other.T
    if same:
        np.fill_diagonal(distance, np.inf)
    return distance.argmin(axis=1)


def _table(
    X: FloatMatrix, text: list[int], values: Sequence[Shares] | None = None
) -> tuple[Shares, list[Shares]]:
    """Columns of one spread: ranks of numbers, and 0 or 1 for text; and the texts that count.

    By ranks, so that one far value doesn't decide all distances. Ranks of the training and of the
    test rows compare where both are draws of the same.
    """
    part = np.array(X, dtype=np.float64)
    numbers = np.delete(part, text, axis=1)
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    ranks = np.full(numbers.shape, 0.5)
    for k in range(numbers.shape[1]):
        there = np.isfinite(known[:, k])
        if there.any():
            ranks[there, k] = ranks_of(known[there, k])
    frequent = [_frequent(part[:, k]) for k in text] if values is None else list(values)
    shown = [
        (part[:, k][:, None] == kept).astype(np.float64) / np.sqrt(2)
        for k, kept in zip(text, frequent, strict=True)
    ]
    return np.concatenate([ranks, *shown], axis=1), frequent


def ranks_of(values: Shares) -> Shares:
    """Ranks between 0 and 1; equal values get the mean of theirs."""
    _, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Shares = (np.cumsum(counts) - counts / 2) / len(values)
    return means[code]


def _frequent(column: Shares, most: int = 50) -> Shares:
    """The most frequent values of a text column."""
    values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
    return values[np.argsort(-counts, kind="stable")[:most]]
