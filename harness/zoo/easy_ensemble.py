"""Boosted trees on many balanced draws of the rows, made honest on held-out rows."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from imblearn.ensemble import EasyEnsembleClassifier
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from harness.zoo._correction import LEAST, Correction, Doubles, deal
from harness.zoo._grouped import checked
from harness.zoo._settings import Between, Whole, above, at_least

SCALER = "none"
SPACE = {
    "n_boosted": Whole(10, 100, log=True),
    "learning_rate": Between(0.1, 2, log=True),
    "max_depth": Whole(2, 12),
}


def make(
    *,
    n_estimators: Annotated[int, at_least(1)] = 5,
    n_boosted: Annotated[int, at_least(1)] = 20,
    learning_rate: Annotated[float, above(0)] = 1.0,
    max_depth: Annotated[int, at_least(1)] = 8,
    inner_folds: Annotated[int, at_least(2)] = 3,
    calibration: Annotated[float, above(0)] = 0.01,
    random_state: int = 0,
) -> EasyEnsemble:
    """AdaBoost on many draws of as many rows of every class (Liu, Wu and Zhou 2009).

    What it gives are scores, sure of nothing and believing that all classes are alike. A correction
    learned on inner folds turns them into probabilities with the real class shares. It takes no row
    weights.

    Parameters
    ----------
    n_estimators : int
        How many draws.
    n_boosted : int
        Trees boosted on each draw.
    learning_rate : float
        How much each tree counts.
    max_depth : int
        Deepest tree.
    inner_folds : int
        Folds of the training part on which the correction is learned.
    calibration : float
        Inverse strength of the correction's penalty.
    random_state : int
        Seed of the draws and of the inner folds.
    """
    return EasyEnsemble(
        n_estimators=n_estimators,
        n_boosted=n_boosted,
        learning_rate=learning_rate,
        max_depth=max_depth,
        inner_folds=inner_folds,
        calibration=calibration,
        random_state=random_state,
    )


class EasyEnsemble(ClassifierMixin, BaseEstimator):
    """imbalanced-learn's, its scores corrected; parameters are those of `make`."""

    def __init__(
        self,
        *,
        n_estimators: int = 5,
        n_boosted: int = 20,
        learning_rate: float = 1.0,
        max_depth: int = 8,
        inner_folds: int = 3,
        calibration: float = 0.01,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.n_boosted = n_boosted
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.inner_folds = inner_folds
        self.calibration = calibration
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> EasyEnsemble:
        """Boost on every draw; correct on inner folds, groups whole."""
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        random = np.random.default_rng(self.random_state)
        fold, single = deal(codes, self.inner_folds, random, checked(groups, len(y)))
        scores = np.zeros((len(y), len(self.classes_)))
        for number in np.unique(fold[fold >= 0]):
            held_out = fold == number
            boosted = self._boosted(X[~held_out], codes[~held_out])
            scores[held_out] = _scores(boosted, X[held_out])
        judged = fold >= 0
        self.boosted_ = self._boosted(X, codes)
        self.correction_ = Correction(strength=self.calibration)
        self.correction_.fit(
            scores[judged], scores[judged], codes[judged], np.ones(int(judged.sum()))
        )
        self.notes_: tuple[str, ...] = ()
        if single:
            self.notes_ = (
                f"easy-ensemble: {single} class(es) with one row, or group, in the training part "
                "can't be held out: their probabilities are a guess",
            )
        return self

    def predict_proba(self, X: Any) -> Doubles:
        """Corrected probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        scores = _scores(self.boosted_, X)
        return self.correction_.predict_proba(scores, scores)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _boosted(self, X: NDArray, y: NDArray) -> list[AdaBoostClassifier]:
        ensemble = EasyEnsembleClassifier(
            n_estimators=self.n_estimators,
            estimator=AdaBoostClassifier(
                DecisionTreeClassifier(max_depth=self.max_depth),
                n_estimators=self.n_boosted,
                learning_rate=self.learning_rate,
            ),
            random_state=self.random_state,
        ).fit(X, y)
        # What drew the rows isn't kept.
        return [drawn[-1] for drawn in ensemble.estimators_]


def _scores(boosted: list[AdaBoostClassifier], X: NDArray) -> Doubles:
    """Mean of the log-probabilities that boosting reads from its votes; shape (n, K)."""
    return np.mean([np.log(np.maximum(one.predict_proba(X), LEAST)) for one in boosted], axis=0)
