"""Probabilities of saved models: no fit is made, everything they said is asked again."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness import court
from harness.competition import Probabilities
from harness.entries import Entry
from harness.errors import EntryError
from harness.evaluate.calibration import Verdict
from harness.plans import Plan
from harness.saved import saved
from harness.vouching._compare import Check, of_arrays

TEST = "test probabilities"


def of_fit(entry: Entry, ready: Plan, verdict: Verdict) -> list[Check]:
    """Whether the models that a fit saved give its test probabilities again.

    Of a bag the fold models are at hand, so that their held-out rows are asked for as well.
    """
    try:
        if ready.settings.final == "bag":
            return _of_bag(entry, ready, verdict)
        return [_of_refit(entry, ready, verdict)]
    except EntryError as problem:
        where = f"{problem.where}: " if problem.where else ""
        return [Check(TEST, "disagrees", f"{where}{problem.what}")]


def _of_refit(entry: Entry, ready: Plan, verdict: Verdict) -> Check:
    ask = saved(entry.path / "models" / court.FINAL, ready.competition)
    X_test = ready.competition.X_test
    raw = None if X_test is None else ask(X_test)
    stands = court.for_test(verdict, ready, raw)
    if raw is not None:
        told = court.calibrated(entry.path / "models", court.FINAL, raw)
        if (wrong := _calibrator(told, stands)) is not None:
            return wrong
    return of_test(entry, verdict, raw, stands, f"what models/{court.FINAL} says of the test rows")


def _of_bag(entry: Entry, ready: Plan, verdict: Verdict) -> list[Check]:
    competition = ready.competition
    held, raw, stands, told = np.full_like(entry.raw_oof, np.nan), [], [], []
    for number in range(ready.total):
        name = f"fold-{number + 1}"
        ask = saved(entry.path / "models" / name, competition)
        own = entry.folds == number
        held[own] = ask(competition.X[entry.rows[own]])
        if competition.X_test is None:
            continue
        raw.append(ask(competition.X_test))
        stands.append(court.for_test(verdict, ready, raw[-1], number))
        told.append(court.calibrated(entry.path / "models", name, raw[-1]))
    said = "what the saved fold models say of the rows held out"
    found = [of_arrays("all folds", {kept_file(entry): (entry.raw_oof, held)}, said)]
    wrong = _calibrator(mean(told), mean(stands))
    said = "the mean of what the saved fold models say of the test rows"
    return [*found, wrong or of_test(entry, verdict, mean(raw), mean(stands), said)]


def _calibrator(told: Probabilities | None, stands: Probabilities | None) -> Check | None:
    """The complaint where the calibrator beside the models is not the one that comes out."""
    said = "the calibrator that comes out of the rows held out"
    found = of_arrays(TEST, {f"models/{court.FILE}": (told, stands)}, said)
    return None if found.verdict == "agrees" else found


def of_test(
    entry: Entry,
    verdict: Verdict,
    raw: Probabilities | None,
    stands: Probabilities | None,
    said: str,
) -> Check:
    """An entry's test probabilities against those that come out now, raw and calibrated."""
    if raw is None and entry.test is None:
        return Check(TEST, "agrees", "there are none: the data have no test rows")
    if verdict.accepted:
        own = entry.raw_test if (entry.path / "test_raw.npy").exists() else None
        alone = of_arrays(TEST, {"test_raw.npy": (own, raw)}, said)
        if alone.verdict != "agrees":
            return alone
        said += ", calibrated"
    return of_arrays(TEST, {"test.npy": (entry.test, stands)}, said)


def mean(parts: list[Any]) -> Probabilities | None:
    """The mean over models; None where there are none."""
    present = [part for part in parts if part is not None]
    return np.mean(present, axis=0) if present else None


def kept_file(entry: Entry) -> str:
    """The file that holds what the models said; calibrated entries keep it beside ``oof.npy``."""
    return "oof_raw.npy" if (entry.path / "oof_raw.npy").exists() else "oof.npy"
