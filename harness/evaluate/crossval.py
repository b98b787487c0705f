"""Cross-validation: a fresh pipeline per fold, fitted on the fold's training part alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline

from harness.competition import LEFT_OUT, FloatMatrix, Labels, Probabilities
from harness.evaluate import metrics
from harness.evaluate.fitting import fit_pipeline as fit_pipeline
from harness.evaluate.fitting import fitting as fitting
from harness.evaluate.fitting import prepared, samples, takes_groups
from harness.matrices import rows_for

# What a class that a fold's training part never showed is believed to have: small, not zero,
# because a zero on a true class makes log-loss explode.
UNSEEN_SHARE = 1e-6

# Above this size of the training matrix, folds are fitted one after another: fitting them together
# holds all their training parts at once.
TOGETHER_BYTES = 256e6


@dataclass(frozen=True)
class Fold:
    """What one fold left behind.

    Attributes
    ----------
    number : int
        From 0.
    held_out : int64 array
        Positions of the held-out rows.
    proba : float64 array, shape (len(held_out), K)
    scores : mapping of metric name to score on the held-out rows
    seconds : float
        Wall time of fitting and predicting.
    history : mapping of curve name to values per epoch; empty for models without one
    notes : tuple of str
        What the fit did that the user should know.
    test_proba : float64 array, shape (m, K), or None
        Only where test rows were given.
    choice : mapping
        What the fold's model chose among alternatives; see `harness.evaluate.nested`.
    """

    number: int
    held_out: Labels
    proba: Probabilities
    scores: Mapping[str, float]
    seconds: float
    history: Mapping[str, list[float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    test_proba: Probabilities | None = None
    choice: Mapping[str, Any] = field(default_factory=dict)


def in_class_order(proba: Any, classes: Labels, n_classes: int) -> Probabilities:
    """A fitted model's probabilities in the competition's class order.

    Parameters
    ----------
    proba : array, shape (n, len(classes))
    classes : int array
        The model's ``classes_``: the codes that its columns stand for.

    Returns
    -------
    float64 array, shape (n, K); rows sum to 1. A class missing from `classes` gets
    `UNSEEN_SHARE`.
    """
    full = np.full((len(proba), n_classes), UNSEEN_SHARE, dtype=np.float64)
    full[:, np.asarray(classes, dtype=np.int64)] = proba
    return full / full.sum(axis=1, keepdims=True)


def run_fold(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    number: int,
    *,
    n_classes: int,
    groups: Labels | None = None,
    X_test: FloatMatrix | None = None,
    keep: Callable[[int, Any], None] | None = None,
) -> Fold:
    """Fit a clone of `pipeline` on every row outside fold `number`; predict the rows inside it."""
    started = time.perf_counter()
    training = _training_part(fold, number)
    with fitting(f"fold {number + 1}"):
        part = rows_for(pipeline, X, training)
        fitted = fit_pipeline(pipeline, part, y[training], _of(groups, training))
    rows = _Rows(X, y, fold, X_test, n_classes)
    return _finish(fitted, rows, number, started, keep)


def run_folds_together(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    *,
    n_classes: int,
    groups: Labels | None = None,
    X_test: FloatMatrix | None = None,
    done: Mapping[int, Fold] | None = None,
    on_done: Callable[[Fold], None] = lambda fold: None,
    on_fold: Callable[[Fold], None] = lambda fold: None,
    keep: Callable[[int, Any], None] | None = None,
) -> list[Fold]:
    """Every fold by a model that offers ``fit_folds``: several fits as one computation.

    The steps before the model are fitted fold by fold, each on its own training part, and those of
    folds that are `done` as well: how folds are put together depends on all of them. See
    `cross_validate` for the rest.
    """
    started = time.perf_counter()
    done = done or {}
    numbers = range(int(fold.max()) + 1)
    missing = [number for number in numbers if number not in done]
    before, parts = [], []
    for number in numbers:
        training = _training_part(fold, number)
        steps, part = prepared(pipeline, X[training], y[training], _of(groups, training))
        before.append(steps)
        # Beside rows and labels stand row weights, and then the groups.
        parts.append((*part[:2], None, part[2]) if takes_groups(pipeline[-1]) else part[:2])
    rows, found = _Rows(X, y, fold, X_test, n_classes), _InOrder(missing, on_fold)
    # Until all are done, a fold takes the time since the one before it was.
    last = [started]

    def finished(number: int, model: Any) -> None:
        if number not in missing:  # it was trained again beside one that is
            return
        fitted = Pipeline([*before[number], ("model", model)])
        one = _finish(fitted, rows, number, last[0], keep)
        last[0] = time.perf_counter()
        on_done(one)
        found.add(one)

    told = {"wanted": missing} if done else {}
    with fitting("folds"):
        models = pipeline[-1].fit_folds(parts, **told, on_fold=finished)
    for number in missing:
        if number not in found.done:
            finished(number, models[number])
    # The time of the common fit is shared out evenly.
    share = (time.perf_counter() - started) / len(found.done)
    fresh = {number: replace(one, seconds=share) for number, one in found.done.items()}
    return [fresh.get(number) or done[number] for number in numbers]


class _InOrder:
    """Folds that are done in any order, passed on in theirs."""

    def __init__(self, numbers: Sequence[int], on_fold: Callable[[Fold], None]) -> None:
        self.done: dict[int, Fold] = {}
        self.on_fold = on_fold
        self.left = list(numbers)

    def add(self, fold: Fold) -> None:
        """Pass on the fold, and those that waited for it, unless one before it isn't done."""
        self.done[fold.number] = fold
        while self.left and self.left[0] in self.done:
            self.on_fold(self.done[self.left.pop(0)])


