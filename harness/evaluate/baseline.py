"""The row to beat: what the class frequencies alone score."""

from __future__ import annotations

import numpy as np

from harness.competition import LEFT_OUT, Labels, Probabilities


def prior_probabilities(y: Labels, fold: Labels, n_classes: int) -> Probabilities:
    """The class shares of each row's training part; float64, shape (n, K).

    Parameters
    ----------
    y : int64 array, shape (n,)
    fold : int64 array, shape (n,)
        Each row's fold, as `harness.evaluate.splits` makes it. Rows that are never held out get
        the shares of all rows that train.
    """
    proba = np.empty((len(y), n_classes))
    trains = fold != LEFT_OUT
    for number in np.unique(fold):
        part = trains if number < 0 else trains & (fold != number)
        counts = np.bincount(y[part], minlength=n_classes)
        proba[fold == number] = counts / max(1, counts.sum())
    return proba


def prior_of(y: Labels, rows: Labels, folds: Labels, n_classes: int) -> Probabilities:
    """The class shares behind each prediction of an entry: those of all rows outside its fold.

    Parameters
    ----------
    y : int64 array, shape (n,)
        All training rows' classes.
    rows, folds : int64 arrays, shape (s,)
        Which row each prediction is of, and the fold that held it out.

    Returns
    -------
    float64 array, shape (s, K)
    """
    proba = np.empty((len(rows), n_classes))
    total = np.bincount(y, minlength=n_classes)
    for number in np.unique(folds):
        own = folds == number
        counts = total - np.bincount(y[rows[own]], minlength=n_classes)
        # Where a fold holds all rows, nothing is known: every class alike.
        proba[own] = counts / counts.sum() if counts.any() else 1 / n_classes
    return proba
