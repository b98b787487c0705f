"""Entries made of others' probabilities, blends and `auto`: recomputed from what is at hand.

A blend keeps no models: where its members are still beside it, it is blended again from them. An
automatic fit keeps the fold models of the members that have weight: those are asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries, ordinary
from harness.auto import AutoSettings, plan_of
from harness.blend import FILE, Member, gain_of_members, hear, mix
from harness.competition import Competition, Probabilities
from harness.entries import Entry
from harness.errors import DataError, EntryError, HarnessError
from harness.evaluate import calibration, ensembles
from harness.evaluate.calibration import Priors, Verdict
from harness.evaluate.ensembles import METHODS, Blend
from harness.expectation import stated
from harness.plans import Plan
from harness.saved import blend_of, fold_of, saved
from harness.vouching import _models, _record
from harness.vouching._compare import Check, of_arrays, of_values
from harness.vouching._record import judged_of

MIXED = "out-of-fold"
# Blended again without the members that weren't kept, probabilities move by so much on average.
WITHOUT_THE_REST = 0.02


def of_blend(entry: Entry, competition: Competition) -> list[Check]:
    """A blend of entries: blended again, where they are still beside it."""
    blend = _mapping(entry.receipt.get("blend"))
    names = [str(one.get("name")) for one in _members(blend)]
    judged = judged_of(entry, competition)
    verdict = hear(competition, judged)
    try:
        members = [_member(entry, competition, name) for name in names]
    except HarnessError as problem:
        why = f"its members aren't all at hand ({problem.what})"
        missing = [Check(what, "not checked", why) for what in (MIXED, _models.TEST)]
        return missing + _record.checks(entry, competition, judged, verdict)
    tried = [name for name in _mapping(blend.get("tried")) if name in METHODS]
    if not members or not tried:
        return [
            Check(MIXED, "disagrees", "the receipt names no members, or no method"),
            *_record.checks(entry, competition, judged, verdict),
        ]
    mixed = mix(
        competition,
        {one.name: Member(one.oof_for("logloss"), one.test_for("logloss"), {}) for one in members},
        judged,
        metric=str(blend.get("metric")),
        methods=tried,
        contributions=False,
    )
    listed = ", ".join(names)
    said = f"what {listed} come to, blended across folds by {mixed.blend.method}"
    found = [of_arrays(MIXED, {_models.kept_file(entry): (entry.raw_oof, mixed.judged.oof)}, said)]
    weights = [one.get("weight") for one in _members(blend)]
    said = f"the same method and weights ({mixed.blend.method})"
    now = {"method": mixed.blend.method, "weights": list(mixed.blend.weights)}
    kept = {"method": blend.get("method"), "weights": weights}
    found.append(of_values("weights", kept, now, said))
    if not (entry.test is None and mixed.test is None):
        test = (mixed.test, mixed.calibrated_test)
        found.append(_models.of_test(entry, mixed.verdict, *test, f"what {listed} come to"))
    full = stated(
        competition,
        judged,
        verdict,
        lambda board: gain_of_members(members, mixed.blend.shares, board),
    )
    found += _record.checks(entry, competition, judged, verdict, full)
    return [*found, Check("members", "not checked", f"harness verify for each of {listed}")]


def _member(entry: Entry, competition: Competition, name: str) -> Entry:
    """The entry that was blended; refused where it isn't the one that it was."""
    found = entries.find(entry.path.parent, name, fingerprint=competition.fingerprint)
    found.check(competition)
    same = np.array_equal(found.rows, entry.rows) and np.array_equal(found.folds, entry.folds)
    if not same:
        raise EntryError("was judged on other rows or folds", where=name)
    return found


@dataclass(frozen=True)
class Asked:
    """What the saved members of an automatic fit say.

    Attributes
    ----------
    oof, test : lists of float64 arrays, or None for a member that has no weight
    """

    blend: Blend
    oof: list[Probabilities | None]
    test: list[Probabilities | None]
    shares: Probabilities


