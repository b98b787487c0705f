"""Every check in turn over one competition; silent, the results are data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.check._finding import ORDER, Finding, Outcome, Severity
from harness.check._sheet import Sheet
from harness.competition import Competition, Labels
from harness.registry import Files

if TYPE_CHECKING:
    from harness.entries import Entry

CHECKS = Files("check", "harness.check")


@dataclass(frozen=True)
class Checked:
    """What the checks came to.

    Attributes
    ----------
    outcomes : mapping of check to Outcome
        By name, all that were run.
    groups : int64 array, shape (n,), or None
        The groups to keep whole, copies and near copies together with the groups that are known;
        None where no two rows belong together, or nothing that was run asked for them.
    seconds : float
    """

    competition: str
    outcomes: Mapping[str, Outcome]
    groups: Labels | None
    seconds: float

    @property
    def findings(self) -> Sequence[tuple[str, Finding]]:
        """Check and finding, the worst first."""
        found = [(name, one) for name, out in self.outcomes.items() for one in out.findings]
        return sorted(found, key=lambda pair: ORDER.index(pair[1].severity))

    def count(self, severity: Severity) -> int:
        """How many findings are that severe."""
        return sum(one.severity is severity for _, one in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        return {
            "competition": self.competition,
            "counts": {str(severity): self.count(severity) for severity in ORDER},
            "findings": [
                {
                    "check": name,
                    "severity": str(one.severity),
                    "what": one.what,
                    "how_bad": one.how_bad,
                    "todo": one.todo,
                    **one.data,
                }
                for name, one in self.findings
            ],
            "looked_at": {name: out.seen for name, out in self.outcomes.items() if not out.skipped},
            "skipped": {name: out.seen for name, out in self.outcomes.items() if out.skipped},
            "seconds": round(self.seconds, 2),
        }


def check(
    competition: Competition,
    *,
    entry: Entry | None = None,
    cv: int = 5,
    seed: int = 0,
    only: Sequence[str] = (),
    groups: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Checked:
    """Look at the data before anything is fitted.

    Parameters
    ----------
    entry : Entry, optional
        Its out-of-fold probabilities judge the labels.
    cv : int
        The number of folds that a fit will ask for.
    seed : int
        Of samples, folds and the drift classifier.
    only : sequence of str
        Names of `CHECKS`; all of them where it is empty.
    groups : bool
        Whether `Checked.groups` is wanted in any case, even where `only` needs no copies.
    on_step : callable
        Told the name of each check when it is done.

    Raises
    ------
    UnknownNameError
        For a name in `only` that no check bears.
    """
    started = time.perf_counter()
    modules = {name: CHECKS.load(name) for name in (only or CHECKS.names())}
    sheet = Sheet(competition, entry=entry, cv=cv, seed=seed)
    outcomes = {}
    for name, module in modules.items():
        outcomes[name] = module.check(sheet)
        on_step(name)
    found = sheet.twins.groups if groups or "twins" in vars(sheet) else None
    return Checked(competition.name, outcomes, found, time.perf_counter() - started)
