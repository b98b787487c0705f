"""Columns that were left out, and what each would have been worth by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import (
    Finding,
    Outcome,
    Severity,
    counted,
    listed,
    percent,
    skipped,
)
from harness.check._giving import BINS, ROWS_A_BIN, bin_probabilities, binned, by_value
from harness.check._sheet import FEWEST_ROWS, Sheet
from harness.check.giveaways import BAD, worded
from harness.competition import Labels

# A column is worth something from so many more rows told rightly on, beside chance.
WORTH, CHANCES = 0.01, 2.5
# A column is numbers, or dates, where so many of its cells are.
MOSTLY = 0.9


@dataclass(frozen=True)
class Worth:
    """How well a column alone tells the class of held-out rows, and without it."""

    kind: str
    accuracy: float
    prior: float
    explained: float


def check(sheet: Sheet) -> Outcome:
    """A finding for each dropped column that tells something, and one for all the others."""
    dropped = sheet.competition.dropped
    if dropped is None:
        return skipped("no column is dropped")
    if len(sheet.rows) < FEWEST_ROWS or len(np.unique(sheet.y[sheet.rows])) < 2:
        return skipped(f"{counted(len(sheet.rows), 'row')}: too few to tell")
    cells = dropped.cells()
    findings, silent, absent = [], [], []
    for column in dropped.columns:
        if column not in dropped.in_test:
            absent.append(column)
            continue
        worth = worth_of(sheet, cells[column][sheet.rows])
        gain = worth.accuracy - worth.prior
        noise = CHANCES * np.sqrt(worth.prior * (1 - worth.prior) / len(sheet.rows))
        if gain > max(WORTH, noise):
            findings.append(_finding(sheet, column, worth))
        else:
            silent.append(column)
    if silent:
        findings.append(_others(silent, "dropped, and none of them alone tells the class"))
    if absent:
        findings.append(_others(absent, "dropped: the test file lacks them"))
    return Outcome(findings, counted(len(dropped.columns), "dropped column"))


def worth_of(sheet: Sheet, cells: NDArray[np.object_]) -> Worth:
    """What a column's cells tell of held-out rows: in order, by value, or by their wording.

    Everything is counted on the other folds, so that a column with another value in every row
    tells nothing by its values.
    """
    y = sheet.y[sheet.rows]
    kind, order = _in_order(cells)
    codes = np.unique(cells, return_inverse=True)[1].astype(np.float32)
    codes[cells == ""] = np.nan
    ways: list[Labels] = [by_value(codes), worded(codes, tuple(np.unique(cells)))]
    most = max(2, len(cells) // ROWS_A_BIN)
    ways += [binned(order, bins) for bins in sorted({min(bins, most) for bins in BINS})]
    rows = np.arange(len(y))
    plain = bin_probabilities(sheet, np.zeros(len(y), dtype=np.int64))
    base = float(-np.log(plain[rows, y]).mean())
    scored = []
    for bins in ways:
        proba = bin_probabilities(sheet, bins)
        explained = 1 - float(-np.log(proba[rows, y]).mean()) / base
        scored.append((float((proba.argmax(axis=1) == y).mean()), explained))
    accuracy, explained = max(scored)
    prior = float((plain.argmax(axis=1) == y).mean())
    return Worth(kind, accuracy, prior, max(0.0, explained))


def _in_order(cells: NDArray[np.object_]) -> tuple[str, NDArray[np.float32]]:
    """What a column could be named under in competition.toml, and its cells as numbers."""
    from harness.readers._dates import read_date
    from harness.readers._numbers import read_number
    from harness.readers._plain_dates import order_of

    there = [cell for cell in cells.tolist() if cell]
    numbers = {cell: one.value for cell in there if (one := read_number(cell)) is not None}
    values = numbers
    kind = "numbers"
    if sum(cell in numbers for cell in there) < MOSTLY * len(there):
        order = order_of(dict.fromkeys(there, 1))[0]
        values = {
            cell: d.days for cell in there if (d := read_date(cell, order, years=True)) is not None
        }
        kind = "dates"
        if sum(cell in values for cell in there) < MOSTLY * len(there):
            kind = "text"
            values = {cell: float(code) for code, cell in enumerate(sorted(set(there)))}
    found = np.array([values.get(cell, np.nan) for cell in cells.tolist()], dtype=np.float64)
    # Ranks, since float32 would merge what lies far from 0.
    codes = np.full(len(found), np.nan, dtype=np.float32)
    filled = ~np.isnan(found)
    codes[filled] = np.unique(found[filled], return_inverse=True)[1]
    return kind, codes


def _finding(sheet: Sheet, column: str, worth: Worth) -> Finding:
    if worth.explained >= BAD:
        todo = "is it known before the label is, for new rows too? If not, nothing; if so, "
    else:
        todo = ""
    todo += f'to use it, take "{column}" out of drop and name it under {worth.kind}, both under '
    todo += "[columns] in competition.toml"
    return Finding(
        Severity.WARN,
        f"column {column} is dropped, and alone it tells more than nothing",
        f"accuracy {worth.accuracy:.3f} on held-out rows, {worth.prior:.3f} without it; it "
        f"explains {percent(worth.explained)} of the labels' entropy{sheet.sampled}",
        todo,
        {
            "column": column,
            "accuracy": round(worth.accuracy, 4),
            "prior": round(worth.prior, 4),
            "explained": round(worth.explained, 4),
            "as": worth.kind,
        },
    )


def _others(columns: list[str], why: str) -> Finding:
    return Finding(
        Severity.INFO,
        f"{listed(columns)}: {why}",
        counted(len(columns), "column"),
        "nothing",
        {"columns": columns},
    )
