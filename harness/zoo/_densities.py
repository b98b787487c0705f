"""Classifiers that model how each class's rows are distributed, made honest on held-out rows.

Densities of many columns are wrong by many small factors, and their product is far too sure of
itself. What a density says of inner held-out rows teaches a correction, and which of a few
candidates is kept; the density itself is then learned from all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from harness.zoo._correction import Codes, Correction, Doubles, deal
from harness.zoo._grouped import checked

# Rows on which candidates are compared and the correction is learned, at most.
MOST_JUDGED = 6_000

Density = dict[str, Any]


class Densities(ClassifierMixin, BaseEstimator):
    """A subclass says how one density is learned, and which are tried.

    Parameters
    ----------
    inner_folds : int
    calibration : float
        Inverse strength of the correction's penalty; see `Correction`.
    random_state : int
    """

    inner_folds: int
    calibration: float
    random_state: int

    def _candidates(self, columns: int) -> Sequence[float]:
        """The strengths of smoothing to try."""
        raise NotImplementedError

    def _learned(
        self, X: Doubles, y: Codes, weights: Doubles, candidates: Sequence[float]
    ) -> list[Density]:
        """A density of these rows for each candidate; what they share is computed once."""
        raise NotImplementedError

    def _log_joint(self, density: Density, X: Doubles) -> Doubles:
        """Logarithm of density x class share, up to a constant a row; shape (n, K)."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Choose and correct on inner folds, groups whole; learn from all rows."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weights, groups = np.ones(len(y)), checked(groups, len(y))
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            kept = weights > 0
            X, y, weights = X[kept], y[kept], weights[kept]
            groups = None if groups is None else groups[kept]
        self.classes_, codes = np.unique(y, return_inverse=True)
        weights = weights / weights.mean()
        random = np.random.default_rng(self.random_state)
        fold, single = deal(codes, self.inner_folds, random, groups)
        candidates = self._candidates(X.shape[1])
        judged, joints = self._judged(X, codes, weights, fold, candidates, random)
        corrections = [self._correction(logs, codes[judged], weights[judged]) for logs in joints]
        losses = [
            self._loss(one, logs, codes[judged], weights[judged])
            for one, logs in zip(corrections, joints, strict=True)
        ]
        best = int(np.argmin(losses))
        self.smoothing_ = float(candidates[best])
        self.correction_ = corrections[best]
        self.density_ = self._learned(X, codes, weights, [self.smoothing_])[0]
        self.notes_: tuple[str, ...] = ()
        if single:
            name = type(self).__module__.rpartition(".")[2].replace("_", "-")
            self.notes_ = (
                f"{name}: {single} class(es) with one row in the training part: "
                "what they look like is a guess",
            )
        return self

    def predict_proba(self, X: Any) -> Doubles:
        """Corrected probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        logs = self._log_proba(self.density_, X)
        return self.correction_.predict_proba(logs, logs)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _log_proba(self, density: Density, X: Doubles) -> Doubles:
        return log_softmax(self._log_joint(density, X), axis=1)

    def _judged(
        self,
        X: Doubles,
        y: Codes,
        weights: Doubles,
        fold: Codes,
        candidates: Sequence[float],
        random: np.random.Generator,
    ) -> tuple[Codes, list[Doubles]]:
        """Rows, and for each candidate what a density that left them out says of them."""
        rows = np.flatnonzero(fold >= 0)
        if len(rows) > MOST_JUDGED:
            rows = np.sort(random.permutation(rows)[:MOST_JUDGED])
        k = len(self.classes_)
        joints = [np.zeros((len(rows), k)) for _ in candidates]
        for number in np.unique(fold[rows]):
            kept, held = fold != number, fold[rows] == number
            densities = self._learned(X[kept], y[kept], weights[kept], candidates)
            for logs, density in zip(joints, densities, strict=True):
                logs[held] = self._log_proba(density, X[rows[held]])
        return rows, joints

    def _correction(self, logs: Doubles, y: Codes, weights: Doubles) -> Correction:
        return Correction(strength=self.calibration).fit(logs, logs, y, weights)

    @staticmethod
    def _loss(correction: Correction, logs: Doubles, y: Codes, weights: Doubles) -> float:
        proba = correction.predict_proba(logs, logs)
        return float(-(weights * np.log(proba[np.arange(len(y)), y])).sum())
