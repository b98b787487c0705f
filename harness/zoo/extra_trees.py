"""Extremely randomised trees, their votes smoothed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from sklearn.ensemble import ExtraTreesClassifier

from harness.threads import cores
from harness.zoo._settings import Between, Whole, above, at_least
from harness.zoo._trees import SmoothedVotes

SCALER = "none"
SPACE = {
    "max_features": Between(0.03, 1, log=True),
    "min_samples_leaf": Whole(1, 10, log=True),
    "smoothing": Between(0.3, 30, log=True),
}


def make(
    *,
    n_estimators: Annotated[int, at_least(1)] = 300,
    max_depth: Annotated[int, at_least(1)] | None = None,
    min_samples_leaf: Annotated[int, at_least(1)] = 1,
    max_features: Annotated[float, above(0, up_to=1)] | Literal["sqrt", "log2"] = "sqrt",
    smoothing: Annotated[float, at_least(0)] = 1.0,
    random_state: int = 0,
) -> ExtraTrees:
    """Extremely randomised trees (Geurts and others 2006): random split points, no bootstrap.

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
        Votes of one more tree that knows only the class shares; 0 lets probabilities be 0.
    random_state : int
        Seed of the random choices.
    """
    return ExtraTrees(
        n_estimators=n_estimators,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        smoothing=smoothing,
        n_jobs=cores(),
        random_state=random_state,
    )


class ExtraTrees(SmoothedVotes, ExtraTreesClassifier):
    """scikit-learn's, with smoothed votes.

    Parameters
    ----------
    smoothing : float
        Votes of the extra tree; the others are scikit-learn's own.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 300,
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
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.smoothing = smoothing
