"""Rows split at random where the competition's own split keeps artists and albums apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from harness.competition import LEFT_OUT, Competition, Probabilities
from harness.evaluate import splits
from harness.evaluate._planting import take
from harness.museum._exhibit import Exhibit, asked, compare, out_of_fold, pipeline_of

FOLDS, REPEATS = 3, 3


def show(competition: Competition, *, seed: int) -> Exhibit:
    """Logistic regression; the same rows scored, as many rows trained on."""
    if competition.predefined is None:
        return Exhibit("random-split", absent="the competition has no split of its own")
    own = splits.make(competition, "predefined", folds=FOLDS, seed=seed)[0]
    rows = np.flatnonzero(own != LEFT_OUT)
    given, own = replace(take(competition, rows), groups=None), own[rows]
    X, y, k = given.X, given.y, given.n_classes
    pipeline = pipeline_of(given, "logistic", seed=seed, scaler="standard")
    judged = np.flatnonzero(own >= 0)
    honest = out_of_fold(pipeline, X, y, own, k)[judged]
    size = round(np.mean([(own != number).sum() for number in np.unique(own[judged])]))
    wrong = [_at_random(pipeline, given, size, seed + turn)[judged] for turn in range(REPEATS)]
    return Exhibit(
        "random-split",
        compare(
            f"the same {len(judged)} rows, about {size} to train on, logistic",
            np.tile(y[judged], REPEATS),
            np.concatenate(wrong),
            np.tile(honest, (REPEATS, 1)),
            np.tile(own[judged], REPEATS),
            units=np.tile(judged, REPEATS),
        ),
        "Songs of one artist sound alike, recording and all. Drawn at random they stand on both "
        "sides; the competition's own split keeps them apart, as new artists are.",
    )


def _at_random(pipeline: Any, given: Competition, size: int, seed: int) -> Probabilities:
    """Every row's probabilities by a model that was trained on `size` other rows, at random."""
    fold = splits.stratified(given, folds=FOLDS, seed=seed)
    random = np.random.default_rng(seed)
    oof = np.empty((len(fold), given.n_classes))
    for number in range(FOLDS):
        training = random.permutation(np.flatnonzero(fold != number))[:size]
        fitted = clone(pipeline).fit(given.X[training], given.y[training])
        held = np.flatnonzero(fold == number)
        oof[held] = asked(fitted, given.X[held], given.n_classes)
    return oof
