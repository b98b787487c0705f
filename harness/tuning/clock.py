"""A clock budget: how much of it is left, and whether one more fold fits into it."""

from __future__ import annotations

import time

from harness.tuning.trials import Trial

# What stands at the end beside fits: calibration, writing, pictures.
LAST_SECONDS = 2.0
# A fold takes as long as the last ones did, more or less.
SLACK = 1.1
RECENT = 5


class Clock:
    """What a search may still spend.

    Parameters
    ----------
    budget : float, optional
        Seconds for everything, what comes after the search included; None for no limit.
    started : float
        As `time.perf_counter` gives it.
    folds : int
        How many folds the fresh cross-validations have.
    """

    def __init__(self, budget: float | None, started: float, folds: int) -> None:
        self.budget = budget
        self.started = started
        self.folds = folds
        self.recent: list[float] = []
        # A fold's seconds: of the defaults, and of the best trial.
        self.of_default: float | None = None
        self.of_best: float | None = None

    def took(self, seconds: float) -> None:
        """Note how long a fold took."""
        self.recent = [*self.recent, seconds][-RECENT:]

    def ended(self, trial: Trial, best: Trial | None) -> None:
        """Note how long a fold of the defaults and of the best trial takes."""
        if not trial.steps or not trial.seconds:
            return
        per_fold = trial.seconds / len(trial.steps)
        if trial.number == 0:
            self.of_default = per_fold
        if best is not None and trial.number == best.number:
            self.of_best = per_fold

    def allows(self, folds: int = 1) -> bool:
        """Whether there is time to fit so many more folds, and then to judge the best trial."""
        if self.budget is None or not self.recent:
            return True
        step = max(self.recent)
        spent = time.perf_counter() - self.started
        return spent + SLACK * (folds * step + self.reserve(step)) + LAST_SECONDS <= self.budget

    def reserve(self, step: float = 0.0) -> float:
        """Seconds that fits will take after the search.

        The defaults and the best on fresh folds; twice the best on fewer rows and once on all: see
        `harness.expectation`.
        """
        best = max(self.of_best or 0.0, step)
        whole = self.folds / max(1, self.folds - 1)
        return (self.of_default or 0.0) * self.folds + best * (self.folds + 2 + whole)
