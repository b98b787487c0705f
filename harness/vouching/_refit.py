"""Folds fitted again, as the receipt says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from harness.competition import Labels, Probabilities
from harness.errors import DataError, UsageError
from harness.evaluate.crossval import Fold, cross_validate, fits_together, run_fold
from harness.plans import Plan


def fold_of(ready: Plan, entry: str, fold: int) -> tuple[Labels, int]:
    """The repeat that fold number `fold` (from 1) belongs to, and its number in there."""
    number = fold - 1
    if 0 <= number < ready.total:
        for own in ready.folds:
            count = int(own.max()) + 1
            if number < count:
                return own, number
            number -= count
    raise UsageError(
        f"{entry} has no fold {fold}",
        where="--fold",
        todo=f"its folds are 1 to {ready.total}",
    )


def fitted_again(
    ready: Plan, entry: str, numbers: Iterable[int], on_step: Callable[[str], None]
) -> dict[int, Probabilities]:
    """What the models of some folds (from 1) say of their held-out rows, fitted again."""
    competition, pipeline = ready.competition, ready.pipeline
    given: dict[str, Any] = {"n_classes": competition.n_classes, "groups": competition.groups}
    together: dict[int, list[Fold]] = {}
    found = {}
    for fold in numbers:
        on_step(f"fitting fold {fold} of {ready.total}")
        own, number = fold_of(ready, entry, fold)
        rows = (pipeline, competition.X, competition.y, own)
        if fits_together(pipeline, competition.X):
            first = fold - number
            if first not in together:
                together[first] = cross_validate(*rows, **given)
            proba = together[first][number].proba
        else:
            proba = run_fold(*rows, number, **given).proba
        if not np.isfinite(proba).all():
            raise DataError("the model gave probabilities that are not finite numbers")
        found[fold] = proba
    return found
