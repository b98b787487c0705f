"""A fit that is ready to run: what is asked for, checked against the data; nothing fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from harness import checkpoints
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, UnknownNameError, UsageError
from harness.evaluate import metrics, splits
from harness.prepare import pipeline as pipelines
from harness.provenance import code_digest, versions
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
            "versions": versions(),
            "cores": cores(),
            "code": code_digest(),
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
