"""The journal: what the real leaderboards answered, beside what was expected.

It is one file, ``journal.json``, in the folder of the entries; every note names the competition by
its fingerprint and the entry by its name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import entries
from harness.atomic import write_json
from harness.competition import Competition
from harness.errors import DataError, EntryError, UsageError

FILE = "journal.json"


@dataclass(frozen=True)
class Posted:
    """One answer of a real leaderboard.

    `expected`, `low` and `high` are what the entry's receipt said when it was posted.
    """

    entry: str
    board: str
    score: float
    expected: float
    low: float
    high: float
    fingerprint: str
    when: str

    @property
    def gap(self) -> float:
        """Posted minus expected."""
        return self.score - self.expected

    @property
    def inside(self) -> bool:
        """Whether the interval held."""
        return self.low <= self.score <= self.high


def read(folder: Path, competition: Competition) -> list[Posted]:
    """What was posted for a competition, oldest first.

    Raises
    ------
    DataError
        When the journal can't be read: it is the user's own record and is never thrown away.
    """
    return [one for one in _all(folder) if one.fingerprint == competition.fingerprint]


def post(
    competition: Competition, folder: Path, name: str, score: str, board: str | None
) -> Posted:
    """Note what the real leaderboard answered to an entry's submission.

    Parameters
    ----------
    score : str
        As the user typed it.
    board : str, optional
        By default the competition's only leaderboard, or ``logloss``.

    Raises
    ------
    UsageError
        For a score that is no number, and an unknown entry or leaderboard.
    """
    try:
        value = float(score)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            f"{score!r} is no score", where="--posted", todo="such as --posted dense-001 0.1712"
        )
    boards = [one.name for one in competition.leaderboards]
    chosen = competition.board(board or (boards[0] if len(boards) == 1 else "logloss"))
    entry = entries.find(folder, name, fingerprint=competition.fingerprint)
    expected = entry.receipt.get("expected")
    kept = expected.get(chosen.name) if isinstance(expected, dict) else None
    if not isinstance(kept, dict):
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
    )
    write_json(folder / FILE, [asdict(one) for one in [*_all(folder), noted]])
    return noted


def summary(posted: Sequence[Posted]) -> str:
    """The gap between expected and posted scores in a sentence; empty without any."""
    if not posted:
        return ""
    mean = sum(one.gap for one in posted) / len(posted)
    inside = sum(one.inside for one in posted)
    return (
        f"posted {len(posted)}: {mean:+.4f} from the expected score on average, "
        f"{inside} within the 95 % interval"
    )


def _all(folder: Path) -> list[Posted]:
    path = folder / FILE
    if not path.exists():
        return []
    try:
        notes: Any = json.loads(path.read_text(encoding="utf-8"))
        return [Posted(**note) for note in notes]
    except (OSError, ValueError, TypeError) as problem:
        raise DataError(
            f"can't be read ({problem})", where=str(path), todo="repair it, or move it away"
        ) from problem
