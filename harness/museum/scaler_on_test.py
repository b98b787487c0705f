"""A scaler fitted again on the rows to predict, or on all rows; labels beside other rows' answers.

Three slips of one published notebook and its like. None of them need flatter: each makes the score
one of something else than what is handed in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from harness.competition import Competition, Labels, Probabilities
from harness.museum._exhibit import (
    Exhibit,
    asked,
    compare,
    fitted_before,
    honest_folds,
    out_of_fold,
    pipeline_of,
)

FOLDS, BATCH = 5, 20


def show(competition: Competition, *, seed: int) -> Exhibit:
    """Logistic regression on standardised columns."""
    X, y, k = competition.X, competition.y, competition.n_classes
    fold = honest_folds(competition, FOLDS, seed=seed)
    pipeline = pipeline_of(competition, "logistic", seed=seed, scaler="standard")
    honest = out_of_fold(pipeline, X, y, fold, k)
    model = pipeline[-1:]
    everywhere = fitted_before(pipeline, X, y)[1]
    other = np.empty(len(y), dtype=np.int64)
    random = np.random.default_rng(seed)
    for number in np.unique(fold):
        held = random.permutation(np.flatnonzero(fold == number))
        other[held] = np.roll(held, 1)
    return Exhibit(
        "scaler-on-test",
        (
            *compare(
                "scaler on all rows", y, out_of_fold(model, everywhere, y, fold, k), honest, fold
            ),
            *compare(
                "scaler again on the rows to predict",
                y,
                _scaled_again(pipeline, competition, fold, None),
                honest,
                fold,
            ),
            *compare(
                f"the same, {BATCH} rows at a time",
                y,
                _scaled_again(pipeline, competition, fold, BATCH),
                honest,
                fold,
            ),
            *compare("labels beside other rows' answers", y, honest[other], honest, fold),
        ),
        "A scaler fitted again on the rows to predict moves them to their own mean: many rows like "
        "the training ones barely notice, few or sorted ones lose what told them apart. Fitted on "
        "all rows it changes little, and still tells held-out rows' range. A confusion matrix that "
        "pairs labels with the answers for other rows shows chance, whatever the model.",
    )


def _scaled_again(
    pipeline: Any, competition: Competition, fold: Labels, batch: int | None
) -> Probabilities:
    """Out-of-fold rows scaled by themselves, all of a fold at once or in batches as they lie."""
    X, y, k = competition.X, competition.y, competition.n_classes
    oof = np.empty((len(y), k))
    position = [name for name, _ in pipeline.steps].index("scaler")
    for number in np.unique(fold):
        training, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        fitted = clone(pipeline).fit(X[training], y[training])
        for first in range(0, len(held), batch or len(held)):
            rows = held[first : first + (batch or len(held))]
            before = fitted[:position].transform(X[rows]) if position else X[rows]
            again = clone(pipeline[position]).fit_transform(before)
            behind = fitted[position + 1 : -1]
            oof[rows] = asked(fitted[-1], behind.transform(again) if len(behind) else again, k)
    return oof
