"""Columns chosen by the labels of all rows, held-out ones too, before the rows are split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.competition import Competition
from harness.museum._exhibit import (
    Comparison,
    Exhibit,
    compare,
    fitted_before,
    honest_folds,
    out_of_fold,
    pipeline_of,
)

FOLDS = 5
NOISE_COLUMNS, CHOSEN_OF_NOISE = 2000, 50


def show(competition: Competition, *, seed: int) -> Exhibit:
    """Logistic regression on the columns with the largest ANOVA F."""
    chosen = max(2, competition.X.shape[1] // 5)
    noise = np.random.default_rng(seed).standard_normal((len(competition.y), NOISE_COLUMNS))
    nothing = replace(
        competition,
        X=noise.astype(np.float32),
        X_test=None,
        columns=tuple(f"noise_{i}" for i in range(NOISE_COLUMNS)),
        blocks=(),
        text={},
    )
    return Exhibit(
        "select-before-split",
        (
            *_both(f"{chosen} of {competition.X.shape[1]} columns", competition, chosen, seed),
            *_both(
                f"{CHOSEN_OF_NOISE} of {NOISE_COLUMNS} columns of pure noise",
                nothing,
                CHOSEN_OF_NOISE,
                seed,
            ),
        ),
        "Columns that happen to fit the held-out labels were chosen for it. With few columns it "
        "hardly shows; with many, noise scores like knowledge (Hastie, Tibshirani, Friedman, "
        "section 7.10.2). Choose inside the fold (--reducer select:N).",
    )


def _both(what: str, competition: Competition, chosen: int, seed: int) -> tuple[Comparison, ...]:
    X, y, k = competition.X, competition.y, competition.n_classes
    fold = honest_folds(competition, FOLDS, seed=seed)
    pipeline = pipeline_of(
        competition, "logistic", seed=seed, scaler="standard", reducer=f"select:{chosen}"
    )
    honest = out_of_fold(pipeline, X, y, fold, k)
    wrong = out_of_fold(pipeline[-1:], fitted_before(pipeline, X, y)[1], y, fold, k)
    return compare(what, y, wrong, honest, fold)
