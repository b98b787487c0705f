"""Test rows that are copies of training rows, exact or near."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, listed, percent, skipped
from harness.check._sheet import Sheet
from harness.competition import Labels

# Share of the test rows from which the board says little of new data.
MANY = 0.05


def check(sheet: Sheet) -> Outcome:
    """One finding for exact copies, one for near ones."""
    if sheet.X_test is None or not len(sheet.X_test):
        return skipped("no test rows")
    twins, n, m = sheet.twins, len(sheet.X), len(sheet.X_test)
    ends = [
        (int(rows[0]), int(row) - n)
        for rows in twins.sets()
        if rows[0] < n
        for row in rows[rows >= n]
    ]
    findings = []
    if ends:
        findings.append(_finding(sheet, ends, m, exact=True))
    near = twins.pairs.only((twins.pairs.one < n) & (twins.pairs.other >= n))
    if len(near.one):
        order: Labels = np.argsort(near.ratio, kind="stable")
        pairs = zip(near.one[order].tolist(), (near.other[order] - n).tolist(), strict=True)
        findings.append(_finding(sheet, list(pairs), m, exact=False))
    return Outcome(findings, f"{counted(m, 'test row')} against {counted(n, 'training row')}")


def _finding(sheet: Sheet, ends: list[tuple[int, int]], rows: int, *, exact: bool) -> Finding:
    sign, kind = ("=", "copies") if exact else ("~", "near copies")
    told = [f"{sheet.test_row(b)} {sign} {sheet.row(a)}" for a, b in ends]
    share = len({b for _, b in ends}) / rows
    severity = Severity.BAD if share >= MANY else Severity.WARN
    if exact and sheet.twins.by_chance:
        severity = Severity.INFO
    return Finding(
        severity,
        f"test rows that are {kind} of training rows: {listed(told, 3)}",
        f"{percent(share)} of the test rows",
        "nothing: the columns hold few different values"
        if severity is Severity.INFO
        else "the board knows these answers from the training rows: it will look better than new "
        "data would; tell whoever runs it",
        {
            "kind": "exact" if exact else "near",
            "pairs": [
                {"train_row": a + 1, "test_id": sheet.competition.test_ids[b]} for a, b in ends
            ],
        },
    )
