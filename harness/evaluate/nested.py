"""Selection inside the fold: among several pipelines, by cross-validation of the training part.

A choice that was made by looking at held-out rows makes their score better than a fresh row's
(Cawley and Talbot, "On over-fitting in model selection and subsequent selection bias in performance
evaluation", JMLR 2010). Here the choice is a part of the fit: each fold chooses from its training
part alone, and what it held out judges the choosing as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from harness.competition import Labels
from harness.errors import DataError, HarnessError
from harness.evaluate import metrics, selection, splits
from harness.evaluate.crossval import cross_validate, fit_pipeline, history_of, notes_of


class Selection(ClassifierMixin, BaseEstimator):
    """The pipeline that an inner cross-validation finds best, fitted on all rows that `fit` gets.

    Every pipeline is judged on the same inner folds, its held-out rows pooled. The first of equals
    is taken. One that can't be fitted, or gives probabilities that aren't finite, has lost.

    Parameters
    ----------
    pipelines : sequence of unfitted Pipeline
    choices : sequence of mapping
        What each of them is, such as ``{"C": 10.0, "scaler": "power"}``.
    metric : str
        What they are judged by.
    n_classes : int
        K: labels are 0..K-1.
    folds : int
        Inner folds, fewer where rows or groups are too few; see `harness.evaluate.splits.inner`.
    random_state : int
        Seed of the inner folds.

    Attributes
    ----------
    best_pipeline_ : fitted Pipeline
    choice_ : dict
        ``chosen`` (one of `choices`), ``inner`` (its score), ``luck`` (how much better it looks for
        being the best of several, see `harness.evaluate.selection.optimism`; None for a metric that
        is no mean over rows), ``tried`` (every choice with its score, or the problem), ``metric``
        and ``inner_folds``. JSON can hold it.
    """

    def __init__(
        self,
        *,
        pipelines: Sequence[Any],
        choices: Sequence[Mapping[str, Any]],
        metric: str,
        n_classes: int,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.pipelines = pipelines
        self.choices = choices
        self.metric = metric
        self.n_classes = n_classes
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Selection:
        """Choose, and fit the chosen on all rows.

        Parameters
        ----------
        X : float32 array, shape (n, d)
        y : int64 array, shape (n,)
        groups : int64 array, shape (n,), optional
            Rows of one group stay on one side of every inner split.

        Raises
        ------
        DataError
            When the rows can't be split, or no pipeline can be fitted.
        """
        X, y = np.asarray(X), np.asarray(y)
        fold = splits.inner(y, groups, folds=self.folds, seed=self.random_state)
        judged = [self._judged(pipeline, X, y, fold, groups) for pipeline in self.pipelines]
        tried = [
            {"set": dict(choice)} | told
            for choice, (told, _) in zip(self.choices, judged, strict=True)
        ]
        at = self._best(tried)
        self.best_pipeline_ = fit_pipeline(self.pipelines[at], X, y, groups)
        self.classes_: NDArray = self.best_pipeline_.classes_
        self.n_features_in_ = X.shape[1]
        self.choice_: dict[str, Any] = {
            "chosen": dict(self.choices[at]),
            "inner": tried[at]["score"],
            "luck": self._luck([rows for _, rows in judged if rows is not None]),
            "metric": self.metric,
            "inner_folds": int(fold.max()) + 1,
            "tried": tried,
        }
        self.history_ = history_of(self.best_pipeline_)
        lost = [f"{told(one['set'])} lost: {one['problem']}" for one in tried if "problem" in one]
        self.notes_ = (*notes_of(self.best_pipeline_), *lost)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The chosen pipeline's probabilities, columns in the order of ``classes_``."""
        check_is_fitted(self)
        return self.best_pipeline_.predict_proba(X)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _judged(
        self, pipeline: Any, X: Any, y: Labels, fold: Labels, groups: Labels | None
    ) -> tuple[dict[str, Any], NDArray[np.float64] | None]:
        """The pooled score of what the inner folds held out, or why there is none; and per row."""
        try:
            inner = cross_validate(pipeline, X, y, fold, n_classes=self.n_classes, groups=groups)
        except HarnessError as problem:
            return {"score": None, "problem": problem.what}, None
        proba = np.concatenate([one.proba for one in inner])
        if not np.isfinite(proba).all():
            return {"score": None, "problem": "its probabilities are not finite numbers"}, None
        held_out = y[np.concatenate([one.held_out for one in inner])]
        score = metrics.score(self.metric, held_out, proba)
        return {"score": score}, metrics.row_scores(self.metric, held_out, proba)

    def _luck(self, rows: Sequence[NDArray[np.float64]]) -> float | None:
        higher = metrics.metric(self.metric).higher_is_better
        return selection.optimism(rows, higher_is_better=higher) if rows else None

    def _best(self, tried: Sequence[Mapping[str, Any]]) -> int:
        scores = [one["score"] for one in tried]
        if all(score is None for score in scores):
            raise DataError(
                f"none of the {len(tried)} alternatives could be fitted: {tried[0]['problem']}",
                todo="try another --scaler, --balance or --set",
            )
        sign = -1 if metrics.metric(self.metric).higher_is_better else 1
        return int(np.argmin([np.inf if score is None else sign * score for score in scores]))


