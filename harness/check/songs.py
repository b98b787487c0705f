"""Rows that look like parts of one song, although no groups are declared."""

from __future__ import annotations

import numpy as np

from harness.check._finding import Finding, Outcome, Severity, counted, skipped
from harness.check._sheet import Sheet


def check(sheet: Sheet) -> Outcome:
    """One finding; see `harness.evaluate.songs` for its signs."""
    competition = sheet.competition
    if competition.groups is not None:
        return skipped(f"the rows have groups ({counted(len(competition.group_names), 'group')})")
    looked = (["ids"] if competition.train_ids else []) + ["whole-number columns"]
    if sheet.songs is None:
        hint = "" if competition.train_ids else "; the rows have no ids ([train] id names them)"
        return Outcome((), f"{' and '.join(looked)} of {counted(len(sheet.y), 'row')}{hint}")
    number = len(np.unique(sheet.songs.group_of))
    rows = f"{counted(len(sheet.y), 'row')} in {counted(number, 'group')}"
    if sheet.songs.sure:
        finding = Finding(
            Severity.BAD,
            f"rows look like parts of one song: {sheet.songs.reason}",
            f"{rows}: a random split puts parts of one group on both sides, and the score is a lie",
            sheet.songs.todo,
            {"songs": number},
        )
    else:
        finding = Finding(
            Severity.INFO,
            f"rows may be parts of one thing: {sheet.songs.reason}",
            f"{rows}, if its values name what rows are parts of; its name doesn't say so",
            f"if they do, {sheet.songs.todo}; a quantity needs nothing",
            {"songs": number},
        )
    return Outcome([finding], " and ".join(looked))
