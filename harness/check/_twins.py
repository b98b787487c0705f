"""Copies and near copies among all rows, and the groups that keep them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from harness.check._copies import (
    copy_codes,
    equal_by_chance,
    equal_shares,
    sharing,
    sharing_rare_values,
)
from harness.check._near import Near, find_near, usable
from harness.check._sheet import Sheet
from harness.competition import Labels


@dataclass(frozen=True)
class Pairs:
    """Near copies, each pair once, in the rows' order; arrays of shape (pairs,).

    Attributes
    ----------
    one, other : int64
        The rows; `one` comes first.
    ratio : float64
        Their distance over that of the 10th nearest row; NaN where it wasn't measured.
    same : float64
        The share of the varying columns in which they are equal.
    """

    one: Labels
    other: Labels
    ratio: NDArray[np.float64]
    same: NDArray[np.float64]

    def only(self, which: NDArray[Any]) -> Pairs:
        """Some of the pairs, or all in another order."""
        return Pairs(self.one[which], self.other[which], self.ratio[which], self.same[which])


@dataclass(frozen=True)
class Beside:
    """How often a row's nearest row of another group stands beside it in the file."""

    rows: int
    share: float
    chance: float


@dataclass(frozen=True)
class Twins:
    """What the rows have to do with each other. Test rows count on after the training rows.

    Attributes
    ----------
    codes : int64 array, shape (n + m,)
        Equal where rows are copies.
    by_chance : bool
        Whether the columns hold so few values that copies prove nothing.
    pairs : Pairs
        Near copies, no exact ones among them; one of each set of exact copies stands for all.
    asked : int
        The number of training rows whose near copies were looked for; 0 where none could be.
    groups : int64 array, shape (n,), or None
        The groups that keep copies, near copies and the known groups together.
    """

    codes: Labels
    by_chance: bool
    pairs: Pairs
    asked: int
    groups: Labels | None
    beside: Beside | None

    def sets(self) -> list[Labels]:
        """Rows that are copies of each other, two or more in a set, in the rows' order."""
        order = np.argsort(self.codes, kind="stable")
        counts = np.bincount(self.codes)
        starts = np.cumsum(counts) - counts
        found = [order[starts[k] : starts[k] + counts[k]] for k in np.flatnonzero(counts > 1)]
        return sorted(found, key=lambda rows: int(rows[0]))


def find_twins(sheet: Sheet) -> Twins:
    """Look for exact copies among all rows, and for near copies of as many rows as time allows."""
    columns = np.array([k for k in range(len(sheet.names)) if k not in sheet.row_ids])
    varying = columns[~sheet.train.constant[columns]] if len(columns) else columns
    codes = copy_codes(sheet, columns.astype(np.int64))
    by_chance = equal_by_chance(sheet, varying)
    near, pairs = None, _pairs(sheet, varying, np.empty((0, 2), dtype=np.int64), np.empty(0))
    if not by_chance:
        rows = np.unique(codes, return_index=True)[1]
        rows.sort()
        near = find_near(sheet, usable(sheet, varying), rows)
        shared = np.concatenate(
            [sharing(sheet, varying, rows), sharing_rare_values(sheet, varying, rows)]
        )
        ends, ratio = near.pairs() if near else (shared[:0], np.empty(0))
        ratio = np.concatenate([ratio, np.full(len(shared), np.nan)])
        pairs = _pairs(sheet, varying, np.concatenate([ends, shared]), ratio)
    return Twins(
        codes,
        by_chance,
        pairs,
        len(near.rows) if near else 0,
        None if by_chance else _groups(sheet, codes, pairs),
        _beside(sheet, near) if near else None,
    )


def _pairs(sheet: Sheet, columns: Labels, ends: Labels, ratio: NDArray[np.float64]) -> Pairs:
    """Pairs of which one is a training row, each once; a measured ratio goes before none."""
    ends = np.sort(ends, axis=1)
    kept = ends[:, 0] < len(sheet.X)
    ends, first = np.unique(ends[kept], axis=0, return_index=True)
    ratio = ratio[kept][first]
    return Pairs(ends[:, 0], ends[:, 1], ratio, equal_shares(sheet, columns, ends))


def _groups(sheet: Sheet, codes: Labels, pairs: Pairs) -> Labels | None:
    """Connected components of the training rows under copies, near copies and known groups."""
    n = len(sheet.X)
    inside = pairs.only((pairs.one < n) & (pairs.other < n))
    # Each row points to the first of its kind.
    _, first, code = np.unique(codes[:n], return_index=True, return_inverse=True)
    one, other = [np.arange(n), inside.one], [first[code], inside.other]
    if sheet.groups is not None:
        _, first, code = np.unique(sheet.groups, return_index=True, return_inverse=True)
        one, other = [*one, np.arange(n)], [*other, first[code]]
    ends = np.concatenate(one), np.concatenate(other)
    graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(n, n))
    number, groups = connected_components(graph, directed=False)
    return groups.astype(np.int64) if number < n else None


def _beside(sheet: Sheet, near: Near) -> Beside:
    n = len(sheet.X)
    own = sheet.groups if sheet.groups is not None else np.arange(n)
    train = near.neighbours < n
    at = np.where(train, near.neighbours, 0)
    # Near copies are told by themselves.
    fits = train & (own[at] != own[near.rows][:, None]) & (near.ratios >= near.cut)
    known = fits.any(axis=1)
    rows, nearest = near.rows[known], at[known, fits[known].argmax(axis=1)]
    of_class = sheet.competition.counts[sheet.y]
    chance = np.zeros(n)
    for step in (-1, 1):
        there = np.arange(n) + step
        valid = (there >= 0) & (there < n)
        valid[valid] &= own[there[valid]] != own[valid]
        chance[valid] += 1 / of_class[there[valid]]
    share = float((np.abs(rows - nearest) == 1).mean()) if len(rows) else 0.0
    return Beside(len(rows), share, float(chance[rows].mean()) if len(rows) else 0.0)
