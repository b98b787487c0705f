"""From the margins of two-class machines to class probabilities.

Shapes: n rows, K classes, L two-class machines. The coding matrix, int8 (K, L), says what each
machine was shown of a class: +1, -1, or 0 for nothing. Margins, float64 (n, L), are positive on the
side of +1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax
from sklearn.base import BaseEstimator

from harness.zoo._correction import Codes, Correction, Doubles

# No machine is believed beyond this: one that errs must not decide a whole row.
SUREST = 1e-7
# Numbers held at once while rows are coupled.
AT_ONCE = 4_000_000
NEWTON_STEPS = 50


def pairs(n_classes: int) -> tuple[Codes, Codes]:
    """First and second class of every pair, in the order in which `sklearn.svm.SVC` has them."""
    first, second = np.triu_indices(n_classes, 1)
    return first.astype(np.int64), second.astype(np.int64)


def one_vs_one(n_classes: int) -> NDArray[np.int8]:
    """The coding matrix of all pairs: the first class +1, the second -1."""
    first, second = pairs(n_classes)
    code = np.zeros((n_classes, len(first)), dtype=np.int8)
    code[first, np.arange(len(first))] = 1
    code[second, np.arange(len(first))] = -1
    return code


class MarginCalibrator(BaseEstimator):
    """Learns from margins of rows that the machines haven't seen.

    1. A sigmoid for each machine gives the probability of its side +1 (Platt 1999, with his
       smoothed targets).
    2. These are joined to class probabilities: those of all pairs by pairwise coupling (Wu, Lin and
       Weng 2004, JMLR 5, their second method), those of any other code as if machines erred
       independently.
    3. The joined log-probabilities are corrected by the margins; see `Correction`.

    The second step alone knows nothing of how machines err together: on many classes, or on few
    rows a class, the third takes up to 5 % off its log-loss. Margins into a logistic regression
    alone are too timid where classes are easily told apart: three times the log-loss on some sets.

    Parameters
    ----------
    code : int8 array, shape (K, L)
    strength : float
        Inverse strength of the penalty in the third step.
    """

    def __init__(self, code: Any, *, strength: float = 0.01) -> None:
        self.code = code
        self.strength = strength

    def fit(self, margins: Doubles, y: Codes, weights: Doubles | None = None) -> MarginCalibrator:
        """Learn all three steps; `y` holds codes 0..K-1, `weights` one positive number a row."""
        weights = np.ones(len(y)) if weights is None else weights
        self.sigmoids_ = np.array(
            [
                _sigmoid(margins[shown, column], self.code[y[shown], column] > 0, weights[shown])
                for column in range(self.code.shape[1])
                for shown in [self.code[y, column] != 0]
            ]
        ).reshape(-1, 2)
        self.correction_ = Correction(strength=self.strength)
        self.correction_.fit(self._joined(margins), margins, y, weights)
        return self

    def predict_proba(self, margins: Doubles) -> Doubles:
        """Class probabilities; float64, shape (n, K)."""
        return self.correction_.predict_proba(self._joined(margins), margins)

    def _joined(self, margins: Doubles) -> Doubles:
        """Log-probabilities of the classes after the second step, shape (n, K)."""
        z = margins * self.sigmoids_[:, 0] + self.sigmoids_[:, 1]
        k = len(self.code)
        if self.code.shape[1] == k * (k - 1) // 2 and (np.abs(self.code).sum(axis=0) == 2).all():
            step = max(1, AT_ONCE // (k + 1) ** 2)
            parts = [coupled(z[i : i + step], k) for i in range(0, len(z), step)]
            return np.log(np.concatenate(parts))
        plus, minus = (self.code > 0).astype(np.float64), (self.code < 0).astype(np.float64)
        return log_softmax(log_expit(z) @ plus.T + log_expit(-z) @ minus.T, axis=1)


def coupled(z: Doubles, n_classes: int) -> Doubles:
    """Class probabilities from the log-odds of all pairs; shape (n, K).

    They minimise the sum over pairs of (r_ji p_i - r_ij p_j)^2, where r_ij is the probability of i
    among i and j; a linear system for each row.
    """
    first, second = pairs(n_classes)
    share = np.clip(expit(z), SUREST, 1 - SUREST)
    r = np.zeros((len(z), n_classes, n_classes))
    r[:, first, second], r[:, second, first] = share, 1 - share
    system = np.ones((len(z), n_classes + 1, n_classes + 1))
    inside = -r * r.transpose(0, 2, 1)
    diagonal = np.arange(n_classes)
    # Barely more than needed, so that no system is singular.
    inside[:, diagonal, diagonal] = (r**2).sum(axis=1) + 1e-9
    system[:, :-1, :-1] = inside
    system[:, -1, -1] = 0
    wanted = np.zeros((len(z), n_classes + 1, 1))
    wanted[:, -1] = 1
    p = np.clip(np.linalg.solve(system, wanted)[:, :-1, 0], SUREST, None)
    return p / p.sum(axis=1, keepdims=True)


def _sigmoid(margin: Doubles, positive: NDArray[np.bool_], weights: Doubles) -> Doubles:
    """Factor and shift of the log-odds of the positive side, by Newton's method."""
    plus, minus = weights[positive].sum(), weights[~positive].sum()
    wanted = np.where(positive, (plus + 1) / (plus + 2), 1 / (minus + 2))
    columns = np.column_stack([margin, np.ones(len(margin))])

    def loss(theta: Doubles) -> float:
        z = columns @ theta
        return float((weights * (np.logaddexp(0, z) - wanted * z)).sum())

    theta = np.array([0.0, np.log((plus + 1) / (minus + 1))])
    value = loss(theta)
    for _ in range(NEWTON_STEPS):
        share = expit(columns @ theta)
        slope = columns.T @ (weights * (share - wanted))
        bend = (columns * (weights * share * (1 - share))[:, None]).T @ columns
        step = np.linalg.solve(bend + 1e-12 * (1 + np.trace(bend)) * np.eye(2), slope)
        size = 1.0
        while not (new := loss(theta - size * step)) < value and size > 1e-6:
            size /= 2
        if not new < value - 1e-10 * abs(value):
            break
        theta, value = theta - size * step, new
    return theta
