"""What more training rows are worth: fold models see fewer rows than the model that is submitted.

Cross-validation judges models that trained on (k-1)/k of the rows; the final model trains on all
of them, and is better by an amount that can be a tenth of the score and more for models that
overfit. A few more fits, each leaving out two folds at once, measure it: they predict the rows of
both folds, which the fold models predicted too, from still fewer rows. With the simplest learning
curve, ``loss(n) = a + b / n`` (the power law of Cortes et al., "Learning curves: asymptotic values
and rate of convergence", NIPS 1993, with exponent 1), the step from n1 to n0 rows gives the step
from n0 to all N.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.competition import LEFT_OUT, FloatMatrix, Labels, Probabilities
from harness.evaluate.clusters import variance_of_mean
from harness.evaluate.crossval import fit_pipeline, fitting, in_class_order
from harness.matrices import rows_for

FITS = 2
# Of fewer rows, or groups of rows, a step within so many errors is taken for noise.
FEW_UNITS, NOISE = 200, 2.0


@dataclass(frozen=True)
class Less:
    """Held-out predictions of models that trained on fewer rows than the fold models.

    Attributes
    ----------
    rows : int64 array, shape (s,)
        Which training rows were predicted.
    proba : float64 array, shape (s, K)
    shares : float64 array, shape (s, K)
        Class shares of the rows that each row's model trained on.
    factor : float
        The step to all rows, as a multiple of the step from these models to the fold models.
    """

    rows: Labels
    proba: Probabilities
    shares: Probabilities
    factor: float


@dataclass(frozen=True)
class Gain:
    """How much a per-row score changes from the fold models to one fitted on all rows."""

    value: float
    error: float


def trained_on_less(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    *,
    n_classes: int,
    groups: Labels | None = None,
    fits: int = FITS,
) -> Less | None:
    """Fit `pipeline` without two folds at a time and predict both.

    Parameters
    ----------
    fold : int64 array, shape (n,)
        As cross-validation had it.
    groups : int64 array, shape (n,), optional
        For models that ask which rows belong together.
    groups : int64 array, shape (n,), optional
        Rows that may not be parted.
    fits : int
        How many pairs of folds; no fold is in two pairs.

    Returns
    -------
    Less, or None with so many folds that there is nothing to gain, or where a class with rows for
    every fold would be lost.
    """
    folds = int(fold.max()) + 1
    trains = fold != LEFT_OUT
    if folds > 50:
        return None
    rows, proba, shares, sizes = [], [], [], []
    for held_out, training in _parts(fold, trains, groups, fits):
        lost = np.setdiff1d(y[trains], y[training])
        one_left = len(np.unique(y[training])) < 2
        if one_left or (np.bincount(y)[lost] >= folds).any():
            return None
        # Of a class too small for every fold to train on, nothing is learned by either model.
        held_out = held_out[~np.isin(y[held_out], lost)]
        own = None if groups is None else groups[training]
        with fitting("fewer rows, to see what all are worth"):
            fitted = fit_pipeline(pipeline, rows_for(pipeline, X, training), y[training], own)
            found = fitted.predict_proba(rows_for(fitted, X, held_out))
        rows.append(held_out)
        proba.append(in_class_order(found, fitted.classes_, n_classes))
        counts = np.bincount(y[training], minlength=n_classes)
        shares.append(np.tile(counts / len(training), (len(held_out), 1)))
        sizes.append(len(training))
    total = int(trains.sum())
    less = float(np.mean(sizes))
    more = total - (total - less) / 2 if folds > 2 else _training_size(fold, trains)
    if not less < more < total:
        return None
    factor = (1 / more - 1 / total) / (1 / less - 1 / more)
    return Less(np.concatenate(rows), np.concatenate(proba), np.concatenate(shares), factor)


def _training_size(fold: Labels, trains: NDArray[np.bool_]) -> float:
    """Rows that a fold's model trains on, on average."""
    return float(np.mean([(trains & (fold != one)).sum() for one in range(int(fold.max()) + 1)]))


def _parts(
    fold: Labels, trains: NDArray[np.bool_], groups: Labels | None, fits: int
) -> Iterator[tuple[Labels, Labels]]:
    """For each fit the rows to predict and the rows to train on."""
    folds = int(fold.max()) + 1
    if folds > 2:
        for pair in range(min(fits, folds // 2)):
            both = (fold == 2 * pair) | (fold == 2 * pair + 1)
            yield np.flatnonzero(both), np.flatnonzero(trains & ~both)
        return
    rng = np.random.default_rng(0)
    share = _training_size(fold, trains) / trains.sum()
    for number in range(folds):
        training = np.flatnonzero(trains & (fold != number))
        units = training if groups is None else groups[training]
        kept = rng.permutation(np.unique(units))
        kept = kept[: max(1, round(share * len(kept)))]
        yield np.flatnonzero(fold == number), training[np.isin(units, kept)]


def gain(
    less: NDArray[np.float64],
    more: NDArray[np.float64],
    factor: float,
    units: Labels | None = None,
) -> Gain:
    """The expected change of a score, from per-row scores of the same rows.

    Parameters
    ----------
    less, more : float64 arrays, shape (s,)
        Scores of each row by a model that trained on less, and by its fold model.
    factor : float
        `Less.factor`.
    units : int64 array, shape (s,), optional
        Rows with the same number are no draws of their own.

    Returns
    -------
    Gain
        Shrunk towards 0 where the measured step is within its own noise (the positive part of
        James and Stein's estimator), so that noise isn't added where there is nothing to correct.
        Of few units nothing is kept within two errors: their error is itself a guess.
    """
    step = more - less
    mean, drawn = float(step.mean()), len(step) if units is None else len(np.unique(units))
    error = math.sqrt(variance_of_mean(step, units))
    noise = mean == 0 or (drawn < FEW_UNITS and abs(mean) < NOISE * error)
    kept = 0.0 if noise or not math.isfinite(error) else max(0.0, 1 - (error / mean) ** 2)
    return Gain(factor * kept * mean, factor * error)
