"""Train-test drift: a classifier that tries to tell test rows from training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from harness.check._auc import Auc, auc
from harness.check._finding import (
    Finding,
    Outcome,
    Severity,
    drop_columns,
    listed,
    skipped,
)
from harness.check._sheet import Sheet, chosen
from harness.competition import FloatMatrix, Labels
from harness.threads import cores

FEWEST, MOST = 50, 4000  # rows of each side
FOLDS = 3
# Above chance by this many standard errors and by this much; and from where it is serious.
ERRORS, MATTERS, SERIOUS = 4.0, 0.53, 0.7
TO_BLAME = 5
# Small trees on few columns each: enough to see drift in any column or in pairs of them.
SETTINGS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.15,
    "feature_fraction": 0.4,
    "min_data_in_leaf": 20,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
TREES = 40


def check(sheet: Sheet) -> Outcome:
    """One finding, with the columns to blame."""
    if sheet.test_sample is None:
        return skipped("no test rows")
    if min(len(sheet.sample), len(sheet.test_sample)) < FEWEST:
        return skipped(f"fewer than {FEWEST} rows in train or test")
    columns = np.array([k for k in range(len(sheet.names)) if k not in sheet.row_ids])
    if not len(columns):
        return skipped("no columns but ids")
    here = chosen(len(sheet.sample), sheet.seed, MOST)
    there = chosen(len(sheet.test_sample), sheet.seed, MOST)
    X = np.vstack([sheet.sample[np.ix_(here, columns)], sheet.test_sample[np.ix_(there, columns)]])
    is_test = np.arange(len(X)) >= len(here)
    scores, gain = _held_out(sheet, X, is_test, _folds(sheet, sheet.rows[here], len(there)))
    area = auc(scores, is_test)
    seen = (
        f"AUC {area.value:.3f} (95 % interval {area.low:.3f} to {area.high:.3f}; 0.5 is chance), "
        f"on {len(here):,} training and {len(there):,} test rows"
    )
    if area.value < MATTERS or area.value - ERRORS * area.error < 0.5:
        return Outcome((), seen)
    return Outcome([_finding(sheet, area, seen, _blame(sheet, columns, X, is_test, gain))], seen)


def _folds(sheet: Sheet, rows: Labels, test_rows: int) -> Labels:
    """Rows of one group stay together: else a classifier knows train by its songs."""
    rng = np.random.default_rng(sheet.seed)
    groups = np.arange(len(rows)) if sheet.groups is None else sheet.groups[rows]
    names, codes = np.unique(groups, return_inverse=True)
    train = rng.permutation(np.arange(len(names)) % FOLDS)[codes]
    return np.concatenate([train, rng.permutation(np.arange(test_rows) % FOLDS)])


def _held_out(
    sheet: Sheet, X: FloatMatrix, is_test: NDArray[np.bool_], fold: Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row's score by a classifier that hasn't seen it, and each column's gain."""
    import lightgbm

    settings = SETTINGS | {"seed": sheet.seed, "num_threads": cores()}
    data = lightgbm.Dataset(X, is_test.astype(np.float32), params=settings, free_raw_data=False)
    data.construct()
    scores, gain = np.empty(len(X)), np.zeros(X.shape[1])
    for number in range(FOLDS):
        part = data.subset(np.flatnonzero(fold != number).tolist())
        model = lightgbm.train(dict(settings), part, TREES)
        held_out = fold == number
        scores[held_out] = model.predict(X[held_out], num_threads=cores())
        gain += model.feature_importance("gain")
    return scores, gain / max(gain.sum(), 1e-12)


def _blame(
    sheet: Sheet,
    columns: Labels,
    X: FloatMatrix,
    is_test: NDArray[np.bool_],
    gain: NDArray[np.float64],
) -> list[tuple[str, float, float]]:
    """The columns that the classifier uses most: name, share of its gain, Kolmogorov-Smirnov."""
    found = []
    for k in np.argsort(-gain, kind="stable")[:TO_BLAME]:
        train, test = X[~is_test, k], X[is_test, k]
        # A missing cell stands below all others, so that gaps that come and go are seen, too.
        ends = [np.nan_to_num(part, nan=-np.inf) for part in (train, test)]
        apart = float(ks_2samp(*ends, method="asymp").statistic)
        if gain[k] > 0:
            found.append((sheet.names[int(columns[k])], float(gain[k]), apart))
    return found


def _finding(sheet: Sheet, area: Auc, seen: str, blame: list[tuple[str, float, float]]) -> Finding:
    told = [f"{name} ({gain:.0%} of the gain, KS {apart:.2f})" for name, gain, apart in blame]
    names = [name for name, _, apart in blame if apart > 0.1]
    grouped = (
        " Test rows have no groups: songs among them make the AUC look larger."
        if sheet.groups is not None
        else ""
    )
    return Finding(
        Severity.BAD if area.value >= SERIOUS else Severity.WARN,
        f"test rows differ from training rows, most in {listed(told)}",
        f"{seen}.{grouped}" if grouped else seen,
        "cross-validation can't see this, the board will: "
        + (f"without these columns? {drop_columns(names)}" if names else "expect a worse score"),
        {
            "auc": round(area.value, 4),
            "low": round(area.low, 4),
            "high": round(area.high, 4),
            "columns": [
                {"column": name, "gain": round(gain, 4), "ks": round(apart, 4)}
                for name, gain, apart in blame
            ],
        },
    )