def told(choice: Mapping[str, Any]) -> str:
    """A choice in one line: ``C=10.0 scaler=power``."""
    return " ".join(f"{name}={shown(value)}" for name, value in choice.items())


def shown(value: Any) -> str:
    """A setting's value as it is written on the command line: ``10``, ``256,128``."""
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Record:
    """What all folds of a nested cross-validation chose, and how much that flattered.

    Attributes
    ----------
    metric : str
    inner_folds : int
    folds : sequence of mapping
        Each fold's ``fold`` (from 1), ``chosen``, ``inner``, ``outer`` and ``tried``.
    optimism, error : float
        How much better the chosen scored on inner folds than on the outer ones, on average over
        folds, and its standard error. Below 0 it scored worse: models of inner folds see fewer
        rows, which can outweigh the luck of being chosen.
    luck : float or None
        What that luck is worth by itself, on average over folds.
    final : mapping, optional
        What all rows chose; None for a bag of the folds' models.
    """

    metric: str
    inner_folds: int
    folds: Sequence[Mapping[str, Any]]
    optimism: float
    error: float
    luck: float | None
    final: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it, with the lines that say it."""
        return {
            "metric": self.metric,
            "inner_folds": self.inner_folds,
            "folds": [dict(fold) for fold in self.folds],
            "final": None if self.final is None else dict(self.final),
            "inner_mean": self._mean("inner"),
            "outer_mean": self._mean("outer"),
            "optimism": self.optimism,
            "optimism_error": self.error,
            "luck": self.luck,
            "said": self.said,
        }

    @property
    def said(self) -> list[str]:
        """What was chosen how often, what all rows chose, and the optimism."""
        times = Counter(told(fold["chosen"]) for fold in self.folds)
        named = [
            f"{choice} ({count} of {len(self.folds)} folds)" for choice, count in times.items()
        ]
        count = len(self.folds[0]["tried"])
        lines = [f"chosen among {count} by {self.metric}, on inner folds: {'; '.join(named)}"]
        if self.final is not None:
            lines.append(f"all rows chose {told(self.final['chosen'])}")
        way, why = ("better", "") if self.optimism >= 0 else ("worse", ", models of fewer rows")
        flattered = (
            f"optimism: the chosen scored {self._mean('inner'):.4f} on inner folds{why}, "
            f"{self._mean('outer'):.4f} on outer ones, which didn't choose: "
            f"{abs(self.optimism):.4f} {way} (± {self.error:.4f})"
        )
        if self.luck is not None:
            flattered += f"; the best of {count} looks about {self.luck:.4f} better than it is"
        return [*lines, flattered]

    def _mean(self, which: str) -> float:
        return float(np.mean([fold[which] for fold in self.folds]))


def record(folds: Sequence[Any], final: Mapping[str, Any] | None) -> Record | None:
    """The record of finished folds (`harness.evaluate.crossval.Fold`); None if nothing was chosen.

    Parameters
    ----------
    final : mapping, optional
        The ``choice_`` of the model that was fitted on all rows.
    """
    if not all(fold.choice for fold in folds):
        return None
    metric = folds[0].choice["metric"]
    rows = [
        {
            "fold": fold.number + 1,
            "chosen": fold.choice["chosen"],
            "inner": fold.choice["inner"],
            "outer": fold.scores[metric],
            "tried": fold.choice["tried"],
        }
        for fold in folds
    ]
    sign = 1 if metrics.metric(metric).higher_is_better else -1
    apart = sign * np.array([row["inner"] - row["outer"] for row in rows])
    error = float(apart.std(ddof=1)) / sqrt(len(apart)) if len(apart) > 1 else 0.0
    lucks = [fold.choice["luck"] for fold in folds]
    return Record(
        metric,
        folds[0].choice["inner_folds"],
        rows,
        float(apart.mean()),
        error,
        None if None in lucks else float(np.mean(lucks)),
        final,
    )
