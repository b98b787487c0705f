"""Missing cells and text codes become plain numbers, by what the training part shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from harness.prepare._large import LargeCategories

# A missing text cell is a value like any other; codes of the vocabulary start at 0.
MISSING_TEXT = -1.0


class Encode(TransformerMixin, BaseEstimator):
    """Medians and indicators for missing numbers; columns of 0 and 1, or codes, for text.

    Columns come out as: the number columns in their order; one 0/1 indicator for each number column
    that has missing cells in the training part; what the text columns became; what the large ones
    among them, with more than `max_categories` values in the training part, became besides (class
    shares and counts, see `harness.prepare._large.LargeCategories`).

    With `style` "one-hot", a text value gets its own column when it is among the `max_categories`
    most frequent and has at least `min_rows` rows. All rarer ones share the column "other", and a
    value never seen in training goes there too; where no rare value was seen, an unseen one is all
    zeros. With "ordinal", for trees, a small text column stays one column, of its codes; a missing
    or unseen value is -1, or NaN under `gaps`.

    Parameters
    ----------
    text : tuple of int
        Columns that hold codes.
    max_categories : int
    min_rows : int
    style : "one-hot" or "ordinal"
    gaps : bool
        Missing numbers stay NaN, for a model that takes them, and have no indicator.
    random_state : int
        Seed of the parts in which large columns are encoded crosswise.
    """

    def __init__(
        self,
        *,
        text: tuple[int, ...] = (),
        max_categories: int = 30,
        min_rows: int = 3,
        style: str = "one-hot",
        gaps: bool = False,
        random_state: int = 0,
    ) -> None:
        self.text = text
        self.max_categories = max_categories
        self.min_rows = min_rows
        self.style = style
        self.gaps = gaps
        self.random_state = random_state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Steps that were saved before there were large columns and gaps go on as they did."""
        then = {"style": "one-hot", "gaps": False, "random_state": 0, "large_": []}
        super().__setstate__(then | state)

    def fit(self, X: Any, y: Any = None, groups: Any = None) -> Encode:
        """Learn medians, which columns need an indicator, the frequent values and the large ones.

        Parameters
        ----------
        X : float32 array, shape (n, d)
        y : array, shape (n,), optional
            Without it large columns are told by their frequent values alone.
        groups : array, shape (n,), optional
            Rows that belong together; their labels don't tell of each other.
        """
        self._learn(X, y, groups)
        return self

    def fit_transform(self, X: Any, y: Any = None, groups: Any = None) -> NDArray[np.float32]:
        """Fit, and transform the training rows: large columns by the other parts' labels."""
        return self._put_together(*self._learn(X, y, groups))

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Rows without codes, and without gaps unless they stay; float32."""
        check_is_fitted(self)
        X = self._check(X, reset=False)
        large = self.shares_.transform(self._large_codes(X)) if self.large_ else None
        return self._put_together(X, large)

    def _learn(self, X: Any, y: Any, groups: Any) -> tuple[NDArray[np.float32], Any]:
        X = self._check(X, reset=True)
        self.numbers_ = np.array([c for c in range(X.shape[1]) if c not in self.text], dtype=int)
        missing = np.isnan(X[:, self.numbers_])
        gaps = missing.any(axis=0)
        empty = missing.all(axis=0)
        self.medians_ = np.zeros(len(self.numbers_), dtype=np.float32)
        self.medians_[~empty] = np.nanmedian(X[:, self.numbers_[~empty]], axis=0)
        # An indicator that is always 1 says nothing.
        self.flagged_ = np.flatnonzero(gaps & ~empty)
        self.frequent_, self.has_other_, self.large_ = [], [], []
        for column in self.text:
            values, counts = np.unique(self._codes(X, column), return_counts=True)
            order = np.argsort(-counts, kind="stable")[: self.max_categories]
            is_large = len(values) > self.max_categories
            if self.style == "ordinal":
                # Nothing is rare to a tree; of a large column its shares say all.
                frequent, has_other = (values[:0] if is_large else values), False
            else:
                frequent = np.sort(values[order][counts[order] >= self.min_rows])
                has_other = len(frequent) < len(values)
            self.frequent_.append(frequent)
            self.has_other_.append(has_other)
            if is_large and y is not None:
                self.large_.append(column)
        large = None
        if self.large_:
            self.shares_ = LargeCategories(random_state=self.random_state)
            large = self.shares_.fit_transform(self._large_codes(X), y, groups)
        self.notes_ = self._say(int(gaps.sum()), int(empty.sum()))
        return X, large

    def _put_together(self, X: NDArray[np.float32], large: Any) -> NDArray[np.float32]:
        numbers = X[:, self.numbers_]
        if self.gaps:
            parts = [numbers]
        else:
            missing = np.isnan(numbers)
            parts = [np.where(missing, self.medians_, numbers), missing[:, self.flagged_]]
        for column, frequent, has_other in zip(
            self.text, self.frequent_, self.has_other_, strict=True
        ):
            codes = self._codes(X, column)
            if self.style == "ordinal":
                parts += self._ordinal(codes, frequent)
                continue
            hot = codes[:, None] == frequent
            parts.append(hot)
            if has_other:
                parts.append(~hot.any(axis=1, keepdims=True))
        if large is not None:
            parts.append(large)
        return np.hstack([part.astype(np.float32) for part in parts])

    def _ordinal(self, codes: NDArray[np.float32], known: NDArray[np.float32]) -> list[NDArray]:
        """A small column's codes; none of a large one."""
        if not len(known):
            return []
        gap = np.float32(np.nan if self.gaps else MISSING_TEXT)
        known = known[known != MISSING_TEXT]
        # Among the training part's values: codes count those of other rows, the test rows' too.
        place = np.searchsorted(known, codes)
        return [np.where(np.isin(codes, known), place.astype(np.float32), gap)[:, None]]

    def _large_codes(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.column_stack([self._codes(X, column) for column in self.large_])

    def _check(self, X: Any, *, reset: bool) -> NDArray[np.float32]:
        return validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan", reset=reset)

    @staticmethod
    def _codes(X: NDArray[np.float32], column: int) -> NDArray[np.float32]:
        return np.nan_to_num(X[:, column], nan=MISSING_TEXT)

    def _say(self, gaps: int, empty: int) -> tuple[str, ...]:
        notes = []
        if gaps and not self.gaps:
            notes.append(
                f"encode: missing cells in {gaps} columns were given the training part's median"
            )
        if empty:
            notes.append(f"encode: {empty} columns have no value at all in the training part")
        if self.text and self.style == "one-hot":
            made = sum(map(len, self.frequent_)) + sum(self.has_other_)
            notes.append(
                f"encode: {_counted(len(self.text), 'text column')} became "
                f"{_counted(made, 'column')} of 0 and 1"
            )
        if self.large_:
            notes.append(
                f"encode: {_counted(len(self.large_), 'large category')} became class shares and "
                "counts, learned crosswise in the training part"
            )
        return tuple(notes)


def _counted(number: int, thing: str) -> str:
    plural = thing[:-1] + "ies" if thing.endswith("y") else thing + "s"
    return f"{number} {thing if number == 1 else plural}"
