"""The state of a run of `harness.auto`: which member is tried next, what is found, what it makes.

Everything that decides is decided in the portfolio's order, whichever process was first.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import checkpoints
from harness.blend import Member, Mixed, mix
from harness.competition import Competition, Leaderboard, Probabilities
from harness.evaluate import _thin, ensembles, learning, metrics, splits
from harness.evaluate.crossval import Fold
from harness.evaluate.learning import Gain
from harness.plans import FitSettings, Judged, plan
from harness.portfolio import EFFORTS, LEAST_OF_RELATIVES, PORTFOLIO, Effort, Row, suited
from harness.registry import lookup
from harness.threads import cores
from harness.workers import FOREVER, Done, Workers, left_by

# What is kept of a budget for blending and writing, and how much of it the first repeat may use.
RESERVE, MOST, FIRST_SHARE = 0.05, 0.3, 0.7
# As many times as after one row, the blends are judged at the end.
BLENDS = 4
# A guess at the next minute's gain needs so many seconds to go by.
LEAST_SECONDS = 10.0


@dataclass(frozen=True)
class AutoSettings:
    """What is asked for.

    Attributes
    ----------
    effort : str
        A row of `EFFORTS`.
    budget : float, optional
        Seconds, by the clock, from `began`; the effort is then what fits in.
    metric : str
        Of the leaderboard that the blend is for.
    cv : int, optional
        Folds; None takes the effort's, or as many as the rows fill.
    seed, split, allow_leak
        As in `harness.plans.FitSettings`.
    """

    effort: str = "medium"
    budget: float | None = None
    metric: str = "logloss"
    cv: int | None = None
    seed: int = 0
    split: str | None = None
    allow_leak: bool = False


@dataclass(frozen=True)
class Step:
    """What happened: a row finished one repeat, and the blend is as good as `score` now.

    Attributes
    ----------
    name : str
        The row.
    repeat : int
        From 0.
    alone, score : float
        The row's own log-loss, and that of the blend of all that is there, across folds.
    gain : float
        What the blend gained by it.
    seconds : float
        Since the beginning.
    problem : str
        Why there is nothing of this row; "" where it came out.
    left : int
        Rows that are still to come in this repeat.
    next_minute : float
        What one more minute is expected to take off the blend's log-loss, from the last rows.
    """

    name: str
    repeat: int
    alone: float
    score: float
    gain: float
    seconds: float
    cpu_seconds: float
    problem: str = ""
    left: int = 0
    next_minute: float = 0.0


@dataclass
class Found:
    """One row's results: a `Judged` with its folds' test probabilities for each repeat."""

    row: Row
    paths: dict[int, Path] = field(default_factory=dict)
    folds: dict[int, list[Fold]] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    def oof(self, n: int, n_classes: int, repeats: int | None = None) -> Probabilities:
        """Mean over repeats of each row's out-of-fold probabilities."""
        parts = []
        for repeat in sorted(self.folds)[:repeats]:
            part = np.full((n, n_classes), np.nan)
            for fold in self.folds[repeat]:
                part[fold.held_out] = fold.proba
            parts.append(part)
        mean: Probabilities = np.mean(parts, axis=0)
        return mean

    def test(self) -> Probabilities | None:
        """Mean over all fold models of the test rows' probabilities."""
        parts = [fold.test_proba for repeat in sorted(self.folds) for fold in self.folds[repeat]]
        present = [part for part in parts if part is not None]
        return np.mean(present, axis=0) if present else None

    @property
    def models(self) -> int:
        """How many models its test probabilities are a mean of."""
        return sum(map(len, self.folds.values()))


def _fewer_folds(competition: Competition, settings: AutoSettings, effort: Effort) -> list[str]:
    """What to say where few rows leave fewer folds than the effort has."""
    wanted = effort.folds_of(len(competition.y))
    there = splits.filled(competition, wanted)
    if settings.cv is not None or there == wanted:
        return []
    return [f"{there} folds instead of {wanted}: the rows fill no more"]


