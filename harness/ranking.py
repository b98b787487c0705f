"""The one rule for which entry is best; every command that picks one asks here.

Entries whose split parted rows that belong together come last, whatever they score: no new row will
be that easy. The class frequencies come after every model. Entries judged on all rows come before
those judged on some, because scores earned on different rows can't be compared. Only then does the
out-of-fold score decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import entries
from harness.competition import Competition
from harness.entry import Entry
from harness.errors import EntryError
from harness.evaluate import metrics
from harness.evaluate.leaks import leak_of

PRIOR = "prior"


@dataclass(frozen=True)
class Ranked:
    """An entry in its place.

    Attributes
    ----------
    score : float
        Out-of-fold.
    judged : int
        How many different training rows the score is of.
    leak : str
        Why the score can't be expected on new rows; "" for an honest one.
    """

    entry: Entry
    score: float
    judged: int
    leak: str


def ranking(
    competition: Competition,
    folder: Path,
    metric: str,
    *,
    usable: Callable[[Entry], None] = lambda entry: None,
) -> tuple[list[Ranked], list[str]]:
    """Every sound entry of `competition` in `folder`, the best first, and what was left out.

    Parameters
    ----------
    usable : callable
        Raises `EntryError` for entries that are to be left out.
    """
    left_out = [f"left out: {problem}" for problem in entries.broken(folder)]
    leaks: dict[str, str] = {}
    found = []
    for entry in entries.read_all(folder, fingerprint=competition.fingerprint):
        try:
            entry.check(competition)
            usable(entry)
            score = metrics.score(metric, entry.y, entry.oof_for(metric))
            if not math.isfinite(score):
                raise EntryError(f"its out-of-fold {metric} is not finite", where=str(entry.path))
            judged = entry.judged
        except EntryError as problem:
            left_out.append(f"left out: {problem}")
            continue
        if entry.split not in leaks:
            leaks[entry.split] = leak_of(competition, entry.split)
        found.append(Ranked(entry, score, judged, leaks[entry.split]))
    sign = -1 if metrics.metric(metric).higher_is_better else 1
    found.sort(
        key=lambda one: (bool(one.leak), one.entry.model == PRIOR, -one.judged, sign * one.score)
    )
    return found, left_out


def set_aside(ranked: Sequence[Ranked], metric: str, rows: int) -> str:
    """Which entries score better than the best one, and why they aren't it; "" without any.

    Parameters
    ----------
    rows : int
        Training rows of the competition.
    """
    best, told = ranked[0], []
    for one in ranked[1:]:
        if not metrics.metric(metric).better(one.score, best.score):
            continue
        if one.leak and not best.leak:
            told.append(f"{one.entry.name} (leaky split)")
        elif one.judged < best.judged:
            told.append(f"{one.entry.name} (judged on {one.judged} of {rows} rows)")
    return ", ".join(told)
