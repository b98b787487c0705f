"""The search: trial after trial over the same folds, those that can't win given up early."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from harness.competition import Competition, Labels
from harness.errors import FileProblem, HarnessError
from harness.evaluate import comparing, metrics
from harness.evaluate.crossval import Fold, cross_validate, fits_together, taken
from harness.plans import FitSettings, Judged, Plan, plan
from harness.tuning import scoring
from harness.tuning import space as spaces
from harness.tuning.clock import Clock
from harness.tuning.space import Space
from harness.tuning.trials import COMPLETE, FAILED, PRUNED, RUNNING, Store, Trial

# A trial is given up when it is worse than the best by so many paired standard errors.
HOPELESS = 2.5
# So many proposals in a row that were tried before: the space is exhausted.
MOST_REPEATS = 20


@dataclass(frozen=True)
class Search:
    """What is searched, and over which folds.

    Attributes
    ----------
    base : Plan
        The default settings over the search's folds.
    space : mapping of setting to domain
    metric : str
        What decides, over all held-out rows; see `harness.tuning.scoring`.
    """

    base: Plan
    space: Space
    metric: str

    @property
    def competition(self) -> Competition:
        """The data."""
        return self.base.competition

    @cached_property
    def default(self) -> dict[str, Any] | None:
        """The default settings as a point of the space; None where they lie outside."""
        return spaces.defaults(self.settings, self.space)

    @property
    def settings(self) -> FitSettings:
        """The default settings."""
        return self.base.settings

    def better(self, one: Trial, other: Trial | None) -> bool:
        """Whether a complete trial is the better one."""
        if one.score is None or other is None or other.score is None:
            return one.score is not None
        return metrics.metric(self.metric).better(one.score, other.score)

    def best(self, trials: Sequence[Trial]) -> Trial | None:
        """The best complete trial, the earliest of equals; None where there is none."""
        found = None
        for trial in trials:
            if self.better(trial, found):
                found = trial
        return found


class _Stop(Exception):
    """The trial ends here: given up, failed, or out of time (then it stays ``running``)."""

    def __init__(self, state: str, why: str = "") -> None:
        self.state, self.why = state, why


OnTrial = Callable[[Trial, Trial | None], None]


def run(
    search: Search,
    store: Store,
    clock: Clock,
    *,
    trials: int,
    on_trial: OnTrial = lambda trial, best: None,
    on_fold: Callable[[Trial], None] = lambda trial: None,
) -> list[Trial]:
    """Run the trials that aren't in the store yet; all that ended, in order.

    The same seed tries the same settings, however often the search was interrupted. Only a clock
    budget ends it where the machine's speed says.

    Parameters
    ----------
    trials : int
        How many there shall be, those of earlier runs counted.
    on_trial : callable
        Called with each trial that ends, and the best so far.
    on_fold : callable
        Called with the running trial after each of its folds.

    Raises
    ------
    KeyboardInterrupt
        As it comes; what has ended is in the store.
    """
    done = [trial for trial in store.read() if trial.state != RUNNING][:trials]
    best = search.best(done)
    for trial in done:
        clock.ended(trial, best)
    repeats = 0
    while len(done) < trials and repeats < MOST_REPEATS:
        trial = _next(search, done)
        twin = _twin(search, trial, done)
        if twin is not None:
            repeats += 1
            why = f"the same settings as trial {twin.number + 1}"
            trial = replace(twin, number=trial.number, params=trial.params, seconds=0.0, why=why)
        else:
            repeats = 0
            trial = _Trying(search, store, clock, trial, best, on_fold).run()
        if trial.state == RUNNING:
            break
        best = trial if search.better(trial, best) else best
        clock.ended(trial, best)
        store.write(trial)
        store.keep_folds_of(None if best is None else best.number)
        done.append(trial)
        on_trial(trial, best)
    return done


def _next(search: Search, done: Sequence[Trial]) -> Trial:
    if not done:
        return Trial(0, {})
    params = spaces.propose(
        search.space,
        done,
        number=len(done),
        seed=search.settings.seed,
        default=search.default,
        higher_is_better=metrics.metric(search.metric).higher_is_better,
    )
    return Trial(len(done), params)


def _twin(search: Search, trial: Trial, done: Sequence[Trial]) -> Trial | None:
    """An earlier trial of the same settings."""
    if not trial.params:
        return None
    for one in done:
        if trial.params == (search.default if one.number == 0 else one.params):
            return one
    return None


class _Trying:
    """One trial over all folds, those that an earlier run finished taken as they were."""

    def __init__(
        self,
        search: Search,
        store: Store,
        clock: Clock,
        trial: Trial,
        best: Trial | None,
        on_fold: Callable[[Trial], None],
    ) -> None:
        self.search, self.store, self.clock, self.trial = search, store, clock, trial
        self.on_fold = on_fold
        self.checkpoint = store.folds(trial.number)
        self.best = [] if best is None else _kept(search, store, best.number)
        self.found: list[Fold] = []
        self.together = False

    def run(self) -> Trial:
        """The trial as it ended; ``running`` where the time was up."""
        self._take_up()
        try:
            settings = spaces.applied(self.search.settings, self.search.space, self.trial.params)
            pipeline = plan(self.search.competition, settings).pipeline
            self.together = fits_together(pipeline, self.search.competition.X)
            for fold in self.search.base.folds:
                self._cross_validate(pipeline, fold)
        except _Stop as stop:
            return replace(self.trial, state=stop.state, why=stop.why)
        except FileProblem:
            raise
        except HarnessError as error:
            return replace(self.trial, state=FAILED, why=error.what)
        judged = self._judged(self.found)
        scores = metrics.row_scores(self.search.metric, judged.y, judged.oof)
        if scores is not None:
            times = np.bincount(judged.rows)
            sums = np.bincount(judged.rows, weights=scores)
            self.store.keep_rows(self.trial.number, sums[times > 0] / times[times > 0])
        return replace(self.trial, state=COMPLETE)

    def _take_up(self) -> None:
        """Begin, or go on where an earlier run of the same trial stopped."""
        if self.store.running(self.trial.number) != self.trial.params:
            self.checkpoint.discard()
        self.store.write(self.trial)

    def _cross_validate(self, pipeline: Any, fold: Labels) -> None:
        first, count = len(self.found), int(fold.max()) + 1
        done = self._done(pipeline, first, fold)
        for number in sorted(done):
            self._add(done[number])
        if len(done) < count:
            self._refuse_late()

        def finished(one: Fold) -> None:
            self.checkpoint.save(first + one.number, one)
            self.clock.took(one.seconds)
            self._add(one)
            if not self.together and self._more():
                self._refuse_late()

        competition = self.search.competition
        cross_validate(
            pipeline,
            competition.X,
            competition.y,
            fold,
            n_classes=competition.n_classes,
            groups=competition.groups,
            done=done,
            on_fold=finished,
        )

    def _refuse_late(self) -> None:
        """End the search, or this trial alone, where there is no time to finish and judge it."""
        missing = self.search.base.total - len(self.found)
        if not self.found:
            if not self.clock.allows_trial(missing):
                raise _Stop(RUNNING)
            return
        if not self.clock.allows_fold():
            raise _Stop(RUNNING)
        if not self.clock.allows_trial(missing, self.trial.seconds / len(self.found)):
            # Without the defaults there is nothing to judge.
            raise _Stop(RUNNING if self.trial.number == 0 else PRUNED, "too slow for the budget")

    def _done(self, pipeline: Any, first: int, fold: Labels) -> Mapping[int, Fold]:
        """The finished folds of one repeat, without gaps."""
        there = self.checkpoint.done(first, fold)
        done: dict[int, Fold] = {}
        while len(done) in there:
            done[len(done)] = there[len(done)]
        return taken(pipeline, self.search.competition.X, fold, done)

    def _add(self, fold: Fold) -> None:
        """Count a fold in; end the trial where it is hopeless."""
        if not np.isfinite(fold.proba).all():
            raise _Stop(FAILED, "the model gave probabilities that are not finite numbers")
        self.found.append(fold)
        judged = self._judged(self.found)
        self.trial = replace(
            self.trial,
            steps=(*self.trial.steps, metrics.score(self.search.metric, judged.y, judged.oof)),
            seconds=round(self.trial.seconds + fold.seconds, 3),
        )
        self.on_fold(self.trial)
        if self._more() and not self.together and self._hopeless(judged):
            raise _Stop(PRUNED)

    def _more(self) -> bool:
        return len(self.found) < self.search.base.total

    def _judged(self, folds: Sequence[Fold]) -> Judged:
        """What was held out, with the probabilities that are scored."""
        judged = scoring.together(self.search.competition, folds)
        return replace(judged, oof=scoring.scored(self.search.base, judged, self.search.metric))

    def _hopeless(self, judged: Judged) -> bool:
        """Whether the best trial is better on the same rows beyond doubt."""
        if not self.best:
            return False
        groups = self.search.competition.groups
        change = comparing.change(
            self.search.metric,
            judged.y,
            self._judged(self.best[: len(self.found)]).oof,
            judged.oof,
            units=judged.rows if groups is None else groups[judged.rows],
            folds=judged.folds,
        )
        return change.z < -HOPELESS


def _kept(search: Search, store: Store, number: int) -> list[Fold]:
    """A complete trial's folds; none where they can't be read."""
    found: list[Fold] = []
    for fold in search.base.folds:
        done = store.folds(number).done(len(found), fold)
        if len(done) <= int(fold.max()):
            return []
        found += [done[one] for one in sorted(done)]
    return found
