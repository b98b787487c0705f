"""Folds: stratified, complete, repeatable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competition import Competition
from harness.errors import DataError
from harness.evaluate import splits


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


def test_a_class_smaller_than_the_folds_is_named_with_the_way_out() -> None:
    toy = competition_of(np.array([0] * 20 + [1] * 3), 2)
    with pytest.raises(DataError, match=r"c1 \(3\)[^$]*--cv 3"):
        splits.stratified(toy, folds=5, seed=0)


def test_a_class_with_one_row_is_not_answered_with_one_fold() -> None:
    toy = competition_of(np.array([0] * 20 + [1]), 2)
    with pytest.raises(DataError) as caught:
        splits.stratified(toy, folds=5, seed=0)
    assert "--cv" not in str(caught.value)


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
    assert found == max(2, min(folds, min(counts)))
    kind = splits.default_for(toy)
    assert splits.make(toy, kind, folds=found, seed=0).max() + 1 == found
    if found < folds:
        with pytest.raises(DataError, match=f"--cv {found}"):
            splits.make(toy, kind, folds=found + 1, seed=0)
