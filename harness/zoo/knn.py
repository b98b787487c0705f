"""Nearest neighbours, their votes smoothed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.validation import check_is_fitted, validate_data

from harness.zoo._settings import Between, OneOf, Whole, at_least
from harness.zoo._votes import class_shares, with_prior_voter

SCALER = "standard"
SPACE = {
    "n_neighbors": Whole(3, 100, log=True),
    "weights": OneOf("uniform", "distance"),
    "smoothing": Between(0.3, 30, log=True),
    "scaler": OneOf("standard", "power", "quantile", "robust"),
}


def make(
    *,
    n_neighbors: Annotated[int, at_least(1)] = 20,
    weights: Literal["uniform", "distance"] = "distance",
    smoothing: Annotated[float, at_least(0)] = 1.0,
    random_state: int = 0,
) -> Neighbours:
    """The classes of the nearest training rows (Euclidean); takes no row weights.

    Parameters
    ----------
    n_neighbors : int
        How many vote; lowered to the number of training rows.
    weights : "uniform" or "distance"
        Whether near ones count more (by 1 / distance).
    smoothing : float
        Votes of one more neighbour who knows only the class shares; 0 lets probabilities be 0.
    random_state : int
        Not needed by this model.
    """
    return Neighbours(n_neighbors=n_neighbors, weights=weights, smoothing=smoothing)


# Beyond it squares of float32 differences overflow, and no neighbour is nearer than another.
FARTHEST = 1e16


class Neighbours(ClassifierMixin, BaseEstimator):
    """scikit-learn's nearest neighbours with a voter for the class shares; see `_votes`.

    Parameters
    ----------
    n_neighbors : int
    weights : "uniform" or "distance"
    smoothing : float
    """

    def __init__(
        self, *, n_neighbors: int = 20, weights: str = "distance", smoothing: float = 1.0
    ) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.smoothing = smoothing

    def fit(self, X: Any, y: Any) -> Neighbours:
        """Keep the rows."""
        X, y = validate_data(self, X, y, dtype=np.float32)
        # Brute force: in more than about 15 columns no search tree is faster.
        self.model_ = KNeighborsClassifier(
            min(self.n_neighbors, len(X)), weights=self.weights, algorithm="brute"
        ).fit(X.clip(-FARTHEST, FARTHEST), y)
        self.classes_ = self.model_.classes_
        self.shares_ = class_shares(y)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Smoothed shares of votes; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        votes = self.model_.predict_proba(X.clip(-FARTHEST, FARTHEST))
        return with_prior_voter(votes, self.model_.n_neighbors, self.shares_, self.smoothing)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
