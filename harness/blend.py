"""The job `blend`: several entries' probabilities as one entry, for one leaderboard.

The entries must have been judged on the same rows and folds. Weights are learned on their
out-of-fold probabilities and judged across folds (`harness.evaluate.ensembles`); the entry's
out-of-fold probabilities, and every score and interval made of them, are those of weights that were
learned on other rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries, receipts
from harness.atomic import write_json
from harness.competition import Competition, Leaderboard, Probabilities
from harness.entries import Entry
from harness.errors import EntryError, UsageError
from harness.evaluate import calibration, ensembles, metrics
from harness.evaluate.baseline import prior_of
from harness.evaluate.calibration import Predictions, Priors, Verdict, parts_of
from harness.evaluate.comparing import Change
from harness.evaluate.ensembles import Blend, Trial
from harness.evaluate.learning import Gain
from harness.expectation import stated
from harness.plans import Judged

MODEL = "blend"
FILE = "blend.json"


@dataclass(frozen=True)
class Member:
    """What is blended.

    Attributes
    ----------
    oof : float64 array, shape (s, K)
        Out-of-fold probabilities of the rows that all members were judged on.
    test : float64 array, shape (m, K), or None
    about : mapping
        What the receipt says of it, as JSON can hold it.
    """

    oof: Probabilities = field(repr=False)
    test: Probabilities | None = field(repr=False)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mixed:
    """Members blended and judged.

    Attributes
    ----------
    trials : mapping of method to Trial
        The chosen one first.
    judged : Judged
        Whose `oof` is what the best method's cross-fitted weights make of the members.
    verdict : Verdict
        The calibration court's, on that.
    test : float64 array, shape (m, K), or None
        Not calibrated; see `calibrated_test`.
    contributions : mapping of member to Change
        From the blend without it to the blend with it; of members that have weight.
    """

    metric: str
    trials: Mapping[str, Trial]
    judged: Judged
    verdict: Verdict
    test: Probabilities | None
    contributions: Mapping[str, Change]
    shares_of_classes: Probabilities

    @property
    def blend(self) -> Blend:
        """The best method's weights, learned on all rows."""
        return next(iter(self.trials.values())).blend

    @property
    def calibrated_test(self) -> Probabilities | None:
        """The test probabilities, calibrated by what all held-out rows taught."""
        if self.test is None:
            return None
        shares = np.broadcast_to(self.shares_of_classes, self.test.shape)
        return self.verdict.calibrator.apply(self.test, Priors(shares, shares))

    def save(self, part: Path) -> None:
        """Write the arrays of an entry into the folder `part`."""
        arrays = {
            "rows": self.judged.rows,
            "y": self.judged.y,
            "folds": self.judged.folds,
            "oof": self.verdict.proba,
            "test": self.calibrated_test,
        }
        if self.verdict.accepted:
            arrays |= {"oof_raw": self.judged.oof, "test_raw": self.test}
        for name, array in arrays.items():
            if array is not None:
                np.save(part / f"{name}.npy", array)
        write_json(part / "history.json", [])

    def stored(self, members: Mapping[str, Member]) -> dict[str, Any]:
        """What blending other probabilities of the same members needs (``blend.json``)."""
        return asdict(self.blend) | {
            "members": list(members),
            "calibrator": self.verdict.calibrator.as_dict(),
            "shares": self.shares_of_classes.tolist(),
        }

    def as_dict(self, members: Mapping[str, Member]) -> dict[str, Any]:
        """What the receipt says of the blend and of each member."""
        return {
            "metric": self.metric,
            "method": self.blend.method,
            "tried": {method: trial.score for method, trial in self.trials.items()},
            "members": [
                {
                    "name": name,
                    "weight": weight,
                    "share": share,
                    "temperature": temperature,
                    "score": metrics.score(self.metric, self.judged.y, member.oof),
                    "adds": None if added is None else {"gain": added.gain, "error": added.error},
                    **member.about,
                }
                for (name, member), weight, share, temperature in zip(
                    members.items(),
                    self.blend.weights,
                    self.blend.shares,
                    self.blend.temperatures,
                    strict=True,
                )
                for added in [self.contributions.get(name)]
            ],
        }


