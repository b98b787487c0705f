"""The job `fit --model auto`: a portfolio over shared folds, blended into one entry.

1. Every row of the portfolio is cross-validated on the same folds, in the portfolio's order. After
   each, a blend of what is there is judged across folds; when the last few rows brought too little,
   the others aren't tried.
2. Rows that carry weight are cross-validated again, on other folds and with other seeds. A row's
   out-of-fold probabilities are then means of several models, as the test probabilities are; what
   averaging brings is thereby measured, not assumed.
3. The blend's method and weights are chosen across folds (`harness.evaluate.ensembles`). Test
   probabilities come from the mean of all fold models of each row.

With an effort the same seed gives the same bytes on one machine, whichever process was first. With
With an effort the same seed gives the same bytes on one machine, whichever process was first. With
a budget the clock decides how far it comes (`harness._auto_budget`): nothing repeats that.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness import checkpoints, entries, receipts
from harness._auto import AutoSettings, Run, Step
from harness._auto_budget import Budget
from harness._auto_clock import Clock, clock_of
from harness.atomic import write_json
from harness.blend import FILE, expectations
from harness.competition import Competition
from harness.entries import Entry
from harness.errors import DataError, UsageError
from harness.plans import Plan, check_board, plan
from harness.provenance import code_digest, versions
from harness.registry import lookup
from harness.threads import cores
from harness.workers import Workers, working

__all__ = ["MODEL", "AutoSettings", "Step", "auto", "plan_of"]

MODEL = "auto"


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
    on_status: Callable[[str], None] = lambda status: None,
) -> Entry:
    """Try the portfolio, blend it, and write the entry into `folder`.

    A run that was killed is gone on with: what had finished is found in its checkpoints, and the
    time that it took counts.

    Parameters
    ----------
    began : float, optional
        When the budget began, on the clock of `time.monotonic`; default: now.
    on_step : callable
        Called with every row that finished a repeat.
    on_phase : callable
        Told what is being done.
    on_status : callable
        Told about every second what is under way.

    Raises
    ------
    DataError
        Where not one member of the portfolio could be fitted.
    KeyboardInterrupt
        Where it comes before anything is finished; later it ends the search with what is there.
    """
    began = time.monotonic() if began is None else began
    for board in competition.leaderboards:
        check_board(competition, board)
    if settings.budget is not None and settings.budget < 1:
        raise UsageError("a budget needs a second at least", where="--budget", todo="such as 2m")
    checkpoints.sweep(folder)
    work = _work_of(competition, settings, folder)
    with work.held(MODEL):
        run = Run(competition, settings, began, on_step)
        entry = work.written(folder)
        if entry is None:
            clock = Clock(work.path, run)

            def on_tick(workers: Workers) -> None:
                clock.tick()
                on_status(run.status(workers.under_way))

            interrupted = _searched(run, folder, on_phase, on_tick, resumed=clock.earlier > 0)
            on_phase("blending")
            cpu = clock.cpu_seconds
            entry = _write(run, folder, name, source or {}, cpu, interrupted, work.run)
        else:
            on_phase(f"{entry.name} was written by an earlier run")
            run.ask_for_all()
        run.clean(folder)
        work.discard()
    return entry


def written_before(competition: Competition, settings: AutoSettings, folder: Path) -> Entry | None:
    """The entry of an earlier run of the same search that ended before it removed its folds."""
    return _work_of(competition, settings, folder).written(folder)


def spent_before(competition: Competition, settings: AutoSettings, folder: Path) -> float:
    """Seconds that earlier runs of the same search took; they ended before it was over."""
    return clock_of(_work_of(competition, settings, folder).path)[0]


def _work_of(
    competition: Competition, settings: AutoSettings, folder: Path
) -> checkpoints.Checkpoint:
    """What the search itself keeps until its entry is written; its members keep their folds."""
    depends_on = {
        "settings": asdict(settings),
        "data": competition.fingerprint,
        "versions": versions(),
        "code": code_digest(),
    }
    key = checkpoints.key_of(depends_on)
    return checkpoints.Checkpoint(folder, f"{MODEL}-{key}")


def _searched(
    run: Run,
    folder: Path,
    on_phase: Callable[[str], None],
    on_tick: Callable[[Workers], None],
    *,
    resumed: bool,
) -> bool:
    """Try the members; whether the user has ended it."""
    interrupted = False
    try:
        with working(run.competition, folder, cores()) as workers:
            workers.on_tick = lambda: on_tick(workers)
            if run.settings.budget is not None:
                on_phase("each member once, then what can be finished")
                Budget(run, workers).search(folder if resumed else None)
            else:
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
    return interrupted


def _write(
    run: Run,
    folder: Path,
    name: str | None,
    source: Mapping[str, str],
    cpu: float,
    interrupted: bool,
    token: str,
) -> Entry:
    competition, settings = run.competition, run.settings
    mixed, members = run.mixed()
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
            "untried": dict(run.untried),
            "unfinished": {f"{name} ({n + 1})": why for (name, n), why in run.unfinished.items()},
            "stopped": run.stopped,
            "expected": expected,
            "source": dict(source),
            "run": token,
            "notes": list(run.notes),
            "seconds": round(time.monotonic() - run.began, 3),
            "cpu_seconds": round(cpu, 3),
        }

    return entries.write(folder, name or MODEL, fill, numbered=name is None)


def plan_of(competition: Competition, settings: AutoSettings, name: str, repeat: int = 0) -> Plan:
    """The fit of one row of the portfolio in one repeat, as a run makes it."""
    run = Run(competition, settings, 0.0, lambda step: None)
    return plan(competition, run.settings_of(lookup("member", name, run.rows), repeat))
