"""The job `fit`: cross-validate a pipeline, fit it on all rows, and keep the record as an entry."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import checkpoints, court, entries, receipts, storage
from harness.atomic import write_json
from harness.competition import Competition, Labels, Probabilities
from harness.errors import DataError
from harness.evaluate import _thin, crossval, nested
from harness.evaluate.crossval import (
    Fold,
    cross_validate,
    fit_pipeline,
    fitting,
    in_class_order,
    notes_of,
)
from harness.expectation import expectations
from harness.plans import FitSettings as FitSettings
from harness.plans import Judged, Plan
from harness.plans import plan as plan


def fit(
    ready: Plan,
    folder: Path,
    *,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
    on_fold: Callable[[Fold], None] = lambda fold: None,
    on_step: Callable[[str], None] = lambda step: None,
    on_written: Callable[[str], None] = lambda run: None,
) -> entries.Entry:
    """Run a plan and write the entry into `folder`.

    Folds that an earlier, interrupted run of the same plan has finished are taken from there. So is
    its entry, where that run ended after it was written and before its folds were removed.

    Parameters
    ----------
    name : str, optional
        The entry's name instead of the model's name and a number.
    source : mapping, optional
        How the competition was found, as `harness.competitions.find` takes it: kept in the receipt
        so that later commands find it again.
    on_fold : callable
        Called with every finished fold, in order.
    on_step : callable
        Told what is being done, for a progress bar.
    on_written : callable
        Told the run's name, which the receipt holds, once the entry stands and before the folds are
        removed: whoever notes it there can't lose an entry to a kill.
    """
    checkpoints.sweep(folder)
    checkpoint = checkpoints.Checkpoint(folder, ready.key)
    with checkpoint.held(ready.settings.model):
        if (written := checkpoint.written(folder)) is not None:
            on_step(f"{written.name} was written by an earlier run")
        entry = written or _run(
            ready, folder, checkpoint, name, source or {}, on_fold=on_fold, on_step=on_step
        )
        on_written(checkpoint.run)
        checkpoint.discard()
        return entry


def written_before(ready: Plan, folder: Path) -> entries.Entry | None:
    """The entry of an earlier run of the same fit that ended before it removed its folds."""
    return checkpoints.Checkpoint(folder, ready.key).written(folder)


def _run(
    ready: Plan,
    folder: Path,
    checkpoint: checkpoints.Checkpoint,
    name: str | None,
    source: Mapping[str, str],
    *,
    on_fold: Callable[[Fold], None],
    on_step: Callable[[str], None],
) -> entries.Entry:
    started, cpu_started = time.perf_counter(), time.process_time()
    competition, settings = ready.competition, ready.settings
    bag = settings.final == "bag"
    on_step("cross-validating")
    folds, resumed = _cross_validated(ready, checkpoint, bag=bag, on_fold=on_fold)
    judged = pooled(folds, competition)
    verdict = court.hear(ready, judged)

    notes = _thin.said(competition, int(ready.folds.max()) + 1)
    final, notes = None, notes + [note for fold in folds for note in fold.notes]
    if bag:
        raw_test = _mean([fold.test_proba for fold in folds])
        test = _mean([court.for_test(verdict, ready, f.test_proba, f.number) for f in folds])
    else:
        on_step("fitting on all rows")
        with fitting("all rows"):
            rows = (np.asarray(competition.X), competition.y, competition.groups)
            final = fit_pipeline(ready.pipeline, *rows)
        notes += notes_of(final)
        raw_test = _test_probabilities(final, competition)
        test = court.for_test(verdict, ready, raw_test)

    on_step("measuring what all rows are worth")
    expected = expectations(ready, judged, verdict)

    def fill(part: Path) -> Mapping[str, Any]:
        stands = replace(judged, oof=verdict.proba)
        arrays = {one.name: getattr(stands, one.name) for one in fields(stands)} | {"test": test}
        if verdict.accepted:
            arrays |= {"oof_raw": judged.oof, "test_raw": raw_test}
        for array, values in arrays.items():
            if values is not None:
                np.save(part / f"{array}.npy", values)
        write_json(part / "history.json", [dict(fold.history) for fold in folds])
        if final is not None:
            storage.save_pipeline(final, part / "models" / "final")
        else:
            shutil.copytree(
                checkpoint.path / "models",
                part / "models",
                ignore=shutil.ignore_patterns(".part-*"),
            )
        court.leave(verdict, ready, part / "models")
        return receipts.make(ready, folds, judged, verdict, notes) | {
            **_choices_of(ready, folds, final),
            "expected": expected,
            "source": dict(source),
            "run": checkpoint.run,
            "resumed_folds": resumed,
            "seconds": round(time.perf_counter() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            "peak_memory_mb": receipts.peak_memory_mb(),
        }

    on_step("writing the entry")
    return entries.write(folder, name or settings.model, fill, numbered=name is None)


def _cross_validated(
    ready: Plan,
    checkpoint: checkpoints.Checkpoint,
    *,
    bag: bool,
    on_fold: Callable[[Fold], None] = lambda fold: None,
) -> tuple[list[Fold], list[int]]:
    """Every fold of every repeat, and the numbers (from 1) of those taken from an earlier run."""
    competition, found, resumed, first = ready.competition, [], [], 0
    for fold in ready.folds:
        count = int(fold.max()) + 1
        done = _taken(ready, checkpoint, first, fold)

        def save(one: Fold, first: int = first) -> None:
            checkpoint.save(first + one.number, one)

        def finished(one: Fold, first: int = first) -> None:
            on_fold(replace(one, number=first + one.number))

        def keep(number: int, fitted: Any, first: int = first) -> None:
            checkpoint.keep(first + number, lambda folder: storage.save_pipeline(fitted, folder))

        folds = cross_validate(
            ready.pipeline,
            competition.X,
            competition.y,
            fold,
            n_classes=competition.n_classes,
            groups=competition.groups,
            X_test=competition.X_test if bag else None,
            done=done,
            on_done=save,
            on_fold=finished,
            keep=keep if bag else None,
        )
        found += [replace(one, number=first + one.number) for one in folds]
        resumed += [first + number + 1 for number in sorted(done)]
        first += count
    return found, resumed


def finished_before(ready: Plan, folder: Path) -> list[int]:
    """Numbers (from 1) of the folds that an interrupted run of the same fit has finished."""
    checkpoint, found, first = checkpoints.Checkpoint(folder, ready.key), [], 0
    for fold in ready.folds:
        done = _taken(ready, checkpoint, first, fold)
        found += [first + number + 1 for number in sorted(done)]
        first += int(fold.max()) + 1
    return found


def _taken(
    ready: Plan, checkpoint: checkpoints.Checkpoint, first: int, fold: Labels
) -> Mapping[int, Fold]:
    """The folds of a split that are taken from an earlier run."""
    done = checkpoint.done(first, fold, models=ready.settings.final == "bag")
    return crossval.taken(ready.pipeline, ready.competition.X, fold, done)


def _choices_of(ready: Plan, folds: list[Fold], final: Any) -> dict[str, Any]:
    """What a nested fit adds to the receipt: all choices, and what the final model is."""
    chosen = None if final is None else getattr(final[-1], "choice_", None)
    record = nested.record(folds, chosen)
    if record is None:
        return {}
    found: dict[str, Any] = {"nested": record.as_dict()}
    if chosen is not None:
        found |= receipts.described(ready.settings.chosen(chosen["chosen"]))
        found["pipeline"] = [step for step, _ in final[-1].best_pipeline_.steps]
    return found


def pooled(folds: list[Fold], competition: Competition) -> Judged:
    """What all folds held out, in the rows' order; a repeated split holds each row several times.

    Raises
    ------
    DataError
        When a model gave probabilities that are not finite.
    """
    held_out = np.concatenate([fold.held_out for fold in folds])
    oof = np.concatenate([fold.proba for fold in folds])
    number = np.concatenate([np.full(len(f.held_out), f.number) for f in folds])
    _finite(oof)
    # Stable: a row's repeats stay in the order in which they were made.
    order = np.argsort(held_out, kind="stable")
    rows = held_out[order]
    return Judged(rows, competition.y[rows], number[order].astype(np.int64), oof[order])


def _test_probabilities(fitted: Any, competition: Competition) -> Probabilities | None:
    if competition.X_test is None:
        return None
    with fitting("test rows"):
        proba = fitted.predict_proba(np.asarray(competition.X_test))
    return _finite(in_class_order(proba, fitted.classes_, competition.n_classes))


def _finite(proba: Probabilities) -> Probabilities:
    """Refuse probabilities that aren't finite."""
    if not np.isfinite(proba).all():
        raise DataError(
            "the model gave probabilities that are not finite numbers",
            todo="try another scaler (--scaler quantile) or a smaller learning rate",
        )
    return proba


def _mean(parts: list[Probabilities | None]) -> Probabilities | None:
    present = [part for part in parts if part is not None]
    return np.mean(present, axis=0) if present else None
