"""A case of the audit: a subject, the rows it is audited on, and what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, Labels, Probabilities
from harness.errors import DataError
from harness.evaluate._paired import Judged

Verdict = Literal["passed", "failed", "note", "not run"]


@dataclass(frozen=True)
class Outcome:
    """What one cross-validation gave.

    Attributes
    ----------
    oof : float64 array, shape (n, K)
        Only held-out rows count.
    test : float64 array, shape (m, K), or None
    """

    oof: Probabilities
    test: Probabilities | None = None


class Subject(Protocol):
    """What is audited: anything that cross-validates.

    `sees_test` says whether it is ever given test rows, `promises_bits` whether the same seed is to
    give the same bits (of the user's own code nobody has promised that), `isolates` whether each
    fold is fitted by us, with the generators of random numbers set anew, rather than by the
    subject. `rounds` says whether folds are fitted side by side: sums are then taken in an order
    that depends on how many stand together, and bits may differ where nothing leaked.
    """

    name: str
    sees_test: bool
    promises_bits: bool
    isolates: bool

    @property
    def rounds(self) -> bool:
        """Whether last bits may differ without a leak."""
        ...

    def run(
        self, given: Competition, fold: Labels, *, test: bool = False, luck: int = 0
    ) -> Outcome:
        """Cross-validate; with `test`, predict the test rows as well.

        `luck` sets the generators that anybody may draw from; it must not matter.
        """
        ...

    def reaching(self, given: Competition, fold: Labels, number: int) -> tuple[NDArray, NDArray]:
        """The rows that fold `number`'s model is fitted on, and those it is asked about."""
        ...


@dataclass(frozen=True)
class Told:
    """What a sentinel saw."""

    verdict: Verdict
    figure: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Case:
    """A subject, the rows it is audited on, and how they are split."""

    subject: Subject
    given: Competition
    fold: Labels
    permutations: int = 5
    seed: int = 0
    allow_leak: bool = False
    on_run: Callable[[], None] = lambda: None

    def random(self, *salt: int) -> np.random.Generator:
        """A generator of its own for everything that is planted."""
        return np.random.default_rng([self.seed, *salt])

    def run(
        self,
        given: Competition,
        fold: Labels | None = None,
        *,
        test: bool = False,
        luck: int = 0,
    ) -> Outcome:
        """Run the subject once.

        Raises
        ------
        DataError
            When it gives numbers that aren't finite: no comparison would see what they hide.
        """
        self.on_run()
        fold = self.fold if fold is None else fold
        outcome = self.subject.run(given, fold, test=test, luck=luck)
        self._refuse_nan(outcome.oof[fold >= 0], "held-out")
        if outcome.test is not None:
            self._refuse_nan(outcome.test, "test")
        return outcome

    def _refuse_nan(self, proba: Probabilities, rows: str) -> None:
        off = len(proba) - int(np.isfinite(proba).all(axis=1).sum())
        if off:
            what = "NaN" if np.isnan(proba).any() else "infinite"
            raise DataError(
                f"gave {what} probabilities for {off} of {len(proba)} {rows} rows",
                where=self.subject.name,
                todo="find out which rows and why: a division by 0, an overflow, missing cells",
            )

    def run_as_it_is(self) -> None:
        """Run the subject on the data as they are, unless it has been."""
        _ = self.base

    @cached_property
    def base(self) -> Outcome:
        """The subject's answer to the data as they are."""
        return self.run(self.given)

    @cached_property
    def repeatable(self) -> bool:
        """Whether the same rows give the same bits when all generators are set alike."""
        return bool(np.array_equal(self.run(self.given).oof[self.held], self.base.oof[self.held]))

    @cached_property
    def held(self) -> Labels:
        """Positions of all rows that are held out."""
        return np.flatnonzero(self.fold >= 0)

    @cached_property
    def numbers(self) -> list[int]:
        """The folds' numbers."""
        return [int(number) for number in np.unique(self.fold[self.held])]

    @cached_property
    def units(self) -> Labels:
        """Rows that vary together: the groups, else every row by itself."""
        return self.given.groups if self.given.groups is not None else np.arange(len(self.fold))

    def judged(self, outcome: Outcome, y: Labels | None = None) -> Judged:
        """The held-out rows of an outcome."""
        rows, y = self.held, self.given.y if y is None else y
        return Judged(y[rows], self.fold[rows], self.units[rows], outcome.oof[rows])
