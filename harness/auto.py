"""The job `fit --model auto`: a portfolio over shared folds, blended into one entry.

1. Every row of the portfolio is cross-validated on the same folds, in the portfolio's order. After
   each, a blend of what is there is judged across folds; when the last few rows brought nothing,
   the others aren't tried.
2. Rows that carry weight are cross-validated again, on other folds and with other seeds. A row's
   out-of-fold probabilities are then means of several models, as the test probabilities are; what
   averaging brings is thereby measured, not assumed.
3. The blend's method and weights are chosen across folds (`harness.evaluate.ensembles`). Test
   probabilities come from the mean of all fold models of each row.

With an effort the same seed gives the same bytes, whichever process was first. With a budget the
clock decides how far it comes: nothing repeats that.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness import checkpoints, entries, receipts
from harness.atomic import write_json
from harness.blend import FILE, Member, Mixed, expectations, mix
from harness.competition import Competition, Leaderboard, Probabilities
from harness.entries import Entry
from harness.errors import DataError, UsageError
from harness.evaluate import ensembles, learning, metrics
from harness.evaluate.crossval import Fold
from harness.evaluate.learning import Gain
from harness.plans import FitSettings, Judged, Plan, check_board, plan
from harness.portfolio import EFFORTS, PORTFOLIO, Effort, Row
from harness.registry import lookup
from harness.threads import cores
from harness.workers import Done, Workers, working

MODEL = "auto"
# The first repeat is ended when so many rows in a row took less than this share off the log-loss.
PATIENCE, LEAST_GAIN = 4, 0.001
# What is kept of a budget for blending and writing, and how much of it the first repeat may use.
RESERVE, FIRST_SHARE = 0.05, 0.7


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
        Folds; None takes the effort's.
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
class _Found:
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


class _Run:
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
        self.effort: Effort = effort
        self.rows = dict(list(PORTFOLIO.items())[: effort.members])
        self.found: dict[str, _Found] = {}
        self.problems: dict[str, str] = {}
        self.scores: list[tuple[float, float]] = []
        self.stopped = ""
        first = plan(competition, self.settings_of(next(iter(self.rows.values())), 0))
        self.split, self.folds = first.split, first.folds[0]
        self.judged_rows = np.flatnonzero(self.folds >= 0)

    def settings_of(self, row: Row, repeat: int) -> FitSettings:
        """One row's fit in one repeat: other folds and another seed in each."""
        own = self.settings
        return FitSettings(
            model=row.model,
            parameters=row.parameters,
            scaler=row.scaler,
            cv=own.cv or self.effort.folds,
            seed=own.seed + repeat,
            final="bag",
            split=own.split,
            allow_leak=own.allow_leak,
        )

    def until(self, share: float = 1.0) -> float:
        """The moment at which a share of the budget is used up."""
        if self.settings.budget is None:
            return float("inf")
        return self.began + share * (1 - RESERVE) * self.settings.budget

    def first_repeat(self, workers: Workers) -> None:
        """Every row once, in order; ended early when the last ones brought nothing."""
        waiting: dict[str, Done] = {}
        names = list(self.rows)
        for name in names:
            workers.submit(name, self.settings_of(self.rows[name], 0))
        heard = 0
        for name, done in workers.finished(self.until(FIRST_SHARE)):
            waiting[name] = done
            # In the portfolio's order, whoever was first.
            while heard < len(names) and names[heard] in waiting:
                self._hear(names[heard], 0, waiting.pop(names[heard]), len(names) - heard - 1)
                heard += 1
                if self._exhausted() and heard < len(names):
                    self.stopped = f"the last {PATIENCE} members brought nothing more"
                    workers.forget()
                    return
        # The clock: rows that finished out of order count as well.
        for name, done in waiting.items():
            self._hear(name, 0, done, 0)
        workers.forget()

    def further_repeats(self, workers: Workers) -> None:
        """Rows that carry weight again, repeat by repeat."""
        for repeat in range(1, self.effort.repeats):
            names = [name for name, share in self.shares().items() if share > 0]
            for name in names:
                workers.submit((name, repeat), self.settings_of(self.rows[name], repeat))
            waiting: dict[str, Done] = {}
            for (name, _), done in workers.finished(self.until()):
                waiting[name] = done
            for i, name in enumerate(one for one in names if one in waiting):
                self._hear(name, repeat, waiting[name], len(names) - i - 1)
            if len(waiting) < len(names):
                return

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

    def _hear(self, name: str, repeat: int, done: Done, left: int) -> None:
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
        one = self.found.setdefault(name, _Found(self.rows[name]))
        one.folds[repeat], one.paths[repeat] = [folds[i] for i in sorted(folds)], done.path
        one.cpu_seconds += done.cpu_seconds
        y, parts = self.competition.y[self.judged_rows], self.folds[self.judged_rows]
        members = [self._oof(other) for other in self.found]
        blended = ensembles.cross_fitted("stacking", members, y, parts)
        score = metrics.score("logloss", y, blended)
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
        scores = [score for _, score in self.scores]
        if len(scores) <= PATIENCE:
            return False
        return scores[-1 - PATIENCE] - scores[-1] < LEAST_GAIN * scores[-1]

    def _next_minute(self) -> float:
        """Half of what the last three rows gained a minute: gains get smaller."""
        last = self.scores[-4:]
        if len(last) < 2 or last[-1][0] <= last[0][0]:
            return 0.0
        return max(0.0, (last[0][1] - last[-1][1]) / (last[-1][0] - last[0][0]) * 60 / 2)

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
        shares = mixed.blend.shares
        repeats = _mean([len(one.folds) for one in self.found.values()], shares)
        models = _mean([one.models for one in self.found.values()], shares)
        if repeats <= 1:
            return None
        alone = mixed.blend.apply([self._oof(name, 1) for name in self.found])
        together = mixed.blend.apply([self._oof(name) for name in self.found])
        y = self.competition.y[self.judged_rows]
        of_alone, of_mean = (metrics.row_scores(board.metric, y, p) for p in (alone, together))
        if of_alone is None or of_mean is None:
            return None
        step = 1 - 1 / repeats
        return learning.gain(of_alone, of_mean, (1 / repeats - 1 / models) / step)


