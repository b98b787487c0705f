"""Missing cells and text codes."""

from __future__ import annotations

import numpy as np
import pytest

from harness.prepare.encode import Encode

NAN = np.nan


def f32(rows: list[list[float]]) -> np.ndarray:
    """A float32 matrix."""
    return np.array(rows, dtype=np.float32)


def test_medians_and_an_indicator_where_training_had_gaps() -> None:
    X = f32([[1, 5], [NAN, 6], [3, 7], [9, 8]])
    out = Encode().fit(X).transform(X)
    np.testing.assert_array_equal(out, [[1, 5, 0], [3, 6, 1], [3, 7, 0], [9, 8, 0]])


def test_no_indicator_where_only_held_out_rows_have_gaps() -> None:
    step = Encode().fit(f32([[1, 5], [2, 6], [3, 7]]))
    np.testing.assert_array_equal(step.transform(f32([[NAN, NAN]])), [[2, 6]])


def test_a_column_without_any_value_becomes_zero_and_is_noted() -> None:
    X = f32([[NAN, 1], [NAN, 2]])
    step = Encode().fit(X)
    np.testing.assert_array_equal(step.transform(X), [[0, 1], [0, 2]])
    assert any("no value at all" in note for note in step.notes_)


def test_frequent_values_get_columns_and_rare_ones_share_one() -> None:
    X = f32([[0], [0], [0], [2], [2], [2], [1]])
    step = Encode(text=(0,)).fit(X)
    np.testing.assert_array_equal(
        step.transform(f32([[0], [2], [1], [77]])), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    )


def test_an_unseen_value_is_all_zeros_where_no_rare_one_was_seen() -> None:
    step = Encode(text=(0,)).fit(f32([[0], [0], [0], [1], [1], [1]]))
    np.testing.assert_array_equal(step.transform(f32([[5]])), [[0, 0]])


def test_missing_text_is_a_value_of_its_own() -> None:
    step = Encode(text=(0,)).fit(f32([[NAN], [NAN], [NAN], [1], [1], [1]]))
    np.testing.assert_array_equal(step.transform(f32([[NAN], [1]])), [[1, 0], [0, 1]])


def test_categories_are_limited() -> None:
    X = f32([[code] for code in range(50) for _ in range(3)])
    assert Encode(text=(0,), max_categories=10).fit(X).transform(X).shape == (150, 11)


@pytest.mark.parametrize("rows", [1, 7])
def test_gives_float32(rows: int) -> None:
    X = np.full((rows, 2), 3, dtype=np.float32)
    assert Encode(text=(1,), min_rows=1).fit(X).transform(X).dtype == np.float32


def test_a_step_saved_before_there_were_large_columns_goes_on_as_it_did() -> None:
    X = np.float32([[1, 0], [np.nan, 1], [3, 0], [4, 1]])
    fitted = Encode(text=(1,), min_rows=1).fit(X)
    state = fitted.__getstate__()
    older = Encode.__new__(Encode)
    new = ("style", "gaps", "random_state", "large_")
    older.__setstate__({key: value for key, value in state.items() if key not in new})
    np.testing.assert_array_equal(older.transform(X), fitted.transform(X))
