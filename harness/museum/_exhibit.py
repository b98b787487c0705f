"""What an exhibit is, and what exhibits share.

An exhibit is a module with a docstring whose first line says what it shows, and
``show(competition, *, seed) -> Exhibit``. It makes the mistake on the data at hand, makes the same
thing rightly beside it, and writes nothing: no number of the museum ever becomes an entry.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from harness.competition import Competition, Labels, Probabilities
from harness.evaluate import metrics, splits
from harness.evaluate._paired import difference
from harness.evaluate.crossval import cross_validate, in_class_order
from harness.prepare import pipeline as pipelines
from harness.zoo import _members

SHOWN = ("accuracy", "logloss")


@dataclass(frozen=True)
class Comparison:
    """A score made wrongly on purpose, and the same made honestly.

    `error` is the standard error of their difference over the same rows, the larger of that over
    rows and that over folds; None where they weren't scored on the same rows.
    """

    what: str
    metric: str
    wrong: float
    honest: float
    error: float | None

    @property
    def gap(self) -> float:
        """How far the wrong score is from the honest one."""
        return self.wrong - self.honest


@dataclass(frozen=True)
class Exhibit:
    """A leak on the data at hand.

    Attributes
    ----------
    name : str
    comparisons : tuple of Comparison
    explanation : str
        In a sentence or two: what was done wrongly, and why it flatters.
    absent : str
        Why these data can't show it; "" where they can.
    """

    name: str
    comparisons: tuple[Comparison, ...] = ()
    explanation: str = ""
    absent: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return asdict(self) | {
            "wrong_on_purpose": True,
            "comparisons": [asdict(one) | {"gap": one.gap} for one in self.comparisons],
        }


def compare(
    what: str,
    y: Labels,
    wrong: Probabilities,
    honest: Probabilities,
    folds: Labels,
    *,
    units: Labels | None = None,
    shown: tuple[str, ...] = SHOWN,
) -> tuple[Comparison, ...]:
    """Both on the same rows, by each metric of `shown`, paired."""
    found = []
    for name in shown:
        one, other = metrics.row_scores(name, y, wrong), metrics.row_scores(name, y, honest)
        if one is None or other is None:
            raise ValueError(f"{name} is no mean over rows")
        apart = difference(one - other, folds, units)
        found.append(Comparison(what, name, float(one.mean()), float(other.mean()), apart.error))
    return tuple(found)


def pipeline_of(
    competition: Competition,
    model: str,
    *,
    seed: int,
    scaler: str | None = None,
    balance: str = "none",
    reducer: str = "drop-constant",
    **settings: Any,
) -> Any:
    """The house's unfitted pipeline around a model of the zoo."""
    return pipelines.build(
        competition,
        _members.make(model, settings, seed=seed),
        scaler=scaler or _members.MODELS.load(model).SCALER,
        reducer=reducer,
        balance=balance,
        seed=seed,
    )


def honest_folds(competition: Competition, most: int, *, seed: int) -> Labels:
    """Up to `most` folds as `harness fit` makes them, fewer where a class is small; int64, (n,).

    Declared groups stay whole: a twin that parted them would be no honest one.
    """
    kind, y, groups = splits.default_for(competition), competition.y, competition.groups
    units = np.arange(len(y)) if kind == "stratified" or groups is None else groups
    pairs = np.unique(np.column_stack([y, units]), axis=0)
    fewest = int(np.bincount(pairs[:, 0], minlength=competition.n_classes).min())
    return splits.make(competition, kind, folds=max(2, min(most, fewest)), seed=seed)[0]


def out_of_fold(pipeline: Any, X: Any, y: Labels, fold: Labels, n_classes: int) -> Probabilities:
    """Out-of-fold probabilities; rows that no fold holds out stay NaN. float64, shape (n, K)."""
    oof = np.full((len(y), n_classes), np.nan)
    for one in cross_validate(pipeline, X, y, fold, n_classes=n_classes):
        oof[one.held_out] = one.proba
    return oof


def fitted_before(pipeline: Any, X: Any, y: Labels) -> tuple[Any, Any]:
    """The steps before the model, fitted (without a sampler), and what they make of `X`."""
    before = clone(pipeline[:-1])
    return before, before.fit(X, y).transform(X) if len(before) else X


def asked(model: Any, X: Any, n_classes: int) -> Probabilities:
    """A fitted model's probabilities in class order."""
    return in_class_order(model.predict_proba(X), model.classes_, n_classes)