def auto(
    competition: Competition,
    settings: AutoSettings,
    folder: Path,
    *,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
    began: float | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
    on_phase: Callable[[str], None] = lambda phase: None,
) -> Entry:
    """Try the portfolio, blend it, and write the entry into `folder`.

    A run that was killed is gone on with: what had finished is found in its checkpoints.

    Parameters
    ----------
    began : float, optional
        When the budget began, on the clock of `time.monotonic`; default: now.
    on_step : callable
        Called with every row that finished a repeat.
    on_phase : callable
        Told what is being done.

    Raises
    ------
    DataError
        Where not one member of the portfolio could be fitted.
    KeyboardInterrupt
        Where it comes before anything is finished; later it ends the search with what is there.
    """
    began = time.monotonic() if began is None else began
    cpu_started = time.process_time()
    for board in competition.leaderboards:
        check_board(competition, board)
    if settings.budget is not None and settings.budget < 1:
        raise UsageError("a budget needs a second at least", where="--budget", todo="such as 2m")
    checkpoints.sweep(folder)
    run = _Run(competition, settings, began, on_step)
    interrupted = False
    try:
        with working(competition, folder, cores()) as workers:
            on_phase("each member once")
            run.first_repeat(workers)
            if run.found:
                on_phase("again, on other folds")
                run.further_repeats(workers)
    except KeyboardInterrupt:
        if not run.found:
            raise
        interrupted = True
        on_phase("stopped: the best so far")
    if not run.found:
        reasons = "; ".join(f"{name}: {why}" for name, why in run.problems.items())
        raise DataError(
            f"no member of the portfolio could be fitted ({reasons or 'the budget is too short'})",
            todo="give it more time (--budget), or fit one model to see what stands against it",
        )
    on_phase("blending")
    mixed, members = run.mixed()
    cpu = sum(one.cpu_seconds for one in run.found.values()) + time.process_time() - cpu_started
    entry = _write(run, mixed, members, folder, name, source or {}, cpu, interrupted)
    for one in run.found.values():
        for path in one.paths.values():
            shutil.rmtree(path, ignore_errors=True)
    return entry


def _write(
    run: _Run,
    mixed: Mixed,
    members: Mapping[str, Member],
    folder: Path,
    name: str | None,
    source: Mapping[str, str],
    cpu: float,
    interrupted: bool,
) -> Entry:
    competition, settings = run.competition, run.settings
    repeats = max(len(one.folds) for one in run.found.values())
    split = {
        "kind": run.split,
        "folds": int(run.folds.max()) + 1,
        "repeats": repeats,
        "seed": settings.seed,
    }
    expected = expectations(competition, mixed, lambda board: run.gain(mixed, board))
    weights = dict(zip(members, mixed.blend.weights, strict=True))

    def fill(part: Path) -> Mapping[str, Any]:
        mixed.save(part)
        models = part / "models"
        for member, one in run.found.items():
            if weights[member] == 0:
                continue
            for repeat, path in one.paths.items():
                shutil.copytree(
                    path / "models",
                    models / member / f"repeat-{repeat + 1}",
                    ignore=shutil.ignore_patterns(".part-*"),
                )
        write_json(models / FILE, mixed.stored(members))
        made = receipts.of_blend(competition, mixed.judged, mixed.verdict, split)
        return made | {
            "model": MODEL,
            "auto": asdict(settings),
            "repeatable": settings.budget is None and not interrupted,
            "interrupted": interrupted,
            "blend": mixed.as_dict(members),
            "skipped": dict(run.problems),
            "stopped": run.stopped,
            "expected": expected,
            "source": dict(source),
            "notes": [],
            "seconds": round(time.monotonic() - run.began, 3),
            "cpu_seconds": round(cpu, 3),
        }

    return entries.write(folder, name or MODEL, fill, numbered=name is None)


def _mean(values: list[int], shares: tuple[float, ...]) -> float:
    return float(np.average(values, weights=shares))


def plan_of(competition: Competition, settings: AutoSettings, name: str, repeat: int = 0) -> Plan:
    """The fit of one row of the portfolio in one repeat, as a run makes it."""
    run = _Run(competition, settings, 0.0, lambda step: None)
    return plan(competition, run.settings_of(lookup("member", name, PORTFOLIO), repeat))