@dataclass(frozen=True)
class _Rows:
    """What every fold of one cross-validation looks at."""

    X: FloatMatrix
    y: Labels
    fold: Labels
    X_test: FloatMatrix | None
    n_classes: int


def fits_together(pipeline: Any, X: FloatMatrix) -> bool:
    """Whether the model fits all folds at once, and nothing speaks against it.

    How folds are put together depends on their sizes. A sampler makes sizes depend on the rows'
    values, so that one fold's rows could change another fold's last bits.
    """
    offers = hasattr(pipeline[-1], "fit_folds") and not samples(pipeline)
    return offers and X.nbytes < TOGETHER_BYTES


def _training_part(fold: Labels, number: int) -> Labels:
    """Positions of the rows that fold `number` trains on: neither held out nor left out."""
    return np.flatnonzero((fold != number) & (fold != LEFT_OUT))


def _of(groups: Labels | None, rows: Labels) -> Labels | None:
    return None if groups is None else groups[rows]


def _finish(
    fitted: Any,
    rows: _Rows,
    number: int,
    started: float,
    keep: Callable[[int, Any], None] | None,
) -> Fold:
    """Predict and score what the fitted pipeline of fold `number` held out."""
    held_out = np.flatnonzero(rows.fold == number)
    y = rows.y[held_out]

    def predict(X: FloatMatrix) -> Probabilities:
        with fitting(f"fold {number + 1}, predicting"):
            return in_class_order(fitted.predict_proba(X), fitted.classes_, rows.n_classes)

    proba = predict(rows_for(fitted, rows.X, held_out))
    test_proba = None if rows.X_test is None else predict(np.asarray(rows.X_test))
    if keep is not None:
        keep(number, fitted)
    return Fold(
        number=number,
        held_out=held_out,
        proba=proba,
        scores={name: metrics.score(name, y, proba) for name in metrics.METRICS},
        seconds=time.perf_counter() - started,
        history=history_of(fitted),
        notes=notes_of(fitted),
        test_proba=test_proba,
        choice=dict(getattr(fitted[-1], "choice_", {})),
    )


def cross_validate(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    *,
    n_classes: int,
    groups: Labels | None = None,
    X_test: FloatMatrix | None = None,
    done: Mapping[int, Fold] | None = None,
    on_done: Callable[[Fold], None] = lambda fold: None,
    on_fold: Callable[[Fold], None] = lambda fold: None,
    keep: Callable[[int, Any], None] | None = None,
) -> list[Fold]:
    """Fit and score every fold; a fresh clone of `pipeline` for each.

    Parameters
    ----------
    pipeline : imblearn.pipeline.Pipeline
        Unfitted; stays so.
    X : float32 array, shape (n, d)
    y : int64 array, shape (n,)
    fold : int64 array, shape (n,)
        Each row's fold, 0..k-1.
    groups : int64 array, shape (n,), optional
        Rows that belong together, for models that ask; the split itself is `fold`'s.
    X_test : float32 array, shape (m, d), optional
        Rows to predict with every fold's model as well.
    done : mapping of fold number to Fold, optional
        Folds finished before, which aren't fitted again.
    on_done : callable
        Called with each fold as soon as it is newly finished, after `keep`; folds that are fitted
        together may be finished in another order than theirs.
    on_fold : callable
        The same, in the order of the folds.
    keep : callable (number, fitted pipeline), optional
        Called with each fitted pipeline before its fold counts as finished.

    Returns
    -------
    list of Fold, in the order of their numbers
    """
    done = taken(pipeline, X, fold, done or {})
    numbers = range(int(fold.max()) + 1)
    given: dict[str, Any] = {"n_classes": n_classes, "groups": groups, "X_test": X_test}
    if len(done) < len(numbers) and fits_together(pipeline, X):
        called: dict[str, Any] = {"on_done": on_done, "on_fold": on_fold, "keep": keep}
        return run_folds_together(pipeline, X, y, fold, **given, done=done, **called)
    folds = []
    for number in numbers:
        if number in done:
            folds.append(done[number])
            continue
        folds.append(run_fold(pipeline, X, y, fold, number, **given, keep=keep))
        on_done(folds[-1])
        on_fold(folds[-1])
    return folds


def taken(
    pipeline: Any, X: FloatMatrix, fold: Labels, done: Mapping[int, Fold]
) -> Mapping[int, Fold]:
    """Which of the folds that were finished before aren't fitted again.

    Of folds that are fitted together by a model that can't be told which are wanted, all or none: a
    fold fitted alone differs from one fitted together in its last bits.
    """
    if len(done) > int(fold.max()) or not fits_together(pipeline, X):
        return done
    return done if "wanted" in signature(pipeline[-1].fit_folds).parameters else {}


def history_of(pipeline: Any) -> dict[str, list[float]]:
    """The fitted model's ``history_``: curve name to one value per epoch; empty without one."""
    return dict(getattr(pipeline[-1], "history_", {}))


def notes_of(pipeline: Any) -> tuple[str, ...]:
    """Everything the fitted steps noted (``notes_``), in the pipeline's order."""
    return tuple(note for _, step in pipeline.steps for note in getattr(step, "notes_", ()))
