"""What an entry's saved models say of rows: the same bits of code for every kind of entry.

A fit keeps ``models/final``, or a bag's ``models/fold-1`` and so on; each is calibrated before a
bag's mean is taken. An automatic fit keeps ``models/<member>/repeat-r/fold-i`` and
``models/blend.json``: a member is the mean over all of its models, and the blend is calibrated. A
blend of entries keeps ``blend.json``, which names them; each of them is asked in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import auto, blend, court, entries
from harness.blend import FILE
from harness.competition import Competition, FloatMatrix, Probabilities
from harness.entries import Entry
from harness.entry import read_json
from harness.errors import DataError, EntryError, HarnessError
from harness.evaluate.calibration import Calibrator, Priors
from harness.evaluate.crossval import in_class_order
from harness.evaluate.ensembles import METHODS, Blend
from harness.storage import load_pipeline

Saved = Callable[[FloatMatrix], Probabilities]
AGAIN = "fit the entry again"


def probabilities(
    entry: Entry,
    competition: Competition,
    X: FloatMatrix,
    *,
    metric: str | None = None,
    on_model: Callable[[str], None] = lambda name: None,
) -> Probabilities:
    """An entry's probabilities of raw rows, calibrated as its test probabilities are.

    Of the competition's own test rows they are the entry's ``test.npy``, up to rounding.

    Parameters
    ----------
    X : float32 array, shape (m, d)
        In the competition's columns.
    metric : str, optional
        Give those that stand for this metric instead, as `Entry.test_for` does: the models' own
        where calibration made that metric worse.
    on_model : callable
        Told the name of each model that is asked.

    Returns
    -------
    float64 array, shape (m, K), in the competition's class order

    Raises
    ------
    EntryError
        When a model, a blend's member or the record of a calibration is missing or damaged.
    """
    raw = metric is not None and entry.stands_raw(metric)
    return _Asking(competition, X, on_model).of(entry, raw)


def saved(folder: Path, competition: Competition) -> Saved:
    """A saved model's probabilities of rows, in the competition's class order.

    Raises
    ------
    EntryError
        When the model is missing or damaged.
    """
    if not folder.is_dir():
        raise EntryError("is missing", where=_shown(folder), todo=AGAIN)
    pipeline = load_pipeline(folder)

    def ask(X: FloatMatrix) -> Probabilities:
        try:
            proba = pipeline.predict_proba(np.asarray(X))
        except HarnessError:
            raise
        # Whoever put another model there may have put anything.
        except Exception as problem:
            raise EntryError(f"can't predict ({problem})", where=_shown(folder)) from problem
        if not set(pipeline.classes_.ravel().tolist()) <= set(range(competition.n_classes)):
            raise EntryError("has other classes than the data", where=_shown(folder), todo=AGAIN)
        found = in_class_order(proba, pipeline.classes_, competition.n_classes)
        if not np.isfinite(found).all():
            raise EntryError("gave probabilities that are no numbers", where=_shown(folder))
        return found

    return ask


def fold_of(entry: Entry, name: str, repeat: int, number: int) -> Path:
    """The folder of an automatic fit's member's model of one fold; both counted from 0."""
    return entry.path / "models" / name / f"repeat-{repeat + 1}" / f"fold-{number + 1}"


def blend_of(stored: Mapping[str, Any]) -> Blend:
    """The weights that a ``blend.json`` holds.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it holds none that can be used.
    """
    found = Blend(
        str(stored["method"]),
        tuple(float(weight) for weight in stored["weights"]),
        tuple(float(one) for one in stored["temperatures"]),
    )
    if found.method not in METHODS or not sum(found.weights) > 0 or min(found.weights) < 0:
        raise ValueError("no method, or no weights")
    if not all(one > 0 for one in found.temperatures):
        raise ValueError("temperatures are above 0")
    if not len(stored["members"]) == len(found.weights) == len(found.temperatures):
        raise ValueError("its members, weights and temperatures don't have the same number")
    if not all(isinstance(name, str) for name in stored["members"]):
        raise ValueError("its members have no names")
    return found


@dataclass(frozen=True)
class _Asking:
    """Rows, and whose they are: what every kind of entry is asked about."""

    competition: Competition
    X: FloatMatrix
    on_model: Callable[[str], None]
    # The blends that are being asked.
    above: tuple[str, ...] = ()

    def of(self, entry: Entry, raw: bool) -> Probabilities:
        """The entry's probabilities; `raw`: not calibrated."""
        if entry.model == blend.MODEL:
            return self._of_blend(entry, raw)
        if entry.model == auto.MODEL:
            return self._of_auto(entry, raw)
        return self._of_fit(entry, raw)

    def _of_fit(self, entry: Entry, raw: bool) -> Probabilities:
        models, names = entry.path / "models", [court.FINAL]
        if not (models / court.FINAL).is_dir() and (models / "fold-1").is_dir():
            names = [f"fold-{number + 1}" for number in range(int(entry.folds.max()) + 1)]
        total = np.zeros((len(self.X), self.competition.n_classes))
        for name in names:
            proba = self._said(models / name, f"{entry.name} {name}")
            total += proba if raw else court.calibrated(models, name, proba)
        return total / len(names)

    def _of_auto(self, entry: Entry, raw: bool) -> Probabilities:
        path = entry.path / "models" / FILE
        stored, weights = _stored(path)
        told = _told_models(entry)
        members = []
        for name, weight in zip(stored["members"], weights.weights, strict=True):
            if weight == 0:
                members.append(np.empty(0))
                continue
            folders = sorted((entry.path / "models" / name).glob("repeat-*/fold-*"))
            if not folders or len(folders) != told.get(name, len(folders)):
                raise EntryError(
                    f"{len(folders)} of {told.get(name, 'its')} models are there",
                    where=_shown(entry.path / "models" / name),
                    todo=AGAIN,
                )
            total = np.zeros((len(self.X), self.competition.n_classes))
            for folder in folders:
                total += self._said(folder, f"{entry.name} {name} {folder.name}")
            members.append(total / len(folders))
        return _finished(weights.apply(members), stored, path, raw)

    def _of_blend(self, entry: Entry, raw: bool) -> Probabilities:
        path = entry.path / FILE
        stored, weights = _stored(path)
        made = stored.get("created")
        if not isinstance(made, list) or len(made) != len(weights.weights):
            raise EntryError(
                "doesn't hold all that predicting needs",
                where=str(path),
                todo="an older harness wrote it: blend its entries again",
            )
        below = replace(self, above=(*self.above, entry.name))
        members = []
        for name, when, weight in zip(stored["members"], made, weights.weights, strict=True):
            if weight == 0:
                members.append(np.empty(0))
                continue
            member = _member(entry, name, when, below.above)
            # Blended was what stands for log-loss.
            members.append(below.of(member, member.stands_raw("logloss")))
        return _finished(weights.apply(members), stored, path, raw)

    def _said(self, folder: Path, name: str) -> Probabilities:
        self.on_model(name)
        return saved(folder, self.competition)(self.X)


