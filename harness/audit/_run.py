"""The job `audit`: the sentinels over a model of the house, an estimator or a function of yours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.audit._subjects import AuditSettings, subject_of
from harness.competition import Competition
from harness.errors import UsageError
from harness.evaluate import _planting, splits
from harness.evaluate import audit as sentinels
from harness.evaluate._case import Case
from harness.evaluate.audit import Finding

MOST_FOLDS = 20


@dataclass(frozen=True)
class Audited:
    """What was audited, and what the sentinels found."""

    subject: str
    rows: int
    folds: int
    split: str
    findings: list[Finding]

    @property
    def failed(self) -> list[str]:
        """The sentinels that failed."""
        return [one.sentinel for one in self.findings if one.verdict == "failed"]

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "subject": self.subject,
            "rows": self.rows,
            "folds": self.folds,
            "split": self.split,
            "failed": self.failed,
            "findings": [one.as_dict() for one in self.findings],
        }


def audit(
    competition: Competition,
    settings: AuditSettings,
    *,
    only: Sequence[str] = (),
    on_finding: Callable[[Finding], None] = lambda one: None,
) -> Audited:
    """Send every sentinel, or those in `only`, over the subject that `settings` names.

    Splits that part groups are let through: the sentinels tell what that does.

    Raises
    ------
    UsageError
        For settings that can't be taken.
    DataError
        Where the subject can't be run on the data as they are.
    """
    subject = subject_of(settings)
    split = settings.split or splits.default_for(competition)
    given = _planting.sample(competition, settings.rows, fewest=2 * settings.cv, seed=settings.seed)
    fold = splits.make(given, split, folds=settings.cv, seed=settings.seed)[0]
    if fold.max() >= MOST_FOLDS:
        raise UsageError(
            f"{fold.max() + 1} folds are too many to fit many times",
            where=f"--split {split}",
            todo="use --split stratified",
        )
    case = Case(
        subject,
        given,
        fold,
        permutations=settings.permutations,
        seed=settings.seed,
        allow_leak=settings.allow_leak,
    )
    findings = sentinels.audit(case, only=only, on_finding=on_finding)
    return Audited(subject.name, len(given.y), len(case.numbers), split, findings)
