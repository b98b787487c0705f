"""What one column alone knows of the label: a histogram classifier, cross-validated.

A column is cut into bins of equally many rows (text and whole numbers that repeat: into their
values); the classifier is the class shares of a row's bin in the other folds, drawn to the prior by
`WEIGHT` rows. Its figure is the share of the labels' entropy that it explains on held-out rows:
1 - log-loss / log-loss of the prior. 0 is nothing, 1 gives the label away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.check._sheet import FOLDS, Sheet
from harness.competition import Labels, Probabilities

WEIGHT = 1.0
# Few bins see a broad trend, many a fine comb; each figure is the best of these.
BINS = (8, 32, 128)
ROWS_A_BIN = 30


def explained(sheet: Sheet, cells: NDArray[np.float32]) -> tuple[float, Labels]:
    """The share of the labels' entropy that a column's bins explain, at least 0; and the bins."""
    most = max(2, len(cells) // ROWS_A_BIN)
    ways = [binned(cells, bins) for bins in sorted({min(bins, most) for bins in BINS})]
    scored = [(share_explained(sheet, bins), bins) for bins in ways]
    return max(scored, key=lambda one: one[0])


def share_explained(sheet: Sheet, bins: Labels) -> float:
    """The same of any bins, shape (sampled rows,)."""
    y = sheet.y[sheet.rows]
    loss = float(-np.log(_of_true(bin_probabilities(sheet, bins), y)).mean())
    prior = bin_probabilities(sheet, np.zeros(len(y), dtype=np.int64))
    base = float(-np.log(_of_true(prior, y)).mean())
    return max(0.0, 1 - loss / base) if base > 0 else 0.0


def bin_probabilities(sheet: Sheet, bins: Labels) -> Probabilities:
    """Each sampled row's class shares in its bin in the other folds; float64, (rows, K)."""
    y, fold, classes = sheet.y[sheet.rows], sheet.folds, sheet.competition.n_classes
    width = int(bins.max()) + 1
    cell = (fold * width + bins) * classes + y
    counts = np.bincount(cell, minlength=FOLDS * width * classes).reshape(FOLDS, width, classes)
    others = counts.sum(axis=0) - counts
    prior = others.sum(axis=1, keepdims=True) + 0.5
    prior = prior / prior.sum(axis=2, keepdims=True)
    shares = others + WEIGHT * prior
    shares /= shares.sum(axis=2, keepdims=True)
    return shares[fold, bins]


def binned(cells: NDArray[np.float32], most: int) -> Labels:
    """Cells in at most `most` bins of equally many rows; a missing cell is a bin of its own.

    Where there are fewer different values, each is a bin.
    """
    filled = ~np.isnan(cells)
    known = cells[filled]
    bins = np.zeros(len(cells), dtype=np.int64)
    codes = np.unique(known, return_inverse=True)[1]
    if len(codes) and codes.max() >= most:
        # Equal cells share a rank, so they share a bin.
        codes = np.floor((rankdata(codes) - 0.5) * most / len(codes)).astype(np.int64)
    bins[filled] = codes + 1
    return np.unique(bins, return_inverse=True)[1].astype(np.int64)


def by_value(cells: NDArray[np.float32]) -> Labels:
    """Every different value as a bin; missing cells are one."""
    return np.unique(cells, return_inverse=True)[1].astype(np.int64)


def _of_true(proba: Probabilities, y: Labels) -> NDArray[np.float64]:
    return proba[np.arange(len(y)), y]
