"""A fit that is ready to run: what is asked for, checked against the data; nothing fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline

from harness import checkpoints
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, UnknownNameError, UsageError
from harness.evaluate import metrics, splits
from harness.evaluate.nested import Selection
from harness.prepare import pipeline as pipelines
from harness.provenance import code_digest, machine, versions
from harness.registry import lookup
from harness.threads import cores
from harness.zoo import _members
from harness.zoo._alternatives import PARTED_BY
from harness.zoo._bagged import bagged

# Beyond this many folds, their models are too many to keep.
MOST_BAGGED = 50
NESTED = "nested"
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
    alternatives : mapping
        Hyper-parameters with several values each, which ``split="nested"`` chooses among inside
        every fold. `scaler`, `reducer` and `balance` may name several too, as in
        ``"standard/power"``.
    metric : str, optional
        What alternatives are judged by; None takes the first leaderboard's.
    bags : int
        How many times each model is fitted, with seeds that follow from `seed`; its answer is the
        mean of the fits. The first has `seed` itself.
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
    alternatives: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    metric: str | None = None
    bags: int = 1

    def choices(self) -> list[dict[str, Any]]:
        """Every combination of the alternatives; one without any where there are none."""
        several = {name: list(values) for name, values in self.alternatives.items()}
        for option in ("scaler", "reducer", "balance"):
            named = str(getattr(self, option)).split(PARTED_BY)
            if len(named) > 1:
                several[option] = [name.strip() for name in named]
        return [dict(zip(several, values, strict=True)) for values in product(*several.values())]

    def chosen(self, choice: Mapping[str, Any]) -> FitSettings:
        """The settings with one of `choices` in place of the alternatives."""
        options = {k: v for k, v in choice.items() if k in ("scaler", "reducer", "balance")}
        own = {k: v for k, v in choice.items() if k not in options}
        return replace(self, parameters={**self.parameters, **own}, alternatives={}, **options)


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
    check_choices(settings)
    pipeline = pipeline_for(competition, settings)
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
            "machine": machine(),
            "cores": cores(),
            "code": code_digest(),
        }
    )
    return Plan(competition, settings, pipeline, split, folds, key)


def pipeline_for(competition: Competition, settings: FitSettings) -> Any:
    """The unfitted pipeline that `settings` describe; with alternatives, one that chooses.

    Raises
    ------
    UsageError
        For what isn't known, or can't be built for these columns.
    """
    choices = settings.choices()
    if len(choices) == 1:
        model = _members.make(settings.model, dict(settings.parameters), seed=settings.seed)
        built = pipelines.build(
            competition,
            model,
            scaler=settings.scaler or _members.MODELS.load(settings.model).SCALER,
            reducer=settings.reducer,
            balance=settings.balance,
            seed=settings.seed,
        )
        model = bagged(built[-1], settings.bags, settings.seed)
        return Pipeline([*built.steps[:-1], ("model", model)])
    _, _, argument = splits.parse(settings.split or NESTED)
    chooser = Selection(
        pipelines=[pipeline_for(competition, settings.chosen(choice)) for choice in choices],
        choices=choices,
        metric=judge_of(competition, settings),
        n_classes=competition.n_classes,
        folds=splits.inner_folds(argument, settings.cv),
        random_state=settings.seed,
    )
    return Pipeline([("model", chooser)])


def judge_of(competition: Competition, settings: FitSettings) -> str:
    """The metric that alternatives are judged by."""
    boards = [board.metric for board in competition.leaderboards]
    return settings.metric or (boards[0] if boards else "logloss")


def check_choices(settings: FitSettings) -> None:
    """Refuse alternatives that nothing chooses among, and a choice without alternatives."""
    nested = settings.split is not None and splits.parse(settings.split)[0] == NESTED
    choices = settings.choices()
    if len(choices) > 1 and not nested:
        raise UsageError(
            f"several values of {', '.join(choices[0])}, and nothing that chooses among them",
            todo="--split nested chooses inside each fold; or give one value of each",
        )
    if nested and len(choices) == 1:
        raise UsageError(
            "there is nothing to choose",
            where=f"--split {settings.split}",
            todo=f"name alternatives, such as --set NAME=1{PARTED_BY}10 or "
            f"--scaler standard{PARTED_BY}power; or use another split",
        )
    if settings.metric is not None:
        metrics.metric(settings.metric)
        if not nested:
            raise UsageError(
                "nothing is chosen by it",
                where=f"--metric {settings.metric}",
                todo="it judges alternatives under --split nested; leave it out",
            )


def check_board(competition: Competition, board: Leaderboard) -> None:
    """Refuse a leaderboard whose metric doesn't exist, or doesn't eat what its format holds."""
    where = f"{competition.name}: leaderboard {board.name}"
    try:
        eats = metrics.metric(board.metric).eats
    except UnknownNameError as error:
        raise DataError(error.what, where=where, todo=error.todo) from error
    columns = len(board.header) - 1
    if board.unwritable:
        return
    wanted = competition.n_classes if board.holds == "probabilities" else 1
    if columns != wanted or (board.holds == "labels") != (eats == "labels"):
        raise DataError(
            f"its submissions have {columns} columns beside the id, but {board.metric} eats {eats}",
            where=where,
            todo="name `label` for one column of labels, `classes` for one column a class, or "
            "`probability` for one column, of two classes",
        )
