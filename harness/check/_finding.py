"""What a check gives back: findings, and one line on what it looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters."""

    BAD = "bad"  # scores will be wrong, or a fit will stop
    WARN = "warn"  # scores may be wrong
    INFO = "info"  # worth knowing


ORDER = tuple(Severity)


@dataclass(frozen=True)
class Finding:
    """One thing found in the data.

    Attributes
    ----------
    severity : Severity
    what : str
        What was found, in one sentence. Texts from the data stand in it as they are.
    how_bad : str
        The figure.
    todo : str
        The next step: the option or the command where there is one.
    data : mapping
        The same for programs, with all the rows and columns; everything JSON can hold. Rows count
        from 1.
    """

    severity: Severity
    what: str
    how_bad: str
    todo: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What one check came to.

    Attributes
    ----------
    findings : sequence of Finding
    seen : str
        What was looked at, with its figure; it is all there is to say where nothing was found.
    skipped : bool
        Whether it couldn't be looked at; `seen` has the reason.
    """

    findings: Sequence[Finding]
    seen: str
    skipped: bool = False


def skipped(reason: str) -> Outcome:
    """The outcome of a check that has nothing to look at."""
    return Outcome((), reason, skipped=True)


def listed(names: Sequence[object], most: int = 5) -> str:
    """Names in a row, cut after `most`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def counted(number: int, thing: str, plural: str = "") -> str:
    """``1 row``, ``23 rows``; large numbers with thin groups: ``4,363 rows``."""
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"


def percent(share: float) -> str:
    """A share as per cent with two digits that count."""
    value = 100 * share
    digits = 0 if value >= 9.95 or value == 0 else 1 if value >= 0.995 else 2
    return f"{value:.{digits}f} %" if value == 0 or value >= 0.005 else "<0.01 %"


def drop_columns(names: Sequence[str]) -> str:
    """The line of `competition.toml` that leaves columns out."""
    quoted = ", ".join(map(_quoted, names[:8]))
    more = ", ..." if len(names) > 8 else ""
    return f"leave it out: drop = [{quoted}{more}] under [columns] in competition.toml"


def _quoted(name: str) -> str:
    return name if name.isdigit() else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
