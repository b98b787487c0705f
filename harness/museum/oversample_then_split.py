"""Rows of small classes copied first, split afterwards: copies stand on both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from imblearn.over_sampling import RandomOverSampler
from numpy.typing import NDArray

from harness.competition import Competition, Labels
from harness.evaluate import splits
from harness.evaluate._paired import hits
from harness.evaluate._planting import take
from harness.museum._exhibit import (
    Comparison,
    Exhibit,
    honest_folds,
    out_of_fold,
    pipeline_of,
)

FOLDS = 5
# Below this ratio of the largest class to the smallest, there is next to nothing to copy.
LEAST_IMBALANCE = 3
# What the smallest class keeps of its rows where data are thinned out.
THINNED_TO = 0.15


def show(competition: Competition, *, seed: int) -> Exhibit:
    """Extremely randomised trees, classes balanced by copying rows."""
    competition, note = _imbalanced(competition, seed)
    X, y, k = np.asarray(competition.X), competition.y, competition.n_classes
    fold = honest_folds(competition, FOLDS, seed=seed)
    inside = pipeline_of(competition, "extra-trees", seed=seed, balance="over", n_estimators=100)
    honest = hits(y, out_of_fold(inside, X, y, fold, k))

    which, _ = RandomOverSampler(random_state=seed).fit_resample(np.arange(len(y))[:, None], y)
    rows = which.ravel()
    grown = take(competition, rows)
    theirs = splits.stratified(grown, folds=FOLDS, seed=seed)
    plain = pipeline_of(competition, "extra-trees", seed=seed, n_estimators=100)
    wrong = hits(grown.y, out_of_fold(plain, grown.X, grown.y, theirs, k))
    return Exhibit(
        "oversample-then-split",
        (_balanced(y, rows, wrong, honest),),
        "A held-out row's own copy was trained on: it is remembered, not recognised. Split first, "
        f"copy inside the fold (--balance over).{note}",
    )


def _imbalanced(competition: Competition, seed: int) -> tuple[Competition, str]:
    """The competition with something to copy, and what was done to have it."""
    note = ""
    if competition.groups is not None:
        # Copies of one row would share its group, and never be parted.
        _, first = np.unique(competition.groups, return_index=True)
        if len(first) < len(competition.y):
            note = " One row of each group was taken."
        competition = replace(take(competition, np.sort(first)), groups=None)
    counts = competition.counts
    if counts.max() >= LEAST_IMBALANCE * counts.min():
        return competition, note
    thinned = take(competition, _thinned(competition, seed))
    return thinned, (
        f"{note} The classes of these data are balanced: of {counts.min()} to {counts.max()} rows "
        f"a class, {thinned.counts.min()} to {thinned.counts.max()} were left in."
    )


def _balanced(
    y: Labels, rows: Labels, wrong: NDArray[np.float64], honest: NDArray[np.float64]
) -> Comparison:
    """Balanced accuracy of both, paired: a row's copies count as the row, by their mean."""
    copies = np.bincount(rows, minlength=len(y))
    of_copies = np.bincount(rows, weights=wrong, minlength=len(y)) / copies
    apart, classes = of_copies - honest, np.unique(y)
    variances = [apart[y == code].var(ddof=1) / (y == code).sum() for code in classes]
    return Comparison(
        "trees; copied before or inside",
        "balanced-accuracy",
        float(np.mean([of_copies[y == code].mean() for code in classes])),
        float(np.mean([honest[y == code].mean() for code in classes])),
        float(np.sqrt(np.sum(variances)) / len(classes)),
    )


def _thinned(competition: Competition, seed: int) -> Labels:
    """Rows to keep so that classes go down evenly from all rows to `THINNED_TO` of them."""
    random = np.random.default_rng(seed)
    kept = []
    shares = np.linspace(1, THINNED_TO, competition.n_classes)
    for code, share in enumerate(shares):
        own = random.permutation(np.flatnonzero(competition.y == code))
        kept.append(own[: max(2 * FOLDS, round(share * len(own)))])
    return np.sort(np.concatenate(kept))