class Run:
    """The state of one run; `auto` reads as its programme."""

    def __init__(
        self,
        competition: Competition,
        settings: AutoSettings,
        began: float,
        on_step: Callable[[Step], None],
    ) -> None:
        self.competition = competition
        self.settings = settings
        self.began = began
        self.on_step = on_step
        effort = lookup("effort", settings.effort, EFFORTS)
        if settings.budget is not None:
            effort = EFFORTS["large"]
            # Of many rows, more members rather than more folds.
            effort = replace(
                effort, folds=replace(effort, thorough=False).folds_of(len(competition.y))
            )
        self.effort: Effort = effort
        self.rows = dict(list(suited(PORTFOLIO, competition).items())[: effort.members])
        self.found: dict[str, Found] = {}
        self.problems: dict[str, str] = {}
        # Of rows that wait for a relative: whether they are tried, once that is known.
        self.wanted: dict[str, bool] = {}
        self.untried: dict[str, str] = {}
        # Repeats that were begun, and how far they came.
        self.unfinished: dict[tuple[str, int], str] = {}
        self.asked: list[FitSettings] = []
        self.scores: list[tuple[float, float]] = []
        self.stopped = ""
        # Seconds that it took at most to judge the blend after a row.
        self.slowest = 0.0
        self.notes = _fewer_folds(competition, settings, effort)
        first = plan(competition, self.settings_of(next(iter(self.rows.values())), 0))
        self.split, self.folds = first.split, first.folds[0]
        self.notes += _thin.said(competition, int(self.folds.max()) + 1)
        self.judged_rows = np.flatnonzero(self.folds >= 0)

    def settings_of(self, row: Row, repeat: int) -> FitSettings:
        """One row's fit in one repeat: other folds and another seed in each."""
        own, competition = self.settings, self.competition
        return FitSettings(
            model=row.model,
            parameters=row.parameters,
            scaler=row.scaler,
            cv=own.cv or splits.filled(competition, self.effort.folds_of(len(competition.y))),
            seed=own.seed + repeat,
            final="bag",
            split=own.split,
            allow_leak=own.allow_leak,
        )

    def until(self, share: float = 1.0) -> float:
        """The moment at which a share of the budget is used up, less what blending will take."""
        budget = self.settings.budget
        if budget is None:
            return float("inf")
        # Each method is judged as one was after each row, and once more without each member.
        last = (BLENDS + len(self.found)) * self.slowest
        return self.began + share * (budget - min(max(RESERVE * budget, last), MOST * budget))

    def first_repeat(self, workers: Workers) -> None:
        """Every row once, heard in the portfolio's order; ended when the last brought nothing."""
        names, waiting, heard, under_way = list(self.rows), dict[str, Done](), 0, 0
        queue = list(names)

        def feed() -> int:
            """Keep every process at work; a row whose relative isn't heard yet is passed by."""
            given = 0
            while under_way + given < cores():
                ready = [n for n in queue if self.wanted.get(n, self.rows[n].after is None)]
                if not ready:
                    break
                queue.remove(ready[0])
                self.submit(workers, ready[0], ready[0], 0)
                given += 1
            return given

        under_way += feed()
        for name, done in workers.finished():
            waiting[name] = done
            under_way -= 1
            under_way += feed()
            # In the portfolio's order, whoever was first: else no two runs would be the same.
            while heard < len(names):
                following = names[heard]
                if self.wanted.get(following) is False:
                    heard += 1
                    continue
                if following not in waiting:
                    break
                heard += 1
                self.hear(following, 0, waiting.pop(following), len(names) - heard)
                self.look_after(following)
                if self._exhausted() and heard < len(names):
                    self.stopped = f"the last {self.effort.patience} members brought too little"
                    for name in names[heard:]:
                        self.untried.setdefault(name, self.stopped)
                    workers.forget()
                    return
            under_way += feed()

    def submit(
        self, workers: Workers, key: Hashable, name: str, repeat: int, until: float = FOREVER
    ) -> None:
        """Have one row cross-validated in one repeat."""
        settings = self.settings_of(self.rows[name], repeat)
        self.asked.append(settings)
        workers.submit(key, settings, until)

    @property
    def cpu_seconds(self) -> float:
        """What the members took."""
        return sum(one.cpu_seconds for one in self.found.values())

    def ask_for_all(self) -> None:
        """Count every row in every repeat as asked for, to `clean` after an earlier run."""
        every = range(self.effort.repeats)
        self.asked = [self.settings_of(row, one) for row in self.rows.values() for one in every]

    def clean(self, folder: Path) -> None:
        """Remove what members left in `folder`, those too that were under way at the end."""
        left = [left_by(self.competition, settings, folder) for settings in self.asked]
        heard = [path for one in self.found.values() for path in one.paths.values()]
        for path in [*left, *heard]:
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)

    def look_after(self, name: str) -> None:
        """Decide on a row's relatives, now that the row is heard."""
        relatives = [other for other, row in self.rows.items() if row.after == name]
        if not relatives:
            return
        share = self.shares().get(name, 0.0)
        for other in relatives:
            self.wanted[other] = share >= LEAST_OF_RELATIVES
            if not self.wanted[other]:
                self.untried[other] = f"{name} carries {share:.0%} of the weight"

    def further_repeats(self, workers: Workers) -> None:
        """Rows that carry weight again, repeat by repeat."""
        for repeat in range(1, self.effort.repeats):
            names = [
                name
                for name, share in self.shares().items()
                if self.effort.repeated(self.rows[name], share)
            ]
            for name in names:
                self.submit(workers, (name, repeat), name, repeat)
            waiting = {name: done for (name, _), done in workers.finished()}
            for i, name in enumerate(names):
                self.hear(name, repeat, waiting[name], len(names) - i - 1)

    def left(self, name: str, folder: Path) -> Path | None:
        """Where an earlier run left all folds of a row's first repeat; None where it didn't."""
        settings = self.settings_of(self.rows[name], 0)
        path = left_by(self.competition, settings, folder)
        if path is None or not path.is_dir():
            return None
        self.asked.append(settings)
        kept = checkpoints.Checkpoint(path.parent, path.name.removeprefix(checkpoints.PREFIX))
        whole = len(kept.done(0, self.folds, models=True)) == int(self.folds.max()) + 1
        return path if whole else None

    def status(self, under_way: Mapping[Any, tuple[int, int]]) -> str:
        """What is under way, and how much is there."""
        told = []
        for key, (folds, of) in under_way.items():
            name, repeat = key if isinstance(key, tuple) else (key, 0)
            which = f"{name} ({repeat + 1})" if repeat else name
            told.append(f"{which}, {folds} of {of} folds" if of else which)
        told.append(f"{len(self.found)} of {len(self.rows)} members there")
        return "; ".join(told)

    def seconds_of(self, name: str) -> float:
        """How long a row's first repeat took, wherever its folds were fitted."""
        one = self.found.get(name)
        return 0.0 if one is None else sum(fold.seconds for fold in one.folds[min(one.folds)])

    def shares(self) -> dict[str, float]:
        """Each row's share in a blend of what is there."""
        if len(self.found) == 1:
            return dict.fromkeys(self.found, 1.0)
        members = [self._oof(name) for name in self.found]
        y = self.competition.y[self.judged_rows]
        return dict(zip(self.found, ensembles.fit("stacking", members, y).shares, strict=True))

    def _oof(self, name: str, repeats: int | None = None) -> Probabilities:
        n, k = len(self.competition.y), self.competition.n_classes
        return self.found[name].oof(n, k, repeats)[self.judged_rows]

    def hear(self, name: str, repeat: int, done: Done, left: int) -> None:
        """Take in what came of a row, and say what the blend makes of it."""
        seconds = time.monotonic() - self.began
        if done.path is None:
            self.problems.setdefault(name, done.problem)
            self.on_step(Step(name, repeat, 0, 0, 0, seconds, done.cpu_seconds, done.problem, left))
            return
        ready = plan(self.competition, self.settings_of(self.rows[name], repeat))
        kept = checkpoints.Checkpoint(done.path.parent, "")
        kept.path = done.path
        folds = kept.done(0, ready.folds[0], models=True)
        if len(folds) < ready.total:
            self.problems.setdefault(name, "its folds can't be read back")
            return
        one = self.found.setdefault(name, Found(self.rows[name]))
        one.folds[repeat], one.paths[repeat] = [folds[i] for i in sorted(folds)], done.path
        one.cpu_seconds += done.cpu_seconds
        y, parts = self.competition.y[self.judged_rows], self.folds[self.judged_rows]
        members = [self._oof(other) for other in self.found]
        blended = ensembles.cross_fitted("stacking", members, y, parts)
        score = metrics.score("logloss", y, blended)
        self.slowest = max(self.slowest, time.monotonic() - self.began - seconds)
        before = self.scores[-1][1] if self.scores else score
        self.scores.append((seconds, score))
        self.on_step(
            Step(
                name,
                repeat,
                metrics.score("logloss", y, self._oof(name)),
                score,
                before - score,
                seconds,
                done.cpu_seconds,
                "",
                left,
                self._next_minute(),
            )
        )

    def _exhausted(self) -> bool:
        scores, patience = [score for _, score in self.scores], self.effort.patience
        if len(scores) <= patience:
            return False
        return scores[-1 - patience] - scores[-1] < self.effort.gain * scores[-1]

    def _next_minute(self) -> float:
        """Half of what the last three rows gained a minute: gains get smaller.

        Nothing before there are `LEAST_SECONDS` to go by, and never more than half of the score.
        """
        last = self.scores[-4:]
        if len(last) < 2 or last[-1][0] - last[0][0] < LEAST_SECONDS:
            return 0.0
        gained = (last[0][1] - last[-1][1]) / (last[-1][0] - last[0][0]) * 60 / 2
        return min(max(0.0, gained), last[-1][1] / 2)

    def mixed(self) -> tuple[Mixed, dict[str, Member]]:
        """The blend of everything that is there."""
        members = {
            name: Member(
                self._oof(name),
                one.test(),
                {
                    "model": one.row.model,
                    "scaler": one.row.scaler,
                    "parameters": dict(one.row.parameters),
                    "repeats": len(one.folds),
                    "models": one.models,
                    "cpu_seconds": round(one.cpu_seconds, 3),
                },
            )
            for name, one in self.found.items()
        }
        y = self.competition.y[self.judged_rows]
        rows = self.judged_rows.astype(np.int64)
        judged = Judged(rows, y, self.folds[rows], np.empty((0, 0)))
        return mix(self.competition, members, judged, metric=self.settings.metric), members

    def gain(self, mixed: Mixed, board: Leaderboard) -> Gain | None:
        """What the mean of all fold models is ahead of the mean of a few that was judged.

        Members were judged as means of `repeats` models; one repeat alone shows what that brought.
        The rest follows as the spread of models around their mean does, which falls as 1 / models
        (see `harness.expectation`).
        """
        shares, members = mixed.blend.shares, self.found.values()
        # Means of the spreads that are left, one model's spread being 1.
        judged = float(np.average([1 / len(one.folds) for one in members], weights=shares))
        given = float(np.average([1 / one.models for one in members], weights=shares))
        if judged >= 1:
            return None
        alone = mixed.blend.apply([self._oof(name, 1) for name in self.found])
        together = mixed.blend.apply([self._oof(name) for name in self.found])
        y = self.competition.y[self.judged_rows]
        of_alone, of_mean = (metrics.row_scores(board.metric, y, p) for p in (alone, together))
        if of_alone is None or of_mean is None:
            return None
        groups = self.competition.groups
        units = None if groups is None else groups[self.judged_rows]
        return learning.gain(of_alone, of_mean, (judged - given) / (1 - judged), units)
