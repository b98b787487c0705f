"""A model fitted several times with different seeds: the answer is the mean of its fits.

What depends on the seed (initial weights, shuffles, samples, inner folds) is luck; the mean of
several has less of it. Unlike a bag over bootstrap samples, every fit sees all rows of the training
part.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from harness import ordinary
from harness.atomic import write_json
from harness.errors import EntryError, UsageError

MOST_BAGS = 100
ABOUT = "bags.json"
ZOO = "harness.zoo"
# Rows on which two fits are compared, to see whether the seed changes anything.
COMPARED = 256


def bagged(model: Any, bags: int, seed: int) -> Any:
    """`model` itself for one bag; else a classifier that fits it with `bags` seeds.

    Raises
    ------
    UsageError
        For a number of bags that can't be taken.
    """
    if not 1 <= bags <= MOST_BAGS:
        raise UsageError(f"must be from 1 to {MOST_BAGS}", where=f"--bags {bags}")
    return model if bags == 1 else Bagged(model, seeds=seeds_of(bags, seed))


def seeds_of(bags: int, seed: int) -> tuple[int, ...]:
    """The seeds of the fits: the first is `seed`, so that one bag is the model itself."""
    others = np.random.SeedSequence(seed).generate_state(max(0, bags - 1))
    return (seed, *map(int, others))


def _inner_has(name: str) -> Callable[[Any], bool]:
    """Whether the model, or what class weights wrap, has a method."""

    def check(self: Any) -> bool:
        fitted = getattr(self, "estimators_", None)
        return hasattr(fitted[0] if fitted else self.estimator, name)

    return check


class Bagged(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Fits a model once for every seed, and averages the probabilities.

    Where the first two fits say the same, to the bit, nothing in the model depends on the seed: the
    first is kept alone, and a note says so.

    Parameters
    ----------
    estimator : classifier with ``random_state``, of its own or of the model that it wraps
    seeds : sequence of int

    Attributes
    ----------
    estimators_ : list of fitted classifiers
    history_ : dict
        The first fit's.
    notes_ : tuple of str
        Those of all fits, each once, and how many there are.
    """

    def __init__(self, estimator: Any, *, seeds: Sequence[int] = (0,)) -> None:
        self.estimator = estimator
        self.seeds = seeds

    @property
    def streams(self) -> bool:
        """Whether rows may come as a `harness.matrices.Part`."""
        return bool(getattr(self.estimator, "streams", False))

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit a clone of the model with each seed; it is told the groups if it asks."""
        told = {"groups": groups} if _asks_for_groups(self.estimator) else {}
        fitted: list[Any] = []
        for seed in self.seeds:
            fitted.append(self._seeded(seed).fit(X, y, **told))
            if len(fitted) == 2 and self._alike(fitted, X):
                break
        return self._adopt(fitted, X)

    @available_if(lambda self: hasattr(self.estimator, "fit_folds"))
    def fit_folds(
        self,
        parts: Sequence[tuple[Any, ...]],
        *,
        wanted: Collection[int] | None = None,
        on_fold: Callable[[int, Bagged], None] = lambda number, model: None,
    ) -> list[Bagged]:
        """Fit a clone of this on each part, where the model can fit several at once.

        Every seed of one part, and of those that are fitted beside it, before the next part: a part
        is done once all its seeds are. What isn't `wanted` may stay unfitted.
        """
        found = [Bagged(self.estimator, seeds=self.seeds) for _ in parts]
        left = [one for one in range(len(parts)) if wanted is None or one in wanted]
        while left:
            fitted: dict[int, list[Any]] = {}

            def keep(number: int, model: Any, fitted: dict[int, list[Any]] = fitted) -> None:
                fitted.setdefault(number, []).append(model)

            for seed in self.seeds:
                self._seeded(seed).fit_folds(parts, wanted=left[:1], on_fold=keep)
            # Which watch rows a seed takes may have put a part beside another one.
            for number, own in sorted(fitted.items()):
                if len(own) == len(self.seeds) and number in left:
                    left.remove(number)
                    on_fold(number, found[number]._adopt(own, parts[number][0]))
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean of the fits' probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        total = np.array(self.estimators_[0].predict_proba(X), dtype=np.float64)
        for model in self.estimators_[1:]:
            total += model.predict_proba(X)
        return total / len(self.estimators_)

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    @available_if(_inner_has("save"))
    def save(self, folder: Path) -> None:
        """Each fit in a folder of its own, ``1`` and so on, in the model's own format."""
        kind = type(self.estimators_[0])
        for number, model in enumerate(self.estimators_, start=1):
            model.save(Path(folder) / str(number))
        about = {"module": kind.__module__.removeprefix(f"{ZOO}."), "class": kind.__qualname__}
        write_json(Path(folder) / ABOUT, about | {"bags": len(self.estimators_)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The fitted classifier that `save` wrote; raises EntryError, a ValueError, for others."""
        path = Path(folder) / ABOUT
        try:
            about = json.loads(ordinary.read_text(path))
            kind, count = _kind(about["module"], about["class"]), int(about["bags"])
            if not 1 <= count <= MOST_BAGS:
                raise ValueError(f"{count} bags")
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise EntryError(
                f"the saved bag can't be read ({problem})", where=str(path), todo="fit it again"
            ) from problem
        fitted = [kind.load(Path(folder) / str(number)) for number in range(1, count + 1)]
        model = cls(fitted[0])
        model.estimators_ = fitted
        model.classes_ = fitted[0].classes_
        model.n_features_in_ = fitted[0].n_features_in_
        return model

    def _seeded(self, seed: int) -> Any:
        model = clone(self.estimator)
        names = model.get_params()
        wanted = [name for name in names if name.rpartition("__")[2] == "random_state"]
        return model.set_params(**dict.fromkeys(wanted, seed))

    def _alike(self, fitted: Sequence[Any], X: Any) -> bool:
        one, other = (model.predict_proba(X[:COMPARED]) for model in fitted[:2])
        return bool(np.array_equal(one, other))

    def _adopt(self, fitted: list[Any], X: Any) -> Self:
        alone = len(fitted) > 1 and self._alike(fitted, X)
        kept = fitted[:1] if alone else fitted
        if alone:
            said = f"nothing in the fit depends on the seed: one model, not {len(self.seeds)}"
        else:
            said = f"the mean of {len(kept)} fits that differ in their seeds"
        notes = [note for model in kept for note in getattr(model, "notes_", ())]
        # Of class weights only the model inside has a part in predicting.
        wrapped = "estimator" in self.estimator.get_params(deep=False)
        self.estimators_ = [model.estimator_ if wrapped else model for model in kept]
        self.classes_: NDArray = self.estimators_[0].classes_
        self.n_features_in_: int = self.estimators_[0].n_features_in_
        self.history_ = dict(getattr(self.estimators_[0], "history_", {}))
        self.notes_ = (*dict.fromkeys(notes), said)
        return self


def _asks_for_groups(model: Any) -> bool:
    inner = getattr(model, "estimator", model)
    return has_fit_parameter(model, "groups") and has_fit_parameter(inner, "groups")


def _kind(module: str, name: str) -> Any:
    """A class of the zoo with a format of its own; ValueError for anything else."""
    known = {path.stem for path in Path(__file__).parent.glob("*.py")}
    if module not in known:
        raise ValueError(f"{module} is no part of the zoo")
    found = getattr(importlib.import_module(f"{ZOO}.{module}"), name, None)
    own = isinstance(found, type) and found.__module__ == f"{ZOO}.{module}"
    if not own or not issubclass(found, BaseEstimator) or not hasattr(found, "load"):  # type: ignore[arg-type]
        raise ValueError(f"{name} is no model of the zoo")
    return found
