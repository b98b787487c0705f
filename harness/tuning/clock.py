"""A clock budget: how much of it is left, and whether one more fold or trial fits into it."""

from __future__ import annotations

import time

from harness.tuning.trials import Trial

# What stands at the end beside fits: calibration, writing, pictures.
LAST_SECONDS = 2.0
# Folds take as long as the last ones did, more or less.
SLACK = 1.1
RECENT = 8


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
        self.of_default = 0.0
        self.of_best = 0.0

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

    def allows_fold(self) -> bool:
        """Whether one more fold fits, and then what judges the best trial so far."""
        return self._fits(max(self.recent, default=0.0) + self.after())

    def allows_trial(self, folds: int, seconds: float | None = None) -> bool:
        """Whether so many folds fit, of `seconds` each or as the last ones, and what judges them.

        A trial that couldn't be judged needn't be finished.
        """
        if not self.recent:
            return True
        if seconds is None:
            seconds = sum(self.recent) / len(self.recent)
        return self._fits(folds * seconds + self.after(seconds))

    def after(self, seconds: float = 0.0) -> float:
        """How long it takes to judge the best trial, or one whose folds take `seconds`.

        The defaults and the best on fresh folds; then the best twice on fewer rows and once on all:
        see `harness.expectation`.
        """
        best = max(self.of_best, seconds)
        whole = self.folds / max(1, self.folds - 1)
        return self.of_default * self.folds + best * (self.folds + 2 + whole)

    def needed(self) -> float:
        """About how many seconds the defaults and one more trial take, with what judges them."""
        step = max(self.recent, default=0.0)
        return SLACK * (3 * self.folds * step + self.after(step)) + 10

    def _fits(self, seconds: float) -> bool:
        if self.budget is None:
            return True
        spent = time.perf_counter() - self.started
        return spent + SLACK * seconds + LAST_SECONDS <= self.budget
