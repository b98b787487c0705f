"""Copies that bear different labels: one of them is wrong, and no model can get both right."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, listed
from harness.check._sheet import Sheet


def check(sheet: Sheet) -> Outcome:
    """One finding for exact copies, one for near ones."""
    twins, n, y = sheet.twins, len(sheet.X), sheet.y
    sets = [rows[rows < n] for rows in twins.sets()]
    split = [rows for rows in sets if len(np.unique(y[rows])) > 1]
    findings = []
    if split:
        rows = int(sum(map(len, split)))
        told = [" = ".join(_labelled(sheet, int(row)) for row in rows[:3]) for rows in split]
        findings.append(
            Finding(
                Severity.INFO if twins.by_chance else Severity.BAD,
                f"copies with different labels: {listed(told, 3)}",
                f"{counted(len(split), 'set')}, {counted(rows, 'row')}",
                "nothing: the columns hold few different values"
                if twins.by_chance
                else "correct the labels, or leave these rows out of the file",
                {"kind": "exact", "sets": [(rows + 1).tolist() for rows in split]},
            )
        )
    near_pairs = twins.pairs.only(twins.pairs.other < n)
    pairs = near_pairs.only(y[near_pairs.one] != y[near_pairs.other])
    if len(pairs.one):
        ends = list(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
        told = [f"{_labelled(sheet, a)} ~ {_labelled(sheet, b)}" for a, b in ends]
        findings.append(
            Finding(
                Severity.WARN,
                f"near copies with different labels: {listed(told, 3)}",
                counted(len(ends), "pair"),
                "look at both rows; correct the labels, or leave them out of the file",
                {"kind": "near", "pairs": [[a + 1, b + 1] for a, b in ends]},
            )
        )
    copies = sum(len(rows) > 1 for rows in sets)
    near = counted(len(near_pairs.one), "pair")
    return Outcome(findings, f"{counted(copies, 'set')} of copies, {near} of near copies")


def _labelled(sheet: Sheet, row: int) -> str:
    return f"{sheet.row(row)}: {sheet.class_name(int(sheet.y[row]))}"
