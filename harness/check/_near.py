"""Near copies: rows far closer to each other than the rows around them are.

Cells are first mapped to normal scores of their rank, so that neither scale nor tails count. In
data of local dimension m the distances to a row's 1st and k-th nearest row have a ratio r with
P(r < x) < (k - 1) x^m, whatever the density is there: the balls' volumes are uniform (the argument
of Facco, d'Errico, Rodriguez and Laio 2017, "Estimating the intrinsic dimension of datasets by a
minimal neighborhood information"). A ratio that is so small that chance would make `FALSE_ALARMS`
of them among all rows is a near copy.

m is estimated by likelihood as Levina and Bickel (2004) do, but from the farther neighbours of each
row alone, and as a median over the rows: neither a few copies of every row nor many copies of a few
rows can move it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from harness.check._sheet import FEWEST_ROWS, ROWS_AT_ONCE, Sheet, chosen
from harness.competition import FloatMatrix, Labels
from harness.threads import cores

NEIGHBOURS = 10
FALSE_ALARMS = 1e-3
# However many dimensions there are: rows half as far as their neighbourhood may be plain relatives.
LARGEST_RATIO = 0.5
# Columns with fewer values put rows on a grid, where distances mean little.
FEWEST_VALUES, FEWEST_COLUMNS = 50, 3
# Pairs of rows that are looked at: more rows are sampled. About 13 s of one core at 264 columns.
MOST_PAIRS = 1_000_000_000
MOST_ASKED = 65_536
KNOTS = 1024
# Of the k - 1 inner neighbours, those nearest are left out of the estimate of m.
LEFT_OUT = 3
# -log(ratio) is exponential with mean 1 / m. This is the median, at m = 1, of the sum of the
# smallest 6 of 9 such values (drawn two million times).
MEDIAN_OF_SUM = 2.827


@dataclass(frozen=True)
class Near:
    """The nearest rows of the training rows that were asked for.

    Attributes
    ----------
    rows : int64 array, shape (q,)
        The training rows asked for.
    neighbours : int64 array, shape (q, k)
        Their nearest rows, from near to far; test rows count on after the training rows.
    ratios : float64 array, shape (q, k)
        Distances over the distance of the k-th.
    cut : float
        Ratios below it are near copies.
    """

    rows: Labels
    neighbours: Labels
    ratios: NDArray[np.float64]
    cut: float

    def pairs(self) -> tuple[Labels, NDArray[np.float64]]:
        """Near copies, shape (p, 2), and their ratios."""
        query, rank = np.nonzero(self.ratios < self.cut)
        ends = np.column_stack([self.rows[query], self.neighbours[query, rank]])
        return ends, self.ratios[query, rank]


def usable(sheet: Sheet, columns: Labels) -> Labels:
    """The columns with enough values to measure distances by."""
    kept = [
        column
        for column in columns.tolist()
        if column not in sheet.competition.text
        and len(np.unique(sheet.sample[:, column])) >= FEWEST_VALUES
    ]
    return np.array(kept, dtype=np.int64)


def find_near(sheet: Sheet, columns: Labels, rows: Labels) -> Near | None:
    """The nearest rows, among `rows`, of the training rows in `rows`.

    Parameters
    ----------
    columns : int64 array
        As `usable` gives them.
    rows : int64 array
        Rows without their exact copies; test rows count on after the training rows.

    Returns
    -------
    Near, or None where there are too few rows or columns.
    """
    train = rows[rows < len(sheet.X)]
    if len(columns) < FEWEST_COLUMNS or len(train) < FEWEST_ROWS:
        return None
    most = max(FEWEST_ROWS, MOST_PAIRS // len(rows))
    asked = train[chosen(len(train), sheet.seed, min(most, MOST_ASKED))]
    distances, neighbours = nearest(sheet, columns, asked, rows, NEIGHBOURS)
    last = distances[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(last > 0, distances / last, 1.0)
        # log 0 is a copy that rounding hides; any finite number does, the median ignores it.
        sums = -np.log(np.maximum(ratios[:, LEFT_OUT:-1], 1e-12)).sum(axis=1)
    dimension = MEDIAN_OF_SUM / max(float(np.median(sums)), 1e-3)
    chance = FALSE_ALARMS / (len(asked) * (NEIGHBOURS - 1))
    return Near(asked, neighbours, ratios, min(LARGEST_RATIO, chance ** (1 / dimension)))


def _scorer(sheet: Sheet, columns: Labels) -> Callable[[Labels], FloatMatrix]:
    """Rows to the normal scores of their cells' ranks among the sampled rows; float32."""
    samples = [sheet.sample] + ([sheet.test_sample] if sheet.test_sample is not None else [])
    knots = []
    for column in columns.tolist():
        cells = np.concatenate([part[:, column] for part in samples])
        cells = np.sort(cells[np.isfinite(cells)])
        # The ends are no knots: a cell just beyond a value that many rows share isn't far from it.
        many = min(KNOTS, max(2, len(cells) // 4))
        at = ((np.arange(many) + 0.5) * len(cells) / many).astype(np.int64)
        values, code = np.unique(cells[at], return_inverse=True)
        # Equal cells share the middle of their ranks.
        rank = np.bincount(code, weights=at) / np.bincount(code)
        knots.append((values.astype(np.float64), ndtri((rank + 0.5) / len(cells))))
    train = len(sheet.X)

    def scored(rows: Labels) -> FloatMatrix:
        found = np.zeros((len(rows), len(columns)), dtype=np.float32)
        inside = rows < train
        for where, X, start in ((inside, sheet.X, 0), (~inside, sheet.X_test, train)):
            if X is None or not where.any():
                continue
            cells = np.asarray(X[rows[where] - start])[:, columns]
            part = np.empty_like(cells)
            for k, (values, scores) in enumerate(knots):
                part[:, k] = np.interp(cells[:, k], values, scores)
            # A missing cell counts as the median.
            found[where] = np.nan_to_num(part, nan=0.0)
        return found

    return scored


def nearest(
    sheet: Sheet, columns: Labels, asked: Labels, rows: Labels, many: int
) -> tuple[NDArray[np.float64], Labels]:
    """Each asked row's nearest others among `rows`, by normal scores of the cells' ranks.

    Returns
    -------
    distances : float64 array, shape (asked, many)
        From near to far; infinite where there aren't so many rows.
    neighbours : int64 array, shape (asked, many)
        -1 where there aren't so many.
    """
    from sklearn.neighbors import NearestNeighbors

    scored = _scorer(sheet, columns)
    queries = scored(asked)
    best_far = np.full((len(asked), many), np.inf)
    best = np.full((len(asked), many), -1, dtype=np.int64)
    for at in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[at : at + ROWS_AT_ONCE]
        finder = NearestNeighbors(algorithm="brute", n_jobs=cores()).fit(scored(part))
        far, place = finder.kneighbors(queries, n_neighbors=min(many + 1, len(part)))
        found = part[place]
        far[found == asked[:, None]] = np.inf
        both_far, both = np.hstack([best_far, far]), np.hstack([best, found])
        order = np.argsort(both_far, axis=1, kind="stable")[:, :many]
        best_far = np.take_along_axis(both_far, order, axis=1)
        best = np.take_along_axis(both, order, axis=1)
    best[np.isinf(best_far)] = -1
    return best_far, best
