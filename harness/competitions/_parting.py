"""Rows parted in two: the classes' shares kept, and rows that belong together on one side."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from harness.competition import FloatMatrix, Labels

Mask = NDArray[np.bool_]

# Where more rows than this share are copies, the features are too few to tell rows apart, and
# copies say nothing of where a row comes from.
MOST_COPIES = 0.1


def units(groups: Labels | None, X: FloatMatrix) -> tuple[Labels, int]:
    """What stays together: groups, and rows that are copies of each other.

    Parameters
    ----------
    groups : int64 array, shape (n,), or None
    X : float32 array, shape (n, d)

    Returns
    -------
    units : int64 array, shape (n,)
        Rows with the same number belong together.
    copies : int
        How many rows are copies of another row; 0 where they weren't kept together.
    """
    rows = len(X)
    unit = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    same: dict[bytes, list[int]] = {}
    for row in range(rows):
        # A digest of each: the rows themselves may be larger than memory.
        same.setdefault(blake2b(X[row].tobytes()).digest(), []).append(row)
    sets = [found for found in same.values() if len(found) > 1]
    copies = sum(map(len, sets))
    if copies > MOST_COPIES * rows:
        return unit.astype(np.int64), 0
    first = np.arange(int(unit.max()) + 1)

    def root(number: int) -> int:
        while first[number] != number:
            number = int(first[number])
        return number

    for found in sets:
        roots = [root(int(unit[row])) for row in found]
        first[roots] = min(roots)
    roots_of = np.array([root(number) for number in range(len(first))])
    return np.unique(roots_of[unit], return_inverse=True)[1].astype(np.int64), copies


def draw(unit: Labels, y: Labels, share: float, rng: np.random.Generator) -> Mask:
    """A part of the rows: whole units, and `share` of every class as nearly as they allow.

    Units of several rows come first, in a random order: one is taken where that brings the classes
    nearer to their shares. Rows by themselves then fill every class to its share.

    Parameters
    ----------
    unit : int64 array, shape (n,)
        Rows with the same number belong together.
    y : int64 array, shape (n,)
        Classes 0..K-1.
    share : float
        Between 0 and 1.

    Returns
    -------
    bool array, shape (n,)
    """
    classes = int(y.max()) + 1
    counts = np.bincount(y, minlength=classes)
    target = share * counts
    weight = 1 / np.maximum(counts, 1)
    codes = np.unique(unit, return_inverse=True)[1]
    sizes = np.bincount(codes)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(sizes)[:-1])
    taken = np.zeros(classes)
    chosen = np.zeros(len(y), dtype=bool)
    for number in rng.permutation(np.flatnonzero(sizes > 1)):
        rows = members[number]
        more = taken + np.bincount(y[rows], minlength=classes)
        if (weight * (more - target) ** 2).sum() < (weight * (taken - target) ** 2).sum():
            taken, chosen[rows] = more, True
    alone = rng.permutation(np.flatnonzero(sizes[codes] == 1))
    wanted = _whole(target - taken, share * len(y) - taken.sum(), rng)
    for k in range(classes):
        chosen[alone[y[alone] == k][: wanted[k]]] = True
    return chosen


def _whole(wanted: NDArray[np.float64], total: float, rng: np.random.Generator) -> Labels:
    """Whole numbers of rows: those of the largest remainders are rounded up until `total` fits."""
    wanted = np.maximum(wanted, 0)
    whole = np.floor(wanted + 1e-9).astype(np.int64)
    short = max(0, round(total) - int(whole.sum()))
    order = rng.permutation(len(wanted))
    order = order[np.argsort((whole - wanted)[order], kind="stable")]
    whole[[k for k in order if wanted[k] > whole[k] + 1e-9][:short]] += 1
    return whole


# Into how many parts a split is thought to deal rows, where `mixed` asks how many it would part.
PARTS = 5


def mixed(codes: Labels, names: Sequence[str], known: float) -> Labels:
    """Groups of which as many are taken apart as make a share of `known` of held-out rows known.

    Whole groups of held-out rows are never known; a row of a group that is taken apart is, unless
    all others of it are held out too. Which are taken apart follows from their names alone.

    Parameters
    ----------
    codes : int64 array, shape (n,)
        Each row's group, a position in `names`.
    known : float

    Returns
    -------
    int64 array, shape (n,)
        Codes of the groups that stay whole, and one of its own for every other row.
    """
    sizes = np.bincount(codes, minlength=len(names))
    knowing = sizes * (1 - (1 / PARTS) ** np.maximum(sizes - 1, 0))
    order = sorted(range(len(names)), key=lambda code: _order(names[code]))
    sums = np.cumsum(knowing[order])
    apart = np.zeros(len(names), dtype=bool)
    apart[order[: int(np.searchsorted(sums, known * len(codes)))]] = True
    alone = apart[codes]
    found = codes.copy()
    found[alone] = len(names) + np.arange(int(alone.sum()))
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _order(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()
