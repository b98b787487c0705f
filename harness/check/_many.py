"""Many columns at once: what wide tables need, where a column at a time takes a minute.

A column that a look from here finds nothing in has nothing; the others are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.check._giving import BINS, ROWS_A_BIN, WEIGHT, bin_probabilities
from harness.check._sheet import FOLDS, Sheet
from harness.competition import Labels

# Cells, and counters, that are held at once.
AT_ONCE = 1 << 21


@dataclass(frozen=True)
class Told:
    """What columns explain, each by itself; float64 arrays of shape (columns,).

    Attributes
    ----------
    share : array
        Of the labels' entropy, by the best number of bins (see `harness.check._giving`).
    of_class : array
        The largest share that those bins explain of one class against all others.
    """

    share: NDArray[np.float64]
    of_class: NDArray[np.float64]


def pieces(columns: Labels, cells_each: int) -> Iterator[Labels]:
    """Columns, as many at a time as keep `AT_ONCE` cells."""
    step = max(1, AT_ONCE // max(1, cells_each))
    for start in range(0, len(columns), step):
        yield columns[start : start + step]


def distinct(sheet: Sheet) -> Labels:
    """How many different values each column of the sample has, missing cells not counted."""
    found = np.zeros(len(sheet.names), dtype=np.int64)
    for part in pieces(np.arange(len(sheet.names)), len(sheet.sample)):
        cells = np.sort(sheet.sample[:, part], axis=0)
        # Missing cells are last, and equal to nothing.
        fresh = (cells[1:] != cells[:-1]) & ~np.isnan(cells[1:])
        found[part] = fresh.sum(axis=0) + ~np.isnan(cells[0])
    return found


def told_by(sheet: Sheet, columns: Labels, classes: list[int]) -> Told:
    """What each of `columns` tells, for columns without gaps where most values stand once.

    Parameters
    ----------
    classes : list of int
        Those that are looked at one by one.
    """
    y, fold, many = sheet.y[sheet.rows], sheet.folds, sheet.competition.n_classes
    rows = np.arange(len(y))
    most = max(2, len(y) // ROWS_A_BIN)
    plain = bin_probabilities(sheet, np.zeros(len(y), dtype=np.int64))
    base = float(-np.log(plain[rows, y]).mean())
    best, of_class = np.zeros(len(columns)), np.zeros(len(columns))
    widest = max(len(y), FOLDS * max(BINS) * many)
    at = 0
    for part in pieces(columns, widest):
        here = slice(at, at + len(part))
        at += len(part)
        ranks = rankdata(sheet.sample[:, part], axis=0)
        scored = np.full(len(part), -np.inf)
        for bins in sorted({min(bins, most) for bins in BINS}):
            codes = np.floor((ranks - 0.5) * bins / len(y)).astype(np.int64)
            shares = _shares(codes, y, fold, bins, many)
            column = np.arange(len(part))
            loss = -np.log(shares[column, fold[:, None], codes, y[:, None]]).mean(axis=0)
            share = np.maximum(0.0, 1 - loss / base) if base > 0 else np.zeros(len(part))
            better = share > scored
            scored[better] = share[better]
            for kind in classes if better.any() else []:
                p = shares[column, fold[:, None], codes, kind]
                told = _of_one(p, y == kind)
                first = kind == classes[0]
                old = -np.inf if first else of_class[here][better]
                of_class[here.start + np.flatnonzero(better)] = np.maximum(old, told[better])
        best[here] = scored
    return Told(best, of_class)


def _shares(codes: Labels, y: Labels, fold: Labels, bins: int, classes: int) -> NDArray[np.float64]:
    """Class shares of each column's bins in the other folds, (columns, folds, bins, classes)."""
    many = codes.shape[1]
    cell = ((np.arange(many) * FOLDS + fold[:, None]) * bins + codes) * classes + y[:, None]
    size = many * FOLDS * bins * classes
    counts = np.bincount(cell.ravel(), minlength=size).reshape(many, FOLDS, bins, classes)
    others = counts.sum(axis=1, keepdims=True) - counts
    prior = others.sum(axis=2, keepdims=True) + 0.5
    prior = prior / prior.sum(axis=3, keepdims=True)
    shares = others + WEIGHT * prior
    shares /= shares.sum(axis=3, keepdims=True)
    return np.asarray(shares)


def _of_one(p: NDArray[np.float64], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of one class's entropy that its probabilities explain, column by column."""
    prior = float(own.mean())
    p = np.clip(np.where(own[:, None], p, 1 - p), 1e-9, 1)
    base = -(prior * np.log(prior) + (1 - prior) * np.log(1 - prior))
    return np.asarray(1 + np.log(p).mean(axis=0) / base)


def order_correlations(sheet: Sheet, columns: Labels) -> NDArray[np.float64]:
    """Rank correlations of columns without gaps with the row number; 0 for a constant."""
    place = rankdata(sheet.rows)
    place = (place - place.mean()) / place.std()
    found = np.zeros(len(columns))
    at = 0
    for part in pieces(columns, len(sheet.rows)):
        ranks = rankdata(sheet.sample[:, part], axis=0)
        ranks -= ranks.mean(axis=0)
        spread = ranks.std(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = (place @ ranks) / (len(place) * spread)
        found[at : at + len(part)] = np.nan_to_num(rho)
        at += len(part)
    return found


def finite(sheet: Sheet) -> NDArray[np.bool_]:
    """Columns of the sample without a missing or infinite cell."""
    return np.asarray(np.isfinite(sheet.sample).all(axis=0))
