"""The journal: what the real leaderboards answered, beside what was expected.

It is one file, ``journal.json``, in the folder of the entries; every note names the competition by
its fingerprint and the entry by its name. Scores of different leaderboards are never averaged: they
have other scales and directions.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import entries, ordinary
from harness.atomic import write_json
from harness.competition import Competition, Leaderboard
from harness.errors import DataError, EntryError, UsageError
from harness.evaluate import metrics
from harness.evaluate.leaks import leak_of
from harness.locks import alone
from harness.registry import unknown

FILE = "journal.json"
# The two that bear the name log-loss: what is far from one may be the other.
LOGLOSSES = {"logloss": "logloss-cells", "logloss-cells": "logloss"}


@dataclass(frozen=True)
class Posted:
    """One answer of a real leaderboard.

    `expected`, `low` and `high` are what the entry's receipt said when it was posted; `metric` is
    the leaderboard's, and `leak` why nothing could be expected of the entry's split.
    """

    entry: str
    board: str
    score: float
    expected: float
    low: float
    high: float
    fingerprint: str
    when: str
    metric: str = ""
    leak: str = ""

    @property
    def gap(self) -> float:
        """Posted minus expected."""
        return self.score - self.expected

    @property
    def inside(self) -> bool:
        """Whether the interval held."""
        return self.low <= self.score <= self.high

    def __str__(self) -> str:
        told = f"{self.entry} got {self.score:.5f} on {self.board}"
        if self.leak:
            return f"{told}; nothing could be expected of its leaky split"
        where = "inside" if self.inside else "outside"
        return f"{told}, expected {self.expected:.4f}, {where} {self.low:.4f} to {self.high:.4f}"


def read(folder: Path, competition: Competition) -> list[Posted]:
    """What was posted for a competition, oldest first.

    Raises
    ------
    DataError
        When the journal can't be read: it is the user's own record and is never thrown away.
    """
    metric_of = {board.name: board.metric for board in competition.leaderboards}
    return [
        replace(one, metric=one.metric or metric_of.get(one.board, ""))
        for one in _all(folder)
        if one.fingerprint == competition.fingerprint
    ]


def post(
    competition: Competition, folder: Path, name: str, score: str, board: str | None
) -> Posted:
    """Note what the real leaderboard answered to an entry's submission.

    What was noted last for the entry on that leaderboard isn't noted again: a submission has one
    score, and whoever repeats the command, killed or not, means the same answer.

    Parameters
    ----------
    score : str
        As the user typed it.
    board : str, optional
        By default the competition's only leaderboard, or ``logloss``.

    Raises
    ------
    UsageError
        For a score that is no number, one that the leaderboard's metric can't give, and an unknown
        entry or leaderboard.
    EntryError
        Where the entry's receipt expects nothing of the leaderboard, or no number.
    """
    boards = [one.name for one in competition.leaderboards]
    chosen = competition.board(board or (boards[0] if len(boards) == 1 else "logloss"))
    value = _score(score, competition, chosen)
    entry = entries.find(folder, name, fingerprint=competition.fingerprint)
    entry.check(competition)
    kept = entry.expected(chosen.name)
    if kept is None:
        raise EntryError(
            f"its receipt expects nothing of the {chosen.name} leaderboard", where=str(entry.path)
        )
    noted = Posted(
        entry=entry.name,
        board=chosen.name,
        score=value,
        expected=kept["score"],
        low=kept["low"],
        high=kept["high"],
        fingerprint=competition.fingerprint,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        metric=chosen.metric,
        leak=leak_of(competition, entry.split),
    )
    with alone(folder):
        every = _all(folder)
        if (last := _last_like(noted, every)) is not None:
            return last
        _write(folder, [*every, noted])
    return noted


def _last_like(noted: Posted, every: Sequence[Posted]) -> Posted | None:
    """The last note of the same entry on the same leaderboard, where it says the same."""
    about = (noted.fingerprint, noted.entry, noted.board)
    own = [one for one in every if (one.fingerprint, one.entry, one.board) == about]
    return own[-1] if own and replace(own[-1], when=noted.when) == noted else None


def forget(competition: Competition, folder: Path, name: str, board: str | None = None) -> Posted:
    """Take back what was noted last for an entry, on `board` where that is named.

    The entry itself may be gone.

    Raises
    ------
    UsageError
        Where nothing was noted for it.
    """
    if not folder.is_dir():
        raise _nothing(competition, board)
    with alone(folder):
        return _taken_back(competition, folder, name, board)


def _taken_back(competition: Competition, folder: Path, name: str, board: str | None) -> Posted:
    every = _all(folder)
    own = [one for one in every if one.fingerprint == competition.fingerprint]
    if board is not None:
        board = competition.board(board).name
        own = [one for one in own if one.board == board]
    if not own:
        raise _nothing(competition, board)
    found = [one for one in own if one.entry == Path(name).name]
    if not found:
        raise unknown("posted entry", name, sorted({one.entry for one in own}))
    every.remove(found[-1])
    _write(folder, every)
    return found[-1]


def _nothing(competition: Competition, board: str | None) -> UsageError:
    return UsageError(
        f"nothing was posted for {competition.name}" + (f" on {board}" if board else ""),
        where="--forget",
        todo="--posted ENTRY SCORE notes what a leaderboard answered",
    )


def advice(competition: Competition, folder: Path, noted: Posted) -> str:
    """What may be wrong with a score that was noted; "" where it looks as it should.

    A leaderboard that says "log-loss" can mean either of two metrics; the entry's own scores tell
    which one a posted score is near.
    """
    other = LOGLOSSES.get(noted.metric)
    if other is None or noted.inside or noted.score <= 0:
        return ""
    entry = entries.find(folder, noted.entry, fingerprint=competition.fingerprint)
    own, others = (
        metrics.score(name, entry.y, entry.oof_for(name)) for name in (noted.metric, other)
    )
    if abs(math.log(noted.score / others)) >= abs(math.log(noted.score / own)):
        return ""
    return (
        f"{noted.score:g} is nearer to this entry's {other} ({others:.4f}) than to its "
        f"{noted.metric} ({own:.4f}): does that leaderboard show {other}? Then say so in "
        f"competition.toml and take this back: harness entries --forget {noted.entry}"
    )


def summary(posted: Sequence[Posted]) -> list[str]:
    """The gap between expected and posted scores, a sentence for each leaderboard."""
    lines = []
    for board in dict.fromkeys(one.board for one in posted):
        every = [one for one in posted if one.board == board]
        own = [one for one in every if not one.leak]
        told = []
        if own:
            mean = sum(one.gap for one in own) / len(own)
            inside = sum(one.inside for one in own)
            told.append(
                f"{_apart(own[0].metric, mean)} the expected score on average, "
                f"{inside} within the 95 % interval"
            )
        if leaky := len(every) - len(own):
            told.append(f"{leaky} of a leaky split, not counted")
        lines.append(f"{board}, posted {len(every)}: " + "; ".join(told))
    return lines


def _apart(metric: str, gap: float) -> str:
    if metric not in metrics.METRICS:
        return f"{gap:+.4f} from"
    worse = (gap < 0) == metrics.METRICS[metric].higher_is_better
    return f"{abs(gap):.4f} {'worse' if worse else 'better'} than"


def _score(text: str, competition: Competition, board: Leaderboard) -> float:
    """A score as the user typed it, if the leaderboard's metric can give it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            f"{text!r} is no score", where="--posted", todo="such as --posted dense-001 0.1712"
        )
    metric = metrics.metric(board.metric)
    low, high = sorted((metric.best, metric.worst))
    # A log-loss has an end because probabilities are clipped.
    high = min(high, math.log(competition.n_classes / metrics.EPSILON))
    if low <= value <= high:
        return value
    percent = high == 1 and 1 < value <= 100
    raise UsageError(
        f"{text} can't be {board.metric}, which lies within {low:g} to {high:.4g}",
        where="--posted",
        todo=f"write {value / 100:g}, not a percentage"
        if percent
        else "look at it again, or name"
        f" the leaderboard: --board {' or '.join(one.name for one in competition.leaderboards)}",
    )


def _write(folder: Path, notes: Sequence[Posted]) -> None:
    entries.sweep(folder)
    write_json(folder / FILE, [asdict(one) for one in notes])


def _all(folder: Path) -> list[Posted]:
    path = folder / FILE
    if not os.path.lexists(path):
        return []
    try:
        notes: Any = json.loads(ordinary.read_text(path))
        return [_checked(Posted(**note)) for note in notes]
    except (OSError, ValueError, TypeError, RecursionError) as problem:
        raise DataError(
            f"can't be read ({problem})", where=str(path), todo="repair it, or move it away"
        ) from problem


def _checked(note: Posted) -> Posted:
    for name in ("score", "expected", "low", "high"):
        value = getattr(note, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} of {note.entry} is no number: {value!r}")
    return note
