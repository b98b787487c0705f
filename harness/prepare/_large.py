"""Categories with many values (names, artists, breeds) as numbers: what each value's rows are like.

A value's own row must not tell what stands for it: of a training row, only other rows do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

Doubles = NDArray[np.float64]
Codes = NDArray[np.int64]

PARTS = 5
# Rows that the training part's shares count as, beside a value's own; the best of these is taken.
PSEUDO_ROWS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


class LargeCategories(TransformerMixin, BaseEstimator):
    """Class shares of each value, smoothed towards the training part's, and how often it is there.

    Each column of codes becomes K columns of log(share of the class among the value's rows / share
    in the training part), one where there are two classes, and one of log(1 + rows of the value).
    A value's shares are (rows of the class + m p) / (rows + m) for the training part's share p; m
    is chosen for each column by the log-likelihood of held-out parts (target encoding,
    Micci-Barreca 2001, with the posterior mean of a Dirichlet prior).

    `fit_transform` learns crosswise: a training row's shares come from the parts that it is not in,
    and its count leaves itself out, so that they look as those of rows that were never seen. Rows
    of one group are in one part, where groups are given: a sibling's label tells the row's own.

    Parameters
    ----------
    random_state : int
        Which part each row, or group, is in.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> LargeCategories:
        """Learn from all rows what `transform` gives. See `fit_transform`."""
        self.fit_transform(X, y, groups)
        return self

    def fit_transform(self, X: Any, y: Any = None, groups: Any = None) -> Doubles:
        """Learn from all rows; give each what the other parts say of its values.

        Parameters
        ----------
        X : float array of codes, shape (n, c); no NaN
        y : array, shape (n,)
        groups : array, shape (n,), optional

        Returns
        -------
        float64 array, shape (n, c x (columns of shares + 1))
        """
        X = np.asarray(X)
        y = np.unique(y, return_inverse=True)[1]
        self.prior_ = np.bincount(y) / len(y)
        part = self._parts(len(y), groups)
        self.values_: list[NDArray] = []
        self.rows_: list[Doubles] = []
        self.pseudo_rows_: list[float] = []
        found = [self._learn(column, y, part) for column in X.T]
        return np.hstack(found) if found else np.empty((len(y), 0))

    def transform(self, X: Any) -> Doubles:
        """What all training rows say of each value; a new one has the training part's shares."""
        check_is_fitted(self)
        found = []
        for column, values, rows, pseudo in zip(
            np.asarray(X).T, self.values_, self.rows_, self.pseudo_rows_, strict=True
        ):
            place = np.searchsorted(values, column).clip(max=len(values) - 1)
            known = (values[place] == column)[:, None]
            found.append(self._columns(np.where(known, rows[place], 0), pseudo))
        return np.hstack(found) if found else np.empty((len(X), 0))

    def _parts(self, rows: int, groups: Any) -> Codes:
        """Each row's part: rows, or groups, dealt at random."""
        units = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
        random = np.random.default_rng(self.random_state)
        return (random.permutation(int(units.max()) + 1) % PARTS)[units]

    def _learn(self, column: NDArray, y: Codes, part: Codes) -> Doubles:
        """Count a column's values; its training rows' columns by the other parts' counts."""
        values, codes = np.unique(column, return_inverse=True)
        table = np.zeros((len(values), PARTS, len(self.prior_)))
        np.add.at(table, (codes, part, y), 1)
        rows = table.sum(axis=1)
        others = rows[codes] - table[codes, part]
        truth = np.arange(len(y)), y
        likelihood = [np.log(self._shares(others, m)[truth]).sum() for m in PSEUDO_ROWS]
        pseudo = PSEUDO_ROWS[int(np.argmax(likelihood))]
        self.values_.append(values)
        self.rows_.append(rows)
        self.pseudo_rows_.append(pseudo)
        columns = self._columns(others, pseudo)
        # The count is of all parts: a training row's own, in its part alone, would be a fifth less.
        columns[:, -1] = np.log1p(rows.sum(axis=1)[codes] - 1)
        return columns

    def _shares(self, rows: Doubles, pseudo: float) -> Doubles:
        return (rows + pseudo * self.prior_) / (rows.sum(axis=1, keepdims=True) + pseudo)

    def _columns(self, rows: Doubles, pseudo: float) -> Doubles:
        shares = np.log(self._shares(rows, pseudo) / self.prior_)
        kept = shares[:, 1:] if len(self.prior_) == 2 else shares
        return np.hstack([kept, np.log1p(rows.sum(axis=1, keepdims=True))])
