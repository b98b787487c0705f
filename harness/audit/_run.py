"""The job `audit`: the sentinels over a model of the house, an estimator or a function of yours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.audit._subjects import AuditSettings, subject_of
from harness.competition import Competition, Labels
from harness.errors import UsageError
from harness.evaluate import _planting, splits
from harness.evaluate import audit as sentinels
from harness.evaluate._case import Case
from harness.evaluate.audit import Finding
from harness.registry import lookup

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
    def limits(self) -> dict[str, float]:
        """The smallest leak that each sentinel that weighs numbers would have seen.

        As a share of rows, or of accuracy: 0.05 is 5 %. A leak below it can pass.
        """
        limits = {one.sentinel: one.numbers.get("limit") for one in self.findings}
        return {name: limit for name, limit in limits.items() if limit is not None}

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
            "limits": self.limits,
            "findings": [one.as_dict() for one in self.findings],
        }


@dataclass(frozen=True)
class Ready:
    """The rows that are used, and how they are split."""

    given: Competition
    fold: Labels
    split: str

    @property
    def rows(self) -> int:
        """How many training rows are used."""
        return len(self.given.y)

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return len(np.unique(self.fold[self.fold >= 0]))


def audit(
    competition: Competition,
    settings: AuditSettings,
    *,
    only: Sequence[str] = (),
    on_finding: Callable[[Finding], None] = lambda one: None,
) -> Audited:
    """Send every sentinel, or those in `only`, over the subject that `settings` names.

    Splits that part groups are let through: the sentinels tell what that does. The user's own code
    runs in this process; see `harness.audit._apart`.

    Raises
    ------
    UsageError
        For settings that can't be taken.
    DataError
        Where the subject can't be run on the data as they are.
    """
    subject = subject_of(settings)
    ready = prepare(competition, settings, only)
    return send(subject, ready, settings, only=only, on_finding=on_finding)


def prepare(competition: Competition, settings: AuditSettings, only: Sequence[str] = ()) -> Ready:
    """Choose the rows and split them; nothing of the subject is needed.

    Raises
    ------
    UsageError
        For a split of too many folds, and a sentinel that there isn't.
    """
    for name in only:
        lookup("sentinel", name, sentinels.SENTINELS)
    split = settings.split or splits.default_for(competition)
    given = _planting.sample(competition, settings.rows, fewest=2 * settings.cv, seed=settings.seed)
    fold = splits.make(given, split, folds=settings.cv, seed=settings.seed)[0]
    if fold.max() >= MOST_FOLDS:
        raise UsageError(
            f"{fold.max() + 1} folds are too many to fit many times",
            where=f"--split {split}",
            todo="use --split stratified",
        )
    return Ready(given, fold, split)


def send(
    subject: Any,
    ready: Ready,
    settings: AuditSettings,
    *,
    only: Sequence[str] = (),
    on_finding: Callable[[Finding], None] = lambda one: None,
    on_run: Callable[[], None] = lambda: None,
) -> Audited:
    """Send the sentinels over a subject.

    Parameters
    ----------
    on_run : callable
        Called before every run of the subject.
    """
    case = Case(
        subject,
        ready.given,
        ready.fold,
        permutations=settings.permutations,
        seed=settings.seed,
        allow_leak=settings.allow_leak,
        on_run=on_run,
    )
    findings = sentinels.audit(case, only=only, on_finding=on_finding)
    return Audited(subject.name, ready.rows, ready.folds, ready.split, findings)
