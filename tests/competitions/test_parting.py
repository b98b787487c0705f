"""Rows parted in two: shares kept, groups whole, the same seed the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competitions._parting import draw, units

SHARES = st.floats(0.05, 0.95)
LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=80)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(max_examples=150, deadline=None)
@given(y=LABELS, share=SHARES)
def test_single_rows_fill_every_class_to_its_share(y: list[int], share: float) -> None:
    labels = np.array(y)
    taken = draw(np.arange(len(y)), labels, share, rng())
    assert taken.sum() == round(share * len(y))
    counts, part = np.bincount(labels), np.bincount(labels[taken], minlength=labels.max() + 1)
    assert (np.abs(part - share * counts) < 1 + 1e-9).all()


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 15)), min_size=2), share=SHARES)
def test_groups_are_never_parted(rows: list[tuple[int, int]], share: float) -> None:
    y, groups = np.array(rows).T
    taken = draw(groups, y, share, rng())
    assert not set(groups[taken]) & set(groups[~taken])


@pytest.mark.parametrize("share", [0.2, 0.4, 0.7])
def test_songs_of_equal_length_keep_the_classes_shares(share: float) -> None:
    songs = np.repeat(np.arange(200), 5)
    y = songs % 4
    taken = draw(songs, y, share, rng(1))
    assert np.bincount(y[taken]).tolist() == [round(share * 250)] * 4


def test_large_groups_are_not_drawn_to_one_side() -> None:
    sizes = np.tile([2, 20], 150)
    groups = np.repeat(np.arange(300), sizes)
    y = groups % 2 * 0
    shares = []
    for seed in range(20):
        taken = draw(groups, y, 0.5, rng(seed))
        chosen = np.unique(groups[taken])
        shares.append((sizes[chosen] == 20).mean())
    assert np.mean(shares) == pytest.approx(0.5, abs=0.05)


def test_the_same_seed_draws_the_same_rows_and_another_seed_others() -> None:
    y = np.arange(100) % 3
    one, again, other = (draw(np.arange(100), y, 0.4, rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_copies_join_the_groups_they_stand_in() -> None:
    X = np.arange(120, dtype=np.float32).reshape(60, 2)
    X[31], X[7] = X[30], X[2]
    alone, copies = units(None, X)
    assert copies == 4
    assert alone[30] == alone[31]
    assert len(set(alone)) == 58
    groups = np.arange(60) // 3
    joined, _ = units(groups, X)
    assert joined[0] == joined[2] == joined[7] == joined[6]
    assert len(set(joined)) == 19


def test_missing_cells_are_equal_in_copies() -> None:
    X = np.arange(60, dtype=np.float32).reshape(30, 2)
    X[3, 1] = X[9, 1] = np.nan
    X[9, 0] = X[3, 0]
    unit, copies = units(None, X)
    assert (copies, unit[3]) == (2, unit[9])


def test_where_most_rows_are_copies_they_say_nothing() -> None:
    X = (np.arange(40) % 8).astype(np.float32)[:, None]
    unit, copies = units(None, X)
    assert copies == 0
    assert len(set(unit)) == 40
