"""The job `fit --balance all`: one model under every sampler, on the same folds.

Scores are of the model's own probabilities, so that they show what the sampler did. Those called
corrected are after prior correction, see `harness.evaluate.calibration`: what is left of the
difference when the model no longer believes in balanced classes.

A comparison that was killed goes on: it notes the run of every sampler's entry before that fit
forgets its folds, so that the next one takes the entry, and writes no second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import checkpoints, court, entries, ordinary
from harness.atomic import write_json
from harness.competition import Competition, Labels, Probabilities
from harness.errors import HarnessError
from harness.evaluate import calibration, comparing
from harness.evaluate.comparing import Change
from harness.fit import FitSettings, Judged, Plan, fit, plan, written_before
from harness.prepare.samplers import SAMPLERS
from harness.registry import lookup

NONE = "none"
# After prior correction: what such a row shows is of other probabilities than the rest.
CORRECTED = "corrected-"
# Of a comparison's folder: the runs of the samplers that are done, and a dry one's entries.
DONE, DRY = "done.json", "entries"
# What is shown, by the metric that judges it.
SHOWN: dict[str, str] = {
    "accuracy": "accuracy",
    "balanced-accuracy": "balanced-accuracy",
    "macro-f1": "macro-f1",
    "logloss": "logloss",
    f"{CORRECTED}logloss": "logloss",
    f"{CORRECTED}accuracy": "accuracy",
    f"{CORRECTED}balanced-accuracy": "balanced-accuracy",
    "calibration-error": "calibration-error",
}


@dataclass(frozen=True)
class Line:
    """One sampler: each score with its change from `none`, which has no error for itself."""

    balance: str
    entry: str | None
    scores: Mapping[str, Change]

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "balance": self.balance,
            "entry": self.entry,
            "scores": {
                name: {"value": one.after, "change": one.value, "error": one.error}
                for name, one in self.scores.items()
            },
        }

    def __str__(self) -> str:
        """The answer to "should I use this sampler" in one sentence.

        Each of its halves is of one and the same submission: nobody gets the better log-loss of
        the corrected probabilities with the balanced accuracy of the uncorrected ones.
        """
        return (
            f"{self.balance}, compared with {NONE}: {self._half('')}; "
            f"or, corrected for the prior: {self._half(CORRECTED)}"
        )

    def _half(self, kind: str) -> str:
        loss, accuracy, balanced = (
            self.scores[kind + name] for name in ("logloss", "accuracy", "balanced-accuracy")
        )
        return f"log-loss {_apart(loss)}, accuracy {accuracy}, balanced accuracy {balanced}"


@dataclass(frozen=True)
class Ledger:
    """The lines, `none` first, and the samplers that couldn't run, with the reason."""

    lines: tuple[Line, ...]
    skipped: Mapping[str, str]

    @property
    def said(self) -> list[str]:
        """One sentence a sampler."""
        return [str(line) for line in self.lines if line.balance != NONE]

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "lines": [line.as_dict() for line in self.lines],
            "said": self.said,
            "skipped": dict(self.skipped),
        }


def asks_for_ledger(balance: str) -> bool:
    """Whether ``--balance`` names several samplers."""
    return balance == "all" or "," in balance


def balances(text: str) -> tuple[str, ...]:
    """``"all"`` or ``"weights,smote"`` as rows of `SAMPLERS`; `none` comes first, asked for or not.

    Raises
    ------
    UnknownNameError
        Naming the known samplers.
    """
    names = SAMPLERS if text == "all" else [part.strip() for part in text.split(",")]
    for name in (found := [name for name in names if name]):
        lookup("sampler", name, SAMPLERS)
    return tuple(dict.fromkeys([NONE, *found]))


def plans(
    competition: Competition, settings: FitSettings, names: Sequence[str]
) -> tuple[dict[str, Plan], dict[str, str]]:
    """A plan for each sampler that the model can take, and the reason for each that it can't.

    Raises
    ------
    HarnessError
        When not even `none` can be fitted.
    """
    ready, skipped = {}, {}
    for name in names:
        try:
            ready[name] = plan(competition, replace(settings, balance=name))
        except HarnessError as error:
            if name == NONE:
                raise
            skipped[name] = error.what
    return ready, skipped


