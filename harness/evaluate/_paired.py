"""Differences between two treatments of the same rows, with an error that doesn't flatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.evaluate.metrics import correct_rows

# So many standard errors are never noise, over all the questions that an audit asks.
BEYOND_NOISE = 4.0


@dataclass(frozen=True)
class Difference:
    """A mean of per-row differences and its standard error."""

    value: float
    error: float

    @property
    def beyond_noise(self) -> bool:
        """Whether it is above 0 by more than noise."""
        return self.value > BEYOND_NOISE * self.error and self.value > 0

    def __str__(self) -> str:
        return f"{self.value:+.4f} ± {self.error:.4f}"


def difference(rows: NDArray[np.float64], folds: Labels, units: Labels | None = None) -> Difference:
    """The mean of `rows` with its standard error.

    The error is the larger of two: over units that vary independently (rows, or groups of rows),
    and over folds, whose rows share a model.

    Parameters
    ----------
    rows : float64 array, shape (s,)
    folds, units : int64 arrays, shape (s,)
    """
    centred = rows - rows.mean()
    units = np.arange(len(rows)) if units is None else np.unique(units, return_inverse=True)[1]
    sums = np.bincount(units, weights=centred)
    errors = [0.0]
    if len(sums) > 1:
        errors.append(math.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(rows))
    codes = np.unique(folds, return_inverse=True)[1]
    by_fold = np.bincount(codes, weights=rows) / np.bincount(codes)
    if len(by_fold) > 2:
        errors.append(float(by_fold.std(ddof=1) / math.sqrt(len(by_fold))))
    return Difference(float(rows.mean()), max(errors))


def hits(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
    """1.0 where the most probable class is the true one; shape (s,)."""
    return correct_rows(y, proba.argmax(axis=1))


def own(y: Labels, proba: Probabilities) -> NDArray[np.float64]:
    """The probability on the true class; shape (s,)."""
    return proba[np.arange(len(y)), y]


@dataclass(frozen=True)
class Judged:
    """Held-out rows and what was said of them: classes, folds, units, probabilities."""

    y: Labels
    folds: Labels
    units: Labels
    proba: Probabilities


def gain(one: Judged, other: Judged) -> tuple[Difference, Difference]:
    """How much `one` is better than `other` on the same rows: in accuracy and in probability.

    The probability is the one on the true class: a few overconfident rows can't hide a gain in it,
    as they can in log-loss.
    """
    return (
        difference(hits(one.y, one.proba) - hits(other.y, other.proba), one.folds, one.units),
        difference(own(one.y, one.proba) - own(other.y, other.proba), one.folds, one.units),
    )


def above_chance(
    dealt: Sequence[tuple[Judged, Probabilities]],
) -> tuple[Difference, Difference, float]:
    """How much better than chance labels were met that were dealt at random.

    Parameters
    ----------
    dealt : sequence of (judged rows, each row's chance to have been dealt each class)
        One a permutation.

    Returns
    -------
    accuracy above chance, probability on the true class above chance, accuracy that chance has

    Notes
    -----
    Predictions that know nothing of the held-out labels meet them as often as the share of the
    class they name, whatever they are: the difference has mean 0. Its error needs no assumption
    about the model.
    """
    accuracy, probability, chance = [], [], []
    folds: list[Labels] = []
    units: list[Labels] = []
    for judged, shares in dealt:
        named = judged.proba.argmax(axis=1)
        by_chance = own(named, shares)
        accuracy.append(hits(judged.y, judged.proba) - by_chance)
        probability.append(own(judged.y, judged.proba) - (judged.proba * shares).sum(axis=1))
        chance.append(by_chance)
        # Every permutation deals its own units, and fits its own folds.
        folds.append(_apart(folds, judged.folds))
        units.append(_apart(units, judged.units))
    where, who = np.concatenate(folds), np.concatenate(units)
    return (
        difference(np.concatenate(accuracy), where, who),
        difference(np.concatenate(probability), where, who),
        float(np.concatenate(chance).mean()),
    )


def _apart(before: Sequence[Labels], codes: Labels) -> Labels:
    return codes - codes.min() + (before[-1].max() + 1 if before else 0)
