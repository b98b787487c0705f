"""Columns that say which row this is: they count the rows, or follow their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.check._many import distinct, finite, order_correlations
from harness.check._sheet import FEWEST_ROWS, Sheet

# Correlation of ranks with the row number from which a column counts as the row number.
FOLLOWS = 0.98
# Whole numbers, none twice, that fill this share of their range are a count.
FILLS = 0.6


def find_row_ids(sheet: Sheet) -> dict[int, str]:
    """Number columns that name the rows, and text columns with another text in every row."""
    found: dict[int, str] = {}
    if len(sheet.rows) < FEWEST_ROWS:
        return found
    place = rankdata(sheet.rows)
    values, rows = distinct(sheet), len(sheet.rows)
    many = ~sheet.train.constant & (values >= 0.9 * rows)
    texts = np.isin(np.arange(len(many)), list(sheet.competition.text))
    for column in np.flatnonzero(many & texts & (values == rows)).tolist():
        found[column] = "holds another text in every row"
    numbers = np.flatnonzero(many & ~texts & finite(sheet))
    follow = np.abs(order_correlations(sheet, numbers)) >= FOLLOWS - 1e-6
    whole = (sheet.sample[:, numbers] == np.round(sheet.sample[:, numbers])).all(axis=0)
    for column in numbers[follow | whole].tolist():
        cells = sheet.sample[:, column]
        if reason := _reason(sheet, column, cells, place):
            found[column] = reason
    return dict(sorted(found.items()))


def _reason(sheet: Sheet, column: int, cells: NDArray, place: NDArray) -> str:
    steps = np.diff(cells)
    if (steps > 0).all() or (steps < 0).all():
        return f"{'rises' if steps[0] > 0 else 'falls'} from every row to the next"
    low, high = float(sheet.train.low[column]), float(sheet.train.high[column])
    whole = bool((cells == np.round(cells)).all())
    if whole and len(np.unique(cells)) == len(cells) and FILLS * (high - low + 1) <= len(sheet.X):
        return f"counts from {low:.0f} to {high:.0f} without giving a number twice"
    rho = float(np.corrcoef(rankdata(cells), place)[0, 1])
    return f"follows the row number (rank correlation {rho:.3f})" if abs(rho) >= FOLLOWS else ""
