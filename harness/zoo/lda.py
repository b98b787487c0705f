"""Linear discriminant analysis, its covariance shrunk."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from harness.zoo._settings import Between, OneOf, between

SCALER = "standard"
SPACE = {
    "shrinkage": Between(1e-3, 1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    shrinkage: Annotated[float, between(0, 1)] | Literal["auto"] = "auto",
    random_state: int = 0,
) -> Lda:
    """Linear discriminant analysis; takes no row weights.

    Parameters
    ----------
    shrinkage : float or "auto"
        How far the covariance is drawn towards a multiple of the identity: 0 not at all, 1 all the
        way; auto estimates it (Ledoit and Wolf 2004). Collinear columns do no harm either way.
    random_state : int
        Not needed by this model.
    """
    if shrinkage == 0:
        # The singular value decomposition bears collinear columns, but knows no shrinkage.
        return Lda(solver="svd")
    return Lda(solver="lsqr", shrinkage=shrinkage)


class Lda(LinearDiscriminantAnalysis):
    """scikit-learn's, in float64 and quiet about classes with one row."""

    def fit(self, X: Any, y: Any) -> Lda:
        """Fit means and the common covariance."""
        with warnings.catch_warnings():
            # A class with a single row has no covariance of its own; the others' decide.
            warnings.filterwarnings("ignore", "Only one sample available", UserWarning)
            super().fit(np.asarray(X, dtype=np.float64), y)
        return self
