"""Which rows and columns are drawn, and how they are standardised."""

from __future__ import annotations

import numpy as np
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from harness.competition import Block
from harness.errors import DataError
from harness.explore import look
from harness.explore.look import look_at, missing_shares, notes_on, standardised

CELLS = st.floats(-(2.0**127), 2.0**127, width=32) | st.just(float("nan"))


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=CELLS))
def test_standardised_columns_have_mean_0_and_deviation_1_or_are_0(raw: np.ndarray) -> None:
    scaled, constant = standardised(raw)
    assert np.array_equal(np.isnan(scaled), np.isnan(raw))
    for column, flat in zip(scaled.T, constant, strict=True):
        there = column[~np.isnan(column)]
        if flat or not there.any():
            assert not there.any()
        else:
            assert there.mean() == pytest.approx(0, abs=1e-6)
            assert there.std() == pytest.approx(1, abs=1e-6)


def test_a_column_full_of_a_number_that_rounds_is_constant() -> None:
    scaled, constant = standardised(np.full((1000, 1), np.float32(0.1), dtype=np.float64))
    assert constant.all()
    assert not scaled.any()


def test_columns_with_one_value_and_gaps_or_with_none_are_constant() -> None:
    raw = np.array([[1, np.nan, 1], [np.nan, np.nan, 2], [1, np.nan, 3]], dtype=float)
    assert standardised(raw)[1].tolist() == [True, True, False]


def test_text_columns_are_no_numbers_and_break_a_blocks_shape() -> None:
    seen = look_at(toys.evil())
    assert seen.columns.tolist() == list(range(12))
    assert [s.columns.tolist() for s in seen.sections] == [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [10, 11],
        [8, 9],
    ]
    assert [s.shape for s in seen.sections] == [(2, 4), None, None]
    assert seen.sections[2].name == "columns outside the blocks"


def test_a_line_is_no_image() -> None:
    world = toys.drawn(9, 6, 3, blocks=(Block("a", 0, 3, (1, 3)), Block("b", 3, 6, (3,))))
    assert [s.shape for s in look_at(world).sections] == [None, None]


def test_rows_that_the_split_leaves_out_are_not_looked_at() -> None:
    world = toys.drawn(30, 3, 3, predefined=np.repeat([-2, -1, 0], 10), part_names=("test",))
    seen = look_at(world)
    assert seen.rows.tolist() == list(range(10, 30))
    assert seen.counts.sum() == 20
    assert any("10 rows that the competition's split names nowhere" in n for n in notes_on(seen))


def test_of_many_rows_a_sample_with_every_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MOST_ROWS", 200)
    y = np.r_[np.zeros(1900, int), np.ones(97, int), np.full(3, 2)]
    world = toys.toy(np.arange(4000.0).reshape(2000, 2), y)
    seen = look_at(world)
    assert len(seen.rows) < 300
    assert np.bincount(seen.y).tolist() == [190, 50, 3]
    assert seen.counts.tolist() == [1900, 97, 3]
    assert np.array_equal(seen.raw, world.X[seen.rows])
    assert (np.diff(seen.rows) > 0).all()
    assert any("243 of 2000 rows" in note for note in notes_on(seen))


def test_the_sample_depends_on_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MOST_ROWS", 50)
    world = toys.drawn(900, 2, 2)
    first = look_at(world, seed=1).rows
    assert np.array_equal(first, look_at(world, seed=1).rows)
    assert not np.array_equal(first, look_at(world, seed=2).rows)


def test_missing_cells_are_counted_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "CHUNK", 7)
    world = toys.evil()
    rows = np.arange(3, 60)
    assert missing_shares(world, rows) == pytest.approx(np.isnan(world.X[rows]).mean(axis=0))
    assert world.X_test is not None
    assert missing_shares(world) == pytest.approx(np.isnan(world.X_test).mean(axis=0))


def test_a_split_that_leaves_out_every_row_is_told() -> None:
    world = toys.drawn(6, 2, 2, predefined=np.full(6, -2), part_names=("test",))
    with pytest.raises(DataError, match="no row to draw"):
        look_at(world)
