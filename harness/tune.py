"""The job `tune`: search a model's settings, judge the best on fresh folds, leave it as an entry.

A search looks at many scores over the same folds, and the best of many is lucky: it isn't reported.
The best trial is fitted as `harness fit` would fit it, over folds that the search never used, and
so are the defaults: what the search was worth is their paired difference there.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness import checkpoints, court, entries
from harness.atomic import write_json
from harness.competition import Competition, Probabilities
from harness.errors import DataError, UsageError
from harness.evaluate import comparing, metrics, selection
from harness.evaluate.comparing import Change
from harness.evaluate.crossval import Fold, cross_validate
from harness.fit import fit, pooled
from harness.plans import FitSettings, Plan, plan
from harness.tuning import folds as search_folds
from harness.tuning import pictures
from harness.tuning import space as spaces
from harness.tuning.clock import Clock
from harness.tuning.search import Search, run
from harness.tuning.trials import COMPLETE, FAILED, PRUNED, RUNNING, Store, Trial

TRIALS = 50
# With a budget and no number of trials: as many as there is time for.
MOST_TRIALS = 10_000
# A difference of fewer paired standard errors is noise.
NOISE = 2.0
FOLDER = "tuning"


@dataclass(frozen=True)
class Tuning:
    """A search that is ready to run: everything checked, nothing fitted.

    Attributes
    ----------
    settings : FitSettings
        The defaults that the search starts from; `seed` is that of the folds which judge.
    search : Search
        The same over other folds, and what may vary.
    judging : Plan
        The defaults over the folds that judge.
    trials : int
    budget : float or None
        Seconds for everything.
    key : str
        What the trials depend on; not how many there shall be.
    fresh : bool
        Whether the folds that judge are others than the search's.
    """

    settings: FitSettings
    search: Search
    judging: Plan
    trials: int
    budget: float | None
    key: str
    fresh: bool


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    entry : Entry
        The best settings, fitted and judged over fresh folds; its receipt holds `record`.
    trials : tuple of Trial
    best : Trial
    record : mapping
        What the receipt says under ``tuned``.
    """

    entry: entries.Entry
    trials: tuple[Trial, ...]
    best: Trial
    record: Mapping[str, Any]


def prepare(
    competition: Competition,
    settings: FitSettings,
    *,
    metric: str | None = None,
    trials: int | None = None,
    budget: float | None = None,
) -> Tuning:
    """Check what is asked for against the competition; nothing is fitted.

    Parameters
    ----------
    metric : str, optional
        What decides: a leaderboard or a metric. By default log-loss where a leaderboard is scored
        with it, or else the first leaderboard's.
    trials : int, optional
        By default `TRIALS`; with a budget as many as there is time for.
    budget : float, optional
        Seconds.

    Raises
    ------
    UsageError, DataError
        For what `harness.plans.plan` refuses, for a model without anything to search, and where no
        fresh folds can be had.
    """
    space = spaces.space_of(settings)
    if not space:
        raise UsageError(
            f"{settings.model} has nothing to search" + (" but what is set" * _fixes(settings)),
            where="--model",
            todo="`harness models NAME` shows what can be set; `harness fit` fits it as it is",
        )
    search_folds.refuse(settings.split)
    judging = plan(competition, settings)
    seed = search_folds.search_seed(settings.seed)
    base = plan(competition, replace(settings, seed=seed))
    base = replace(
        base,
        folds=search_folds.make(
            competition,
            judging.split,
            folds=settings.cv,
            seed=seed,
            allow_leak=settings.allow_leak,
        ),
    )
    decides = _metric(competition, metric)
    key = checkpoints.key_of(
        {
            "plan": base.key,
            "space": {name: repr(domain) for name, domain in space.items()},
            "metric": decides,
            "optuna": version("optuna"),
            # Under a clock, trials are given up that would have been too slow.
            "clock": budget is not None,
        }
    )
    return Tuning(
        settings=settings,
        search=Search(base, space, decides),
        judging=judging,
        trials=trials or (TRIALS if budget is None else MOST_TRIALS),
        budget=budget,
        key=key,
        fresh=not search_folds.alike(base.folds, judging.folds),
    )


