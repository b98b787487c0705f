"""No alarm on clean rows: as important as finding what is planted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import spoiled as planted
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check._finding import Severity
from harness.check._run import CHECKS, check
from harness.competition import Competition
from harness.competitions._find import find


def alarms(world: Competition) -> list[tuple[str, str]]:
    return [
        (name, one.what) for name, one in check(world).findings if one.severity is not Severity.INFO
    ]


@pytest.mark.parametrize("seed", range(8))
def test_clean_rows_raise_no_alarm(seed: int) -> None:
    assert alarms(planted.clean(seed)) == []


@pytest.mark.parametrize("columns", [2, 5, 40])
def test_nor_do_they_in_few_or_many_dimensions(columns: int) -> None:
    assert alarms(planted.clean(columns=columns, rows=1000)) == []


@pytest.mark.parametrize("rows", [1, 2, 5, 11, 29, 31, 60])
def test_any_number_of_rows_is_looked_at(rows: int) -> None:
    world = planted.clean(rows=600, test_rows=max(1, rows))
    world = replace(world, X=world.X[:rows], y=world.y[:rows])
    assert set(check(world, cv=2).outcomes) == set(CHECKS.names())


def test_rows_without_columns_are_looked_at() -> None:
    world = planted.clean()
    empty = replace(world, X=world.X[:, :0], X_test=None, columns=())
    assert alarms(empty) == []


def test_one_class_is_looked_at() -> None:
    world = planted.clean()
    assert alarms(replace(world, y=np.zeros_like(world.y), classes=("1",))) == []


def test_few_different_values_make_no_copies() -> None:
    rng = np.random.default_rng(0)
    world = planted.clean(columns=8)
    grid = replace(
        world,
        X=rng.integers(0, 3, world.X.shape).astype(np.float32),
        X_test=rng.integers(0, 3, (400, 8)).astype(np.float32),
    )
    assert alarms(grid) == []


def test_counts_of_many_values_make_no_near_copies() -> None:
    rng = np.random.default_rng(0)
    world = planted.clean(columns=8)
    counts = replace(
        world,
        X=rng.poisson(200, world.X.shape).astype(np.float32),
        X_test=rng.poisson(200, (400, 8)).astype(np.float32),
    )
    assert alarms(counts) == []


def test_tight_clusters_make_no_near_copies() -> None:
    rng = np.random.default_rng(1)
    world = planted.clean()
    centres = rng.normal(size=(30, 12)) * 100
    X = centres[rng.integers(0, 30, 600)] + rng.normal(size=(600, 12))
    assert alarms(replace(world, X=X.astype(np.float32), X_test=None, test_ids=())) == []


def test_the_demo_raises_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    world = find(tmp_path / "data", demo=True)
    # Half of its rows, to be quick.
    part = {"X": world.X[:2000], "y": world.y[:2000], "X_test": world.X_test[:3000]}
    assert alarms(replace(world, **part, test_ids=world.test_ids[:3000])) == []


@pytest.mark.real
def test_aalto_raises_no_alarm(shared_data: Path) -> None:
    folder = shared_data / "aalto_mlbp"
    world = find(train=folder / "pca_20.csv", labels=folder / "train_labels.csv")
    assert alarms(world) == []


ODD = {
    "few values": lambda rng, rows: rng.integers(0, 3, rows),
    "constant": lambda rng, rows: np.full(rows, 7.0),
    "no value": lambda rng, rows: np.full(rows, np.nan),
    "half missing": lambda rng, rows: np.where(rng.random(rows) < 0.5, np.nan, rng.random(rows)),
    "constant or missing": lambda rng, rows: np.where(rng.random(rows) < 0.3, np.nan, 3),
    "row number": lambda rng, rows: np.arange(rows),
    "huge": lambda rng, rows: np.clip(rng.standard_cauchy(rows) * 1e30, -3e38, 3e38),
    "infinite": lambda rng, rows: np.where(rng.random(rows) < 0.05, np.inf, rng.random(rows)),
    "rare": lambda rng, rows: rng.random(rows) < 0.02,
    "placeholder": lambda rng, rows: np.where(rng.random(rows) < 0.1, -999, rng.random(rows)),
    "text": lambda rng, rows: rng.integers(0, 5, rows),
}


@given(
    st.lists(st.sampled_from(sorted(ODD)), min_size=1, max_size=6),
    st.integers(1, 120),
    st.integers(0, 80),
    st.integers(0, 100),
)
@settings(max_examples=25, deadline=None)
def test_any_columns_are_looked_at(kinds: list[str], rows: int, test_rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = planted.clean(test_rows=test_rows)
    X, X_test = (
        np.column_stack([ODD[kind](rng, many) for kind in kinds]).astype(np.float32)
        for many in (rows, test_rows)
    )
    odd = replace(
        world,
        X=X,
        y=rng.integers(0, 4, rows),
        X_test=X_test if test_rows else None,
        columns=tuple(kinds),
        text={k: tuple("abcde") for k, kind in enumerate(kinds) if kind == "text"},
        groups=rng.integers(0, rows // 2 + 1, rows) if seed % 3 == 0 else None,
    )
    assert set(check(odd, cv=3).outcomes) == set(CHECKS.names())