def mix(
    competition: Competition,
    members: Mapping[str, Member],
    judged: Judged,
    *,
    metric: str,
    methods: Sequence[str] = tuple(ensembles.METHODS),
    contributions: bool = True,
) -> Mixed:
    """Blend members and have the result judged; `judged.oof` isn't looked at."""
    parts = parts_of(judged.rows, judged.folds)
    oofs = [member.oof for member in members.values()]
    units = judged.rows if competition.groups is None else competition.groups[judged.rows]
    trials = ensembles.judge(oofs, judged.y, parts, metric=metric, methods=methods, units=units)
    best = next(iter(trials.values()))
    judged = replace(judged, oof=best.proba)
    verdict = hear(competition, judged)
    tests = [member.test for member in members.values()]
    test = None
    if all(one is not None for one in tests):
        test = best.blend.apply([one for one in tests if one is not None])
    added = (
        ensembles.contributions(
            best,
            {name: member.oof for name, member in members.items()},
            judged.y,
            parts,
            metric=metric,
            units=units,
        )
        if contributions
        else {}
    )
    of_all = competition.counts / len(competition.y)
    return Mixed(metric, trials, judged, verdict, test, added, of_all)


def hear(competition: Competition, judged: Judged) -> Verdict:
    """Whether a blend's out-of-fold probabilities are to be calibrated, and how."""
    shares = prior_of(competition.y, judged.rows, judged.folds, competition.n_classes)
    return calibration.judge(
        Predictions(
            y=judged.y,
            proba=judged.oof,
            rows=judged.rows,
            folds=judged.folds,
            priors=Priors(shares, shares),
            units=judged.rows if competition.groups is None else competition.groups[judged.rows],
        ),
        boards=[board.metric for board in competition.leaderboards],
    )


def blend(
    competition: Competition,
    chosen: Sequence[Entry],
    folder: Path,
    *,
    metric: str = "logloss",
    method: str | None = None,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
) -> Entry:
    """Blend entries into a new one in `folder`.

    Parameters
    ----------
    metric : str
        Of the leaderboard that it is for.
    method : str, optional
        A row of `harness.evaluate.ensembles.METHODS`; None tries all, and takes stacking unless
        another is clearly better.

    Raises
    ------
    UsageError
        With fewer than two entries, or one named twice.
    EntryError
        When they weren't fitted on the same data, or judged on the same rows and folds.
    """
    started, cpu_started = time.perf_counter(), time.process_time()
    _alike(competition, chosen)
    first = chosen[0]
    # What they are made of matters to log-loss: probabilities that stand for log-loss are blended.
    members = {
        entry.name: Member(
            entry.oof_for("logloss"),
            entry.test_for("logloss"),
            {
                "model": entry.model,
                "seconds": entry.receipt.get("seconds"),
                "cpu_seconds": entry.receipt.get("cpu_seconds"),
            },
        )
        for entry in chosen
    }
    judged = Judged(first.rows, first.y, first.folds, first.oof)
    mixed = mix(
        competition,
        members,
        judged,
        metric=metric,
        methods=tuple(ensembles.METHODS) if method is None else (method,),
    )
    expected = expectations(
        competition,
        mixed,
        lambda board: gain_of_members(chosen, mixed.blend.shares, board),
    )

    def fill(part: Path) -> Mapping[str, Any]:
        mixed.save(part)
        # By the times it is told whether an entry with a member's name is still the one blended.
        created = [entry.receipt.get("created") for entry in chosen]
        write_json(part / FILE, mixed.stored(members) | {"created": created})
        split = dict(first.receipt.get("split") or {})
        made = receipts.of_blend(competition, mixed.judged, mixed.verdict, split)
        return made | {
            "model": MODEL,
            "blend": mixed.as_dict(members),
            "expected": expected,
            "source": dict(source or first.receipt.get("source") or {}),
            "notes": [],
            "seconds": round(time.perf_counter() - started + _sum(chosen, "seconds"), 3),
            "cpu_seconds": round(
                time.process_time() - cpu_started + _sum(chosen, "cpu_seconds"), 3
            ),
        }

    return entries.write(folder, name or MODEL, fill, numbered=name is None)


