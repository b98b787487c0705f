"""The confusion matrix and what follows from it: per-class scores, averages, the pairs confused.

Everything is derived from one (K, K) array of counts, so that no figure, page or table can
disagree with another. The definitions are scikit-learn's (``precision_recall_fscore_support`` with
``zero_division=0``): a class never predicted has precision 0, a class without rows recall 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.competition import Labels, Probabilities
from harness.report.text import percent

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Rows of one class that were taken for another.

    Attributes
    ----------
    true, predicted : int
        Classes, 0..K-1.
    count : int
        Rows of class `true` that were predicted as `predicted`.
    support : int
        All rows of class `true`.
    """

    true: int
    predicted: int
    count: int
    support: int

    @property
    def share(self) -> float:
        """`count` as a share of the true class's rows, 0..1."""
        return self.count / self.support

    def sentence(self, names: Sequence[str]) -> str:
        """In words: ``23 of 92 Reggae rows (25 %) were taken for Rap``."""
        rows = "row" if self.support == 1 else "rows"
        were = "was" if self.count == 1 else "were"
        return (
            f"{self.count} of {self.support} {names[self.true]} {rows} ({percent(self.share)}) "
            f"{were} taken for {names[self.predicted]}"
        )


@dataclass(frozen=True, eq=False)
class Confusion:
    """A confusion matrix with everything that is computed from it.

    Attributes
    ----------
    counts : int64 array, shape (K, K)
        Rows are true classes, columns predicted ones.
    """

    counts: NDArray[np.int64]

    @cached_property
    def n_classes(self) -> int:
        """K."""
        return len(self.counts)

    @cached_property
    def rows(self) -> int:
        """How many rows were predicted."""
        return int(self.counts.sum())

    @cached_property
    def support(self) -> Labels:
        """True rows per class, shape (K,)."""
        return self.counts.sum(axis=1)

    @cached_property
    def predicted(self) -> Labels:
        """Predicted rows per class, shape (K,)."""
        return self.counts.sum(axis=0)

    @cached_property
    def correct(self) -> Labels:
        """Rows per class that were predicted right, shape (K,)."""
        return self.counts.diagonal()

    @cached_property
    def shares(self) -> Shares:
        """Each cell as a share of its row, shape (K, K); rows sum to 1, or to 0 without support."""
        return _ratio(self.counts, self.support[:, None])

    @cached_property
    def accuracy(self) -> float:
        """Share of rows predicted right."""
        return float(_ratio(self.correct.sum(), self.counts.sum()))

    @cached_property
    def precision(self) -> Shares:
        """Right rows among those predicted as the class, shape (K,)."""
        return _ratio(self.correct, self.predicted)

    @cached_property
    def recall(self) -> Shares:
        """Right rows among those of the class, shape (K,)."""
        return _ratio(self.correct, self.support)

    @cached_property
    def f1(self) -> Shares:
        """Harmonic mean of precision and recall, shape (K,)."""
        return _ratio(2 * self.correct, self.support + self.predicted)

    @cached_property
    def averages(self) -> Mapping[str, Mapping[str, float]]:
        """Precision, recall and F1 over the classes: ``macro`` plain, ``weighted`` by support.

        Classes that are neither true nor predicted anywhere don't count, as in the metrics
        ``macro-f1`` and ``weighted-f1`` and in scikit-learn without ``labels``.
        """
        present = (self.support + self.predicted) > 0
        weights = _ratio(self.support, self.support.sum())
        scores = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {
            "macro": {name: float(each[present].mean()) for name, each in scores.items()},
            "weighted": {name: float(each @ weights) for name, each in scores.items()},
        }

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of classes that was confused, the one with most rows first."""
        found = [
            Pair(int(true), int(predicted), int(self.counts[true, predicted]), int(support))
            for true, support in enumerate(self.support)
            for predicted in np.flatnonzero(self.counts[true])
            if true != predicted
        ]
        return tuple(sorted(found, key=lambda p: (-p.count, -p.share, p.true, p.predicted)))

    def mostly_taken_for(self, true: int) -> Pair | None:
        """The pair that costs class `true` most rows; None where every row is right."""
        return next((pair for pair in self.pairs if pair.true == true), None)


def _ratio(part: NDArray | np.int64, whole: NDArray | np.int64) -> Shares:
    """``part / whole``, and 0 where `whole` is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part), np.asarray(whole))
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)


def confusion_of(y: Labels, proba: Probabilities) -> Confusion:
    """The confusion matrix of probabilities: each row counts as its most probable class.

    Parameters
    ----------
    y : int64 array, shape (n,)
        True classes, 0..K-1.
    proba : float64 array, shape (n, K)
        Of equal probabilities the first class wins, as in `harness.evaluate.metrics.score`.
    """
    k = proba.shape[1]
    cells = np.bincount(y * k + proba.argmax(axis=1), minlength=k * k)
    return Confusion(cells.reshape(k, k).astype(np.int64))
