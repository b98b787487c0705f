"""The job `verify`: an entry is believed as far as what it says comes out again.

One fold is fitted again: on the machine of the fit to the same bits, on another up to what rounding
makes of it (`harness.vouching._elsewhere`). Everything else needs no fit: its calibration, scores
and expected scores are computed anew from the models' own out-of-fold probabilities, and its saved
models are asked for the test probabilities. What couldn't be checked is said, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from harness import __version__, auto, blend, court, receipts
from harness.competition import Competition
from harness.entries import Entry
from harness.errors import EntryError
from harness.expectation import expectations
from harness.plans import FitSettings, plan
from harness.saved import fold_of, saved
from harness.vouching import _mixtures, _models, _record, _refit
from harness.vouching._compare import ROUNDING as ROUNDING
from harness.vouching._compare import Check
from harness.vouching._elsewhere import Allowed, Fitted, differing


@dataclass(frozen=True)
class Verified:
    """What came of an entry that was looked at again.

    Attributes
    ----------
    fold : int, or None
        The fold that was fitted again, counted from 1 over all repeats, of `folds`; None where all
        of them were, or none could be.
    rows : int
        Held-out rows that were compared.
    largest, mean : float, or None
        Of the absolute differences in probabilities, over all cells; None without a fit.
    compared_with : str
        The entry's file that held the probabilities.
    checks : tuple of Check
        What was computed again without a fit, and what wasn't.
    machine : mapping of name to (then, now)
        What of the machine is another than the receipt's; empty on the machine of the fit.
    allowed : Allowed
        How far the fit made again may be away, and how far another processor's codes moved it here.
    logloss : (float, float), or None
        Of the rows compared: by the entry's probabilities, and by those of the fit made again.
    changed : mapping of library to (version then, version now)
        Empty unless the check of versions was waived.
    notes : tuple of str
    """

    entry: str
    fold: int | None
    folds: int
    rows: int
    largest: float | None
    mean: float | None
    compared_with: str
    checks: tuple[Check, ...]
    machine: Mapping[str, tuple[str, str]]
    allowed: Allowed
    logloss: tuple[float, float] | None
    changed: Mapping[str, tuple[str, str]]
    notes: tuple[str, ...]
    seconds: float = 0.0

    @property
    def same_bits(self) -> bool:
        """Whether not a single probability of the fit made again differs."""
        return self.largest == 0

    @property
    def fold_agrees(self) -> bool:
        """Whether the fit made again is as far from the entry's as rounding may bring it."""
        if self.largest is None or self.mean is None:
            return True
        # Written so that a difference that is no number disagrees.
        return self.largest <= self.allowed.largest and self.mean <= self.allowed.mean

    @property
    def bits_were_due(self) -> bool:
        """Whether nothing is known that the bits could differ by: machine, cores, versions."""
        return not self.machine and not self.changed

    @property
    def disagreeing(self) -> list[str]:
        """What doesn't come out as the entry says: checks, and ``fold`` for the fit."""
        found = [one.what for one in self.checks if one.verdict == "disagrees"]
        return found if self.fold_agrees else ["fold", *found]

    @property
    def agrees(self) -> bool:
        """Whether all that was looked at is as the entry says, up to another machine's rounding."""
        return not self.disagreeing

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return asdict(self) | {
            "same_bits": self.same_bits,
            "agrees": self.agrees,
            "bits_were_due": self.bits_were_due,
            "disagreeing": self.disagreeing,
        }