def of_auto(
    entry: Entry, competition: Competition, on_step: Callable[[str], None]
) -> tuple[list[Check], Plan | None, str]:
    """An automatic fit: the saved fold models of its members asked again.

    Returns
    -------
    checks, the first fit of the member with most weight, that member's name
    """
    judged = judged_of(entry, competition)
    verdict = hear(competition, judged)
    record = _record.checks(entry, competition, judged, verdict)
    try:
        settings = AutoSettings(**_mapping(entry.receipt.get("auto")))
        stored = _stored(entry.path / "models" / FILE)
        names, blend = stored["members"], blend_of(stored)
        heaviest = str(names[int(np.argmax(blend.weights))])
        first = plan_of(competition, settings, heaviest)
        _same_split(entry, first)
        asked = _ask(entry, competition, settings, names, blend, on_step)
    except (HarnessError, KeyError, IndexError, TypeError, ValueError) as problem:
        what = problem.what if isinstance(problem, HarnessError) else f"damaged ({problem})"
        where = getattr(problem, "where", None) or f"models/{FILE}"
        return [Check(MIXED, "disagrees", f"{where}: {what}"), *record], None, ""
    return [*_of_asked(entry, competition, verdict, asked), *record], first, heaviest


def _of_asked(
    entry: Entry, competition: Competition, verdict: Verdict, asked: Asked
) -> list[Check]:
    parts = calibration.parts_of(entry.rows, entry.folds)
    weighted = [one for one in asked.oof if one is not None]
    now = ensembles.cross_fitted(asked.blend.method, weighted, competition.y[entry.rows], parts)
    file, off = _models.kept_file(entry), float(np.abs(entry.raw_oof - now).mean())
    every = len(weighted) == len(asked.oof)
    said = f"what its saved fold models come to, blended across folds by {asked.blend.method}"
    if every:
        found = [of_arrays(MIXED, {file: (entry.raw_oof, now)}, said)]
    elif off <= WITHOUT_THE_REST:
        rest = len(asked.oof) - len(weighted)
        said = f"{file}: {said}, up to {off:.2g} on average ({rest} without weight aren't kept)"
        found = [Check(MIXED, "agrees", said)]
    else:
        said = f"{file} is not {said}: {off:.3g} apart on average"
        found = [Check(MIXED, "disagrees", said)]
    blended = [one.get("weight") for one in _members(_mapping(entry.receipt.get("blend")))]
    said = f"the receipt's are those of models/{FILE}"
    now_told = {"weights": list(asked.blend.weights)}
    found.append(of_values("weights", {"weights": blended}, now_told, said))
    if competition.X_test is None:
        return found
    raw = asked.blend.apply([one if one is not None else np.empty(0) for one in asked.test])
    shares = np.broadcast_to(asked.shares, raw.shape)
    stands = verdict.calibrator.apply(raw, Priors(shares, shares))
    said = "what its saved fold models say of the test rows, blended"
    found.append(_models.of_test(entry, verdict, raw, stands, said))
    return found


def _ask(
    entry: Entry,
    competition: Competition,
    settings: AutoSettings,
    names: list[str],
    blend: Blend,
    on_step: Callable[[str], None],
) -> Asked:
    """Every saved fold model about its held-out rows and the test rows."""
    oof: list[Probabilities | None] = []
    test: list[Probabilities | None] = []
    for name, weight in zip(names, blend.weights, strict=True):
        if weight == 0:
            oof.append(None)
            test.append(None)
            continue
        on_step(f"asking the models of {name}")
        repeats = len(list((entry.path / "models" / name).glob("repeat-*")))
        own, tests = [], []
        for repeat in range(max(1, repeats)):
            fold = plan_of(competition, settings, name, repeat).folds[0]
            part = np.full((len(fold), competition.n_classes), np.nan)
            for number in range(int(fold.max()) + 1):
                ask = saved(fold_of(entry, name, repeat, number), competition)
                held = fold == number
                part[held] = ask(competition.X[held])
                if competition.X_test is not None:
                    tests.append(ask(competition.X_test))
            own.append(part)
        oof.append(np.mean(own, axis=0)[entry.rows])
        test.append(_models.mean(tests))
    shares = competition.counts / len(competition.y)
    return Asked(blend, oof, test, shares)


def _same_split(entry: Entry, first: Plan) -> None:
    rows, folds = _record.rows_now(first.folds[:1])
    if not (np.array_equal(entry.rows, rows) and np.array_equal(entry.folds, folds)):
        raise DataError("other rows than the same settings hold out now", where="folds.npy")


def _stored(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(ordinary.read_text(path))
    except OSError as problem:
        raise EntryError("can't be read", where=f"models/{FILE}") from problem
    if not isinstance(found, dict):
        raise ValueError("it holds no blend")
    return found


def _members(blend: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = blend.get("members")
    return [_mapping(one) for one in found] if isinstance(found, list) else []


def _mapping(thing: Any) -> Mapping[str, Any]:
    return thing if isinstance(thing, Mapping) else {}
