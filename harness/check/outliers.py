"""Columns with a few cells far outside the rest, and values that stand for a missing cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import Finding, Outcome, Severity, counted, listed, percent
from harness.check._many import finite, pieces
from harness.check._sheet import FEWEST_ROWS, Sheet
from harness.competition import Labels

# Share of a column's variance that its 1 % most extreme rows carry; 0.08 for normal cells.
EXTREME, CARRY = 0.01, 0.6
# A placeholder stands alone: this many ranges of the other cells away, in so many rows.
AWAY, STAND_IN_ROWS, STAND_IN_SHARE = 3.0, 5, 0.002


def check(sheet: Sheet) -> Outcome:
    """A finding on heavy tails, and one for each placeholder."""
    rows = len(sheet.rows)
    columns = [
        k for k in np.flatnonzero(~sheet.train.constant).tolist() if k not in sheet.competition.text
    ]
    if rows < FEWEST_ROWS or not columns:
        return Outcome((), f"{counted(rows, 'row')}, {counted(len(columns), 'number column')}")
    findings, heavy = [], []
    for column in _suspects(sheet, np.array(columns)):
        cells = sheet.sample[:, column].astype(np.float64)
        cells = cells[np.isfinite(cells)]
        if len(cells) < FEWEST_ROWS:
            continue
        if (value := _placeholder(cells)) is not None:
            findings.append(_stand_in(sheet, column, value, float(np.mean(cells == value))))
        elif (carried := _carried(cells)) >= CARRY:
            heavy.append((carried, column))
    if heavy:
        findings.append(_tails(sheet, sorted(heavy, reverse=True)))
    return Outcome(findings, f"{counted(len(columns), 'number column')}{sheet.sampled}")


def _suspects(sheet: Sheet, columns: Labels) -> list[int]:
    """Columns with gaps, an end that repeats, or a few rows that carry much of the variance."""
    whole = finite(sheet)[columns]
    suspects = set(columns[~whole].tolist())
    rows = len(sheet.sample)
    few = max(1, int(EXTREME * rows))
    least = max(STAND_IN_ROWS, STAND_IN_SHARE * rows)
    for part in pieces(columns[whole], rows):
        cells = sheet.sample[:, part].astype(np.float64)
        ends = [(cells == end).sum(axis=0) >= least for end in (cells.min(0), cells.max(0))]
        squares = np.sort((cells - cells.mean(axis=0)) ** 2, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            carried = squares[-few:].sum(axis=0) / squares.sum(axis=0)
        suspects |= set(part[ends[0] | ends[1] | (carried >= CARRY - 1e-6)].tolist())
    return sorted(suspects)


def _carried(cells: NDArray[np.float64]) -> float:
    """The share of the variance that the most extreme rows carry; 0 for nearly constant cells."""
    squares = np.sort((cells - cells.mean()) ** 2)
    few = max(1, int(EXTREME * len(cells)))
    # Where one value is nearly everywhere the rest always carries it all; that is told elsewhere.
    if np.quantile(cells, 0.99) == np.quantile(cells, 0.01):
        return 0.0
    total = squares.sum()
    return float(squares[-few:].sum() / total) if total > 0 else 0.0


def _placeholder(cells: NDArray[np.float64]) -> float | None:
    """An outermost value such as -999 that repeats, far away from all other cells."""
    least = max(STAND_IN_ROWS, STAND_IN_SHARE * len(cells))
    for value in (cells.min(), cells.max()):
        same = cells == value
        others = cells[~same]
        if same.sum() < least or len(others) < len(cells) / 2 or not _round(value):
            continue
        spread = others.max() - others.min()
        away = min(abs(others.max() - value), abs(others.min() - value))
        if spread > 0 and len(np.unique(others)) > 10 and away > AWAY * spread:
            return float(value)
    return None


def _round(value: float) -> bool:
    return bool(value == np.round(value))


def _stand_in(sheet: Sheet, column: int, value: float, share: float) -> Finding:
    name = sheet.names[column]
    return Finding(
        Severity.WARN,
        f"column {name}: {value:g} stands far outside all other values, as if for a missing cell",
        f"in {percent(share)} of the rows{sheet.sampled}",
        "if so, leave those cells empty and set missing = true under [columns] in competition.toml",
        {"column": name, "value": value, "share": round(share, 4)},
    )


def _tails(sheet: Sheet, heavy: list[tuple[float, int]]) -> Finding:
    names = [sheet.names[column] for _, column in heavy]
    return Finding(
        Severity.INFO,
        f"{listed(names)}: heavy tails; a few rows carry most of the variance",
        f"{counted(len(names), 'column')}; in {names[0]} one row of a hundred carries "
        f"{percent(heavy[0][0])} of it",
        "for models that scale: --scaler quantile makes any tail light, --scaler robust doesn't "
        "look at it; trees need neither",
        {"columns": names, "carried": [round(share, 4) for share, _ in heavy]},
    )
