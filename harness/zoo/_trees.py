"""What forest and extra-trees share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from harness.zoo._votes import class_shares, with_prior_voter


class SmoothedVotes:
    """Mixed into a scikit-learn forest, before it: a voter for the class shares; see `_votes`.

    Also makes predictions repeatable to the bit: scikit-learn's threads add up the trees' answers
    in whatever order they finish.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Grow the trees."""
        if np.isnan(X).any():
            # scikit-learn looks for gaps in a buffer that must be writable; mapped rows aren't.
            X = np.require(X, requirements="W")
        super().fit(X, y, sample_weight)  # type: ignore[misc]
        self.shares_ = class_shares(y, sample_weight)
        self.notes_: tuple[str, ...] = ()
        if sample_weight is not None and self.min_samples_leaf == 1:  # type: ignore[attr-defined]
            self.notes_ = (
                "with min_samples_leaf=1 most leaves hold one class and row weights hardly count; "
                "--set min_samples_leaf=5 lets them",
            )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean of the trees' class shares, smoothed; float64, shape (n, K)."""
        check_is_fitted(self)
        # Gaps stay where the trees took them in training, as `fit` of these forests does.
        finite = "allow-nan" if get_tags(self).input_tags.allow_nan else True
        X = validate_data(self, X, dtype=np.float32, ensure_all_finite=finite, reset=False)
        total = np.zeros((len(X), len(self.shares_)))
        for tree in self.estimators_:  # type: ignore[attr-defined]
            total += tree.predict_proba(X, check_input=False)
        count = len(self.estimators_)  # type: ignore[attr-defined]
        return with_prior_voter(total / count, count, self.shares_, self.smoothing)  # type: ignore[attr-defined]
