"""The order of the rows: sorted by class, or neighbours in the file that are alike."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, percent, skipped
from harness.check._sheet import FEWEST_ROWS, Sheet

# Standard deviations below the number of class changes that chance would make.
RUNS = 10
# Neighbours in the file that are each other's nearest rows: in this share, and so often by chance.
ALIKE, TIMES, DEVIATIONS = 0.05, 3.0, 8.0
# Songs of one album don't do this; parts of one song do.
PARTS = 0.3


def check(sheet: Sheet) -> Outcome:
    """A finding on runs of one class, and one on runs of rows that are alike."""
    y = sheet.y
    if len(y) < FEWEST_ROWS or len(np.unique(y)) < 2:
        return skipped(f"{counted(len(y), 'row')}: too few to tell")
    shares = sheet.competition.counts / len(y)
    changes = int((y[1:] != y[:-1]).sum())
    chance = (len(y) - 1) * float(1 - (shares**2).sum())
    findings = []
    if changes < chance - RUNS * np.sqrt(chance):
        findings.append(_runs(sheet, changes, chance))
    findings += _alike(sheet)
    return Outcome(
        findings, f"{changes:,} changes of class from row to row, {chance:,.0f} expected"
    )


def _runs(sheet: Sheet, changes: int, chance: float) -> Finding:
    ordered = changes == len(np.unique(sheet.y)) - 1
    return Finding(
        Severity.INFO,
        "the rows are sorted by class" if ordered else "rows of one class stand together",
        f"the class changes {changes:,} times from row to row; shuffled, {chance:,.0f} times",
        "nothing for --split stratified, which shuffles; "
        "but never split by position, nor use the row number as a feature",
        {"changes": changes, "expected": round(chance, 1)},
    )


def _alike(sheet: Sheet) -> list[Finding]:
    """Rows whose nearest row stands beside them: parts of one song, or songs of one album."""
    beside = sheet.twins.beside
    if beside is None or beside.rows < FEWEST_ROWS:
        return []
    found, chance = beside.share, beside.chance
    noise = np.sqrt(max(chance, 1 / beside.rows) / beside.rows)
    if found < ALIKE or found < TIMES * chance or found < chance + DEVIATIONS * noise:
        return []
    return [
        Finding(
            Severity.BAD if found >= PARTS else Severity.WARN,
            "rows that follow each other in the file are alike: "
            "they may be parts of one song, or songs of one album or artist",
            f"{percent(found)} of the rows have their nearest row beside them; by chance "
            f"{percent(chance)}",
            "if so, name the song or artist of each row under [groups] in competition.toml, and "
            "use --split stratified-group",
            {"share": round(found, 4), "by_chance": round(chance, 4)},
        )
    ]
