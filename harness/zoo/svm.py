"""Support vector machines (rbf), their margins turned into probabilities."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel

from harness.zoo._correction import Doubles
from harness.zoo._machines import SupportVectors
from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "power"
SPACE = {
    "C": Between(0.3, 30, log=True),
    "gamma_factor": Between(0.1, 3, log=True),
    "calibration": Between(0.001, 0.1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    C: Annotated[float, above(0)] = 3.0,
    gamma: Annotated[float, above(0)] | Literal["scale", "auto"] = "scale",
    gamma_factor: Annotated[float, above(0)] = 1.0,
    inner_folds: Annotated[int, at_least(2)] = 8,
    most_rows: Annotated[int, at_least(100)] = 5000,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> RbfMachines:
    """Support vector machines with an rbf kernel, each calibrated on the rows it left out.

    Time and memory grow with the square of `most_rows`: seconds for thousands of rows.

    Parameters
    ----------
    C : float
        Price of a training row on the wrong side of its margin: larger is more complex.
    gamma : float, "scale" or "auto"
        Narrowness of the kernel; scale is 1 / (columns x variance), auto 1 / columns.
    gamma_factor : float
        Times gamma: to search around scale without knowing the number of columns.
    inner_folds : int
        How many machines; each leaves out one fold of the training part, to calibrate on.
    most_rows : int
        Most rows that one machine learns from; of more rows, each draws its own.
    calibration : float
        Inverse strength of the calibrator's penalty: smaller trusts pairs of classes alone.
    random_state : int
        Seed of the inner folds.
    """
    return RbfMachines(
        C=C,
        gamma=gamma,
        gamma_factor=gamma_factor,
        inner_folds=inner_folds,
        most_rows=most_rows,
        calibration=calibration,
        random_state=random_state,
    )


class RbfMachines(SupportVectors):
    """See `make`."""

    def __init__(
        self,
        *,
        C: float = 3.0,
        gamma: Any = "scale",
        gamma_factor: float = 1.0,
        inner_folds: int = 8,
        most_rows: int = 5000,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.gamma_factor = gamma_factor
        self.inner_folds = inner_folds
        self.most_rows = most_rows
        self.calibration = calibration
        self.random_state = random_state

    def _prepare(self, X: Doubles, n_classes: int, random: np.random.Generator) -> None:
        super()._prepare(X, n_classes, random)
        gamma = self.gamma
        if gamma == "auto":
            gamma = 1 / X.shape[1]
        elif gamma == "scale":
            variance = X.var()
            gamma = 1 / (X.shape[1] * variance) if variance > 0 else 1.0
        self.gamma_ = float(gamma * self.gamma_factor)

    def _kernel(self, X: Doubles, Z: Doubles) -> Doubles:
        return rbf_kernel(X, Z, gamma=self.gamma_)
