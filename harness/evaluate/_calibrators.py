"""The steps that calibrators are made of: each learns a few numbers and bends log-probabilities.

A step is a pair of functions on ``logs``, the natural logarithms of probabilities, float64 of shape
(s, K), each row's exponentials summing to 1:

- ``fit(logs, y, priors)`` returns the numbers it learned, as JSON can hold them;
- ``apply(logs, learned, priors)`` returns log-probabilities of the same shape.

Fits that could sharpen see, beside the labels, one row's worth of doubt spread evenly over the
classes: a hundred rows that are all right don't prove that the next one is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from harness.competition import Labels, Probabilities
from harness.evaluate.metrics import EPSILON

# Temperature's bounds: at 0 every probability would be 0 or 1.
COLDEST, HOTTEST = 0.05, 20.0
# The most of a row's probability that the floor may take.
HIGHEST_FLOOR = 0.5
# Weight of vector scaling's distance from changing nothing, against the summed log-loss.
RIDGE = 1.0
NEWTON_STEPS = 50


@dataclass(frozen=True)
class Priors:
    """What is known of the class shares behind each row's prediction.

    Attributes
    ----------
    shares : float64 array, shape (s, K)
        Class shares of the training part that the row's model was fitted on.
    believed : float64 array, shape (s, K), optional
        The shares that this model was shown: after weighting or growing, all classes alike. None
        where they aren't known.
    """

    shares: Probabilities
    believed: Probabilities | None = None

    def take(self, which: Any) -> Priors:
        """Those of some rows."""
        return Priors(self.shares[which], None if self.believed is None else self.believed[which])


Learned = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One row of `STEPS`; `title` is what people read."""

    title: str
    fit: Callable[[Probabilities, Labels, Priors], Learned]
    apply: Callable[[Probabilities, Learned, Priors], Probabilities]


def logs_of(proba: Probabilities) -> Probabilities:
    """Log-probabilities, clipped and rescaled as log-loss does it."""
    return normalised(np.log(np.clip(np.asarray(proba, dtype=np.float64), EPSILON, 1 - EPSILON)))


def normalised(logs: Probabilities) -> Probabilities:
    """The same up to a constant a row, so that the exponentials sum to 1."""
    logs = logs - logs.max(axis=1, keepdims=True)
    return logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))


def targets(y: Labels, n_classes: int) -> Probabilities:
    """One-hot rows with a doubt of one row in all, spread evenly; float64, shape (s, K)."""
    doubt = 1 / (len(y) + 1)
    wanted = np.full((len(y), n_classes), doubt / n_classes)
    wanted[np.arange(len(y)), y] += 1 - doubt
    return wanted


def _fit_temperature(logs: Probabilities, y: Labels, priors: Priors) -> Learned:
    """The T in [`COLDEST`, `HOTTEST`] with the least log-loss.

    The log-loss is convex in 1/T, so its slope has one zero, or lies at a bound.
    """
    wanted = (targets(y, logs.shape[1]) * logs).sum()

    def slope(sharpness: float) -> float:
        return float((np.exp(normalised(sharpness * logs)) * logs).sum() - wanted)

    least, most = 1 / HOTTEST, 1 / COLDEST
    if np.ptp(logs) == 0:  # no temperature changes equal probabilities
        return {"temperature": 1.0}
    if slope(least) >= 0:
        return {"temperature": HOTTEST}
    if slope(most) <= 0:
        return {"temperature": COLDEST}
    return {"temperature": 1 / float(brentq(slope, least, most, xtol=1e-9))}


def _apply_temperature(logs: Probabilities, learned: Learned, priors: Priors) -> Probabilities:
    return normalised(logs / learned["temperature"])


def _fit_prior(logs: Probabilities, y: Labels, priors: Priors) -> Learned:
    """The shares that the model seems to believe in, where nobody knows them.

    They are those whose correction gives the least log-loss; the corrected probabilities then have
    the classes' own shares as their mean.
    """
    if priors.believed is not None:
        return {}
    k = logs.shape[1]
    shift = _fit_linear(logs, y, np.arange(2 * k) >= k)[k:]
    believed = np.exp(np.log(np.maximum(priors.shares.mean(axis=0), EPSILON)) - shift)
    return {"believed": (believed / believed.sum()).tolist()}


