"""The job `fit`: cross-validate a pipeline, fit it on all rows, and keep the record as an entry."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from harness import checkpoints, entries, receipts, storage
from harness.atomic import write_json
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, UnknownNameError
from harness.evaluate import metrics, splits
from harness.evaluate.crossval import Fold, cross_validate, in_class_order, notes_of
from harness.prepare import pipeline as pipelines
from harness.registry import lookup
from harness.threads import cores
from harness.zoo import _members

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
    """

    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scaler: str | None = None
    reducer: str = "drop-constant"
    balance: str = "none"
    cv: int = 5
    seed: int = 0
    final: str = "refit"


@dataclass(frozen=True)
class Plan:
    """A fit that is ready to run: everything checked, nothing fitted."""

    competition: Competition
    settings: FitSettings
    pipeline: Any
    folds: Labels
    key: str


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
    folds = splits.stratified(competition, folds=settings.cv, seed=settings.seed)
    key = checkpoints.key_of(
        {
            "settings": asdict(settings),
            "data": competition.fingerprint,
            "versions": receipts.versions(),
            "cores": cores(),
        }
    )
    return Plan(competition, settings, pipeline, folds, key)


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
    on_fold: Callable[[Fold], None] = lambda fold: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> entries.Entry:
    """Run a plan and write the entry into `folder`.

    Folds that an earlier, interrupted run of the same plan has finished are taken from there.

    Parameters
    ----------
    name : str, optional
        The entry's name instead of the model's name and a number.
    on_fold : callable
        Called with every finished fold, in order.
    on_step : callable
        Told what is being done, for a progress bar.
    """
    started, cpu_started = time.perf_counter(), time.process_time()
    competition, settings = ready.competition, ready.settings
    checkpoints.sweep(folder)
    checkpoint = checkpoints.Checkpoint(folder, ready.key)
    bag = settings.final == "bag"

    def finished(fold: Fold) -> None:
        checkpoint.save(fold)
        on_fold(fold)

    done = checkpoint.done(settings.cv)
    on_step("cross-validating")
    folds = cross_validate(
        ready.pipeline,
        competition.X,
        competition.y,
        ready.folds,
        n_classes=competition.n_classes,
        X_test=competition.X_test if bag else None,
        done=done,
        on_fold=finished,
        keep=(lambda number, fitted: storage.save_pipeline(fitted, checkpoint.models(number)))
        if bag
        else None,
    )
    oof = pooled(folds, len(competition.y), competition.n_classes)

    final, notes = None, [note for fold in folds for note in fold.notes]
    if bag:
        test = _mean([fold.test_proba for fold in folds])
    else:
        on_step("fitting on all rows")
        final = clone(ready.pipeline).fit(np.asarray(competition.X), competition.y)
        notes += notes_of(final)
        test = _test_probabilities(final, competition)

    def fill(part: Path) -> Mapping[str, Any]:
        np.save(part / "oof.npy", oof)
        np.save(part / "folds.npy", ready.folds)
        np.save(part / "y.npy", competition.y)
        if test is not None:
            np.save(part / "test.npy", test)
        write_json(part / "history.json", [dict(fold.history) for fold in folds])
        if final is not None:
            storage.save_pipeline(final, part / "models" / "final")
        else:
            shutil.copytree(checkpoint.path / "models", part / "models")
        return receipts.make(ready, folds, oof, notes) | {
            "resumed_folds": sorted(number + 1 for number in done),
            "seconds": round(time.perf_counter() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            "peak_memory_mb": receipts.peak_memory_mb(),
        }

    on_step("writing the entry")
    entry = entries.write(folder, name or settings.model, fill, numbered=name is None)
    checkpoint.discard()
    return entry


def pooled(folds: list[Fold], rows: int, n_classes: int) -> Probabilities:
    """Every fold's held-out probabilities in the rows' order; float64, shape (rows, K)."""
    oof = np.full((rows, n_classes), np.nan)
    for fold in folds:
        oof[fold.held_out] = fold.proba
    if not np.isfinite(oof).all():
        raise DataError(
            "the model gave probabilities that are not finite numbers",
            todo="try another scaler (--scaler quantile) or a smaller learning rate",
        )
    return oof


def _test_probabilities(fitted: Any, competition: Competition) -> Probabilities | None:
    if competition.X_test is None:
        return None
    proba = fitted.predict_proba(np.asarray(competition.X_test))
    return in_class_order(proba, fitted.classes_, competition.n_classes)


def _mean(parts: list[Probabilities | None]) -> Probabilities | None:
    present = [part for part in parts if part is not None]
    return np.mean(present, axis=0) if present else None
