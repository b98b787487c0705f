"""One pipeline, fitted on one training part; its model told the rows' groups where it asks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from harness.competition import FloatMatrix, Labels
from harness.errors import DataError, HarnessError


def fit_pipeline(pipeline: Any, X: FloatMatrix, y: Labels, groups: Labels | None = None) -> Any:
    """A clone of `pipeline`, fitted; a step or model whose `fit` takes ``groups`` is told them.

    Such a one splits its training rows once more (to calibrate, to watch, to choose), and rows
    that belong together must not be parted there either. Behind a sampler, a copied row belongs to
    the row that it is a copy of.

    Parameters
    ----------
    groups : int64 array, shape (n,), optional
    """
    asks = takes_groups(pipeline[-1])
    asked = asks or any(has_fit_parameter(step, "groups") for _, step in pipeline.steps[:-1])
    if not asked or (groups is None and not samples(pipeline)):
        return clone(pipeline).fit(X, y)
    steps, (X, y, groups) = prepared(pipeline, X, y, groups)
    told = {"groups": groups} if asks else {}
    return Pipeline([*steps, ("model", clone(pipeline[-1]).fit(X, y, **told))])


def takes_groups(model: Any) -> bool:
    """Whether a model asks which of its training rows belong together; weights may be around it."""
    inner = getattr(model, "estimator", model)
    return has_fit_parameter(model, "groups") and has_fit_parameter(inner, "groups")


def samples(pipeline: Any) -> bool:
    """Whether a sampler stands before the model."""
    return any(hasattr(step, "fit_resample") for _, step in pipeline.steps)


def prepared(
    pipeline: Any, X: FloatMatrix, y: Labels, groups: Labels | None
) -> tuple[list[tuple[str, Any]], tuple[Any, Any, Labels | None]]:
    """The steps before the model, fitted on one training part, and what they made of it."""
    steps = []
    for name, step in pipeline.steps[:-1]:
        fitted = clone(step)
        if hasattr(fitted, "fit_resample"):
            rows = len(y)
            X, y = fitted.fit_resample(X, y)
            groups = _after_sampling(fitted, rows, groups)
        elif groups is not None and has_fit_parameter(fitted, "groups"):
            X = fitted.fit_transform(X, y, groups=groups)
        else:
            X = fitted.fit_transform(X, y)
        steps.append((name, fitted))
    return steps, (X, y, groups)


def _after_sampling(sampler: Any, rows: int, groups: Labels | None) -> Labels | None:
    """The groups of a sampler's rows: a copy belongs to its row, a made row to no other."""
    sources = getattr(sampler, "sources_", getattr(sampler, "sample_indices_", None))
    if sources is None:
        return None
    groups = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    return np.where(sources >= 0, groups[sources], rows + np.arange(len(sources)))


@contextmanager
def fitting(what: str) -> Iterator[None]:
    """Say which fit a library's own error came from, and what may help."""
    try:
        with warnings.catch_warnings():
            # Many small classes are no regression, and few rows are few draws; what is to be said
            # of them is said elsewhere.
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            warnings.filterwarnings("ignore", "Using the fractional value", UserWarning)
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
