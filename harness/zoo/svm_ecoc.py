"""Support vector machines behind an error-correcting output code, turned into probabilities."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import rbf_kernel

from harness.zoo._correction import Codes, Doubles
from harness.zoo._machines import SupportVectors
from harness.zoo._margins import one_vs_one
from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "power"
SPACE = {
    "coding": OneOf("one-vs-one", "one-vs-all", "dense-random"),
    "kernel": OneOf("linear", "rbf"),
    "C": Between(0.01, 30, log=True),
    "calibration": Between(0.001, 0.1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}
# The Magnatune report names neither code nor kernel; these are the usual ones.
PRESETS = {"s2": {"coding": "one-vs-one", "kernel": "linear", "C": 1.0}}

# Random codes tried; the one whose classes lie farthest apart is taken.
TRIES = 200


def make(
    *,
    coding: Literal["one-vs-one", "one-vs-all", "dense-random"] = "one-vs-all",
    kernel: Literal["linear", "rbf"] = "rbf",
    C: Annotated[float, above(0)] = 3.0,
    inner_folds: Annotated[int, at_least(2)] = 5,
    most_rows: Annotated[int, at_least(100)] = 5000,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> CodedMachines:
    """Support vector machines that each part the classes in two (Dietterich and Bakiri 1995).

    Parameters
    ----------
    coding : "one-vs-one", "one-vs-all" or "dense-random"
        Who stands on which side: pairs; a class against all others; 10 log2 K random halves, the
        best of many draws (Allwein, Schapire and Singer 2000).
    kernel : "linear" or "rbf"
        Of all machines; rbf as narrow as 1 / (columns x variance).
    C : float
        Price of a training row on the wrong side of its margin: larger is more complex.
    inner_folds : int
        How many sets of machines; each leaves out one fold of the training part, to calibrate on.
    most_rows : int
        Most rows that one machine learns from; of more rows, each set draws its own.
    calibration : float
        Inverse strength of the calibrator's penalty: smaller trusts the code alone.
    random_state : int
        Seed of the code and of the inner folds.
    """
    return CodedMachines(
        coding=coding,
        kernel=kernel,
        C=C,
        inner_folds=inner_folds,
        most_rows=most_rows,
        calibration=calibration,
        random_state=random_state,
    )


class CodedMachines(SupportVectors):
    """See `make`."""

    def __init__(
        self,
        *,
        coding: str = "one-vs-all",
        kernel: str = "rbf",
        C: float = 3.0,
        inner_folds: int = 5,
        most_rows: int = 5000,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.coding = coding
        self.kernel = kernel
        self.C = C
        self.inner_folds = inner_folds
        self.most_rows = most_rows
        self.calibration = calibration
        self.random_state = random_state

    def _prepare(self, X: Doubles, n_classes: int, random: np.random.Generator) -> None:
        variance = X.var()
        self.gamma_ = float(1 / (X.shape[1] * variance)) if variance > 0 else 1.0
        if self.coding == "one-vs-one" or n_classes == 2:
            self.code_ = one_vs_one(n_classes)
        elif self.coding == "one-vs-all":
            self.code_ = (2 * np.eye(n_classes) - 1).astype(np.int8)
        else:
            self.code_ = dense_random(n_classes, random)

    def _kernel(self, X: Doubles, Z: Doubles) -> Doubles:
        return X @ Z.T if self.kernel == "linear" else rbf_kernel(X, Z, gamma=self.gamma_)

    def _in_pairs(self) -> bool:
        return bool((self.code_ == 0).any()) or len(self.code_) == 2

    def _learn(self, kernel: Doubles, y: Codes, weights: Doubles) -> tuple[Doubles, Doubles]:
        if self._in_pairs():
            return super()._learn(kernel, y, weights)
        dual, intercepts = np.zeros((len(y), self.code_.shape[1])), np.zeros(self.code_.shape[1])
        for column, sides in enumerate(self.code_.T):
            machine = self._solved(kernel, (sides[y] > 0).astype(np.int64), weights)
            dual[machine.support_, column] = machine.dual_coef_[0]
            intercepts[column] = machine.intercept_[0]
        return dual, intercepts

    def _margins(self, kernel: Doubles, machine: int) -> Doubles:
        if self._in_pairs():
            return super()._margins(kernel, machine)
        return kernel @ self.duals_[machine] + self.intercepts_[machine]


def dense_random(n_classes: int, random: np.random.Generator) -> NDArray[np.int8]:
    """A code of up to 10 log2 K halves: of `TRIES` draws, the one whose nearest rows differ most.

    Every column has both sides, and no two columns part the classes alike; few classes allow fewer
    columns.
    """
    length = min(int(np.ceil(10 * np.log2(n_classes))), 2 ** (n_classes - 1) - 1)
    best, apart = np.zeros((n_classes, 0), dtype=np.int8), -1.0
    for _ in range(TRIES):
        drawn = np.where(random.random((n_classes, 4 * length)) < 0.5, -1, 1).astype(np.int8)
        # The first class stands on the side +1: a column and its mirror are the same machine.
        drawn = np.unique(drawn * drawn[0], axis=1)
        drawn = drawn[:, (drawn < 0).any(axis=0)]
        drawn = random.permutation(drawn, axis=1)[:, :length]
        differing = (drawn.shape[1] - drawn.astype(np.int64) @ drawn.T) / 2
        least = differing[np.triu_indices(n_classes, 1)].min()
        if (drawn.shape[1], least) > (best.shape[1], apart):
            best, apart = drawn, float(least)
    return best
