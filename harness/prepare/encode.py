"""Missing cells and text codes become plain numbers, by what the training part shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

# A missing text cell is a value like any other; codes of the vocabulary start at 0.
MISSING_TEXT = -1.0


class Encode(TransformerMixin, BaseEstimator):
    """Medians for missing numbers, indicators, one-hot columns for text.

    Columns come out as: the number columns in their order; one 0/1 indicator for each number column
    that has missing cells in the training part; the text columns' one-hot columns.

    A text value gets its own column when it is among the `max_categories` most frequent and has at
    least `min_rows` rows. All rarer ones share the column "other", and a value never seen in
    training goes there too; where no rare value was seen, an unseen one is all zeros.

    Parameters
    ----------
    text : tuple of int
        Columns that hold codes.
    max_categories : int
    min_rows : int
    """

    def __init__(
        self, *, text: tuple[int, ...] = (), max_categories: int = 30, min_rows: int = 3
    ) -> None:
        self.text = text
        self.max_categories = max_categories
        self.min_rows = min_rows

    def fit(self, X: Any, y: Any = None) -> Encode:
        """Learn medians, which columns need an indicator, and the frequent text values."""
        X = self._check(X, reset=True)
        self.numbers_ = np.array([c for c in range(X.shape[1]) if c not in self.text], dtype=int)
        missing = np.isnan(X[:, self.numbers_])
        gaps = missing.any(axis=0)
        empty = missing.all(axis=0)
        self.medians_ = np.zeros(len(self.numbers_), dtype=np.float32)
        self.medians_[~empty] = np.nanmedian(X[:, self.numbers_[~empty]], axis=0)
        # An indicator that is always 1 says nothing.
        self.flagged_ = np.flatnonzero(gaps & ~empty)
        self.frequent_, self.has_other_ = [], []
        for column in self.text:
            values, counts = np.unique(self._codes(X, column), return_counts=True)
            order = np.argsort(-counts, kind="stable")[: self.max_categories]
            frequent = np.sort(values[order][counts[order] >= self.min_rows])
            self.frequent_.append(frequent)
            self.has_other_.append(bool(len(frequent) < len(values)))
        self.notes_ = self._say(int(gaps.sum()), int(empty.sum()))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Rows without gaps and without codes; float32."""
        check_is_fitted(self)
        X = self._check(X, reset=False)
        numbers = X[:, self.numbers_]
        missing = np.isnan(numbers)
        parts = [np.where(missing, self.medians_, numbers), missing[:, self.flagged_]]
        for column, frequent, has_other in zip(
            self.text, self.frequent_, self.has_other_, strict=True
        ):
            hot = self._codes(X, column)[:, None] == frequent
            parts.append(hot)
            if has_other:
                parts.append(~hot.any(axis=1, keepdims=True))
        return np.hstack([part.astype(np.float32) for part in parts])

    def _check(self, X: Any, *, reset: bool) -> NDArray[np.float32]:
        return validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan", reset=reset)

    @staticmethod
    def _codes(X: NDArray[np.float32], column: int) -> NDArray[np.float32]:
        return np.nan_to_num(X[:, column], nan=MISSING_TEXT)

    def _say(self, gaps: int, empty: int) -> tuple[str, ...]:
        notes = []
        if gaps:
            notes.append(
                f"encode: missing cells in {gaps} columns were given the training part's median"
            )
        if empty:
            notes.append(f"encode: {empty} columns have no value at all in the training part")
        if self.text:
            made = sum(map(len, self.frequent_)) + sum(self.has_other_)
            texts = f"{len(self.text)} text column{'s' * (len(self.text) != 1)}"
            columns = f"{made} column{'s' * (made != 1)}"
            notes.append(f"encode: {texts} became {columns} of 0 and 1")
        return tuple(notes)
