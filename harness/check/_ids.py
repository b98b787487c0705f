"""Columns that say which row this is: they count the rows, or follow their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

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
    for column in np.flatnonzero(~sheet.train.constant).tolist():
        cells = sheet.sample[:, column]
        distinct = len(np.unique(cells[~np.isnan(cells)]))
        if distinct < 0.9 * len(cells):
            continue
        if column in sheet.competition.text:
            if distinct == len(cells):
                found[column] = "holds another text in every row"
            continue
        if reason := _reason(sheet, column, cells, place):
            found[column] = reason
    return found


def _reason(sheet: Sheet, column: int, cells: NDArray, place: NDArray) -> str:
    if not np.isfinite(cells).all():
        return ""
    steps = np.diff(cells)
    if (steps > 0).all() or (steps < 0).all():
        return f"{'rises' if steps[0] > 0 else 'falls'} from every row to the next"
    low, high = float(sheet.train.low[column]), float(sheet.train.high[column])
    whole = bool((cells == np.round(cells)).all())
    distinct = len(np.unique(cells))
    if whole and distinct == len(cells) and FILLS * (high - low + 1) <= len(sheet.X):
        return f"counts from {low:.0f} to {high:.0f} without giving a number twice"
    rho = float(np.corrcoef(rankdata(cells), place)[0, 1])
    return f"follows the row number (rank correlation {rho:.3f})" if abs(rho) >= FOLLOWS else ""
