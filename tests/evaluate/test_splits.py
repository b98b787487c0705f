"""Folds: stratified, complete, repeatable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competition import ALWAYS_TRAINS, Competition
from harness.errors import DataError
from harness.evaluate import _thin, splits


def competition_of(y: np.ndarray, classes: int) -> Competition:
    """A competition with labels and nothing else of interest."""
    names = tuple(f"c{k}" for k in range(classes))
    return Competition(
        name="toy",
        root=Path(),
        classes=names,
        class_names=names,
        columns=("x",),
        X=np.zeros((len(y), 1), dtype=np.float32),
        y=y,
        X_test=None,
        test_ids=(),
        fingerprint="toy",
    )


@settings(max_examples=50, deadline=None)
@given(
    counts=st.lists(st.integers(5, 40), min_size=2, max_size=6),
    folds=st.integers(2, 5),
    seed=st.integers(0, 1000),
)
def test_every_fold_has_its_share_of_every_class(counts: list[int], folds: int, seed: int) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(y)
    fold = splits.stratified(competition_of(y, len(counts)), folds=folds, seed=seed)
    assert set(fold) == set(range(folds))
    for k, count in enumerate(counts):
        held = np.bincount(fold[y == k], minlength=folds)
        assert held.min() >= count // folds
        assert held.max() <= -(-count // folds)


def test_one_seed_gives_the_same_folds_and_another_gives_others() -> None:
    toy = competition_of(np.repeat([0, 1], 50), 2)
    first = splits.stratified(toy, folds=5, seed=1)
    assert np.array_equal(first, splits.stratified(toy, folds=5, seed=1))
    assert not np.array_equal(first, splits.stratified(toy, folds=5, seed=2))


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 12), min_size=2, max_size=6).filter(
        lambda counts: sum(count > 0 for count in counts) > 1 and max(counts) > 1
    ),
    folds=st.integers(2, 6),
    seed=st.integers(0, 1000),
)
def test_a_small_class_stands_in_as_many_folds_as_it_has_rows(
    counts: list[int], folds: int, seed: int
) -> None:
    folds = min(folds, sum(counts))
    y = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(y)
    fold = splits.stratified(competition_of(y, len(counts)), folds=folds, seed=seed)
    for k in range(len(counts)):
        held = fold[(y == k) & (fold >= 0)]
        assert len(np.unique(held)) == min(folds, len(held))
    for number in range(fold.max() + 1):
        assert (fold == number).any()
        assert len(np.unique(y[fold != number])) > 1
    always = y[fold == ALWAYS_TRAINS]
    assert len(always) in (0, 1)
    # Only where every other class has one row as well.
    assert not len(always) or sorted(counts)[-2] == 1


def test_repeats_and_seeds_let_the_same_row_train_always() -> None:
    toy = competition_of(np.array([1, *[0] * 20]), 2)
    folds = splits.make(toy, "repeated:3", folds=5, seed=0)
    assert (folds[:, 0] == ALWAYS_TRAINS).all()
    assert (folds[:, 1:] >= 0).all()


@pytest.mark.parametrize("kind", ["stratified", "leave-one-out", "holdout"])
@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0, 0, 0, 0, 0, 0], "only one class has training rows"),
        ([0, 1, 2, 3, 4], "no class has two"),
    ],
)
def test_where_nothing_can_be_told_apart(kind: str, labels: list[int], told: str) -> None:
    toy = competition_of(np.array(labels), 5)
    with pytest.raises(DataError, match=told):
        splits.make(toy, kind, folds=2, seed=0)


def test_more_folds_than_rows_are_answered_with_the_most() -> None:
    toy = competition_of(np.array([0, 0, 1]), 2)
    with pytest.raises(DataError, match=r"3 rows can't fill 5 folds\n.*--cv 3"):
        splits.stratified(toy, folds=5, seed=0)
    assert splits.stratified(toy, folds=3, seed=0).max() == 1


def test_a_class_of_one_group_keeps_it_whole() -> None:
    y = np.array([0] * 12 + [1] * 3 + [2] * 6)
    groups = np.array([*range(4)] * 3 + [9] * 3 + [5, 6] * 3)
    toy = replace(competition_of(y, 4), groups=groups, group_names=tuple(map(str, range(10))))
    fold = splits.make(toy, "stratified-group", folds=4, seed=0)[0]
    assert len(np.unique(fold[y == 1])) == 1
    for group in np.unique(groups):
        assert len(np.unique(fold[groups == group])) == 1


def test_what_is_said_of_small_classes_and_of_absent_ones() -> None:
    toy = competition_of(np.array([0] * 20 + [1] + [2] * 4), 4)
    absent, rare = _thin.said(toy, 5)
    assert absent == "c3: no training row has it: it gets near 0"
    assert rare.startswith("c1 (1 row), c2 (4 rows): fewer than the 5 folds")
    assert _thin.said(competition_of(np.repeat([0, 1], 5), 2), 5) == []


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(2, 20), min_size=2, max_size=5),
    size=st.integers(1, 4),
    folds=st.integers(2, 8),
)
def test_filled_folds_are_the_most_that_can_be_made(
    counts: list[int], size: int, folds: int
) -> None:
    """`size` rows a group; a size of 1 has no groups."""
    y = np.repeat(np.arange(len(counts)), np.array(counts) * size)
    toy = competition_of(y, len(counts))
    if size > 1:
        groups = np.arange(len(y)) // size
        toy = replace(toy, groups=groups, group_names=tuple(map(str, range(sum(counts)))))
    found = splits.filled(toy, folds)
    assert found == max(2, min(folds, sum(counts)))
    kind = splits.default_for(toy)
    made = splits.make(toy, kind, folds=found, seed=0).max() + 1
    # Few groups of several rows can leave a fold empty.
    assert made == found or size > 1
