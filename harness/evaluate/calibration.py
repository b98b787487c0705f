"""Calibrators as rows of one table, and the court that decides whether one of them is taken.

A calibrator is fitted on out-of-fold probabilities, across the folds: what a fold's rows get comes
from the other folds' rows alone. The calibrated out-of-fold probabilities are then as honest as the
raw ones, and the court compares the two row by row. A calibrator is taken only where the held-out
log-loss improves by more than noise can, given how many were tried.

(The other folds' models have seen this fold's rows, as in any stacking on out-of-fold predictions;
a handful of numbers fitted on thousands of rows carries nothing of it that could be measured.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy.stats import norm

from harness.competition import Labels, Probabilities
from harness.errors import DataError
from harness.evaluate import comparing
from harness.evaluate._calibrators import STEPS, Priors, described, logs_of
from harness.evaluate.comparing import Change
from harness.registry import lookup

# How seldom noise alone may be taken for an improvement, over all candidates together.
LEVEL = 0.025
# A board whose own metric gets worse by so many standard errors keeps the raw probabilities. Fewer
# would pick the better of two noisy scores, and flatter; more would let real losses pass.
WORSE = 1.0
# What is less than can be read in four digits isn't worth a step more.
LEAST_GAIN = 5e-5
# Leave-one-out has a fold a row; so many parts are enough to cross-fit a calibrator.
MOST_PARTS = 20


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    steps : tuple of str
        Names in `harness.evaluate._calibrators.STEPS`, applied in this order.
    shifted : bool
        Only where the model was shown other class shares than the real ones.
    """

    summary: str
    steps: tuple[str, ...] = ()
    shifted: bool = False


# From the simplest to the one with most numbers to learn: of equals, the court takes the first.
CALIBRATORS: dict[str, Row] = {
    "none": Row("the model's own probabilities"),
    "prior": Row(
        "the real class shares in place of those that resampling or weights made it believe in",
        ("prior",),
        shifted=True,
    ),
    "temperature": Row("all log-probabilities divided by T", ("temperature",)),
    "floor": Row("a share of the class frequencies mixed in", ("floor",)),
    "prior+temperature": Row("both of these", ("prior", "temperature"), shifted=True),
    "floor+temperature": Row("both of these", ("floor", "temperature")),
    "vector": Row("a scale and a shift for each class", ("vector",)),
}


@dataclass(frozen=True)
class Predictions:
    """Out-of-fold predictions, with what is needed to calibrate and to judge them.

    Attributes
    ----------
    y : int64 array, shape (s,)
    proba : float64 array, shape (s, K)
    rows : int64 array, shape (s,)
        Which row each is of; a repeated split predicts each row several times.
    folds : int64 array, shape (s,)
        The fold that held the row out, counted over all repeats.
    priors : Priors
    units : int64 array, shape (s,), optional
        Equal where predictions vary together, such as a group's; default: `rows`.
    shifted : bool
        Whether the models were shown other class shares than the real ones.
    """

    y: Labels
    proba: Probabilities
    rows: Labels
    folds: Labels
    priors: Priors
    units: Labels | None = None
    shifted: bool = False


