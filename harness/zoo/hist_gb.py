"""Gradient-boosted trees on binned columns (scikit-learn), set to be modest."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from harness.zoo._flat_trees import Doubles, FlatTrees
from harness.zoo._grouped import checked
from harness.zoo._settings import Between, Whole, above, at_least, between
from harness.zoo._watching import UNWATCHED_ROUNDS, note, watched_rows

SCALER = "none"
SPACE = {
    "learning_rate": Between(0.02, 0.2, log=True),
    "max_leaf_nodes": Whole(4, 31, log=True),
    "min_samples_leaf": Whole(5, 100, log=True),
    "max_features": Between(0.1, 1, log=True),
    "l2_regularization": Between(1e-3, 30, log=True),
}


def make(
    *,
    max_iter: Annotated[int, at_least(1)] = 500,
    learning_rate: Annotated[float, above(0, up_to=1)] = 0.08,
    max_leaf_nodes: Annotated[int, at_least(2)] = 8,
    min_samples_leaf: Annotated[int, at_least(1)] = 10,
    max_features: Annotated[float, above(0, up_to=1)] = 0.3,
    l2_regularization: Annotated[float, at_least(0)] = 1.0,
    early_stopping: Annotated[int, at_least(0)] = 20,
    watch_share: Annotated[float, between(0.01, 0.5)] = 0.15,
    random_state: int = 0,
) -> BinnedTrees:
    """Gradient-boosted trees for log-loss (scikit-learn's HistGradientBoostingClassifier).

    Parameters
    ----------
    max_iter : int
        Rounds of boosting, one tree a class each; with early stopping, the most.
    learning_rate : float
        How much each round counts; lower it when there are more rounds.
    max_leaf_nodes : int
        Leaves of a tree: the complexity of one round.
    min_samples_leaf : int
        Fewest training rows in a leaf.
    max_features : float
        Share of the columns that each split looks at.
    l2_regularization : float
        L2 penalty on what leaves say.
    early_stopping : int
        Stop after so many rounds without gain on watch rows, and grow as many on all rows; 0
        never stops early.
    watch_share : float
        Share of the training part set aside as watch rows, where early stopping is on.
    random_state : int
        Seed of the columns that splits look at, and of the watch rows.
    """
    return BinnedTrees(
        max_iter=max_iter,
        learning_rate=learning_rate,
        max_leaf_nodes=max_leaf_nodes,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        l2_regularization=l2_regularization,
        early_stopping=early_stopping,
        watch_share=watch_share,
        random_state=random_state,
    )


class BinnedTrees(ClassifierMixin, BaseEstimator):
    """scikit-learn's booster, kept as plain arrays; parameters are those of `make`.

    With early stopping it leaves ``history_``: ``val_loss`` (log-loss of the watch rows) per round,
    from before the first. ``rounds_`` is how many rounds were grown.
    """

    def __init__(
        self,
        *,
        max_iter: int = 500,
        learning_rate: float = 0.08,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 10,
        max_features: float = 0.3,
        l2_regularization: float = 1.0,
        early_stopping: int = 20,
        watch_share: float = 0.15,
        random_state: int = 0,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.l2_regularization = l2_regularization
        self.early_stopping = early_stopping
        self.watch_share = watch_share
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> BinnedTrees:
        """Boost; rows of one group are watched together."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        weights = np.ones(len(y))
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X)
        groups = checked(groups, len(y))
        self.history_: dict[str, list[float]] = {}
        self.notes_: tuple[str, ...] = ()
        rounds = self.max_iter
        # One thread: sums that more of them share come out differently from run to run.
        with threadpool_limits(1, user_api="openmp"):
            if self.early_stopping:
                rounds = self._best_rounds(X, codes, weights, groups)
            booster = self._booster(rounds, early_stopping=False)
            booster.fit(X, codes, sample_weight=weights)
        self.rounds_ = rounds
        # Nothing public gives the nodes; what is read here is held against the library in tests.
        trees = [tree.nodes for round_ in booster._predictors for tree in round_]
        self.trees_ = FlatTrees.of(trees, np.asarray(booster._baseline_prediction).ravel())
        return self

    def predict_proba(self, X: Any) -> Doubles:
        """Probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = self.trees_.scores(X)
        if len(self.classes_) == 2:
            return np.column_stack([expit(-scores[:, 0]), expit(scores[:, 0])])
        return softmax(scores, axis=1)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _booster(self, rounds: int, **more: Any) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            l2_regularization=self.l2_regularization,
            random_state=self.random_state,
            **more,
        )

    def _best_rounds(self, X: Doubles, y: NDArray, weights: Doubles, groups: Any) -> int:
        watched = watched_rows(y, self.watch_share, groups, self.random_state)
        if not watched.any():
            return min(self.max_iter, UNWATCHED_ROUNDS)
        booster = self._booster(
            self.max_iter, early_stopping=True, n_iter_no_change=self.early_stopping
        ).fit(
            X[~watched],
            y[~watched],
            sample_weight=weights[~watched],
            X_val=X[watched],
            y_val=y[watched],
            sample_weight_val=weights[watched],
        )
        losses = -np.asarray(booster.validation_score_)
        self.history_ = {"val_loss": losses.tolist()}
        self.notes_ = (note("hist-gb", self.watch_share),)
        return max(1, int(losses.argmin()))
