"""Columns without anything to learn from: one value, or one value nearly everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import Finding, Outcome, Severity, counted, listed
from harness.check._sheet import FEWEST_ROWS, Sheet

# Share of one value from which a column is nearly constant.
NEARLY = 0.99


def check(sheet: Sheet) -> Outcome:
    """A finding for constant columns, one for those that vary in test alone, one for the rest."""
    constant = sheet.train.constant
    findings = []
    surprising = _constant_here_alone(sheet)
    if surprising.any():
        names = _names(sheet, surprising)
        findings.append(
            Finding(
                Severity.WARN,
                f"{listed(names)}: one value in all training rows, others in the test rows",
                f"{counted(len(names), 'column')} of {len(constant)}",
                "find out why; no model can learn anything from them",
                {"columns": names, "kind": "constant in train"},
            )
        )
    if (plain := constant & ~surprising).any():
        names = _names(sheet, plain)
        findings.append(
            Finding(
                Severity.INFO,
                f"{listed(names)}: the same value in every row",
                f"{counted(len(names), 'column')} of {len(constant)}",
                "nothing: --reducer drop-constant, the default, leaves them out",
                {"columns": names, "kind": "constant"},
            )
        )
    if (nearly := ~constant & (_largest_share(sheet) >= NEARLY)).any():
        names = _names(sheet, nearly)
        findings.append(
            Finding(
                Severity.INFO,
                f"{listed(names)}: one value in at least {NEARLY:.0%} of the rows" + sheet.sampled,
                f"{counted(len(names), 'column')} of {len(constant)}",
                "little: --scaler quantile keeps their rare values from looming large",
                {"columns": names, "kind": "nearly constant"},
            )
        )
    return Outcome(findings, counted(len(constant), "column"))


def _names(sheet: Sheet, which: NDArray[np.bool_]) -> list[str]:
    return [sheet.names[column] for column in np.flatnonzero(which)]


def _constant_here_alone(sheet: Sheet) -> NDArray[np.bool_]:
    """Columns with one value in train, and another one somewhere in test."""
    train, test = sheet.train, sheet.test
    if test is None:
        return np.zeros(len(train.constant), dtype=bool)
    differs = (test.low != train.low) | (test.high != train.high)
    known = ~np.isnan(train.low) & ~np.isnan(test.low)
    return train.constant & differs & known


def _largest_share(sheet: Sheet) -> NDArray[np.float64]:
    """The share of rows that have the column's most frequent value; shape (d,)."""
    shares = np.zeros(len(sheet.names))
    cells = np.sort(sheet.sample, axis=0)
    rows = len(cells)
    if rows < FEWEST_ROWS:
        return shares
    # Sorted, a value that stands in so many rows stands this far apart from itself.
    reach = int(np.ceil(NEARLY * rows)) - 1
    held = (cells[reach:] == cells[: rows - reach]).any(axis=0)
    shares[held] = NEARLY
    return shares
