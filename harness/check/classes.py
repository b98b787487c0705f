"""Class counts against what the folds and the samplers need."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, listed
from harness.check._sheet import Sheet
from harness.competition import Labels

# The neighbours that the samplers ask for; see `harness.prepare._growing`.
NEIGHBOURS = 5


def check(sheet: Sheet) -> Outcome:
    """Findings on empty classes, classes too small for the folds, and for the samplers."""
    competition, findings = sheet.competition, []
    counts = competition.counts
    if (empty := np.flatnonzero(counts == 0)).size:
        findings.append(_empty(sheet, empty))
    units, thing = _units(sheet)
    small = np.flatnonzero((counts > 0) & (units < sheet.cv))
    if small.size:
        findings.append(_too_small(sheet, small, units, thing))
    # A fold's training part is what is left of a class for the samplers.
    left = np.floor(counts * (sheet.cv - 1) / sheet.cv)
    tight = np.flatnonzero((counts > 0) & (units >= sheet.cv) & (left <= NEIGHBOURS))
    if tight.size:
        findings.append(
            Finding(
                Severity.INFO,
                f"classes {listed(_told(sheet, tight, counts))}: too few rows in a fold for the "
                f"{NEIGHBOURS} neighbours of smote and its kin",
                counted(len(tight), "class", "classes"),
                "nothing: they take fewer neighbours there, and say so; "
                "--balance weights needs none",
                {"classes": [sheet.class_name(k) for k in tight], "counts": counts[tight].tolist()},
            )
        )
    least, most = int(counts.argmin()), int(counts.argmax())
    seen = (
        f"{counted(competition.n_classes, 'class', 'classes')}, "
        f"{sheet.class_name(least)} ({counts[least]}) to {sheet.class_name(most)} ({counts[most]})"
        f" rows, for {sheet.cv} folds"
    )
    return Outcome(findings, seen)


def _units(sheet: Sheet) -> tuple[Labels, str]:
    """What a class is split by: its rows, or its groups where groups stay whole."""
    if sheet.groups is None:
        return sheet.competition.counts, "rows"
    pairs = np.unique(np.column_stack([sheet.y, sheet.groups]), axis=0)
    return np.bincount(pairs[:, 0], minlength=sheet.competition.n_classes), "groups"


def _told(sheet: Sheet, which: Labels, counts: Labels) -> list[str]:
    return [f"{sheet.class_name(k)} ({counts[k]})" for k in which]


def _empty(sheet: Sheet, empty: Labels) -> Finding:
    names = [sheet.class_name(k) for k in empty]
    return Finding(
        Severity.INFO,
        f"classes {listed(names)}: declared, but no training row has them",
        counted(len(names), "class", "classes"),
        "nothing: they are written near 0; take them out of [classes] in competition.toml if "
        "submissions need no columns for them",
        {"classes": names, "counts": [0] * len(names)},
    )


def _too_small(sheet: Sheet, small: Labels, units: Labels, thing: str) -> Finding:
    return Finding(
        Severity.WARN,
        f"classes {listed(_told(sheet, small, units))}: fewer {thing} than the {sheet.cv} folds",
        counted(len(small), "class", "classes"),
        "nothing need be done: a fold that has none of a class to learn from gives it near 0; "
        "more rows of it would help",
        {
            "classes": [sheet.class_name(k) for k in small],
            "counts": units[small].tolist(),
            "of": thing,
        },
    )