def compare(
    ready: Mapping[str, Plan],
    folder: Path,
    *,
    name: str | None = None,
    source: Mapping[str, str] | None = None,
    dry: bool = False,
    skipped: Mapping[str, str] | None = None,
    on_fit: Callable[[str], None] = lambda balance: None,
    on_fold: Callable[[Any], None] = lambda fold: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Ledger:
    """Fit every plan, `none` first, and set their scores side by side.

    Parameters
    ----------
    ready : mapping of sampler to Plan
        As `plans` makes it: the same folds for all.
    name : str, optional
        Entries are called ``NAME-SAMPLER`` instead of the model's name and a number.
    source : mapping, optional
        How the competition was found; see `harness.fit.fit`.
    dry : bool
        Keep no entries, once the comparison is over.
    skipped : mapping of sampler to reason, optional
        To be passed on; samplers that fail while fitting are added.
    on_fit, on_fold, on_step : callable
        Told of every sampler that begins, every fold that is done, and what is being done.
    """
    checkpoints.sweep(folder)
    work = _work_of(ready, folder, dry)
    with work.held(f"{ready[NONE].settings.model} under each sampler"):
        where = work.path / DRY if dry else folder
        runs, failed, lines = _runs(work), dict(skipped or {}), []
        base: dict[str, Probabilities] = {}
        for balance, one in ready.items():
            on_fit(balance)

            def note(run: str, balance: str = balance) -> None:
                runs[balance] = run
                write_json(work.path / DONE, runs)

            own = None if name is None else f"{name}-{balance}"
            told = {"on_fold": on_fold, "on_step": on_step, "on_written": note}
            try:
                entry = _taken(one, where, runs.get(balance)) or fit(
                    one, where, name=own, source=source, **told
                )
            except HarnessError as error:
                if balance == NONE:
                    raise
                failed[balance] = error.what
                continue
            found = _probabilities(one, entry)
            base = base or found
            lines.append(
                Line(balance, None if dry else entry.name, _scores(one, entry, base, found))
            )
        work.discard()
    if dry:
        # Made for this, if by an earlier run that was killed; or empty before, which is the same.
        with suppress(OSError):
            folder.rmdir()
    return Ledger(tuple(lines), failed)


def finished_before(ready: Mapping[str, Plan], folder: Path, *, dry: bool = False) -> list[str]:
    """The samplers whose entries a killed run of the same comparison has written already."""
    work = _work_of(ready, folder, dry)
    where, runs = work.path / DRY if dry else folder, _runs(work)
    return [
        balance
        for balance, one in ready.items()
        if checkpoints.entry_of(where, runs.get(balance, "")) or written_before(one, where)
    ]


def _work_of(ready: Mapping[str, Plan], folder: Path, dry: bool) -> checkpoints.Checkpoint:
    """What the comparison itself keeps until it is over; its fits keep their folds."""
    key = checkpoints.key_of({"plans": [one.key for one in ready.values()], "dry": dry})
    return checkpoints.Checkpoint(folder, f"ledger-{key}")


def _runs(work: checkpoints.Checkpoint) -> dict[str, str]:
    """The run that wrote each sampler's entry, as far as an earlier one noted it."""
    try:
        found = json.loads(ordinary.read_text(work.path / DONE))
    except (OSError, ValueError):
        return {}
    return {str(one): str(run) for one, run in found.items()} if isinstance(found, dict) else {}


def _taken(ready: Plan, folder: Path, run: str | None) -> entries.Entry | None:
    """The entry of a sampler that is done; what its fit left by being killed is removed."""
    entry = checkpoints.entry_of(folder, run or "")
    if entry is not None:
        left = checkpoints.Checkpoint(folder, ready.key)
        if left.run == run:
            left.discard()
    return entry


def check_names(folder: Path, name: str, ready: Mapping[str, Plan]) -> None:
    """Refuse ``--name`` before anything is fitted, where one of its entries couldn't be written."""
    done = finished_before(ready, folder)
    for balance in ready:
        if balance not in done:
            entries.check_name(folder, f"{name}-{balance}")


def _scores(
    ready: Plan,
    entry: entries.Entry,
    base: Mapping[str, Probabilities],
    found: Mapping[str, Probabilities],
) -> dict[str, Change]:
    """Each shown score with its change from `base`, the probabilities under `none`."""
    return {
        shown: comparing.change(
            metric,
            entry.y,
            base[shown],
            found[shown],
            units=_units(ready.competition, entry.rows),
            folds=entry.folds,
        )
        for shown, metric in SHOWN.items()
    }


def _probabilities(ready: Plan, entry: entries.Entry) -> dict[str, Probabilities]:
    """The out-of-fold probabilities behind each shown score; the corrected ones cross-fitted."""
    raw = entry.raw_oof
    corrected = raw
    if ready.settings.balance != NONE:
        judged = Judged(entry.rows, entry.y, entry.folds, raw)
        corrected = calibration.cross_fitted("prior", court.predictions(ready, judged))
    return {shown: corrected if shown.startswith(CORRECTED) else raw for shown in SHOWN}


def _units(competition: Competition, rows: Labels) -> Labels:
    return rows if competition.groups is None else competition.groups[rows]


def _apart(change: Change) -> str:
    way = "worse" if change.gain < 0 else "better"
    return f"{abs(change.value):.4f} ± {change.error:.4f} {way}"
