"""Several models' probabilities made into one, by weights that are judged where they can't flatter.

Weights are learned on out-of-fold probabilities, and judged across parts: what a part's rows get
was learned on the other parts' rows alone. The weights that are kept were learned on all rows, and
are at least as good.

(The other parts' models have seen this part's rows, as in any stacking on out-of-fold predictions;
a weight a model, learned on hundreds of rows and more, carries nothing of it that was found in
measuring graded scores against these.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from harness.competition import Labels, Probabilities
from harness.errors import DataError
from harness.evaluate import comparing, metrics
from harness.evaluate._calibrators import STEPS, Priors, logs_of, normalised
from harness.evaluate.comparing import Change
from harness.registry import lookup

Floats = NDArray[np.float64]

# Steps of greedy selection: the finest share is one in so many.
STEPS_OF_GREED = 50
# Stacking's pulls, against the summed log-loss: towards equal weights, and towards weights that sum
# to 1. The second keeps a few dozen rows without a mistake from asking for endless confidence.
RIDGE, CAUTION = 10.0, 2.0
# The method that is taken where no other is better by more than a standard error.
USUAL = "stacking"
# A member with less than this share of all weight is left out: it costs more than it brings.
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Blend:
    """Fitted weights.

    Attributes
    ----------
    method : str
        A row of `METHODS`.
    weights : tuple of float
        One a member, not negative.
    temperatures : tuple of float
        What each member's log-probabilities are divided by, before they are weighted.
    """

    method: str
    weights: tuple[float, ...]
    temperatures: tuple[float, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights, made to sum to 1."""
        total = sum(self.weights)
        return tuple(weight / total for weight in self.weights)

    def apply(self, members: Sequence[Probabilities]) -> Probabilities:
        """The blended probabilities; float64, shape (s, K), rows sum to 1.

        Parameters
        ----------
        members : sequence of float64 arrays, shape (s, K)
            In the order of `weights`.
        """
        if len(members) != len(self.weights):
            raise DataError(f"{len(self.weights)} weights can't blend {len(members)} members")
        logs = [
            None if weight == 0 else normalised(logs_of(proba) / temperature)
            for weight, temperature, proba in zip(
                self.weights, self.temperatures, members, strict=True
            )
        ]
        mix = METHODS[self.method].mix
        kept = [(w, one) for w, one in zip(self.weights, logs, strict=True) if one is not None]
        return mix(np.array([w for w, _ in kept]), np.stack([one for _, one in kept]))

    def without(self, members: Sequence[int]) -> Blend:
        """The same with the weights of some members set to 0."""
        gone = set(members)
        kept = tuple(0.0 if i in gone else weight for i, weight in enumerate(self.weights))
        return Blend(self.method, kept, self.temperatures)


@dataclass(frozen=True)
class Method:
    """One row of `METHODS`.

    Attributes
    ----------
    fit : callable (logs, y, metric) -> weights
        From log-probabilities of shape (M, s, K).
    mix : callable (weights, logs) -> probabilities
    tempered : bool
        Whether members are calibrated first, each by its temperature. Weights that may be of any
        size do that by themselves.
    """

    summary: str
    fit: Callable[[Floats, Labels, str], Floats]
    mix: Callable[[Floats, Floats], Probabilities]
    tempered: bool


def _arithmetic(weights: Floats, logs: Floats) -> Probabilities:
    proba = np.tensordot(weights / weights.sum(), np.exp(logs), 1)
    mixed: Probabilities = proba / proba.sum(axis=1, keepdims=True)
    return mixed


def _geometric(weights: Floats, logs: Floats) -> Probabilities:
    mixed: Probabilities = np.exp(normalised(np.tensordot(weights, logs, 1)))
    return mixed / mixed.sum(axis=1, keepdims=True)


def _equal(logs: Floats, y: Labels, metric: str) -> Floats:
    return np.ones(len(logs))


def _greedy(logs: Floats, y: Labels, metric: str) -> Floats:
    """Add the member that helps most, again and again, each as often as it helps.

    Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models"
    (ICML 2004). Of all the steps' mixtures, the best one is taken.
    """
    proba = np.exp(logs)
    own = proba[:, np.arange(len(y)), y]
    sign = -1 if metrics.metric(metric).higher_is_better else 1

    def scores(total: Floats, total_own: Floats, count: int) -> Floats:
        if metric == "logloss":
            return -np.log((total_own + own) / count).mean(axis=1)
        return np.array([sign * metrics.score(metric, y, (total + one) / count) for one in proba])

    counts, best, least = np.zeros(len(logs)), np.zeros(len(logs)), np.inf
    total, total_own = np.zeros(proba.shape[1:]), np.zeros(len(y))
    for step in range(1, STEPS_OF_GREED + 1):
        after = scores(total, total_own, step)
        taken = int(after.argmin())
        counts[taken] += 1
        total, total_own = total + proba[taken], total_own + own[taken]
        # Beyond rounding: of equals, the mixture with fewer steps.
        if after[taken] < least - 1e-9:
            least, best = float(after[taken]), counts.copy()
    return best


