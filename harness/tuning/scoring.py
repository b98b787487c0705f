"""What a trial is scored by: its probabilities, about as calibrated as its entry's would be.

An entry's probabilities are calibrated where that is better (`harness.court`). A search that scored
the models' own would choose settings for their calibration, which can be had for nothing, at the
cost of what can't. A temperature across folds is most of it, and cheap enough for every trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness import court
from harness.competition import Competition, Probabilities
from harness.evaluate import metrics
from harness.evaluate.calibration import Predictions, cross_fitted, parts_of
from harness.evaluate.crossval import Fold
from harness.plans import Judged, Plan

# A single fold's rows are put into so many parts that calibrate each other.
PARTS = 5


def scored(ready: Plan, judged: Judged, metric: str) -> Probabilities:
    """The probabilities of `judged` that `metric` is to score; float64, shape (s, K).

    The model's own where the fit won't be calibrated, where labels are scored, and with a single
    fold, after which no entry is calibrated either.

    Parameters
    ----------
    judged : Judged
        Any number of the folds of `ready`.
    """
    labels = metrics.metric(metric).eats == "labels"
    if labels or not ready.settings.calibrate or ready.total < 2:
        return judged.oof
    given = court.predictions(ready, judged)
    if len(np.unique(given.folds)) < 2:
        given = replace(given, folds=np.unique(units_of(given), return_inverse=True)[1] % PARTS)
    if len(np.unique(parts_of(given.rows, given.folds))) < 2:
        return judged.oof
    return cross_fitted("prior+temperature" if given.shifted else "temperature", given)


def together(competition: Competition, folds: Sequence[Fold]) -> Judged:
    """What the first folds of a cross-validation held out, fold after fold."""
    rows = np.concatenate([fold.held_out for fold in folds])
    return Judged(
        rows=rows,
        y=competition.y[rows],
        folds=np.repeat(np.arange(len(folds)), [len(fold.held_out) for fold in folds]),
        oof=np.concatenate([fold.proba for fold in folds]),
    )


def units_of(given: Predictions) -> np.ndarray:
    """Which predictions vary together."""
    return given.rows if given.units is None else given.units
