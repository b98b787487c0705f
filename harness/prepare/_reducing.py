"""Transformers that leave fewer columns. Each notes what it did (``notes_``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.feature_selection import f_classif
from sklearn.utils.validation import check_is_fitted, validate_data

from harness.errors import DataError
from harness.prepare._scaling import as_float32

Floats = NDArray[np.float32]


class BlockMeans(TransformerMixin, BaseEstimator):
    """One column per block: the mean of the row's cells in it, missing ones left out.

    Columns outside every block stay, behind the means and in their order; so do the `keep` columns
    (text codes, of which a mean would be nonsense).

    Parameters
    ----------
    blocks : sequence of (start, stop)
    keep : sequence of int
    """

    def __init__(self, *, blocks: tuple[tuple[int, int], ...], keep: tuple[int, ...] = ()) -> None:
        self.blocks = blocks
        self.keep = keep

    @staticmethod
    def rest(n_columns: int, blocks: Any, keep: Any) -> list[int]:
        """The columns that stay as they are, in the order in which they follow the means."""
        inside = {c for start, stop in blocks for c in range(start, stop)} - set(keep)
        return [c for c in range(n_columns) if c not in inside]

    def fit(self, X: Any, y: Any = None) -> BlockMeans:
        """Learns nothing but the number of columns."""
        validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan")
        return self

    def transform(self, X: Any) -> Floats:
        """Means, then the columns that stay; NaN where all of a block is missing."""
        X = validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan", reset=False)
        means = [self._mean(X[:, self._columns(*block)]) for block in self.blocks]
        rest = X[:, self.rest(X.shape[1], self.blocks, self.keep)]
        return np.hstack([np.column_stack(means).astype(np.float32), rest])

    def _columns(self, start: int, stop: int) -> list[int]:
        return [c for c in range(start, stop) if c not in self.keep]

    @staticmethod
    def _mean(X: Floats) -> NDArray[np.float64]:
        there = ~np.isnan(X)
        count = there.sum(axis=1)
        total = np.where(there, X, 0).sum(axis=1, dtype=np.float64)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


class DropConstant(TransformerMixin, BaseEstimator):
    """Columns with one single value in the training part go; gaps may stay."""

    def fit(self, X: Any, y: Any = None) -> DropConstant:
        """Find the columns that vary.

        Raises
        ------
        DataError
            When none does.
        """
        X = validate_data(self, X, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan")
        # A missing cell is a fact: a column with some gaps and one value varies.
        gaps = np.isnan(X).sum(axis=0)
        varies = np.fmax.reduce(X, axis=0) > np.fmin.reduce(X, axis=0)
        self.kept_ = np.flatnonzero(varies | ((gaps > 0) & (gaps < len(X))))
        dropped = X.shape[1] - len(self.kept_)
        if not len(self.kept_):
            raise DataError(
                f"all {X.shape[1]} columns are constant in the training part",
                where="features",
                todo="check the feature file; --reducer none goes on with constant columns",
            )
        self.notes_: tuple[str, ...] = ()
        if dropped:
            self.notes_ = (
                f"drop-constant: {dropped} of {X.shape[1]} columns are constant in the training "
                "part and were dropped",
            )
        return self

    def transform(self, X: Any) -> Floats:
        """The columns that varied in the training part."""
        check_is_fitted(self)
        X = validate_data(
            self, X, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan", reset=False
        )
        return X if len(self.kept_) == X.shape[1] else X[:, self.kept_]


class Components(TransformerMixin, BaseEstimator):
    """Principal components, computed in float64.

    Parameters
    ----------
    amount : int or float
        So many components, lowered to what the training part has; or, below 1, as many as hold
        that share of the variance.
    """

    def __init__(self, *, amount: float = 20) -> None:
        self.amount = amount

    def fit(self, X: Any, y: Any = None) -> Components:
        """Find the components of the training part."""
        X = validate_data(self, X, dtype=np.float64)
        most = min(X.shape)
        self.notes_: tuple[str, ...] = ()
        amount = self.amount
        if amount > most:
            amount = most
            self.notes_ = (
                f"pca:{self.amount} lowered to {most}: the training part has {X.shape[0]} rows "
                f"and {X.shape[1]} columns",
            )
        # Both solvers answer to counts and to shares and draw no random numbers; that of the
        # covariance is many times faster on tall matrices.
        tall = X.shape[0] >= 10 * X.shape[1]
        self.pca_ = PCA(amount, svd_solver="covariance_eigh" if tall else "full").fit(X)
        if amount < 1:
            self.notes_ = (f"pca:{amount} kept {self.pca_.n_components_} components",)
        return self

    def transform(self, X: Any) -> Floats:
        """Rows in the components' coordinates; float32."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return as_float32(self.pca_.transform(X))


class BestColumns(TransformerMixin, BaseEstimator):
    """The columns with the largest ANOVA F; equal ones by position.

    Parameters
    ----------
    amount : int
        How many; lowered to what there are.
    """

    def __init__(self, *, amount: int = 50) -> None:
        self.amount = amount

    def fit(self, X: Any, y: Any) -> BestColumns:
        """Rank the columns on the training part."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        varies = np.flatnonzero(X.max(axis=0) > X.min(axis=0))
        self.scores_ = np.zeros(X.shape[1])
        if len(varies):
            # A column without any variance inside the classes divides by zero: F is infinite.
            with np.errstate(divide="ignore", invalid="ignore"):
                self.scores_[varies] = np.nan_to_num(f_classif(X[:, varies], y)[0])
        amount = min(self.amount, X.shape[1])
        self.notes_: tuple[str, ...] = ()
        if amount < self.amount:
            self.notes_ = (f"select:{self.amount} lowered to {amount}: so many columns are there",)
        self.kept_ = np.sort(np.argsort(-self.scores_, kind="stable")[:amount])
        return self

    def transform(self, X: Any) -> Floats:
        """The columns chosen, in their order."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
        return X[:, self.kept_]