def _apply_prior(logs: Probabilities, learned: Learned, priors: Priors) -> Probabilities:
    """Bayes' rule with the real shares in place of the believed ones.

    After Elkan, "The foundations of cost-sensitive learning" (IJCAI 2001), and Saerens, Latinne and
    Decaestecker (Neural Computation 14, 2002). A class that the model never saw keeps its place.
    """
    believed = priors.believed
    if believed is None:
        believed = np.broadcast_to(learned["believed"], logs.shape)
    known = (priors.shares > 0) & (believed > 0)
    ratio = np.divide(priors.shares, believed, out=np.ones_like(logs), where=known)
    return normalised(logs + np.log(ratio))


def _fit_floor(logs: Probabilities, y: Labels, priors: Priors) -> Learned:
    """The share of the class frequencies to mix in that gives the least log-loss.

    The log-loss is convex in the share. Against the one zero on a true class that costs 34.5.
    """
    own, share = (m[np.arange(len(y)), y] for m in (np.exp(logs), priors.shares))

    def slope(floor: float) -> float:
        return float(((own - share) / np.maximum((1 - floor) * own + floor * share, 1e-300)).sum())

    if slope(0.0) >= 0:
        return {"floor": 0.0}
    if slope(HIGHEST_FLOOR) <= 0:
        return {"floor": HIGHEST_FLOOR}
    return {"floor": float(brentq(slope, 0.0, HIGHEST_FLOOR, xtol=1e-15))}


def _apply_floor(logs: Probabilities, learned: Learned, priors: Priors) -> Probabilities:
    mixed = (1 - learned["floor"]) * np.exp(logs) + learned["floor"] * priors.shares
    return normalised(np.log(np.maximum(mixed, EPSILON)))


def _fit_vector(logs: Probabilities, y: Labels, priors: Priors) -> Learned:
    """A scale and a shift for each class.

    Vector scaling of Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks"
    (ICML 2017), on log-probabilities in place of logits, with a ridge towards changing nothing.
    """
    k = logs.shape[1]
    theta = _fit_linear(logs, y, np.ones(2 * k, dtype=bool))
    return {"scale": theta[:k].tolist(), "shift": theta[k:].tolist()}


def _fit_linear(logs: Probabilities, y: Labels, free: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The scales and shifts (2K,) with the least log-loss, by Newton's method with halved steps.

    Those that aren't `free` stay at 1 and 0. The problem is convex, and has one answer.
    """
    k = logs.shape[1]
    wanted = targets(y, k)
    start = np.concatenate([np.ones(k), np.zeros(k)])

    def loss(theta: NDArray[np.float64]) -> float:
        bent = normalised(theta[:k] * logs + theta[k:])
        return float(-(wanted * bent).sum() + RIDGE / 2 * ((theta - start) ** 2).sum())

    theta, value = start, loss(start)
    for _ in range(NEWTON_STEPS):
        p = np.exp(normalised(theta[:k] * logs + theta[k:]))
        slope, curve = _derivatives(logs, p, p - wanted)
        slope += RIDGE * (theta - start)
        step = np.zeros(2 * k)
        step[free] = np.linalg.solve(
            (curve + RIDGE * np.eye(2 * k))[np.ix_(free, free)], slope[free]
        )
        size = 1.0
        while (new := loss(theta - size * step)) > value and size > 1e-6:
            size /= 2
        if not new < value - 1e-9 * abs(value):
            break
        theta, value = theta - size * step, new
    return theta


def _derivatives(
    logs: Probabilities, p: Probabilities, off: Probabilities
) -> tuple[Probabilities, Probabilities]:
    """Slope (2K,) and curvature (2K, 2K) of the summed log-loss in scales and shifts."""
    weighted = logs * p
    slope = np.concatenate([(off * logs).sum(axis=0), off.sum(axis=0)])
    across = np.diag(weighted.sum(axis=0)) - weighted.T @ p
    curve = np.block(
        [
            [np.diag((weighted * logs).sum(axis=0)) - weighted.T @ weighted, across],
            [across.T, np.diag(p.sum(axis=0)) - p.T @ p],
        ]
    )
    return slope, curve


def _apply_vector(logs: Probabilities, learned: Learned, priors: Priors) -> Probabilities:
    return normalised(np.asarray(learned["scale"]) * logs + np.asarray(learned["shift"]))


STEPS: dict[str, Step] = {
    "temperature": Step("temperature", _fit_temperature, _apply_temperature),
    "prior": Step("prior correction", _fit_prior, _apply_prior),
    "floor": Step("floor", _fit_floor, _apply_floor),
    "vector": Step("vector scaling", _fit_vector, _apply_vector),
}


def described(step: str, learned: Learned) -> str:
    """A step with what it learned, where that is one number: ``temperature 1.43``."""
    values = [value for value in learned.values() if isinstance(value, float)]
    return " ".join([STEPS[step].title, *(f"{value:.3g}" for value in values)])
