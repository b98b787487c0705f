"""Support vector machine (rbf), its margins turned into probabilities."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from harness.zoo._settings import Between, OneOf, above, at_least

SCALER = "standard"
SPACE = {
    "C": Between(0.3, 30, log=True),
    "gamma_factor": Between(0.1, 3, log=True),
    "calibration": Between(0.01, 1, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    C: Annotated[float, above(0)] = 2.0,
    gamma: Annotated[float, above(0)] | Literal["scale", "auto"] = "scale",
    gamma_factor: Annotated[float, above(0)] = 1.0,
    inner_folds: Annotated[int, at_least(2)] = 5,
    calibration: Annotated[float, above(0)] = 0.1,
    random_state: int = 0,
) -> CalibratedSvm:
    """A support vector machine with an rbf kernel, calibrated on inner folds.

    Time grows with the square of the rows: seconds for thousands, hours for hundreds of thousands.

    Parameters
    ----------
    C : float
        Price of a training row on the wrong side of its margin: larger is more complex.
    gamma : float, "scale" or "auto"
        Narrowness of the kernel; scale is 1 / (columns x variance), auto 1 / columns.
    gamma_factor : float
        Times gamma: to search around scale without knowing the number of columns.
    inner_folds : int
        Folds of the training part from which the calibrator learns.
    calibration : float
        Inverse strength of the calibrator's penalty: smaller gives more cautious probabilities.
    random_state : int
        Seed of the inner folds.
    """
    return CalibratedSvm(
        C=C,
        gamma=gamma,
        gamma_factor=gamma_factor,
        inner_folds=inner_folds,
        calibration=calibration,
        random_state=random_state,
    )


class CalibratedSvm(ClassifierMixin, BaseEstimator):
    """Pairwise margins of an SVC, and a penalised logistic regression from them to classes.

    The regression learns from margins of rows that the machine giving them hasn't seen (stacked
    generalisation: Wolpert 1992). It sees all K (K - 1) / 2 pairs, where sigmoid and temperature
    calibration see K sums of votes: on 10 classes that costs a third of the log-loss.

    Parameters
    ----------
    C, gamma : see `sklearn.svm.SVC`
    gamma_factor : float
    inner_folds : int
    calibration : float
        C of the logistic regression on standardised margins.
    random_state : int
    """

    def __init__(
        self,
        *,
        C: float = 2.0,
        gamma: Any = "scale",
        gamma_factor: float = 1.0,
        inner_folds: int = 5,
        calibration: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.gamma_factor = gamma_factor
        self.inner_folds = inner_folds
        self.calibration = calibration
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CalibratedSvm:
        """Fit on inner folds, calibrate on what they held out, and fit again on all rows."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        fold, single = self._inner_folds(y)
        self.svc_ = self._machine(X, y, weights, np.full(len(y), True))
        self.classes_ = self.svc_.classes_
        margins = self._margins(self.svc_, X)
        for number in np.unique(fold[fold >= 0]):
            machine = self._machine(X, y, weights, fold != number)
            margins[fold == number] = self._margins(machine, X[fold == number])
        self.calibrator_: Pipeline = make_pipeline(
            StandardScaler(), LogisticRegression(C=self.calibration, max_iter=2000)
        )
        self.calibrator_.fit(margins, y, logisticregression__sample_weight=weights)
        self.notes_: tuple[str, ...] = ()
        if single:
            self.notes_ = (
                f"svm: {single} class(es) with one row in the training part can't be held out: "
                "their calibration is a guess",
            )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Calibrated probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.calibrator_.predict_proba(self._margins(self.svc_, X))

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _machine(self, X: Any, y: Any, weights: Any, rows: NDArray[np.bool_]) -> SVC:
        X = X[rows]
        gamma = self.gamma
        if gamma == "scale":
            variance = X.var()
            gamma = 1 / (X.shape[1] * variance) if variance > 0 else 1.0
        elif gamma == "auto":
            gamma = 1 / X.shape[1]
        machine = SVC(C=self.C, gamma=gamma * self.gamma_factor, decision_function_shape="ovo")
        return machine.fit(X, y[rows], None if weights is None else weights[rows])

    @staticmethod
    def _margins(machine: SVC, X: Any) -> NDArray[np.float64]:
        margins = machine.decision_function(X)
        return margins.reshape(len(X), -1).copy()

    def _inner_folds(self, y: NDArray) -> tuple[NDArray[np.int64], int]:
        """Each row's fold, and how many classes have a single row.

        Every class is dealt out over the folds in turn. One with fewer rows than folds is missing
        from some held-out parts, never from a training part; a single row always trains (-1).
        """
        random = np.random.default_rng(self.random_state)
        fold = np.full(len(y), -1, dtype=np.int64)
        dealt = single = 0
        for label in np.unique(y):
            rows = np.flatnonzero(y == label)
            if len(rows) == 1:
                single += 1
                continue
            fold[random.permutation(rows)] = (dealt + np.arange(len(rows))) % self.inner_folds
            dealt += len(rows)
        return fold, single
