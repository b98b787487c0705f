"""Multinomial logistic regression."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "standard"
SPACE = {
    "C": Between(1e-3, 100, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}

# The Free Music Archive report's, as scikit-learn sets it.
PRESETS = {"s4": {"C": 1.0}}


def make(
    *,
    C: Annotated[float, above(0)] = 1.0,
    max_iter: Annotated[int, at_least(1)] = 2000,
    tol: Annotated[float, above(0)] = 1e-4,
    random_state: int = 0,
) -> Logistic:
    """Multinomial logistic regression with an L2 penalty (lbfgs).

    Parameters
    ----------
    C : float
        Inverse strength of the penalty: smaller is simpler.
    max_iter : int
        Most iterations of the solver; stopping there is noted.
    tol : float
        The solver stops when the gradient is below this.
    random_state : int
        Not needed by this solver.
    """
    return Logistic(C=C, max_iter=max_iter, tol=tol, random_state=random_state)


class Logistic(LogisticRegression):
    """scikit-learn's, in float64 throughout.

    On float32 rows it would compute in float32: lbfgs then stops early for want of digits, and
    probabilities come out rounded to 7 of them.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Logistic:
        """Fit; a solver that isn't done after `max_iter` iterations is noted."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            super().fit(np.asarray(X, dtype=np.float64), y, sample_weight)
        self.notes_: tuple[str, ...] = ()
        if self.n_iter_.max() >= self.max_iter:
            self.notes_ = (
                f"logistic: not converged after {self.max_iter} iterations; "
                "scale the columns, or set a larger max_iter",
            )
        return self