def fitting_together(
    competition: Competition, found: Sequence[Entry]
) -> tuple[list[Entry], dict[str, str]]:
    """The most entries that can be blended with each other, and why each of the others can't.

    Of two such sets of one size, the one with the entry of the best log-loss.
    """
    passed: dict[str, str] = {}
    sets: list[list[Entry]] = []
    for entry in found:
        try:
            _check(competition, entry)
        except EntryError as problem:
            passed[entry.name] = problem.what
            continue
        alike = next((one for one in sets if _misfit(entry, one[0]) is None), None)
        if alike is None:
            sets.append(alike := [])
        alike.append(entry)
    if not sets:
        return [], passed

    def worth(one: list[Entry]) -> tuple[int, float]:
        losses = [metrics.score("logloss", e.y, e.oof_for("logloss")) for e in one]
        return len(one), -min(losses)

    chosen = max(sets, key=worth)
    for others in sets:
        if others is not chosen:
            passed |= {entry.name: str(_misfit(entry, chosen[0])) for entry in others}
    return chosen, {entry.name: passed[entry.name] for entry in found if entry.name in passed}


def expectations(
    competition: Competition, mixed: Mixed, gain_of: Callable[[Leaderboard], Gain | None]
) -> dict[str, dict[str, Any]]:
    """For each leaderboard its metric, score, interval, and the gain that the score holds."""
    return stated(competition, mixed.judged, mixed.verdict, gain_of)


def gain_of_members(
    chosen: Sequence[Entry], shares: Sequence[float], board: Leaderboard
) -> Gain | None:
    """What final models are ahead of fold models: nothing that could be promised, and its error.

    What more rows are worth to each member is for a good part what blending has brought already:
    with the members' gains added, blends were expected 0.028 +- 0.012 of log-loss too well over 30
    worlds, without them 0.010 +- 0.011 (``tests/benchmarks/bench_blend.py``). The members' errors
    are of one kind of measurement on the same rows, and added up, not squared.
    """
    error = 0.0
    for entry, share in zip(chosen, shares, strict=True):
        expected = (entry.receipt.get("expected") or {}).get(board.name) or {}
        error += share * float(expected.get("gain_error") or 0.0)
    return Gain(0.0, error) if error else None


def _alike(competition: Competition, chosen: Sequence[Entry]) -> None:
    """Refuse entries that can't be blended, naming the first that doesn't fit."""
    names = [entry.name for entry in chosen]
    if len(names) < 2:
        raise UsageError(
            "a blend needs two entries or more",
            where="ENTRIES",
            todo="name some of those that `harness entries` lists, or `all`",
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"{twice} is named twice", where="ENTRIES", todo="name it once")
    first = chosen[0]
    for entry in chosen:
        _check(competition, entry)
        if why := _misfit(entry, first):
            raise EntryError(
                why, where=entry.name, todo="fit both with the same --split, --cv and --seed"
            )


def _check(competition: Competition, entry: Entry) -> None:
    """Refuse an entry that can't be blended with any other."""
    if entry.fingerprint != competition.fingerprint:
        raise EntryError(
            "was fitted on other data",
            where=entry.name,
            todo="name its data with --data; where they have changed since, fit it again",
        )
    entry.check(competition)
    if not np.allclose(entry.oof.sum(axis=1), 1, atol=1e-3):
        raise EntryError("oof.npy has rows that don't sum to 1", where=entry.name)
    if not np.array_equal(entry.y, competition.y[entry.rows]):
        raise EntryError(
            "y.npy holds other labels than the competition",
            where=entry.name,
            todo=f"see what else is changed: harness verify {entry.name}",
        )


def _misfit(entry: Entry, first: Entry) -> str | None:
    """Why an entry can't be blended with another one; None where it can."""
    same = np.array_equal(entry.rows, first.rows) and np.array_equal(entry.folds, first.folds)
    if not same:
        return f"was judged on other rows or folds than {first.name}"
    if (entry.test is None) != (first.test is None):
        lacks, has = (entry, first) if entry.test is None else (first, entry)
        return f"{lacks.name} has no test probabilities, {has.name} has"
    return None


def _sum(chosen: Sequence[Entry], key: str) -> float:
    return sum(float(entry.receipt.get(key) or 0.0) for entry in chosen)
