"""Shared by the tests of the checks: clean rows, and what to plant in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.check._finding import Finding, Outcome
from harness.check._run import CHECKS
from harness.check._sheet import Sheet
from harness.competition import Competition

NAMES = ("Rock", "Jazz", "Rap", "Blues")
PRIOR = (0.5, 0.25, 0.15, 0.1)


def clean(
    seed: int = 0, *, rows: int = 600, test_rows: int = 400, columns: int = 12, apart: float = 1.0
) -> Competition:
    """Rows of four overlapping classes from six hidden factors, some columns heavy-tailed."""
    rng = np.random.default_rng(seed)
    places = apart * rng.normal(size=(4, 6))
    mixing = rng.normal(size=(6, columns))

    def draw(number: int) -> tuple[np.ndarray, np.ndarray]:
        y = rng.choice(4, size=number, p=PRIOR)
        X = (places[y] + rng.normal(size=(number, 6))) @ mixing
        X += 0.5 * rng.normal(size=X.shape)
        X[:, :3] = np.exp(X[:, :3])
        return X.astype(np.float32), y.astype(np.int64)

    X, y = draw(rows)
    X_test = draw(test_rows)[0] if test_rows else None
    return Competition(
        name="clean",
        root=Path(),
        classes=("1", "2", "3", "4"),
        class_names=NAMES,
        columns=tuple(f"c{k}" for k in range(columns)),
        X=X,
        y=y,
        X_test=X_test,
        test_ids=tuple(f"t{row + 1}" for row in range(test_rows)),
        fingerprint=f"clean-{seed}",
    )


def with_column(
    world: Competition, cells: Any, test: Any = None, name: str = "extra"
) -> Competition:
    """The competition with one more column."""
    X = np.column_stack([world.X, np.asarray(cells, dtype=np.float32)])
    X_test = world.X_test
    if X_test is not None:
        more = np.resize(np.asarray(cells if test is None else test, np.float32), len(X_test))
        X_test = np.column_stack([X_test, more])
    return replace(world, X=X, X_test=X_test, columns=(*world.columns, name))


def with_rows(world: Competition, X: Any, y: Any) -> Competition:
    """The competition with more training rows behind the others."""
    return replace(
        world,
        X=np.vstack([world.X, np.asarray(X, dtype=np.float32)]),
        y=np.concatenate([world.y, np.asarray(y, dtype=np.int64)]),
    )


def outcome(name: str, world: Competition, **settings: Any) -> Outcome:
    """What one check says."""
    return CHECKS.load(name).check(Sheet(world, **settings))


def findings(name: str, world: Competition, **settings: Any) -> list[Finding]:
    """What one check finds."""
    return list(outcome(name, world, **settings).findings)


def only(name: str, world: Competition, **settings: Any) -> Finding:
    """The one finding there has to be."""
    (found,) = findings(name, world, **settings)
    return found
