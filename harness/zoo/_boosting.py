"""LightGBM boosters grown side by side: rounds that watched rows choose, then all rows.

Trees of best splits fit strong signal fast; trees of random splits (Geurts and others 2006) bear
noise better. Which of the two a table wants can't be told from its size: both are grown, watched
rows weigh them, and one that carries little isn't grown on all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

# From this round on each round counts more than the one before it, up to a limit: where watched
# rows still gain after so many, signal is strong, and small steps only take longer.
STEADY_ROUNDS, FASTER, FASTEST = 100, 1.01, 4.0
# Random splits learn less a round, so that theirs count twice and see more of the columns.
RANDOM_RATE, RANDOM_COLUMNS = 2.0, 1.4
# A booster with less of the weight than this isn't grown on all rows.
LEAST_WEIGHT = 0.15


@dataclass(frozen=True)
class Kind:
    """One booster: LightGBM's parameters, and the rate of its first rounds."""

    name: str
    parameters: Mapping[str, Any]
    rate: float

    @property
    def settings(self) -> dict[str, Any]:
        """LightGBM's parameters, with the rate of the first round."""
        return {**self.parameters, "learning_rate": self.rate}

    def rate_of(self, number: int) -> float:
        """How much round `number` counts, from 0."""
        growth = FASTER ** max(0, number - STEADY_ROUNDS)
        return self.rate * min(growth, FASTEST)


@dataclass
class Grown:
    """What watched rows said of one kind."""

    kind: Kind
    rounds: int
    watched: Doubles
    curves: Mapping[str, list[float]] = field(default_factory=dict)


def kinds(parameters: Mapping[str, Any], rate: float, extra_trees: bool | None) -> list[Kind]:
    """The boosters to grow; both kinds where `extra_trees` is None."""
    if extra_trees is not None:
        return [Kind("trees", {**parameters, "extra_trees": extra_trees}, rate)]
    columns = min(1.0, float(parameters["feature_fraction"]) * RANDOM_COLUMNS)
    random = {**parameters, "extra_trees": True, "feature_fraction": columns}
    return [Kind("trees", parameters, rate), Kind("random", random, rate * RANDOM_RATE)]


def watch(
    kind: Kind,
    training: tuple[NDArray, NDArray, Doubles],
    watched: tuple[NDArray, NDArray, Doubles],
    *,
    most: int,
    patience: int,
) -> Grown:
    """Grow on the training rows until the watched rows gain no more.

    Parameters
    ----------
    training, watched : (X, y, weights)
    most : int
        Rounds at the most.
    patience : int
        Rounds without gain after which it ends.
    """
    import lightgbm

    rows = _dataset(training, kind.settings)
    others = _dataset(watched, kind.settings, rows)
    curves: dict[str, Any] = {}
    booster = lightgbm.train(
        kind.settings,
        rows,
        most,
        valid_sets=[rows, others],
        valid_names=["train", "watch"],
        callbacks=[
            lightgbm.early_stopping(patience, verbose=False),
            lightgbm.record_evaluation(curves),
            lightgbm.reset_parameter(learning_rate=kind.rate_of),
        ],
    )
    rounds = booster.best_iteration
    losses = {"loss": curves["train"], "val_loss": curves["watch"]}
    return Grown(
        kind,
        rounds,
        _matrix(booster.predict(watched[0], num_iteration=rounds)),
        {name: list(curve["multi_logloss"]) for name, curve in losses.items()},
    )


def grow(kind: Kind, rows: tuple[NDArray, NDArray, Doubles], rounds: int) -> Any:
    """A booster of so many rounds on these rows."""
    import lightgbm

    steps = lightgbm.reset_parameter(learning_rate=kind.rate_of)
    data = _dataset(rows, kind.settings)
    return lightgbm.train(kind.settings, data, rounds, callbacks=[steps])


def weigh(found: Sequence[Grown], y: NDArray, weights: Doubles) -> list[float]:
    """The weights, in steps of a tenth, with which two boosters do best on the watched rows.

    Returns
    -------
    list of float, summing to 1; 0 for a booster that would have less than `LEAST_WEIGHT`.
    """
    if len(found) == 1:
        return [1.0]
    first, second = (one.watched for one in found)
    own = np.arange(len(y)), y

    def loss(share: float) -> float:
        mixed = share * first[own] + (1 - share) * second[own]
        return -float(np.average(np.log(np.maximum(mixed, 1e-15)), weights=weights))

    share = min(np.linspace(0, 1, 11).tolist(), key=loss)
    share = 0.0 if share < LEAST_WEIGHT else 1.0 if share > 1 - LEAST_WEIGHT else share
    return [share, 1 - share]


def _dataset(
    rows: tuple[NDArray, NDArray, Doubles], parameters: Mapping[str, Any], of: Any = None
) -> Any:
    import lightgbm

    X, y, weights = rows
    return lightgbm.Dataset(X, y, weight=weights, reference=of, params=dict(parameters))


def _matrix(proba: Any) -> Doubles:
    return np.asarray(proba, dtype=np.float64)
