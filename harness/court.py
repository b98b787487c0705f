"""The calibration court at work on a fit: what it needs to know, and what it leaves in the entry.

An entry whose probabilities were calibrated keeps the raw ones beside them (``oof_raw.npy``,
``test_raw.npy``) and the calibrator with its saved models (``models/calibration.json``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import ordinary
from harness.atomic import write_json
from harness.competition import LEFT_OUT, Competition, Labels, Probabilities
from harness.errors import DataError, EntryError
from harness.evaluate.calibration import Calibrator, Predictions, Priors, Verdict, judge
from harness.prepare.samplers import SAMPLERS
from harness.zoo._alternatives import PARTED_BY

if TYPE_CHECKING:
    from harness.plans import Judged, Plan

FILE = "calibration.json"
FINAL = "final"


def hear(ready: Plan, judged: Judged) -> Verdict:
    """Whether the out-of-fold probabilities of a fit are to be calibrated, and how."""
    if not ready.settings.calibrate:
        return Verdict((), Calibrator("none"), judged.oof)
    boards = [board.metric for board in ready.competition.leaderboards]
    return judge(predictions(ready, judged), boards=boards)


def predictions(ready: Plan, judged: Judged) -> Predictions:
    """A fit's out-of-fold probabilities with the class shares behind each of them.

    The rows of a group vary as one.
    """
    groups = ready.competition.groups
    shares = training_shares(ready.competition, ready.folds)[judged.folds]
    return Predictions(
        y=judged.y,
        proba=judged.oof,
        rows=judged.rows,
        folds=judged.folds,
        priors=priors_of(shares, ready.settings.balance),
        units=None if groups is None else groups[judged.rows],
        shifted=ready.settings.balance != "none",
    )


def training_shares(competition: Competition, folds: Labels) -> Probabilities:
    """Class shares of every fold's training part, counted over all repeats; shape (folds, K)."""
    y, k = competition.y, competition.n_classes
    counts = [
        np.bincount(y[(fold != number) & (fold != LEFT_OUT)], minlength=k)
        for fold in folds
        for number in range(int(fold.max()) + 1)
    ]
    return np.array([count / max(1, count.sum()) for count in counts])


def priors_of(shares: Probabilities, balance: str) -> Priors:
    """What models believe that were fitted behind a sampler: all classes that it saw, alike.

    Where rows are cleaned away after growing, the classes don't come out alike, and what the model
    believes has to be estimated; so it has where each fold chose its sampler. Without a sampler, it
    believes the truth.
    """
    if balance == "none":
        return Priors(shares, shares)
    if PARTED_BY in balance:
        return Priors(shares)
    row = SAMPLERS[balance]
    if row.grow and row.clean:
        return Priors(shares)
    seen = shares > 0
    return Priors(shares, seen / seen.sum(axis=1, keepdims=True))


def for_test(
    verdict: Verdict, ready: Plan, proba: Probabilities | None, fold: int | None = None
) -> Probabilities | None:
    """A model's probabilities of test rows, calibrated by what all held-out rows taught.

    Parameters
    ----------
    fold : int, optional
        Of which fold the model is; by default the one fitted on all rows.
    """
    if proba is None or not verdict.accepted:
        return proba
    shares = _model_shares(ready)[FINAL if fold is None else _name(fold)]
    return _apply(verdict.calibrator, proba, shares, ready.settings.balance)


def leave(verdict: Verdict, ready: Plan, models: Path) -> None:
    """Write what `calibrated` needs beside the saved models, where something was accepted."""
    if not verdict.accepted:
        return
    shares = _model_shares(ready)
    kept = {name: row.tolist() for name, row in shares.items() if (models / name).exists()}
    write_json(
        models / FILE,
        verdict.calibrator.as_dict() | {"balance": ready.settings.balance, "shares": kept},
    )


def calibrated(models: Path, model: str, proba: Probabilities) -> Probabilities:
    """A saved model's probabilities, calibrated as its entry's are.

    Parameters
    ----------
    models : Path
        An entry's folder ``models``.
    model : str
        The saved model's folder: ``"final"``, or ``"fold-1"`` and so on. A bag's models are
        calibrated one by one, before their mean is taken.
    proba : float64 array, shape (m, K)
        In the competition's class order.

    Returns
    -------
    float64 array, shape (m, K); `proba` itself where the entry isn't calibrated

    Raises
    ------
    EntryError
        When the record is damaged.
    """
    path = models / FILE
    if not path.exists():
        return proba
    try:
        stored = json.loads(ordinary.read_text(path))
        shares = np.asarray(stored["shares"][model], dtype=np.float64)
        return _apply(Calibrator.from_dict(stored), proba, shares, stored["balance"])
    except (OSError, KeyError, TypeError, ValueError, DataError) as problem:
        raise EntryError(
            f"can't be used ({problem})", where=str(path), todo="fit the entry again"
        ) from problem


def _apply(
    calibrator: Calibrator, proba: Probabilities, shares: Probabilities, balance: str
) -> Probabilities:
    every = np.broadcast_to(shares, proba.shape)
    return calibrator.apply(proba, priors_of(every, balance))


def _model_shares(ready: Plan) -> dict[str, Any]:
    """The class shares that each saved model was fitted on."""
    folds = training_shares(ready.competition, ready.folds)
    counts = ready.competition.counts
    shares = {_name(number): row for number, row in enumerate(folds)}
    return shares | {FINAL: counts / counts.sum()}


def _name(fold: int) -> str:
    return f"fold-{fold + 1}"
