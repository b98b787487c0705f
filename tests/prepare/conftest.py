"""A small competition with everything that preparing has to bear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.competition import Block, Competition

ROWS = 180
TEXT_COLUMN = 11


def make_competition(*, missing: bool = False, text: bool = False) -> Competition:
    """Four classes; a constant column, heavy tails, ranges from 1e-3 to 1e6, a rarely set one."""
    rng = np.random.default_rng(7)
    y = rng.permutation(np.repeat([0, 1, 2, 3], [90, 50, 28, 12]))
    X = rng.normal(size=(ROWS, 12))
    X[:, :3] += y[:, None]
    X[:, 3] = 1e6
    X[:, 4] = np.exp(3 * X[:, 4]) * 1e4
    X[:, 5] *= 1e-3
    X[:, 6] = np.where(rng.random(ROWS) < 0.03, 1e6, 0.0)
    vocabulary: dict[int, tuple[str, ...]] = {}
    if text:
        X[:, TEXT_COLUMN] = rng.choice(5, ROWS, p=[0.5, 0.3, 0.15, 0.04, 0.01])
        vocabulary = {TEXT_COLUMN: ("a", "b", "c", "d", "e")}
    if missing:
        X[rng.random(X.shape) < 0.05] = np.nan
    return Competition(
        name="small",
        root=Path(),
        classes=("1", "2", "3", "4"),
        class_names=("jazz", "rock", "rap", "blues"),
        columns=tuple(f"c{i}" for i in range(12)),
        X=X.astype(np.float32),
        y=y.astype(np.int64),
        X_test=None,
        test_ids=(),
        fingerprint="small",
        blocks=(Block("low", 0, 4), Block("high", 4, 10)),
        text=vocabulary,
    )


@pytest.fixture(scope="session")
def competition() -> Competition:
    """Numbers only, none missing."""
    return make_competition()


@pytest.fixture(scope="session")
def odd_competition() -> Competition:
    """With missing cells and a text column."""
    return make_competition(missing=True, text=True)
