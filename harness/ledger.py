"""The job `fit --balance all`: one model under every sampler, on the same folds.

Scores are of the model's own probabilities, so that they show what the sampler did. Those called
corrected are after prior correction, see `harness.evaluate.calibration`: what is left of the
difference when the model no longer believes in balanced classes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import court, entries
from harness.competition import Competition, Labels, Probabilities
from harness.errors import HarnessError
from harness.evaluate import calibration, comparing
from harness.evaluate.comparing import Change
from harness.fit import FitSettings, Judged, Plan, fit, plan
from harness.prepare.samplers import SAMPLERS
from harness.registry import lookup

NONE = "none"
# After prior correction: what such a row shows is of other probabilities than the rest.
CORRECTED = "corrected-"
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
        Keep no entries.
    skipped : mapping of sampler to reason, optional
        To be passed on; samplers that fail while fitting are added.
    on_fit, on_fold, on_step : callable
        Told of every sampler that begins, every fold that is done, and what is being done.
    """
    failed, lines = dict(skipped or {}), []
    base: dict[str, Probabilities] = {}
    with _kept_in(folder, dry) as where:
        for balance, one in ready.items():
            on_fit(balance)
            own = None if name is None else f"{name}-{balance}"
            try:
                entry = fit(one, where, name=own, source=source, on_fold=on_fold, on_step=on_step)
            except HarnessError as error:
                if balance == NONE:
                    raise
                failed[balance] = error.what
                continue
            found = _probabilities(one, entry)
            base = base or found
            scores = {
                shown: comparing.change(
                    SHOWN[shown],
                    entry.y,
                    base[shown],
                    found[shown],
                    units=_units(one.competition, entry.rows),
                    folds=entry.folds,
                )
                for shown in SHOWN
            }
            lines.append(Line(balance, None if dry else entry.name, scores))
    return Ledger(tuple(lines), failed)


def check_names(folder: Path, name: str, names: Sequence[str]) -> None:
    """Refuse ``--name`` before anything is fitted, where one of its entries couldn't be written."""
    for balance in names:
        entries.check_name(folder, f"{name}-{balance}")


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


@contextmanager
def _kept_in(folder: Path, dry: bool) -> Iterator[Path]:
    if not dry:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="harness-") as aside:
        yield Path(aside)
