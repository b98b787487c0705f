"""The job `verify`: one fold of an entry fitted again, and compared with what the entry keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from harness import __version__, receipts
from harness.competition import Competition, Labels, Probabilities
from harness.entries import Entry
from harness.errors import DataError, EntryError, UsageError
from harness.evaluate.crossval import cross_validate, fits_together, run_fold
from harness.plans import FitSettings, Plan, plan
from harness.threads import cores

# Another machine may take sums in another order; the same machine gives the same bits.
ROUNDING = 1e-5
# Calibrated entries keep what their models said in a file of its own.
RAW, KEPT = "oof_raw.npy", "oof.npy"


@dataclass(frozen=True)
class Verified:
    """What came of fitting a fold again.

    Attributes
    ----------
    fold : int
        Counted from 1 over all repeats, of `folds`.
    rows : int
        Held-out rows that were compared.
    largest, mean : float
        Of the absolute differences in probabilities, over all cells.
    compared_with : str
        The entry's file that held the probabilities.
    changed : mapping of library to (version then, version now)
        Empty unless the check of versions was waived.
    notes : tuple of str
    """

    entry: str
    fold: int
    folds: int
    rows: int
    largest: float
    mean: float
    compared_with: str
    changed: Mapping[str, tuple[str, str]]
    notes: tuple[str, ...]
    seconds: float

    @property
    def same_bits(self) -> bool:
        """Whether not a single probability differs."""
        return self.largest == 0

    @property
    def agrees(self) -> bool:
        """Whether the fold came out as the entry says, up to the rounding of another machine."""
        return self.largest <= ROUNDING

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return asdict(self) | {"same_bits": self.same_bits, "agrees": self.agrees}


def verify(
    entry: Entry,
    competition: Competition,
    *,
    fold: int = 1,
    anyway: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Verified:
    """Fit one fold of `entry` again, as its receipt says, and compare the probabilities.

    A model that fits all folds together does so here as well, so that its bits can agree.

    Parameters
    ----------
    fold : int
        From 1, counted over all repeats.
    anyway : bool
        Compare although library versions changed; data that changed are refused always.

    Raises
    ------
    UsageError
        For a fold that the entry hasn't.
    EntryError
        When the data, the versions or the split aren't what they were, naming which.
    """
    started = time.perf_counter()
    same_data(entry, competition)
    changed = changed_versions(entry.receipt)
    if changed and not anyway:
        listed = ", ".join(f"{name} {then} -> {now}" for name, (then, now) in changed.items())
        raise EntryError(
            f"versions changed since it was fitted: {listed}",
            where=entry.name,
            todo="install the old ones, or compare all the same: --anyway",
        )
    ready = plan(competition, settings_of(entry))
    own, number = _fold_of(ready, entry, fold)
    kept, source = _kept(entry)
    mine = entry.folds == fold - 1
    if not np.array_equal(entry.rows[mine], np.flatnonzero(own == number)):
        raise EntryError(
            f"its fold {fold} held out other rows than the same settings do now",
            where=entry.name,
            todo="the way that rows are split has changed: fit it again",
        )
    on_step(f"fitting fold {fold} of {ready.total}")
    apart = np.abs(_fitted_again(ready, own, number) - kept[mine])
    return Verified(
        entry=entry.name,
        fold=fold,
        folds=ready.total,
        rows=int(mine.sum()),
        largest=float(apart.max()),
        mean=float(apart.mean()),
        compared_with=source,
        changed=changed,
        notes=_notes(entry.receipt),
        seconds=round(time.perf_counter() - started, 3),
    )


def same_data(entry: Entry, competition: Competition) -> None:
    """Refuse data that aren't those of the fit, saying what differs as far as it is known."""
    if entry.fingerprint == competition.fingerprint:
        return
    then = entry.receipt["competition"]
    now = {
        "name": competition.name,
        "rows": len(competition.y),
        "columns": len(competition.columns),
        "test_rows": len(competition.test_ids),
        "classes": list(competition.classes),
    }
    known = [
        f"{key.replace('_', ' ')} {then[key]} -> {value}"
        for key, value in now.items()
        if key in then and then[key] != value
    ]
    raise EntryError(
        "the data changed since it was fitted"
        f" ({'; '.join(known) or 'the same shape, other contents or groups'})",
        where=entry.name,
        todo="name the data of the fit: --data DIR, and --groups if it had them",
    )


def settings_of(entry: Entry) -> FitSettings:
    """The settings in an entry's receipt.

    Raises
    ------
    EntryError
        When the receipt has none, or some that this version doesn't know.
    """
    stored = entry.receipt.get("settings")
    if not isinstance(stored, Mapping) or "model" not in stored:
        raise EntryError("its receipt holds no settings", where=entry.name, todo="fit it again")
    strange = set(stored) - {one.name for one in fields(FitSettings)}
    if strange:
        raise EntryError(
            f"has settings that this version doesn't know: {', '.join(sorted(strange))}",
            where=entry.name,
            todo=f"use harness {entry.receipt.get('harness', 'of that time')}",
        )
    try:
        return FitSettings(**stored)
    except TypeError as problem:
        raise EntryError(f"its settings are damaged ({problem})", where=entry.name) from problem


def changed_versions(receipt: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a result depends on and has another version now: name to (then, now)."""
    then = dict(receipt.get("versions") or {}) | {"harness": receipt.get("harness", "unknown")}
    now = receipts.versions() | {"harness": __version__}
    return {
        name: (str(then.get(name, "unknown")), now[name])
        for name in now
        if then.get(name) != now[name]
    }


def _fold_of(ready: Plan, entry: Entry, fold: int) -> tuple[Labels, int]:
    """The repeat that fold number `fold` (from 1) belongs to, and its number in there."""
    number = fold - 1
    if 0 <= number < ready.total:
        for own in ready.folds:
            count = int(own.max()) + 1
            if number < count:
                return own, number
            number -= count
    raise UsageError(
        f"{entry.name} has no fold {fold}",
        where="--fold",
        todo=f"its folds are 1 to {ready.total}",
    )


def _kept(entry: Entry) -> tuple[Probabilities, str]:
    """What the entry's models said of the held-out rows, and the file that holds it."""
    path = entry.path / RAW
    if not path.exists():
        return entry.oof, KEPT
    try:
        raw = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        raise EntryError(f"can't be read ({problem})", where=str(path)) from problem
    if raw.shape != entry.oof.shape:
        raise EntryError(
            f"has shape {raw.shape}, but {KEPT} has {entry.oof.shape}", where=str(path)
        )
    return raw, RAW


def _fitted_again(ready: Plan, own: Labels, number: int) -> Probabilities:
    competition, pipeline = ready.competition, ready.pipeline
    rows = (pipeline, competition.X, competition.y, own)
    given: dict[str, Any] = {"n_classes": competition.n_classes, "groups": competition.groups}
    if fits_together(pipeline, competition.X):
        proba = cross_validate(*rows, **given)[number].proba
    else:
        proba = run_fold(*rows, number, **given).proba
    if not np.isfinite(proba).all():
        raise DataError("the model gave probabilities that are not finite numbers")
    return proba


def _notes(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    then = receipt.get("cores")
    if then is None or then == cores():
        return ()
    return (f"it was fitted with {then} cores, this process has {cores()}",)