def _member(entry: Entry, name: str, made: Any, above: tuple[str, ...]) -> Entry:
    """The entry that was blended, refused where another one bears its name now."""
    if name in above:
        raise EntryError(f"{name} is blended of itself", where=str(entry.path / FILE))
    try:
        found = entries.find(entry.path.parent, name, fingerprint=entry.fingerprint)
    except HarnessError as problem:
        raise EntryError(
            f"its member {name} can't be asked ({problem.what})",
            where=entry.name,
            todo="a blend keeps no models of its own: bring that entry back, or blend others",
        ) from problem
    if found.receipt.get("created") != made:
        raise EntryError(
            f"its member {name} was made anew since",
            where=entry.name,
            todo="blend the entries again",
        )
    return found


def _finished(
    proba: Probabilities, stored: Mapping[str, Any], path: Path, raw: bool
) -> Probabilities:
    """A blend's probabilities, calibrated as its file says."""
    if raw:
        return proba
    try:
        shares = np.broadcast_to(np.asarray(stored["shares"], dtype=np.float64), proba.shape)
        return Calibrator.from_dict(stored["calibrator"]).apply(proba, Priors(shares, shares))
    except (KeyError, TypeError, ValueError, DataError) as problem:
        raise _unusable(path, problem) from problem


def _stored(path: Path) -> tuple[dict[str, Any], Blend]:
    stored = read_json(path)
    try:
        return stored, blend_of(stored)
    except (KeyError, TypeError, ValueError) as problem:
        raise _unusable(path, problem) from problem


def _unusable(path: Path, problem: Exception) -> EntryError:
    return EntryError(f"can't be used ({problem})", where=str(path), todo=AGAIN)


def _told_models(entry: Entry) -> dict[str, int]:
    """How many models the receipt says that each member has."""
    told = entry.receipt.get("blend")
    rows = told.get("members") if isinstance(told, Mapping) else None
    return {
        str(row.get("name")): int(row["models"])
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping) and isinstance(row.get("models"), int)
    }


def _shown(folder: Path) -> str:
    """A model's folder from the entry's ``models`` on."""
    parts = folder.parts
    return "/".join(parts[parts.index("models") :]) if "models" in parts else str(folder)