@dataclass(frozen=True)
class Calibrator:
    """A fitted row of the table: `learned` holds what each of its steps learned."""

    name: str
    learned: tuple[Mapping[str, Any], ...] = ()

    def apply(self, proba: Probabilities, priors: Priors) -> Probabilities:
        """Calibrated probabilities; float64, shape (s, K), rows sum to 1.

        A class that the model's training rows lacked keeps what it had: nothing was learned of it,
        and sharpening would take its last millionth.
        """
        if self.name == "none":
            return np.asarray(proba, dtype=np.float64)
        logs = logs_of(proba)
        for step, learned in zip(CALIBRATORS[self.name].steps, self.learned, strict=True):
            logs = STEPS[step].apply(logs, learned, priors)
        calibrated = np.exp(logs)
        calibrated = calibrated / calibrated.sum(axis=1, keepdims=True)
        unseen = priors.shares == 0
        if unseen.any():
            kept = np.where(unseen, proba, 0.0)
            seen = np.where(unseen, 0.0, calibrated)
            left = 1 - kept.sum(axis=1, keepdims=True)
            calibrated = kept + left * seen / seen.sum(axis=1, keepdims=True)
        return calibrated

    def __str__(self) -> str:
        steps = CALIBRATORS[self.name].steps
        return " and ".join(map(described, steps, self.learned)) or self.name

    def as_dict(self) -> dict[str, Any]:
        """What JSON can hold, and `from_dict` reads."""
        return {"name": self.name, "learned": [dict(one) for one in self.learned]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Calibrator:
        """The calibrator that `as_dict` wrote.

        Raises
        ------
        DataError
            When it holds something else.
        """
        try:
            name, learned = str(stored["name"]), tuple(dict(one) for one in stored["learned"])
            if len(learned) != len(lookup("calibrator", name, CALIBRATORS).steps):
                raise ValueError("other steps than its name says")
        except (KeyError, TypeError, ValueError) as problem:
            raise DataError(f"holds no calibrator ({problem})") from problem
        return cls(name, learned)


def fit(name: str, proba: Probabilities, y: Labels, priors: Priors) -> Calibrator:
    """Fit the calibrator called `name`.

    Parameters
    ----------
    proba : float64 array, shape (s, K)
        Of rows that the model didn't see.
    y : int64 array, shape (s,)
    """
    logs, learned = logs_of(proba), []
    for step in lookup("calibrator", name, CALIBRATORS).steps:
        learned.append(STEPS[step].fit(logs, y, priors))
        logs = STEPS[step].apply(logs, learned[-1], priors)
    return Calibrator(name, tuple(learned))


def parts_of(rows: Labels, folds: Labels) -> Labels:
    """The part of each prediction: calibrators for one part are fitted on all others.

    A row's part is its fold, in the first repeat where there are several, so that no row is on both
    sides. More than `MOST_PARTS` folds are put together.
    """
    first = np.full(int(rows.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, rows, folds)
    parts = np.unique(first[rows], return_inverse=True)[1].astype(np.int64)
    return parts % MOST_PARTS


def cross_fitted(name: str, given: Predictions) -> Probabilities:
    """Each part's probabilities, calibrated by what the other parts taught; shape (s, K)."""
    parts = parts_of(given.rows, given.folds)
    calibrated = np.empty_like(given.proba, dtype=np.float64)
    for part in np.unique(parts):
        own, others = parts == part, parts != part
        fitted = fit(name, given.proba[others], given.y[others], given.priors.take(others))
        calibrated[own] = fitted.apply(given.proba[own], given.priors.take(own))
    return calibrated


@dataclass(frozen=True)
class Trial:
    """One candidate before the court: fitted on everything, judged cross-fitted."""

    calibrator: Calibrator
    logloss: Change

    def as_dict(self) -> dict[str, Any]:
        """As the receipt holds it."""
        return self.calibrator.as_dict() | {
            "logloss": self.logloss.after,
            "change": self.logloss.value,
            "error": self.logloss.error,
        }


@dataclass(frozen=True)
class Verdict:
    """What the court decided.

    Attributes
    ----------
    said : tuple of str
        The verdict as it is printed, one line each.
    calibrator : Calibrator
        ``none`` where nothing was taken.
    proba : float64 array, shape (s, K)
        The out-of-fold probabilities that stand: cross-fitted by the calibrator, or the raw ones.
    trials : tuple of Trial
    threshold : float
        Standard errors by which a candidate had to improve log-loss.
    raw_for : tuple of str
        Metrics that got worse by `WORSE` or more: their boards keep the raw probabilities.
    boards : mapping of metric to Change
    """

    said: tuple[str, ...]
    calibrator: Calibrator
    proba: Probabilities = field(repr=False)
    trials: tuple[Trial, ...] = ()
    threshold: float = 0.0
    raw_for: tuple[str, ...] = ()
    boards: Mapping[str, Change] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the probabilities are others than the model's own."""
        return self.calibrator.name != "none"

    def proba_for(self, metric: str, raw: Probabilities) -> Probabilities:
        """The out-of-fold probabilities that a board with this metric is to be judged by."""
        return raw if metric in self.raw_for else self.proba

    def as_dict(self) -> dict[str, Any]:
        """As the receipt holds it."""
        return {
            "accepted": self.calibrator.name if self.accepted else None,
            "said": list(self.said),
            "threshold": self.threshold,
            "candidates": [trial.as_dict() for trial in self.trials],
            "raw_for": list(self.raw_for),
            "boards": {name: asdict(one) for name, one in self.boards.items()},
        }


def judge(given: Predictions, *, boards: Iterable[str] = ()) -> Verdict:
    """Try every calibrator that applies, and take the simplest of the best ones, or none.

    Parameters
    ----------
    boards : metrics of the leaderboards
        One that gets worse, by `WORSE` standard errors, keeps the raw probabilities.

    Notes
    -----
    With m candidates, the best must improve by the (1 - `LEVEL` / m) quantile of the normal
    distribution, in standard errors paired over rows (Bonferroni). Among those that do, the first
    in the table that is within one standard error of the best is taken.
    """
    raw = given.proba
    if len(np.unique(parts_of(given.rows, given.folds))) < 2:
        why = "calibration: not tried: only one fold was held out, and there is none to learn from"
        return Verdict((why,), Calibrator("none"), raw)
    names = [
        name
        for name, row in CALIBRATORS.items()
        if row.steps and (given.shifted or not row.shifted)
    ]
    calibrated = {name: cross_fitted(name, given) for name in names}
    trials = {
        name: Trial(
            fit(name, raw, given.y, given.priors),
            _change("logloss", given, raw, calibrated[name]),
        )
        for name in names
    }
    threshold = float(norm.isf(LEVEL / len(names)))
    chosen = _chosen(trials, calibrated, given, threshold)
    if chosen is None:
        best = max(trials.values(), key=lambda trial: trial.logloss.gain)
        said = "calibration: nothing to gain, left as it is"
        if abs(best.logloss.gain) >= LEAST_GAIN:
            why = "not beyond noise" if best.logloss.gain > 0 else "no better"
            said = f"calibration: {_sentence(best)}: {why}, left as it is"
        return Verdict((said,), Calibrator("none"), raw, tuple(trials.values()), threshold)
    changes = {
        name: _change(name, given, raw, calibrated[chosen]) for name in dict.fromkeys(boards)
    }
    raw_for = tuple(name for name, one in changes.items() if one.z <= -WORSE)
    said = f"calibration: {_sentence(trials[chosen])}: accepted"
    kept = (
        f"calibration: {name} would go from {changes[name].before:.4f} to "
        f"{changes[name].after:.4f} ({changes[name]}): it keeps the model's own probabilities"
        for name in raw_for
    )
    return Verdict(
        (said, *kept),
        trials[chosen].calibrator,
        calibrated[chosen],
        tuple(trials.values()),
        threshold,
        raw_for,
        changes,
    )


def _chosen(
    trials: Mapping[str, Trial],
    calibrated: Mapping[str, Probabilities],
    given: Predictions,
    threshold: float,
) -> str | None:
    """The simplest candidate that is beyond noise and as good as the best, if there is any."""
    passed = [
        name
        for name, trial in trials.items()
        if trial.logloss.z >= threshold and trial.logloss.gain >= LEAST_GAIN
    ]
    if not passed:
        return None
    best = max(passed, key=lambda name: trials[name].logloss.gain)
    for name in passed:
        if _change("logloss", given, calibrated[name], calibrated[best]).z <= 1:
            return name
    return best


def _change(name: str, given: Predictions, before: Probabilities, after: Probabilities) -> Change:
    units = given.rows if given.units is None else given.units
    return comparing.change(name, given.y, before, after, units=units, folds=given.folds)


def _sentence(trial: Trial) -> str:
    one = trial.logloss
    return f"{trial.calibrator} takes logloss from {one.before:.4f} to {one.after:.4f} ({one})"
