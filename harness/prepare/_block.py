"""The step before a model that looks at one block: its columns, all of them, in their places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_n_features, check_is_fitted, validate_data

from harness.matrices import Part


class TakeBlock(TransformerMixin, BaseEstimator):
    """Columns start:stop. Missing cells become their column's mean in the training part.

    Rows of a `harness.matrices.Part` stay one, so that the model reads them batch by batch, unless
    cells may be missing.

    Parameters
    ----------
    start, stop : int
    fill : bool
        Whether cells may be missing.
    """

    def __init__(self, *, start: int, stop: int, fill: bool = False) -> None:
        self.start = start
        self.stop = stop
        self.fill = fill

    @property
    def streams(self) -> bool:
        """Whether parts go through it unread."""
        return not self.fill

    def fit(self, X: Any, y: Any = None) -> TakeBlock:
        """Learn the means, where cells may be missing."""
        if not self.fill:
            _check_n_features(self, X, reset=True)
            return self
        columns = self._columns(X, reset=True)
        there = np.isfinite(columns)
        count = there.sum(axis=0)
        total = np.where(there, columns, 0).sum(axis=0, dtype=np.float64)
        self.means_ = np.where(count, total / np.maximum(count, 1), 0.0).astype(np.float32)
        gaps = int((count < len(columns)).sum())
        self.notes_: tuple[str, ...] = ()
        if gaps:
            self.notes_ = (
                f"block: missing cells in {gaps} columns were given the training part's mean",
            )
        return self

    def transform(self, X: Any) -> Any:
        """The block's columns: a part of a part, a view of an array, or a filled copy."""
        check_is_fitted(self, "n_features_in_")
        if self.fill:
            columns = self._columns(X, reset=False)
            return np.where(np.isnan(columns), self.means_, columns)
        _check_n_features(self, X, reset=False)
        if isinstance(X, Part):
            return Part(X, columns=(self.start, self.stop))
        return np.asarray(X)[:, self.start : self.stop]

    def _columns(self, X: Any, *, reset: bool) -> NDArray[np.float32]:
        X = validate_data(
            self, np.asarray(X), dtype=np.float32, ensure_all_finite="allow-nan", reset=reset
        )
        return X[:, self.start : self.stop]
