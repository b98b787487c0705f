"""The job `fit`: cross-validate a pipeline, fit it on all rows, and keep the record as an entry."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from harness import checkpoints, court, entries, receipts, storage
from harness.atomic import write_json
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, UnknownNameError, UsageError
from harness.evaluate import metrics, splits
from harness.evaluate.crossval import Fold, cross_validate, fitting, in_class_order, notes_of
from harness.expectation import expectations
from harness.prepare import pipeline as pipelines
from harness.registry import lookup
from harness.threads import cores
from harness.zoo import _members

# Beyond this many folds, their models are too many to keep.
MOST_BAGGED = 50
FINALS = {
    "refit": "one model fitted on all training rows",
    "bag": "the mean of the fold models",
}


@dataclass(frozen=True)
class FitSettings:
    """What is fitted, and how it is judged.

    Attributes
    ----------
    model : str
        A member of the zoo.
    parameters : mapping
        Hyper-parameters that differ from the model's defaults, typed.
    scaler : str, optional
        A row of `SCALERS`; None takes the one the model asks for.
    reducer, balance : str
        Rows of `REDUCERS` (with its argument, such as ``pca:40``) and `SAMPLERS`.
    cv : int
        Number of folds.
    seed : int
        Seed of the folds, of the samplers and of the model.
    final : "refit" or "bag"
        Where test probabilities come from: one fit on all rows, or the mean of the fold models.
    split : str, optional
        As `harness.evaluate.splits.parse` reads it; None keeps groups whole where there are any.
    allow_leak : bool
        Split even where rows that belong together would be parted.
    calibrate : bool
        Let the calibration court decide; see `harness.court`.
    """

    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scaler: str | None = None
    reducer: str = "drop-constant"
    balance: str = "none"
    cv: int = 5
    seed: int = 0
    final: str = "refit"
    split: str | None = None
    allow_leak: bool = False
    calibrate: bool = True


@dataclass(frozen=True)
class Judged:
    """The rows that were held out, each with what a model that never saw it made of it.

    Attributes
    ----------
    rows : int64 array, shape (s,)
        Positions in the training matrix, ascending; a repeated split names each several times.
    y : int64 array, shape (s,)
    folds : int64 array, shape (s,)
        The fold that held the row out, counted over all repeats.
    oof : float64 array, shape (s, K)
    """

    rows: Labels
    y: Labels
    folds: Labels
    oof: Probabilities


@dataclass(frozen=True)
class Plan:
    """A fit that is ready to run: everything checked, nothing fitted.

    `folds` is int64, shape (repeats, n): see `harness.evaluate.splits`.
    """

    competition: Competition
    settings: FitSettings
    pipeline: Any
    split: str
    folds: Labels
    key: str

    @property
    def total(self) -> int:
        """How many fits the cross-validation makes."""
        return sum(len(np.unique(fold[fold >= 0])) for fold in self.folds)


def plan(competition: Competition, settings: FitSettings) -> Plan:
    """Check the settings against the competition and build the pipeline; nothing is fitted.

    Raises
    ------
    UsageError
        For settings that can't be taken.
    DataError
        Where the competition hasn't the rows that the settings need.
    """
    lookup("final", settings.final, FINALS)
    for board in competition.leaderboards:
        check_board(competition, board)
    model = _members.make(settings.model, dict(settings.parameters), seed=settings.seed)
    pipeline = pipelines.build(
        competition,
        model,
        scaler=settings.scaler or _members.MODELS.load(settings.model).SCALER,
        reducer=settings.reducer,
        balance=settings.balance,
        seed=settings.seed,
    )
    split = settings.split or splits.default_for(competition)
    splits.parse(split)
    if not settings.allow_leak:
        splits.refuse_leak(competition, split)
    folds = splits.make(competition, split, folds=settings.cv, seed=settings.seed)
    if settings.final == "bag" and folds.max() >= MOST_BAGGED:
        raise UsageError(
            f"a bag of {folds.max() + 1} models is too large", where="--final", todo="use refit"
        )
    key = checkpoints.key_of(
        {
            "settings": asdict(settings),
            "data": competition.fingerprint,
            "versions": receipts.versions(),
            "cores": cores(),
            "code": receipts.code_digest(),
        }
    )
    return Plan(competition, settings, pipeline, split, folds, key)


def check_board(competition: Competition, board: Leaderboard) -> None:
    """Refuse a leaderboard whose metric doesn't exist, or doesn't eat what its format holds."""
    where = f"{competition.name}: leaderboard {board.name}"
    try:
        eats = metrics.metric(board.metric).eats
    except UnknownNameError as error:
        raise DataError(error.what, where=where, todo=error.todo) from error
    columns = len(board.header) - 1
    if columns != (1 if eats == "labels" else competition.n_classes):
        raise DataError(
            f"its submissions have {columns} columns beside the id, but {board.metric} eats {eats}",
            where=where,
            todo="name `label` for one column of labels, or `classes` for one column a class",
        )


def fit(
    ready: Plan,
    folder: Path,
    *,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
    on_fold: Callable[[Fold], None] = lambda fold: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> entries.Entry:
    """Run a plan and write the entry into `folder`.

    Folds that an earlier, interrupted run of the same plan has finished are taken from there.

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
    """
    checkpoints.sweep(folder)
    checkpoint = checkpoints.Checkpoint(folder, ready.key)
    with checkpoint.held():
        return _run(
            ready, folder, checkpoint, name, source or {}, on_fold=on_fold, on_step=on_step
        )


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

    final, notes = None, [note for fold in folds for note in fold.notes]
    if bag:
        raw_test = _mean([fold.test_proba for fold in folds])
        test = _mean([court.for_test(verdict, ready, f.test_proba, f.number) for f in folds])
    else:
        on_step("fitting on all rows")
        with fitting("all rows"):
            final = clone(ready.pipeline).fit(np.asarray(competition.X), competition.y)
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
            "expected": expected,
            "source": dict(source),
            "resumed_folds": resumed,
            "seconds": round(time.perf_counter() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            "peak_memory_mb": receipts.peak_memory_mb(),
        }

    on_step("writing the entry")
    entry = entries.write(folder, name or settings.model, fill, numbered=name is None)
    checkpoint.discard()
    return entry


def _cross_validated(
    ready: Plan, checkpoint: checkpoints.Checkpoint, *, bag: bool, on_fold: Callable[[Fold], None]
) -> tuple[list[Fold], list[int]]:
    """Every fold of every repeat, and the numbers (from 1) of those taken from an earlier run."""
    competition, found, resumed, first = ready.competition, [], [], 0
    for fold in ready.folds:
        count = int(fold.max()) + 1
        done = checkpoint.done(first, fold, models=bag)

        def finished(one: Fold, first: int = first) -> None:
            checkpoint.save(first + one.number, one)
            on_fold(replace(one, number=first + one.number))

        def keep(number: int, fitted: Any, first: int = first) -> None:
            checkpoint.keep(first + number, lambda folder: storage.save_pipeline(fitted, folder))

        folds = cross_validate(
            ready.pipeline,
            competition.X,
            competition.y,
            fold,
            n_classes=competition.n_classes,
            X_test=competition.X_test if bag else None,
            done=done,
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
        done = checkpoint.done(first, fold, models=ready.settings.final == "bag")
        found += [first + number + 1 for number in sorted(done)]
        first += int(fold.max()) + 1
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
