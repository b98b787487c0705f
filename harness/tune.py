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
from pathlib import Path
from typing import Any

from harness import checkpoints, court, entries
from harness.atomic import write_json
from harness.errors import DataError, UsageError
from harness.evaluate import metrics
from harness.evaluate.crossval import Fold, cross_validate
from harness.fit import fit, pooled
from harness.plans import plan
from harness.tuning import pictures
from harness.tuning import record as records
from harness.tuning import space as spaces
from harness.tuning.clock import Clock
from harness.tuning.ready import Tuning
from harness.tuning.ready import prepare as prepare
from harness.tuning.record import Defaults
from harness.tuning.search import run
from harness.tuning.trials import FAILED, RUNNING, Store, Trial

FOLDER = "tuning"
# What judges the best trial is kept there until the entry is written.
FRESH = "fresh"


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
    with work.held(ready.settings.model):
        store = Store(work.path)
        if (again := _written_before(ready, work, folder)) is not None:
            return again
        clock = Clock(ready.budget, started or time.perf_counter(), ready.judging.total)
        trials = _searched(ready, store, clock, on_trial, on_fold, on_step)
        best = _best(ready, trials, clock)
        fresh = work.path / FRESH
        _run_of(ready, work).begin(ready.settings.model)
        default = None
        if best.number != 0:
            on_step("the defaults on fresh folds")
            default = _judged_defaults(ready, fresh)
        on_step("the best trial on fresh folds")
        fitted = _fitted(ready, best, fresh, source, on_step)
        record = records.make(ready, store, trials, best, fitted, default)
        run = _run_of(ready, work).run
        entry = _written(ready, folder, name, fitted, trials, {"run": run, "tuned": dict(record)})
        _forget_fresh(ready, work)
    return Tuned(entry, tuple(trials), best, record)


def tried_before(ready: Tuning, folder: Path) -> int:
    """How many trials an earlier run of the same search has finished."""
    store = Store(checkpoints.Checkpoint(folder, f"tune-{ready.key}").path)
    return sum(trial.state != RUNNING for trial in store.read()[: ready.trials])


def _run_of(ready: Tuning, work: checkpoints.Checkpoint) -> checkpoints.Checkpoint:
    """What tells this search's entry from those of the same search with more or fewer trials."""
    return checkpoints.Checkpoint(work.path / FRESH, f"run{ready.trials}")


def _forget_fresh(ready: Tuning, work: checkpoints.Checkpoint) -> None:
    """Remove what judged this search; what its entry is found by goes last."""
    checkpoints.forget(work.path / FRESH, but=_run_of(ready, work).path.name)


def _written_before(ready: Tuning, work: checkpoints.Checkpoint, folder: Path) -> Tuned | None:
    """What an earlier run of this search found, where it ended before it removed its folds."""
    entry = _run_of(ready, work).written(folder)
    if entry is None:
        return None
    record = entry.receipt["tuned"]
    trials = Store(work.path).read()[: record["trials"]]
    _forget_fresh(ready, work)
    return Tuned(entry, tuple(trials), trials[record["best"] - 1], record)


def written_before(ready: Tuning, folder: Path) -> entries.Entry | None:
    """The entry of an earlier run of this search that ended before it removed its folds."""
    return _run_of(ready, checkpoints.Checkpoint(folder, f"tune-{ready.key}")).written(folder)


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
        on_step("stopped: judging the best so far (Ctrl-C again ends that, too)")
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


def _judged_defaults(ready: Tuning, folder: Path) -> Defaults:
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
    return Defaults(judged, verdict.proba_for(ready.search.metric, judged.oof))


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


def _written(
    ready: Tuning,
    folder: Path,
    name: str | None,
    fitted: entries.Entry,
    trials: Sequence[Trial],
    more: Mapping[str, Any],
) -> entries.Entry:
    """The fitted entry with the search's record in its receipt, and pictures of the search."""

    def fill(part: Path) -> Mapping[str, Any]:
        shutil.copytree(fitted.path, part, dirs_exist_ok=True)
        # Times apart: without them the same search gives the same bytes.
        told = [trial.as_dict() for trial in trials]
        seconds = [one.pop("seconds") for one in told]
        write_json(part / FOLDER / "trials.json", told)
        write_json(part / FOLDER / "seconds.json", seconds)
        pictures.draw(ready.search, trials, more["tuned"], part / FOLDER)
        return {**fitted.receipt, **more}

    return entries.write(folder, name or ready.settings.model, fill, numbered=name is None)
