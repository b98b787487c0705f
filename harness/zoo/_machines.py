"""Support vector machines for many classes: several of them, calibrated on what each left out.

The training part is dealt into folds; each machine learns from all folds but one and is judged on
that one. A calibrator learns from what the machines said of rows that they hadn't seen, and the
answer is the mean of the calibrated machines'. Their mean is better than one machine fitted on all
rows and calibrated the same way (by 1 to 2 % of the log-loss on four sets of six), and saves that
fit. All machines share one kernel matrix.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from harness.zoo._correction import Codes, Doubles, deal
from harness.zoo._grouped import checked
from harness.zoo._margins import MarginCalibrator, one_vs_one, pairs

# Numbers of a kernel held at once when predicting.
AT_ONCE = 16_000_000
CACHE_MB = 400
# A machine on unscaled columns may never be done. It usually takes a few steps a row.
LEAST_STEPS, STEPS_A_ROW = 20_000, 50


class SupportVectors(ClassifierMixin, BaseEstimator):
    """Machines for all pairs of classes, as `sklearn.svm.SVC` trains them.

    A subclass lists these hyper-parameters, and those of its `_kernel`, in its ``__init__``.

    Parameters
    ----------
    C : float
        Price of a training row on the wrong side of its margin.
    inner_folds : int
        How many machines; each leaves a part of the rows out.
    most_rows : int
        Most rows that one machine learns from; of more, each draws its own, class by class.
    calibration : float
        Inverse strength of the calibrator's penalty; see `MarginCalibrator`.
    random_state : int
    """

    C: float
    inner_folds: int
    most_rows: int
    calibration: float
    random_state: int

    def _kernel(self, X: Doubles, Z: Doubles) -> Doubles:
        """Kernel of every row of X with every row of Z; shape (len(X), len(Z))."""
        raise NotImplementedError

    def _prepare(self, X: Doubles, n_classes: int, random: np.random.Generator) -> None:
        """Settle what depends on the training part; sets ``code_``."""
        self.code_ = one_vs_one(n_classes)

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train every machine, and calibrate on what each left out: groups whole."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weights, groups = np.ones(len(y)), checked(groups, len(y))
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            kept = weights > 0
            X, y, weights = X[kept], y[kept], weights[kept]
            groups = None if groups is None else groups[kept]
        self.classes_, codes = np.unique(y, return_inverse=True)
        random = np.random.default_rng(self.random_state)
        # By class, so that a class's rows stand together among the support rows.
        order = np.argsort(codes, kind="stable")
        X, codes, weights = X[order], codes[order], weights[order]
        groups = None if groups is None else groups[order]
        fold, single = deal(codes, self.inner_folds, random, groups)
        self.ends_ = np.cumsum(np.bincount(codes))
        self._prepare(X, len(self.classes_), random)
        self._train(X, codes, weights, fold, random)
        margins = self._judged(X, fold)
        self.calibrator_ = MarginCalibrator(self.code_, strength=self.calibration)
        self.calibrator_.fit(margins, codes, weights)
        self._forget()
        self.notes_: tuple[str, ...] = self._notes(len(X), single)
        return self

    def predict_proba(self, X: Any) -> Doubles:
        """Mean of the calibrated machines; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        proba = np.empty((len(X), len(self.classes_)))
        step = max(1, AT_ONCE // len(self.support_))
        for first in range(0, len(X), step):
            kernel = self._kernel(X[first : first + step], self.support_)
            machines = range(len(self.duals_))
            answers = [self.calibrator_.predict_proba(self._margins(kernel, m)) for m in machines]
            proba[first : first + step] = np.mean(answers, axis=0)
        return proba

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _train(
        self, X: Doubles, y: Codes, weights: Doubles, fold: Codes, random: np.random.Generator
    ) -> None:
        """Sets ``support_`` (S, D), ``duals_`` (machines, S, ...) and ``intercepts_``."""
        self.support_ = X
        duals, intercepts = [], []
        self.unfinished_ = 0
        shared = None
        if self._limit(len(X)) is None:
            shared = self._kernel(X, X)
        for number in range(self.inner_folds):
            rows = np.flatnonzero(fold != number)
            if shared is not None:
                kernel = shared[np.ix_(rows, rows)]
            else:
                rows = thinned(rows, y, self.most_rows, random)
                kernel = self._kernel(X[rows], X[rows])
            dual, intercept = self._learn(kernel, y[rows], weights[rows])
            duals.append(np.zeros((len(X), dual.shape[1])))
            duals[-1][rows] = dual
            intercepts.append(intercept)
        self.duals_, self.intercepts_ = np.array(duals), np.array(intercepts)

    def _limit(self, rows: int) -> int | None:
        """How many rows a machine may have, where that is fewer than its folds hold."""
        return self.most_rows if rows - rows // self.inner_folds > self.most_rows else None

    def _judged(self, X: Doubles, fold: Codes) -> Doubles:
        """Margins of every row by the machine that left it out; shape (n, L).

        Rows that no machine left out get the mean of all.
        """
        margins = np.zeros((len(X), self.code_.shape[1]))
        for number in range(-1, self.inner_folds):
            rows = np.flatnonzero(fold == number)
            judges = range(self.inner_folds) if number < 0 else [number]
            step = max(1, AT_ONCE // len(X))
            for first in range(0, len(rows), step):
                some = rows[first : first + step]
                kernel = self._kernel(X[some], self.support_)
                margins[some] = np.mean([self._margins(kernel, m) for m in judges], axis=0)
        return margins

    def _learn(self, kernel: Doubles, y: Codes, weights: Doubles) -> tuple[Doubles, Doubles]:
        """Dual coefficients, (n, K - 1) as libsvm has them, and intercepts, (L,)."""
        machine = self._solved(kernel, y, weights)
        # scikit-learn turns the two-class machine round: positive for the second class.
        sign = -1 if len(machine.classes_) == 2 else 1
        dual = np.zeros((len(y), len(machine.classes_) - 1))
        dual[machine.support_] = sign * machine.dual_coef_.T
        return dual, sign * machine.intercept_

    def _solved(self, kernel: Doubles, y: Codes, weights: Doubles) -> SVC:
        most = max(LEAST_STEPS, STEPS_A_ROW * len(y))
        machine = SVC(C=self.C, kernel="precomputed", cache_size=CACHE_MB, max_iter=most)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(kernel, y, weights)
        self.unfinished_ += int((machine.n_iter_ >= most).sum())
        return machine

    def _margins(self, kernel: Doubles, machine: int) -> Doubles:
        """Margins of one machine; `kernel` is that of the rows with ``support_``."""
        dual, k = self.duals_[machine], len(self.classes_)
        starts = np.concatenate([[0], self.ends_])
        # What the support rows of a class say in its K - 1 pairs.
        said = [
            kernel[:, starts[c] : starts[c + 1]] @ dual[starts[c] : starts[c + 1]] for c in range(k)
        ]
        margins = np.tile(self.intercepts_[machine], (len(kernel), 1))
        for column, (i, j) in enumerate(zip(*pairs(k), strict=True)):
            margins[:, column] += said[i][:, j - 1] + said[j][:, i]
        return margins

    def _forget(self) -> None:
        """Drop rows that support no machine."""
        used = (self.duals_ != 0).any(axis=(0, 2))
        starts = np.concatenate([[0], self.ends_])
        self.ends_ = np.cumsum(np.add.reduceat(used.astype(np.int64), starts[:-1]))
        self.support_, self.duals_ = self.support_[used], self.duals_[:, used]

    def _notes(self, rows: int, single: int) -> tuple[str, ...]:
        notes = []
        name = type(self).__module__.rpartition(".")[2].replace("_", "-")
        if single:
            notes.append(
                f"{name}: {single} class(es) with one row, or group, in the training part can't be "
                "held out: their calibration is a guess"
            )
        if self.unfinished_:
            notes.append(
                f"{name}: {self.unfinished_} machine(s) stopped before they were done; "
                "scale the columns, or set a smaller C"
            )
        if self._limit(rows) is not None:
            notes.append(
                f"{name}: {self.inner_folds} machines of {self.most_rows} rows each, drawn from "
                f"{rows}; a larger most_rows takes longer and more memory, with its square"
            )
        return tuple(notes)


def thinned(rows: Codes, y: Codes, most: int, random: np.random.Generator) -> Codes:
    """At most about `most` of these rows, the same share of every class, and one at least."""
    share = most / len(rows)
    kept = []
    for label in np.unique(y[rows]):
        own = random.permutation(rows[y[rows] == label])
        kept.append(own[: max(1, round(len(own) * share))])
    return np.sort(np.concatenate(kept))
