"""Class weights around any model that takes row weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from harness.errors import UsageError


class BalancedWeights(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Fits a model with row weights n / (K x rows of the row's class); they average 1.

    Parameters
    ----------
    estimator : classifier whose `fit` takes `sample_weight`
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    @classmethod
    def around(cls, model: Any) -> BalancedWeights:
        """The meta-classifier around `model`.

        Raises
        ------
        UsageError
            When the model takes no row weights.
        """
        if not has_fit_parameter(model, "sample_weight"):
            module, _, stem = type(model).__module__.rpartition(".")
            name = stem if module.endswith("zoo") else type(model).__name__
            raise UsageError(
                f"{name.replace('_', '-')} takes no row weights",
                where="--balance weights",
                todo="use --balance over, under or smote, which work with every model, "
                "or a model such as logistic, svm, forest or lightgbm",
            )
        return cls(model)

    def fit(self, X: Any, y: Any, groups: Any = None) -> BalancedWeights:
        """Fit a clone of the model with weights from this `y` alone; groups only if it asks."""
        weights = compute_sample_weight("balanced", y)
        told = {"groups": groups} if has_fit_parameter(self.estimator, "groups") else {}
        return self._adopt(clone(self.estimator).fit(X, y, sample_weight=weights, **told))

    @available_if(lambda self: hasattr(self.estimator, "fit_folds"))
    def fit_folds(
        self,
        parts: Sequence[tuple[Any, ...]],
        *,
        wanted: Collection[int] | None = None,
        on_fold: Callable[[int, BalancedWeights], None] = lambda number, model: None,
    ) -> list[BalancedWeights]:
        """Fit a clone of this on each part, where the model can fit several at once.

        Parts are (X, y), or (X, y, None, groups) for a model that asks for groups. What isn't
        `wanted` may stay unfitted.
        """
        weighted = [
            (X, y, compute_sample_weight("balanced", y), *more[1:]) for X, y, *more in parts
        ]
        found: dict[int, BalancedWeights] = {}

        def finished(number: int, model: Any) -> None:
            found[number] = BalancedWeights(self.estimator)._adopt(model)
            on_fold(number, found[number])

        self.estimator.fit_folds(weighted, wanted=wanted, on_fold=finished)
        return [found.get(number, clone(self)) for number in range(len(parts))]

    def _adopt(self, fitted: Any) -> BalancedWeights:
        self.estimator_ = fitted
        self.classes_ = self.estimator_.classes_
        self.n_features_in_ = self.estimator_.n_features_in_
        self.history_ = dict(getattr(self.estimator_, "history_", {}))
        self.notes_ = tuple(getattr(self.estimator_, "notes_", ()))
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The model's probabilities; they follow the balanced classes, not the real shares."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
