"""Gaussian naive Bayes, made honest on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from harness.zoo._correction import Codes, Doubles
from harness.zoo._densities import Densities, Density
from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "quantile"
SPACE = {
    "smoothing": Between(1e-3, 10, log=True),
    "calibration": Between(0.001, 0.1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}

TRIED = (0.001, 0.1, 0.3, 1.0, 3.0)


def make(
    *,
    smoothing: Annotated[float, above(0)] | Literal["auto"] = "auto",
    inner_folds: Annotated[int, at_least(2)] = 5,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> NaiveBayes:
    """Each class's columns as independent normal distributions.

    As they aren't independent, the answer is far too sure; it is corrected on inner folds.

    Parameters
    ----------
    smoothing : float or "auto"
        Added to each variance, in units of the column's own; auto tries some on the inner folds.
    inner_folds : int
        Folds of the training part on which smoothing is chosen and the correction learned.
    calibration : float
        Inverse strength of the correction's penalty: smaller trusts the densities alone.
    random_state : int
        Seed of the inner folds.
    """
    return NaiveBayes(
        smoothing=smoothing,
        inner_folds=inner_folds,
        calibration=calibration,
        random_state=random_state,
    )


class NaiveBayes(Densities):
    """See `make`."""

    def __init__(
        self,
        *,
        smoothing: Any = "auto",
        inner_folds: int = 5,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.smoothing = smoothing
        self.inner_folds = inner_folds
        self.calibration = calibration
        self.random_state = random_state

    def _candidates(self, columns: int) -> Sequence[float]:
        return TRIED if self.smoothing == "auto" else (self.smoothing,)

    def _learned(
        self, X: Doubles, y: Codes, weights: Doubles, candidates: Sequence[float]
    ) -> list[Density]:
        whole = X.var(axis=0)
        whole = np.where(whole > 0, whole, 1.0)
        parts = [(X[y == c], weights[y == c]) for c in range(len(self.classes_))]
        means = np.array([np.average(rows, axis=0, weights=w) for rows, w in parts])
        variances = np.array(
            [
                np.average((rows - mean) ** 2, axis=0, weights=w)
                for (rows, w), mean in zip(parts, means, strict=True)
            ]
        )
        shares = np.array([w.sum() for _, w in parts]) / weights.sum()
        return [
            {"means": means, "variances": variances + one * whole, "logs": np.log(shares)}
            for one in candidates
        ]

    def _log_joint(self, density: Density, X: Doubles) -> Doubles:
        means, precisions = density["means"], 1 / density["variances"]
        # (x - m)^2 / v, multiplied out: three products instead of a K times larger array.
        logs = -0.5 * (X**2 @ precisions.T - 2 * X @ (means * precisions).T)
        return (
            logs - 0.5 * (means**2 * precisions - np.log(precisions)).sum(axis=1) + density["logs"]
        )