def verify(
    entry: Entry,
    competition: Competition,
    *,
    fold: int = 1,
    full: bool = False,
    anyway: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Verified:
    """Fit one fold of `entry` again, as its receipt says, and recompute what needs no fit.

    A model that fits all folds together does so here as well, so that its bits can agree.

    Parameters
    ----------
    fold : int
        From 1, counted over all repeats. Of an automatic fit, a fold of its weightiest member.
    full : bool
        Fit every fold again, and measure the gains of the expected scores again.
    anyway : bool
        Compare although library versions changed; data that changed are refused always.

    Raises
    ------
    UsageError
        For a fold that the entry hasn't.
    EntryError
        When the data, the versions or the split aren't what they were, naming which; when an array
        is missing or damaged.
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
    _fits(entry, competition)
    on_step("recomputing what needs no fit")
    if entry.model == blend.MODEL:
        found = _of_blend(entry, competition)
    elif entry.model == auto.MODEL:
        found = _of_auto(entry, competition, fold, on_step)
    else:
        found = _of_fit(entry, competition, fold, full, on_step)
    seconds = round(time.perf_counter() - started, 3)
    return replace(found, changed=changed, notes=_notes(entry.receipt), seconds=seconds)


def _of_fit(
    entry: Entry, competition: Competition, fold: int, full: bool, on_step: Callable[[str], None]
) -> Verified:
    ready = plan(competition, settings_of(entry))
    _refit.fold_of(ready, entry.name, fold)
    rows, folds = _record.rows_now(ready.folds)
    if not (np.array_equal(entry.rows, rows) and np.array_equal(entry.folds, folds)):
        raise _other_rows(entry)
    judged = _record.judged_of(entry, competition)
    verdict = court.hear(ready, judged)
    chosen = range(1, ready.total + 1) if full else [fold]
    made = _refit.fitted_again(ready, entry.name, chosen, on_step)
    again = np.full_like(entry.raw_oof, np.nan)
    for number, proba in made.items():
        again[entry.folds == number - 1] = proba
    expected = None
    if full:
        on_step("measuring what all rows are worth")
        expected = expectations(ready, judged, verdict)
    mine = np.isin(entry.folds, [number - 1 for number in chosen])
    fitted = Fitted.of(
        entry, ready, made, again[mine], entry.raw_oof[mine], entry.rows[mine], on_step
    )
    checks = [
        *_record.checks(entry, competition, judged, verdict, expected),
        *_models.of_fit(entry, ready, verdict),
    ]
    if ready.total > 1 and not full:
        checks.append(Check("the other folds", "not checked", f"{ready.total - 1} weren't fitted"))
    return _verified(
        entry,
        None if full else fold,
        ready.total,
        fitted,
        _models.kept_file(entry),
        checks,
    )


def _of_auto(
    entry: Entry, competition: Competition, fold: int, on_step: Callable[[str], None]
) -> Verified:
    checks, first, name = _mixtures.of_auto(entry, competition, on_step)
    if first is None:
        return _verified(entry, None, 0, None, "", checks)
    again = _refit.fitted_again(first, entry.name, [fold], on_step)[fold]
    folder = fold_of(entry, name, 0, fold - 1)
    rows = np.flatnonzero(first.folds[0] == fold - 1)
    kept = saved(folder, competition)(competition.X[rows])
    where = folder.relative_to(entry.path).as_posix()
    fitted = Fitted.of(entry, first, {fold: again}, again, kept, rows, on_step)
    return _verified(entry, fold, first.total, fitted, where, checks)


def _of_blend(entry: Entry, competition: Competition) -> Verified:
    return _verified(entry, None, 0, None, "", _mixtures.of_blend(entry, competition))


def _verified(
    entry: Entry,
    fold: int | None,
    folds: int,
    fitted: Fitted | None,
    compared_with: str,
    checks: list[Check],
) -> Verified:
    return Verified(
        entry=entry.name,
        fold=fold,
        folds=folds,
        rows=0 if fitted is None else len(fitted.apart),
        largest=None if fitted is None else float(fitted.apart.max()),
        mean=None if fitted is None else float(fitted.apart.mean()),
        compared_with=compared_with,
        checks=tuple(checks),
        machine=differing(entry.receipt),
        allowed=Allowed() if fitted is None else fitted.allowed,
        logloss=None if fitted is None else fitted.logloss,
        changed={},
        notes=(),
    )


def _fits(entry: Entry, competition: Competition) -> None:
    """Refuse arrays that can't be the data's: everything below looks rows up by them."""
    entry.check(competition)
    rows, n = entry.rows, len(competition.y)
    if not len(rows) or rows.min() < 0 or rows.max() >= n or (np.diff(rows) < 0).any():
        raise EntryError(
            f"its rows aren't within the data's {n}, in order", where=str(entry.path / "rows.npy")
        )
    if not np.isfinite(entry.raw_oof).all():
        raise EntryError(
            "it holds what can't be probabilities", where=str(entry.path / "oof_raw.npy")
        )


def _other_rows(entry: Entry) -> EntryError:
    return EntryError(
        "its folds held out other rows than the same settings do now",
        where=entry.name,
        todo="the way that rows are split has changed: fit it again",
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
    told = receipt.get("versions")
    then = dict(told if isinstance(told, Mapping) else {}) | {
        "harness": receipt.get("harness", "unknown")
    }
    now = receipts.versions() | {"harness": __version__}
    return {
        name: (str(then.get(name, "unknown")), now[name])
        for name in now
        if then.get(name) != now[name]
    }


def _notes(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    """What of the machine differs, a line each."""
    return tuple(
        f"it was fitted on another machine: {name} was {then}, is {now}"
        for name, (then, now) in differing(receipt).items()
    )
