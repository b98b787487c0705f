"""Which rows are held out together. A split is one int64 array: each row's fold, 0..k-1."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedKFold

from harness.competition import Competition, Labels
from harness.errors import DataError


def stratified(competition: Competition, *, folds: int, seed: int) -> Labels:
    """Folds with the classes' shares kept, rows shuffled by `seed`; int64, shape (n,)."""
    counts = competition.counts
    short = [
        f"{competition.class_names[k]} ({counts[k]})"
        for k in range(competition.n_classes)
        if counts[k] < folds
    ]
    if short:
        raise DataError(
            f"{folds} folds need {folds} rows of every class; too few in {', '.join(short)}",
            where=competition.name,
            todo=(
                f"use --cv {counts.min()}, or merge or drop the small classes"
                if counts.min() > 1
                else "merge or drop the classes with a single row, or collect more of them"
            ),
        )
    fold = np.empty(len(competition.y), dtype=np.int64)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(splitter.split(competition.y, competition.y)):
        fold[held_out] = number
    return fold
