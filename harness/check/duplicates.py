"""Training rows that are copies of each other, exact and near."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, listed, percent
from harness.check._sheet import Sheet
from harness.check._twins import Pairs
from harness.competition import Labels

# Share of superfluous copies from which scores of a random split can't be believed.
MANY = 0.05
# Pairs with this share of equal cells are told apart from pairs that are merely close.
EQUAL = 0.25
GROUPS = (
    "keep them together: harness check --write-groups groups.csv beside competition.toml, then "
    '[groups] file = "groups.csv" in it, and --split stratified-group'
)


def check(sheet: Sheet) -> Outcome:
    """One finding for exact copies, one for near ones."""
    twins, n = sheet.twins, len(sheet.X)
    sets = [rows[rows < n] for rows in twins.sets()]
    findings = [*_exact(sheet, [rows for rows in sets if len(rows) > 1]), *_near(sheet)]
    near = f", near copies of {twins.asked:,} of them" if twins.asked else ", exact copies only"
    return Outcome(findings, counted(n, "training row") + near)


def _exact(sheet: Sheet, sets: list[Labels]) -> list[Finding]:
    apart = [rows for rows in sets if not _together(sheet, rows)]
    whole = not apart
    # Copies in one group are no trouble; they are told where there are no others.
    sets = apart or sets
    if not sets:
        return []
    extra = sum(len(rows) - 1 for rows in sets)
    share = extra / len(sheet.X)
    told = [" = ".join(sheet.row(int(row)) for row in rows[:3]) for rows in sets]
    if sheet.twins.by_chance:
        severity, todo = Severity.INFO, "nothing: the columns hold few different values"
    elif whole:
        severity, todo = Severity.INFO, "nothing: each copy is in the same group as its original"
    else:
        severity, todo = Severity.BAD if share >= MANY else Severity.WARN, GROUPS
    return [
        Finding(
            severity,
            f"training rows that are copies of each other: {listed(told, 3)}",
            f"{counted(len(sets), 'set')} of copies, {extra:,} superfluous rows "
            f"({percent(share)}): a random split scores them as if they were new",
            todo,
            {"kind": "exact", "sets": [(rows + 1).tolist() for rows in sets], "share": share},
        )
    ]


def _near(sheet: Sheet) -> list[Finding]:
    n = len(sheet.X)
    pairs = sheet.twins.pairs
    pairs = pairs.only(pairs.other < n)
    if sheet.groups is not None:
        apart = sheet.groups[pairs.one] != sheet.groups[pairs.other]
        whole = not apart.any()
        pairs = pairs if whole else pairs.only(apart)
    else:
        whole = False
    if not len(pairs.one):
        return []
    order = np.argsort(pairs.ratio, kind="stable")
    pairs = pairs.only(order)
    one, other = pairs.one, pairs.other
    told = [
        f"{sheet.row(a)} ~ {sheet.row(b)}"
        for a, b in zip(one[:3].tolist(), other[:3].tolist(), strict=True)
    ]
    more = f" and {len(one) - 3} more" if len(one) > 3 else ""
    # Of the rows looked at, each of which may bring one that wasn't.
    touched = len(np.unique(np.concatenate([one, other]))) / min(n, 2 * max(1, sheet.twins.asked))
    part = "" if sheet.twins.asked >= n * 0.9 else f" of {sheet.twins.asked:,} rows looked at"
    return [
        Finding(
            Severity.INFO if whole else Severity.BAD if touched >= 2 * MANY else Severity.WARN,
            f"training rows that are nearly copies: {', '.join(told)}{more}",
            f"{counted(len(one), 'pair')}{part}{_how_near(pairs)}",
            "nothing: both are in one group" if whole else GROUPS,
            {
                "kind": "near",
                "pairs": (np.column_stack([one, other]) + 1).tolist(),
                "ratio": [None if np.isnan(r) else round(float(r), 4) for r in pairs.ratio],
                "same": [round(float(share), 4) for share in pairs.same],
            },
        )
    ]


def _how_near(pairs: Pairs) -> str:
    told = ""
    ratio = pairs.ratio[~np.isnan(pairs.ratio)]
    if len(ratio):
        told += f", {ratio.min():.2g} to {ratio.max():.2g} times as far apart as the rows around"
    if (same := pairs.same[pairs.same >= EQUAL]).size:
        # Rounded down: nearly all cells aren't all.
        least = int(100 * same.min())
        told += f"; {counted(same.size, 'pair')} equal in at least {least} % of the cells"
    return told


def _together(sheet: Sheet, rows: Labels) -> bool:
    return sheet.groups is not None and len(np.unique(sheet.groups[rows])) == 1
