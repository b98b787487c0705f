"""Quadratic discriminant analysis, its covariances shrunk towards a common one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.covariance import ledoit_wolf

from harness.zoo._correction import Codes, Doubles
from harness.zoo._densities import Densities, Density
from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "quantile"
SPACE = {
    "common_rows": Between(0.1, 100, log=True),
    "calibration": Between(0.001, 0.1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}

TRIED = (0.5, 2.0, 8.0, 32.0, 128.0)


def make(
    *,
    common_rows: Annotated[float, above(0)] | Literal["auto"] = "auto",
    inner_folds: Annotated[int, at_least(2)] = 5,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> Qda:
    """Each class's rows as a normal distribution with a covariance of its own, regularised.

    A class's covariance is averaged with the one that all classes share (itself shrunk: Ledoit and
    Wolf 2004), which counts as a number of rows: small classes lean on it, large ones barely. This
    is Friedman's regularised discriminant analysis (1989) with a share that depends on the class's
    size. The answer is corrected on inner folds.

    Parameters
    ----------
    common_rows : float or "auto"
        Weight of the common covariance, in rows, as a multiple of the number of columns; auto tries
        some on the inner folds.
    inner_folds : int
        Folds of the training part on which the weight is chosen and the correction learned.
    calibration : float
        Inverse strength of the correction's penalty: smaller trusts the densities alone.
    random_state : int
        Seed of the inner folds.
    """
    return Qda(
        common_rows=common_rows,
        inner_folds=inner_folds,
        calibration=calibration,
        random_state=random_state,
    )


class Qda(Densities):
    """See `make`."""

    def __init__(
        self,
        *,
        common_rows: Any = "auto",
        inner_folds: int = 5,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.common_rows = common_rows
        self.inner_folds = inner_folds
        self.calibration = calibration
        self.random_state = random_state

    def _candidates(self, columns: int) -> Sequence[float]:
        return TRIED if self.common_rows == "auto" else (self.common_rows,)

    def _learned(
        self, X: Doubles, y: Codes, weights: Doubles, candidates: Sequence[float]
    ) -> list[Density]:
        k, columns = len(self.classes_), X.shape[1]
        totals = np.array([weights[y == c].sum() for c in range(k)])
        means = np.array([np.average(X[y == c], axis=0, weights=weights[y == c]) for c in range(k)])
        off = (X - means[y]) * np.sqrt(weights)[:, None]
        scatters = [off[y == c].T @ off[y == c] for c in range(k)]
        common = ledoit_wolf(off, assume_centered=True)[0]
        # Rows that lie on their class's mean, all of them, leave nothing to invert.
        common[np.diag_indices(columns)] += 1e-9 * (np.trace(common) / columns or 1.0)
        found = []
        for one in candidates:
            rows = one * columns
            halves = [
                np.linalg.cholesky((scatter + rows * common) / (total + rows))
                for scatter, total in zip(scatters, totals, strict=True)
            ]
            sizes = np.array([np.log(np.diag(half)).sum() for half in halves])
            logs = np.log(totals / totals.sum()) - sizes
            found.append({"means": means, "halves": np.array(halves), "logs": logs})
        return found

    def _log_joint(self, density: Density, X: Doubles) -> Doubles:
        logs = np.tile(density["logs"], (len(X), 1))
        for c, (mean, half) in enumerate(zip(density["means"], density["halves"], strict=True)):
            logs[:, c] -= 0.5 * (solve_triangular(half, (X - mean).T, lower=True) ** 2).sum(axis=0)
        return logs
