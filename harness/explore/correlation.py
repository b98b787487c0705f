"""Correlations of the number columns with each other, and the pairs beyond a threshold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.explore.look import Look, Numbers

# A matrix of that size takes 128 MB.
MOST_COLUMNS = 4000
# Two points always lie on a line.
FEWEST_ROWS = 3


@dataclass(frozen=True)
class Pair:
    """Two number columns, by position among them, and their correlation."""

    one: int
    other: int
    r: float


@dataclass(frozen=True, eq=False)
class Correlations:
    """Pearson's correlations of `columns` with each other.

    Attributes
    ----------
    columns : int64 array, shape (c,)
        Positions among the number columns: all of them, or some evenly spaced ones of very many.
    matrix : float64 array, shape (c, c)
        NaN where a column is constant or two columns share fewer than three rows.
    threshold : float
    total : int
        How many pairs have a correlation.
    pairs : tuple of Pair
        Those with an absolute correlation above the threshold, the strongest first.
    """

    columns: NDArray[np.int64]
    matrix: Numbers
    threshold: float
    total: int
    pairs: tuple[Pair, ...]

    @cached_property
    def values(self) -> Numbers:
        """Each pair's correlation once, shape (total,)."""
        above = self.matrix[np.triu_indices(len(self.columns), k=1)]
        return above[~np.isnan(above)]


def correlations_of(look: Look, threshold: float) -> Correlations:
    """Correlations of the columns in the pictures.

    Parameters
    ----------
    threshold : float
        0 to 1.
    """
    width = len(look.columns)
    columns = np.arange(width)
    if width > MOST_COLUMNS:
        columns = np.unique(np.linspace(0, width - 1, MOST_COLUMNS).astype(np.int64))
    matrix = correlation_matrix(look.scaled[:, columns])
    upper = np.triu(np.ones(matrix.shape, dtype=bool), k=1)
    total = int((upper & ~np.isnan(matrix)).sum())
    # A comparison with NaN is False: columns without a correlation are in no pair.
    found = np.argwhere(upper & (np.abs(matrix) > threshold))
    strength = matrix[found[:, 0], found[:, 1]]
    order = np.argsort(-np.abs(strength), kind="stable")
    pairs = tuple(
        Pair(int(columns[i]), int(columns[j]), float(r))
        for (i, j), r in zip(found[order], strength[order], strict=True)
    )
    return Correlations(columns, matrix, threshold, total, pairs)


def correlation_matrix(values: Numbers) -> Numbers:
    """Pearson's correlations, each over the rows in which neither cell is missing.

    Parameters
    ----------
    values : float64 array, shape (n, d)
        NaN where missing; of moderate size, such as standardised ones.

    Returns
    -------
    float64 array, shape (d, d), within [-1, 1]
        NaN where a column is constant over the common rows, or these are fewer than three.
    """
    there = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    # The sums of each column over the rows that it shares with each other one.
    n = there.T @ there
    sums, squares, products = filled.T @ there, (filled**2).T @ there, filled.T @ filled
    enough = n >= FEWEST_ROWS
    n = np.where(enough, n, 1)
    variance = squares / n - (sums / n) ** 2
    covariance = products / n - (sums / n) * (sums.T / n)
    # What rounding leaves of a constant column's variance is no variance.
    varies = variance > 1e-12 * np.maximum(squares / n, 1e-300)
    defined = enough & varies & varies.T
    root = np.sqrt(np.where(defined, variance * variance.T, 1))
    return np.where(defined, np.clip(covariance / root, -1, 1), np.nan)


def block_counts(pairs: Sequence[Pair], look: Look) -> list[tuple[str, str, int]]:
    """How many of the pairs lie within and between the blocks, most first."""
    if not look.sections:
        return []
    block = {k: s for s, section in enumerate(look.sections) for k in section.columns.tolist()}
    counts = Counter(tuple(sorted((block[pair.one], block[pair.other]))) for pair in pairs)
    names = [section.name for section in look.sections]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(names[one], names[other], count) for (one, other), count in ordered]


def correlation_notes(found: Correlations, look: Look) -> tuple[str, ...]:
    """What the pictures of correlations leave out."""
    if len(found.columns) == len(look.columns):
        return ()
    shown, all_of_them = len(found.columns), len(look.columns)
    pairs = math.comb(all_of_them, 2)
    return (
        f"Correlations are those of {shown} evenly spaced columns of {all_of_them} "
        f"({found.total} of {pairs} pairs).",
    )
