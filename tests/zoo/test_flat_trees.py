"""Boosted trees as plain arrays, against the library that grew them and a walk node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from harness.zoo import _flat_trees, _members
from harness.zoo._flat_trees import FlatTrees


def rows(classes: int, *, count: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(count) % classes
    X = rng.normal(size=(count, 5)) + np.eye(classes, 5)[y]
    # Cells that are equal: a threshold may lie on one.
    return np.round(X, 1), y


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_scores_are_the_library_s(classes: int) -> None:
    X, y = rows(classes)
    X_new = np.vstack([rows(classes, seed=1)[0], np.full((1, 5), 1e30), np.full((1, 5), -1e30)])
    library = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=6, random_state=0).fit(
        X, y
    )
    trees = FlatTrees.of(
        [tree.nodes for round_ in library._predictors for tree in round_],
        np.asarray(library._baseline_prediction).ravel(),
    )
    raw = np.asarray(library.decision_function(X_new)).reshape(len(X_new), -1)
    np.testing.assert_allclose(trees.scores(X_new), raw, atol=1e-9)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_model_says_what_the_library_says(classes: int) -> None:
    X, y = rows(classes)
    model = _members.make("hist-gb", {"early_stopping": 0, "max_iter": 15}, seed=3).fit(X, y)
    library = model._booster(15, early_stopping=False).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), library.predict_proba(X), atol=1e-12)


NODES = {
    # Two trees: a split of column 1 at 0.5 whose right side is split again; and a lone leaf.
    "column": np.array([1, 0, 0, 0, 0, 0]),
    "threshold": np.array([0.5, 0.0, -1.0, 0.0, 0.0, 0.0]),
    "left": np.array([1, 1, 3, 3, 4, 5]),
    "right": np.array([2, 1, 4, 3, 4, 5]),
    "value": np.array([0.0, 10.0, 0.0, 20.0, 30.0, 7.0]),
}


def walked(X: np.ndarray, roots: list[int], start: np.ndarray) -> np.ndarray:
    """The same, a row and a node at a time."""
    found = np.tile(start, (len(X), 1))
    for row, cells in enumerate(X):
        for number, node in enumerate(roots):
            while NODES["left"][node] != node:
                left = cells[NODES["column"][node]] <= NODES["threshold"][node]
                node = int(NODES["left" if left else "right"][node])
            found[row, number % len(start)] += NODES["value"][node]
    return found


@pytest.mark.parametrize("start", [np.array([0.5]), np.array([0.5, -1.0])])
def test_scores_are_those_of_a_walk(start: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    # On the thresholds themselves: rows go left.
    X[0], X[1] = (0.0, 0.5), (-1.0, 0.6)
    trees = FlatTrees(NODES, roots=np.array([0, 5]), start=start, depth=2)
    expected = walked(X, [0, 5], start)
    np.testing.assert_allclose(trees.scores(X), expected)
    monkeypatch.setattr(_flat_trees, "AT_ONCE", 6)
    np.testing.assert_allclose(trees.scores(X), expected)


def test_no_rows_have_no_scores() -> None:
    trees: Any = FlatTrees(NODES, roots=np.array([0]), start=np.zeros(1), depth=2)
    assert trees.scores(np.empty((0, 2))).shape == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"left": np.array([1, 1, 3, 3, 4, 6])},
        {"right": np.array([-2, 1, 4, 3, 4, 5])},
        {"column": np.array([-1, 0, 0, 0, 0, 0])},
        {"column": np.array([0.5, 0, 0, 0, 0, 0])},
        {"threshold": np.zeros(5)},
        {"more": np.zeros(6)},
        {"roots": np.array([0, 6])},
        {"roots": np.array([], dtype=int)},
        {"depth": 2**60},
        {"depth": -1},
        {"start": np.array([0.0, 0.0, 0.0])},
    ],
    ids=lambda change: next(iter(change)),
)
def test_links_out_of_the_trees_are_refused(change: dict[str, Any]) -> None:
    about = {"roots": np.array([0, 5]), "start": np.zeros(1), "depth": 2}
    FlatTrees(NODES, **about).check()
    nodes = NODES | {name: value for name, value in change.items() if name not in about}
    spoiled = FlatTrees(nodes, **about | {n: v for n, v in change.items() if n in about})
    with pytest.raises(ValueError, match="boosted trees"):
        spoiled.check()
