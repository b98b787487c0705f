"""Linear support vector machines, their margins turned into probabilities."""

from __future__ import annotations

from typing import Annotated

from harness.zoo._correction import Doubles
from harness.zoo._machines import SupportVectors
from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "power"
SPACE = {
    "C": Between(1e-3, 10, log=True),
    "calibration": Between(0.001, 0.1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    C: Annotated[float, above(0)] = 0.1,
    inner_folds: Annotated[int, at_least(2)] = 8,
    most_rows: Annotated[int, at_least(100)] = 5000,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> LinearMachines:
    """Linear support vector machines for all pairs of classes, calibrated on rows they left out.

    Parameters
    ----------
    C : float
        Price of a training row on the wrong side of its margin: larger is more complex.
    inner_folds : int
        How many machines; each leaves out one fold of the training part, to calibrate on.
    most_rows : int
        Most rows that one machine learns from; of more rows, each draws its own.
    calibration : float
        Inverse strength of the calibrator's penalty: smaller trusts pairs of classes alone.
    random_state : int
        Seed of the inner folds.
    """
    return LinearMachines(
        C=C,
        inner_folds=inner_folds,
        most_rows=most_rows,
        calibration=calibration,
        random_state=random_state,
    )


class LinearMachines(SupportVectors):
    """See `make`."""

    def __init__(
        self,
        *,
        C: float = 0.1,
        inner_folds: int = 8,
        most_rows: int = 5000,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.inner_folds = inner_folds
        self.most_rows = most_rows
        self.calibration = calibration
        self.random_state = random_state

    def _kernel(self, X: Doubles, Z: Doubles) -> Doubles:
        return X @ Z.T
