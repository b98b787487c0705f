"""Ids in disguise: feature columns that only say which row this is."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, drop_columns, skipped
from harness.check._giving import explained
from harness.check._sheet import FEWEST_ROWS, Sheet

# Share of the labels' entropy from which the row number is said to know the label.
TELLS = 0.2


def check(sheet: Sheet) -> Outcome:
    """One finding a column."""
    if len(sheet.rows) < FEWEST_ROWS:
        return skipped(f"{counted(len(sheet.rows), 'row')}: too few to tell")
    findings = []
    for column, reason in sheet.row_ids.items():
        name = sheet.names[column]
        share, _ = explained(sheet, sheet.sample[:, column])
        tells = share >= TELLS
        if _is_date(sheet, name):
            findings.append(_in_time(name, share))
            continue
        findings.append(
            Finding(
                Severity.BAD if tells else Severity.WARN,
                f"column {name} {reason}: it is an id, not a feature",
                f"alone it explains {share:.0%} of the labels' entropy on held-out rows"
                if tells
                else "it says nothing of the label, but a model can learn rows by heart with it",
                drop_columns([name]),
                {"column": name, "explained": round(share, 4)},
            )
        )
    varying = int(np.sum(~sheet.train.constant))
    return Outcome(findings, f"{counted(varying, 'column')} against the row number")


def _is_date(sheet: Sheet, name: str) -> bool:
    readings = sheet.competition.readings.values()
    return any(one.kind == "date" and name in one.names for one in readings)


def _in_time(name: str, share: float) -> Finding:
    """A date that follows the rows is no id: the rows stand in order of time."""
    return Finding(
        Severity.INFO,
        f"the rows stand in the order of the date {name}",
        f"alone it explains {share:.0%} of the labels' entropy on held-out rows",
        "nothing if test rows are of the same time (see drift); if they are later, no random split "
        f"shows what that costs, and trees know nothing beyond: {drop_columns([name])}",
        {"column": name, "explained": round(share, 4), "kind": "date"},
    )