def tune(
    ready: Tuning,
    folder: Path,
    *,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
    started: float | None = None,
    on_trial: Callable[[Trial, Trial | None], None] = lambda trial, best: None,
    on_fold: Callable[[Trial], None] = lambda trial: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Tuned:
    """Search, judge the best trial on fresh folds, and write it as an entry into `folder`.

    Trials of an earlier run of the same search are taken from there, whether it was killed or asked
    for fewer trials. An interrupt (Ctrl-C) ends the search and judges the best so far; another one
    ends that, too.

    Parameters
    ----------
    name, source
        As `harness.fit.fit` takes them.
    started : float, optional
        When the budget's clock started, as `time.perf_counter` gives it.
    on_trial, on_fold : callable
        See `harness.tuning.search.run`.
    on_step : callable
        Told what is being done.

    Raises
    ------
    DataError
        When no trial was completed, with the reason of the first that failed.
    """
    checkpoints.sweep(folder)
    work = checkpoints.Checkpoint(folder, f"tune-{ready.key}")
    with work.held():
        store = Store(work.path)
        clock = Clock(ready.budget, started or time.perf_counter(), ready.judging.total)
        trials = _searched(ready, store, clock, on_trial, on_fold, on_step)
        best = _best(ready, trials, clock)
        fresh = work.path / "fresh"
        default = None
        if best.number != 0:
            on_step("the defaults on fresh folds")
            default = _judged_defaults(ready, fresh)
        on_step("the best trial on fresh folds")
        fitted = _fitted(ready, best, fresh, source, on_step)
        record = _record(ready, store, trials, best, fitted, default)
        entry = _written(ready, folder, name, fitted, trials, record)
        shutil.rmtree(fresh, ignore_errors=True)
    return Tuned(entry, tuple(trials), best, record)


def tried_before(ready: Tuning, folder: Path) -> int:
    """How many trials an earlier run of the same search has finished."""
    store = Store(checkpoints.Checkpoint(folder, f"tune-{ready.key}").path)
    return sum(trial.state != RUNNING for trial in store.read()[: ready.trials])


def pareto(found: Tuned) -> list[Trial]:
    """The complete trials that no other beats in both score and time, the cheapest first."""
    higher = metrics.metric(found.record["metric"]).higher_is_better
    complete = [
        (one.seconds, one.score or 0.0, one) for one in found.trials if one.score is not None
    ]
    front: list[Trial] = []
    best: float | None = None
    for _, score, trial in sorted(
        complete, key=lambda one: (one[0], -one[1] if higher else one[1])
    ):
        if trial.seconds and (best is None or (score > best if higher else score < best)):
            front.append(trial)
            best = score
    return front


def _searched(
    ready: Tuning,
    store: Store,
    clock: Clock,
    on_trial: Callable[[Trial, Trial | None], None],
    on_fold: Callable[[Trial], None],
    on_step: Callable[[str], None],
) -> list[Trial]:
    try:
        return run(
            ready.search, store, clock, trials=ready.trials, on_trial=on_trial, on_fold=on_fold
        )
    except KeyboardInterrupt:
        trials = [trial for trial in store.read() if trial.state != RUNNING]
        if ready.search.best(trials) is None:
            raise
        on_step("stopped: judging the best so far")
        return trials


def _best(ready: Tuning, trials: Sequence[Trial], clock: Clock) -> Trial:
    best, settings = ready.search.best(trials), ready.settings
    if best is not None:
        return best
    failed = [trial for trial in trials if trial.state == FAILED]
    if failed:
        raise DataError(
            f"no trial could be fitted: {failed[0].why}",
            where=settings.model,
            todo="try another --scaler, --balance or --set",
        )
    raise UsageError(
        "too short to cross-validate the defaults and judge them on fresh folds",
        where="--budget",
        todo=f"{settings.model} needs about {clock.needed():.0f}s here for a first trial; "
        "a later run goes on from the finished folds",
    )


@dataclass(frozen=True)
class _Defaults:
    """Out-of-fold probabilities over the fresh folds: the model's own, and as an entry has them."""

    raw: Probabilities
    proba: Probabilities


def _judged_defaults(ready: Tuning, folder: Path) -> _Defaults:
    """The defaults over the folds that judge, calibrated where their entry would be."""
    judging, competition = ready.judging, ready.judging.competition
    checkpoint = checkpoints.Checkpoint(folder, judging.key)
    checkpoint.path.mkdir(parents=True, exist_ok=True)
    found: list[Fold] = []
    for fold in judging.folds:
        first = len(found)

        def keep(one: Fold, first: int = first) -> None:
            checkpoint.save(first + one.number, one)

        folds = cross_validate(
            judging.pipeline,
            competition.X,
            competition.y,
            fold,
            n_classes=competition.n_classes,
            groups=competition.groups,
            done=checkpoint.done(first, fold),
            on_fold=keep,
        )
        found += [replace(one, number=first + one.number) for one in folds]
    judged = pooled(found, competition)
    verdict = court.hear(judging, judged)
    return _Defaults(judged.oof, verdict.proba_for(ready.search.metric, judged.oof))


def _fitted(
    ready: Tuning,
    best: Trial,
    folder: Path,
    source: Mapping[str, str] | None,
    on_step: Callable[[str], None],
) -> entries.Entry:
    """The best trial as `harness fit` fits it, in a folder of the search's own."""
    settings = spaces.applied(ready.settings, ready.search.space, best.params)
    winner = plan(ready.judging.competition, settings)
    if (folder / winner.key).is_dir():
        # A run that was killed while it wrote the entry.
        return entries.read(folder / winner.key)
    return fit(winner, folder, name=winner.key, source=source, on_step=on_step)


def _record(
    ready: Tuning,
    store: Store,
    trials: Sequence[Trial],
    best: Trial,
    fitted: entries.Entry,
    default: _Defaults | None,
) -> dict[str, Any]:
    """What the receipt says of the search."""
    metric, search = ready.search.metric, ready.search
    higher = metrics.metric(metric).higher_is_better
    assert best.score is not None
    flattered = fitted.receipt["raw_scores"][metric] - best.score
    rows = [store.rows(trial.number) for trial in trials if trial.state == COMPLETE]
    change = None if default is None else _change(ready, fitted, default.proba)
    importance = spaces.importances(search.space, trials, search.default, higher_is_better=higher)
    return {
        "metric": metric,
        "trials": len(trials),
        **{state: sum(t.state == state for t in trials) for state in (COMPLETE, PRUNED, FAILED)},
        "best": best.number + 1,
        "settings": dict(best.params),
        "search_seed": search.settings.seed,
        "search_score": best.score,
        "default_search_score": trials[0].score,
        "fresh_folds": ready.fresh,
        "fresh_score": fitted.receipt["raw_scores"][metric],
        "optimism": -flattered if higher else flattered,
        "luck": selection.optimism([r for r in rows if r is not None], higher_is_better=higher),
        "default_fresh_score": None
        if default is None
        else metrics.score(metric, fitted.y, default.raw),
        "default_score": None if change is None else change.before,
        "score": metrics.score(metric, fitted.y, fitted.oof_for(metric)),
        "gain": None if change is None else change.gain,
        "gain_error": None if change is None else change.error,
        "importance": importance,
        "said": _said(ready, best, change),
    }


def _change(ready: Tuning, fitted: entries.Entry, default: Probabilities) -> Change:
    groups = ready.judging.competition.groups
    metric = ready.search.metric
    return comparing.change(
        metric,
        fitted.y,
        default,
        fitted.oof_for(metric),
        units=fitted.rows if groups is None else groups[fitted.rows],
        folds=fitted.folds,
    )


def _said(ready: Tuning, best: Trial, change: Change | None) -> list[str]:
    """What the user should make of it, in a sentence or two."""
    on = "fresh folds" if ready.fresh else "the same folds"
    said = []
    if change is None:
        said.append("Nothing that was tried is better than the defaults: the entry is theirs.")
    elif change.z >= NOISE:
        said.append(
            f"Trial {best.number + 1} is better than the defaults on {on} by "
            f"{change.gain:.4f} ± {change.error:.4f} ({ready.search.metric})."
        )
    else:
        worse = "worse" if change.z <= -NOISE else "not better beyond noise"
        said.append(
            f"On {on} trial {best.number + 1} is {worse} than the defaults: "
            f"{change.gain:+.4f} ± {change.error:.4f} ({ready.search.metric}). "
            f"They do as well: harness fit --model {ready.settings.model}"
        )
    if not ready.fresh:
        said.append(
            "The rows can't be split in another way, so the score is that of the luckiest trial; "
            "expect worse."
        )
    return said


def _written(
    ready: Tuning,
    folder: Path,
    name: str | None,
    fitted: entries.Entry,
    trials: Sequence[Trial],
    record: Mapping[str, Any],
) -> entries.Entry:
    """The fitted entry with the search's record in its receipt, and pictures of the search."""

    def fill(part: Path) -> Mapping[str, Any]:
        shutil.copytree(fitted.path, part, dirs_exist_ok=True)
        write_json(part / FOLDER / "trials.json", [trial.as_dict() for trial in trials])
        pictures.draw(ready.search, trials, record, part / FOLDER)
        return {**fitted.receipt, "tuned": dict(record)}

    return entries.write(folder, name or ready.settings.model, fill, numbered=name is None)


def _metric(competition: Competition, wanted: str | None) -> str:
    boards = {board.name: board.metric for board in competition.leaderboards}
    if wanted is not None:
        decides = boards.get(wanted, wanted)
        metrics.metric(decides)
        return decides
    scored = list(boards.values())
    return scored[0] if scored and "logloss" not in scored else "logloss"


def _fixes(settings: FitSettings) -> bool:
    return bool(settings.parameters) or settings.scaler is not None
