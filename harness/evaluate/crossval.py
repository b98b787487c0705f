"""Cross-validation: a fresh pipeline per fold, fitted on the fold's training part alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.base import clone

from harness.competition import LEFT_OUT, FloatMatrix, Labels, Probabilities
from harness.errors import DataError, HarnessError
from harness.evaluate import metrics

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
    """

    number: int
    held_out: Labels
    proba: Probabilities
    scores: Mapping[str, float]
    seconds: float
    history: Mapping[str, list[float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    test_proba: Probabilities | None = None


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
    X_test: FloatMatrix | None = None,
    keep: Callable[[int, Any], None] | None = None,
) -> Fold:
    """Fit a clone of `pipeline` on every row outside fold `number`; predict the rows inside it."""
    started = time.perf_counter()
    training = _training_part(fold, number)
    with fitting(f"fold {number + 1}"):
        fitted = clone(pipeline).fit(X[training], y[training])
    rows = _Rows(X, y, fold, X_test, n_classes)
    return _finish(fitted, rows, number, started, keep)


def run_folds_together(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    *,
    n_classes: int,
    X_test: FloatMatrix | None = None,
    keep: Callable[[int, Any], None] | None = None,
) -> list[Fold]:
    """Every fold by a model that offers ``fit_folds``: several fits as one computation.

    The steps before the model are fitted fold by fold, each on its own training part.
    """
    started = time.perf_counter()
    numbers = range(int(fold.max()) + 1)
    before, parts = [], []
    for number in numbers:
        training = _training_part(fold, number)
        steps, part = _prepared(pipeline, X[training], y[training])
        before.append(steps)
        parts.append(part)
    with fitting("folds"):
        models = pipeline[-1].fit_folds(parts)
    rows = _Rows(X, y, fold, X_test, n_classes)
    # The time of the common fit is shared out evenly.
    share = (time.perf_counter() - started) / len(models)
    return [
        _finish(
            Pipeline([*steps, ("model", model)]), rows, number, time.perf_counter() - share, keep
        )
        for number, steps, model in zip(numbers, before, models, strict=True)
    ]


@contextmanager
def fitting(what: str) -> Iterator[None]:
    """Say which fit a library's own error came from, and what may help."""
    try:
        yield
    except HarnessError:
        raise
    except (ValueError, ArithmeticError, RuntimeError, MemoryError, np.linalg.LinAlgError) as error:
        text = str(error).strip().partition("\n")[0] or type(error).__name__
        raise DataError(
            f"the fit failed: {text}",
            where=what,
            todo="try another --scaler, --balance or --set; --debug shows where it happened",
        ) from error


@dataclass(frozen=True)
class _Rows:
    """What every fold of one cross-validation looks at."""

    X: FloatMatrix
    y: Labels
    fold: Labels
    X_test: FloatMatrix | None
    n_classes: int


def _offers_all(pipeline: Any) -> bool:
    """Whether the model fits several folds at once, and nothing speaks against it.

    How folds are put together depends on their sizes. A sampler makes sizes depend on the rows'
    values, so that one fold's rows could change another fold's last bits.
    """
    samples = any(hasattr(step, "fit_resample") for _, step in pipeline.steps)
    return hasattr(pipeline[-1], "fit_folds") and not samples


def _training_part(fold: Labels, number: int) -> Labels:
    """Positions of the rows that fold `number` trains on: neither held out nor left out."""
    return np.flatnonzero((fold != number) & (fold != LEFT_OUT))


def _prepared(pipeline: Any, X: FloatMatrix, y: Labels) -> tuple[list[tuple[str, Any]], Any]:
    """The steps before the model, fitted on one training part, and what they made of it."""
    steps = []
    for name, step in pipeline.steps[:-1]:
        fitted = clone(step)
        if hasattr(fitted, "fit_resample"):
            X, y = fitted.fit_resample(X, y)
        else:
            X = fitted.fit_transform(X, y)
        steps.append((name, fitted))
    return steps, (X, y)


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

    proba = predict(rows.X[held_out])
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
    )


def cross_validate(
    pipeline: Any,
    X: FloatMatrix,
    y: Labels,
    fold: Labels,
    *,
    n_classes: int,
    X_test: FloatMatrix | None = None,
    done: Mapping[int, Fold] | None = None,
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
    X_test : float32 array, shape (m, d), optional
        Rows to predict with every fold's model as well.
    done : mapping of fold number to Fold, optional
        Folds finished before, which aren't fitted again.
    on_fold : callable
        Called with each fold that is newly finished, after `keep`.
    keep : callable (number, fitted pipeline), optional
        Called with each fitted pipeline before its fold counts as finished.

    Returns
    -------
    list of Fold, in the order of their numbers
    """
    done = done or {}
    numbers = range(int(fold.max()) + 1)
    if set(numbers) <= set(done):
        return [done[number] for number in numbers]
    if _offers_all(pipeline) and X.nbytes < TOGETHER_BYTES:
        # All or none: a fold fitted alone differs from one fitted together in its last bits.
        together = run_folds_together(
            pipeline, X, y, fold, n_classes=n_classes, X_test=X_test, keep=keep
        )
        for one in together:
            on_fold(one)
        return together
    folds = []
    for number in numbers:
        if number in done:
            folds.append(done[number])
            continue
        folds.append(
            run_fold(pipeline, X, y, fold, number, n_classes=n_classes, X_test=X_test, keep=keep)
        )
        on_fold(folds[-1])
    return folds


def history_of(pipeline: Any) -> dict[str, list[float]]:
    """The fitted model's ``history_``: curve name to one value per epoch; empty without one."""
    return dict(getattr(pipeline[-1], "history_", {}))


def notes_of(pipeline: Any) -> tuple[str, ...]:
    """Everything the fitted steps noted (``notes_``), in the pipeline's order."""
    return tuple(note for _, step in pipeline.steps for note in getattr(step, "notes_", ()))