def _stacked(logs: Floats, y: Labels, metric: str) -> Floats:
    """The weights of log-probabilities with the least log-loss, none negative.

    Stacked generalisation (Wolpert 1992) with a multinomial model that has one weight a member: a
    logarithmic opinion pool (Genest and Zidek, "Combining probability distributions", Statistical
    Science 1986) whose weights needn't sum to 1, so that their size is a temperature. Weights that
    aren't negative keep it from overfitting (Breiman, "Stacked regressions", 1996). Convex.
    """
    own = logs[:, np.arange(len(y)), y].sum(axis=1)

    def loss(weights: Floats) -> tuple[float, Floats]:
        mixed = np.tensordot(weights, logs, 1)
        top = mixed.max(axis=1, keepdims=True)
        p = np.exp(mixed - top)
        sums = p.sum(axis=1, keepdims=True)
        apart, more = weights - weights.mean(), weights.sum() - 1
        value = float((np.log(sums) + top).sum() - weights @ own)
        value += RIDGE / 2 * float(apart @ apart) + CAUTION / 2 * float(more**2)
        slope = np.tensordot(logs, p / sums, ((1, 2), (0, 1))) - own
        slope += RIDGE * apart + CAUTION * more
        return value, slope

    start = np.full(len(logs), 1 / len(logs))
    found = minimize(loss, start, jac=True, bounds=[(0, None)] * len(logs), method="L-BFGS-B")
    weights = np.asarray(found.x, dtype=np.float64)
    return weights if weights.sum() > 0 else start


METHODS: dict[str, Method] = {
    "average": Method("all members alike", _equal, _arithmetic, tempered=True),
    "greedy": Method("Caruana's greedy ensemble selection", _greedy, _arithmetic, tempered=True),
    "stacking": Method("a weight a member on log-probabilities", _stacked, _geometric, False),
}


def fit(
    method: str, members: Sequence[Probabilities], y: Labels, *, metric: str = "logloss"
) -> Blend:
    """Learn the weights.

    Parameters
    ----------
    method : str
        A row of `METHODS`.
    members : sequence of float64 arrays, shape (s, K)
        Out-of-fold probabilities of the same rows, one a member.
    y : int64 array, shape (s,)
    metric : str
        What greedy selection looks at. Temperatures and stacking look at log-loss always.
    """
    row = lookup("blending method", method, METHODS)
    logs, temperatures = [], []
    for proba in members:
        one, temperature = logs_of(proba), 1.0
        if row.tempered:
            shares = Priors(np.empty((0, 0)))  # a temperature asks for none
            learned = STEPS["temperature"].fit(one, y, shares)
            one, temperature = (
                STEPS["temperature"].apply(one, learned, shares),
                learned["temperature"],
            )
        logs.append(one)
        temperatures.append(float(temperature))
    weights = row.fit(np.stack(logs), y, metric)
    weights[weights < LEAST_SHARE * weights.sum()] = 0.0
    return Blend(method, tuple(map(float, weights)), tuple(temperatures))


def cross_fitted(
    method: str,
    members: Sequence[Probabilities],
    y: Labels,
    parts: Labels,
    *,
    metric: str = "logloss",
) -> Probabilities:
    """Each part's rows blended by weights that the other parts taught; float64, shape (s, K).

    Parameters
    ----------
    parts : int64 array, shape (s,)
        No row, and no group, on both sides: see `harness.evaluate.calibration.parts_of`.
    """
    blended = np.empty_like(members[0], dtype=np.float64)
    for part in np.unique(parts):
        own, others = parts == part, parts != part
        if not others.any():
            raise DataError(
                "weights can't be judged on a single part", todo="use two folds or more"
            )
        fitted = fit(method, [one[others] for one in members], y[others], metric=metric)
        blended[own] = fitted.apply([one[own] for one in members])
    return blended


@dataclass(frozen=True)
class Trial:
    """A method's weights from all rows, and its honest probabilities and score."""

    blend: Blend
    proba: Probabilities = field(repr=False)
    score: float = 0.0


def judge(
    members: Sequence[Probabilities],
    y: Labels,
    parts: Labels,
    *,
    metric: str = "logloss",
    methods: Sequence[str] = tuple(METHODS),
    units: Labels | None = None,
) -> dict[str, Trial]:
    """Every method tried, by the score of its cross-fitted probabilities, the chosen one first.

    That is `USUAL`, unless the best one is better by more than a standard error: a choice among
    three by chance alone would cost more on few rows than it brings.

    Parameters
    ----------
    units : int64 array, shape (s,), optional
        Rows with one number count as one observation.
    """
    trials = {}
    for method in methods:
        proba = cross_fitted(method, members, y, parts, metric=metric)
        trials[method] = Trial(
            fit(method, members, y, metric=metric), proba, metrics.score(metric, y, proba)
        )
    sign = -1 if metrics.metric(metric).higher_is_better else 1
    ordered = dict(sorted(trials.items(), key=lambda pair: sign * pair[1].score))
    best, usual = next(iter(ordered.values())), ordered.get(USUAL)
    if usual is None or best is usual:
        return ordered
    ahead = comparing.change(metric, y, usual.proba, best.proba, units=units, folds=parts)
    return ordered if ahead.z > 1 else {USUAL: usual} | ordered


def contributions(
    trial: Trial,
    members: Mapping[str, Probabilities],
    y: Labels,
    parts: Labels,
    *,
    metric: str = "logloss",
    units: Labels | None = None,
) -> dict[str, Change]:
    """What every member that has weight adds: the change from weights learned without it.

    Of members that can stand in for each other none seems to add much.
    """
    found = {}
    for (name, _), weight in zip(members.items(), trial.blend.weights, strict=True):
        others = [proba for other, proba in members.items() if other != name]
        if weight == 0 or not others:
            continue
        without = cross_fitted(trial.blend.method, others, y, parts, metric=metric)
        found[name] = comparing.change(metric, y, without, trial.proba, units=units)
    return found
