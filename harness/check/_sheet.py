"""The competition as every check sees it: shared figures computed once, heavy work on a sample.

Whatever is linear in the rows looks at all of them, in slices, since the matrix may be mapped from
disk and larger than memory. Whatever sorts or fits takes at most `MOST_ROWS` rows of each side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, FloatMatrix, Labels
from harness.evaluate.songs import Parts, parts_of_songs

if TYPE_CHECKING:
    from harness.check._twins import Twins
    from harness.entries import Entry

MOST_ROWS = 20_000
ROWS_AT_ONCE = 16_384
FOLDS = 5
# Fewer rows than this tell nothing about a column.
FEWEST_ROWS = 30


@dataclass(frozen=True)
class Columns:
    """Figures of each column over all rows of one matrix; arrays of shape (d,).

    `low` and `high` are over finite cells; NaN where there is none.
    """

    rows: int
    missing: Labels
    infinite: Labels
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Columns with at most one value; missing cells aside."""
        return ~(self.high > self.low) & (self.infinite == 0)


class Sheet:
    """A competition, and what several checks need to know of it.

    Parameters
    ----------
    entry : Entry, optional
        The one whose out-of-fold probabilities judge the labels.
    cv : int
        The number of folds that a fit will ask for.
    seed : int
        Of samples, folds and the drift classifier.
    """

    def __init__(
        self, competition: Competition, *, entry: Entry | None = None, cv: int = 5, seed: int = 0
    ) -> None:
        self.competition = competition
        self.entry = entry
        self.cv = cv
        self.seed = seed
        self.names = competition.columns
        self.X, self.y, self.X_test = competition.X, competition.y, competition.X_test

    @cached_property
    def rows(self) -> Labels:
        """The training rows in the sample, sorted; all of them where they are few enough."""
        return chosen(len(self.X), self.seed)

    @cached_property
    def sampled(self) -> str:
        """What to say of the sample; "" where it is everything."""
        if len(self.rows) == len(self.X):
            return ""
        return f" (on {len(self.rows):,} rows drawn from {len(self.X):,})"

    @cached_property
    def sample(self) -> FloatMatrix:
        """The cells of the sampled training rows, shape (rows, d), by columns in memory."""
        return np.asfortranarray(self.X[self.rows])

    @cached_property
    def test_sample(self) -> FloatMatrix | None:
        """The cells of the sampled test rows; None without test rows."""
        if self.X_test is None or not len(self.X_test):
            return None
        return np.asfortranarray(self.X_test[chosen(len(self.X_test), self.seed)])

    @cached_property
    def train(self) -> Columns:
        """Figures of the training matrix's columns."""
        return figures(self.X)

    @cached_property
    def test(self) -> Columns | None:
        """Figures of the test matrix's columns; None without test rows."""
        return figures(self.X_test) if self.X_test is not None and len(self.X_test) else None

    @cached_property
    def songs(self) -> Parts | None:
        """Why rows look like parts of one song, where no groups are declared."""
        return None if self.competition.groups is not None else parts_of_songs(self.competition)

    @cached_property
    def groups(self) -> Labels | None:
        """Each training row's group, declared or recognised; None where every row is its own."""
        groups = self.competition.groups
        if groups is None and self.songs is not None and self.songs.sure:
            groups = self.songs.group_of
        return groups if groups is not None and len(np.unique(groups)) < len(groups) else None

    @cached_property
    def folds(self) -> Labels:
        """A fold 0..4 for each sampled row; groups stay whole, classes are spread without them."""
        rng = np.random.default_rng(self.seed)
        if self.groups is not None:
            names, codes = np.unique(self.groups[self.rows], return_inverse=True)
            return rng.permutation(np.arange(len(names)) % FOLDS)[codes]
        order = np.lexsort((rng.random(len(self.rows)), self.y[self.rows]))
        fold = np.empty(len(order), dtype=np.int64)
        fold[order] = np.arange(len(order)) % FOLDS
        return fold

    @cached_property
    def row_ids(self) -> dict[int, str]:
        """Columns that only say which row this is, with the reason; see `_ids`."""
        from harness.check._ids import find_row_ids

        return find_row_ids(self)

    @cached_property
    def twins(self) -> Twins:
        """Copies and near copies among the rows; see `_twins`."""
        from harness.check._twins import find_twins

        return find_twins(self)

    def row(self, row: int) -> str:
        """A training row for people, from 1, with its id where there is one."""
        ids = self.competition.train_ids
        return f"row {row + 1} ({ids[row]})" if ids else f"row {row + 1}"

    def test_row(self, row: int) -> str:
        """A test row by its id."""
        return f"test row {self.competition.test_ids[row]}"

    def class_name(self, code: int | np.integer) -> str:
        """A class for people."""
        return self.competition.class_names[code]


def slices(rows: int) -> Iterator[slice]:
    """Slices that cover all rows."""
    return (slice(at, at + ROWS_AT_ONCE) for at in range(0, rows, ROWS_AT_ONCE))


def chosen(rows: int, seed: int, most: int = MOST_ROWS) -> Labels:
    """At most `most` of the rows, drawn without replacement, sorted; int64."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def figures(X: FloatMatrix) -> Columns:
    """The figures of every column, in one pass over the rows."""
    width = X.shape[1]
    missing, infinite = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    low, high = np.full(width, np.inf, np.float32), np.full(width, -np.inf, np.float32)
    for part in slices(len(X)):
        cells = np.asarray(X[part])
        finite = np.isfinite(cells)
        if not finite.all():
            gaps = np.isnan(cells)
            missing += gaps.sum(axis=0)
            infinite += (~finite & ~gaps).sum(axis=0)
        np.minimum(low, np.where(finite, cells, np.inf).min(axis=0), out=low)
        np.maximum(high, np.where(finite, cells, -np.inf).max(axis=0), out=high)
    empty = low > high
    low[empty], high[empty] = np.nan, np.nan
    return Columns(len(X), missing, infinite, low, high)
