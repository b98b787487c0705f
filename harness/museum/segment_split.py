"""Parts of one song on both sides of a random split: songs are recognised, not genres."""

from __future__ import annotations

import numpy as np

from harness.competition import Competition
from harness.evaluate import splits
from harness.museum._exhibit import Exhibit, compare, out_of_fold, pipeline_of

FOLDS = 5


def show(competition: Competition, *, seed: int) -> Exhibit:
    """Extremely randomised trees; folds of rows against folds of whole groups."""
    groups, y, k = competition.groups, competition.y, competition.n_classes
    if groups is None:
        return Exhibit(
            "segment-split", absent="no groups are declared (--groups COLUMN names their column)"
        )
    distinct = len(np.unique(groups))
    if distinct == len(groups):
        return Exhibit(
            "segment-split", absent="every row is a group of its own: none can be parted"
        )
    pipeline = pipeline_of(competition, "extra-trees", seed=seed, n_estimators=100)
    parted = splits.stratified(competition, folds=FOLDS, seed=seed)
    whole = splits.make(competition, "stratified-group", folds=FOLDS, seed=seed)[0]
    return Exhibit(
        "segment-split",
        compare(
            f"{len(y)} rows of {distinct} groups, trees",
            y,
            out_of_fold(pipeline, competition.X, y, parted, k),
            out_of_fold(pipeline, competition.X, y, whole, k),
            whole,
            units=groups,
        ),
        "The other parts of a held-out part's song were trained on. New songs come whole: hold "
        "them out whole (--split stratified-group).",
    )
