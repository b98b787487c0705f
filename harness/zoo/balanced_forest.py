"""Random forest whose trees see all classes alike, its answers put back to the real shares."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from imblearn.ensemble import BalancedRandomForestClassifier
from numpy.typing import NDArray

from harness.threads import cores
from harness.zoo._settings import Between, Whole, above, at_least
from harness.zoo._trees import SmoothedVotes

SCALER = "none"
SPACE = {
    "max_features": Between(0.03, 1, log=True),
    "min_samples_leaf": Whole(1, 10, log=True),
    "smoothing": Between(0.3, 30, log=True),
}

# With fewer rows a class, a tree knows little; said in a note.
FEW = 10


def make(
    *,
    n_estimators: Annotated[int, at_least(1)] = 500,
    max_depth: Annotated[int, at_least(1)] | None = None,
    min_samples_leaf: Annotated[int, at_least(1)] = 1,
    max_features: Annotated[float, above(0, up_to=1)] | Literal["sqrt", "log2"] = "sqrt",
    smoothing: Annotated[float, at_least(0)] = 1.0,
    random_state: int = 0,
) -> BalancedForest:
    """A random forest that draws as many rows of every class for a tree (Chen and others 2004).

    Its trees believe that all classes are alike; the answer is multiplied by the training part's
    real shares, so that the probabilities are honest.

    Parameters
    ----------
    n_estimators : int
        How many trees.
    max_depth : int or None
        Deepest tree; none grows them until leaves are pure or too small to split.
    min_samples_leaf : int
        Fewest training rows in a leaf.
    max_features : float, "sqrt" or "log2"
        How many columns each split looks at: a share of them, their square root or logarithm.
    smoothing : float
        Votes of one more tree that knows nothing; 0 lets probabilities be 0.
    random_state : int
        Seed of the random choices.
    """
    return BalancedForest(
        n_estimators=n_estimators,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        smoothing=smoothing,
        n_jobs=cores(),
        random_state=random_state,
    )


class BalancedForest(SmoothedVotes, BalancedRandomForestClassifier):
    """imbalanced-learn's, with smoothed votes and the real class shares.

    Parameters
    ----------
    smoothing : float
        Votes of the extra tree; the others are imbalanced-learn's own.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 500,
        max_depth: int | None = None,
        min_samples_leaf: int = 1,
        max_features: Any = "sqrt",
        smoothing: float = 1.0,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            n_estimators=n_estimators,
            max_depth=max_depth,
            min_samples_leaf=min_samples_leaf,
            max_features=max_features,
            sampling_strategy="all",
            replacement=True,
            bootstrap=False,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.smoothing = smoothing

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BalancedForest:
        """Grow the trees; what drew their rows isn't kept."""
        super().fit(X, y, sample_weight)
        self.real_shares_ = self.shares_
        self.shares_ = np.full(len(self.real_shares_), 1 / len(self.real_shares_))
        for name in ("samplers_", "pipelines_", "base_sampler_"):
            delattr(self, name)
        fewest = int(np.unique(y, return_counts=True)[1].min())
        if fewest < FEW:
            self.notes_ += (
                f"balanced-forest: the smallest class has {fewest} row(s) in the training part, so "
                "each tree sees no more of any class",
            )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Smoothed votes times the real class shares; float64, shape (n, K)."""
        p = super().predict_proba(X) * self.real_shares_
        return p / p.sum(axis=1, keepdims=True)
