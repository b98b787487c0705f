"""Categories with many values: what stands for them, and that no row tells its own label."""

from __future__ import annotations

import numpy as np
import pytest

from harness.prepare.encode import Encode

ROWS, VALUES = 600, 120


def codes_and_labels(seed: int, *, told: bool) -> tuple[np.ndarray, np.ndarray]:
    """A column of many values; the labels follow it, or are noise."""
    random = np.random.default_rng(seed)
    codes = random.integers(VALUES, size=ROWS).astype(np.float32)
    labels = codes % 3 if told else random.integers(3, size=ROWS)
    return codes[:, None], labels.astype(np.int64)


def right(columns: np.ndarray, y: np.ndarray) -> float:
    """How often the class with the largest share is the row's own."""
    return float((columns[:, :3].argmax(axis=1) == y).mean())


@pytest.mark.parametrize("style", ["one-hot", "ordinal"])
def test_shares_tell_what_the_values_tell(style: str) -> None:
    X, y = codes_and_labels(0, told=True)
    out = Encode(text=(0,), style=style).fit_transform(X, y)
    assert right(out[:, -4:], y) > 0.9


def test_a_training_row_s_shares_don_t_hold_its_own_label() -> None:
    X, y = codes_and_labels(1, told=False)
    out = Encode(text=(0,), style="ordinal").fit_transform(X, y)
    # Guessing is right in a third of the rows; with its own label a row would be in two thirds.
    assert right(out, y) < 0.45


def test_a_group_s_labels_don_t_tell_of_each_other() -> None:
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(ROWS // 5), 5)
    X = groups.astype(np.float32)[:, None]
    y = random.integers(3, size=ROWS // 5)[groups]
    alone = Encode(text=(0,), style="ordinal").fit_transform(X, y)
    whole = Encode(text=(0,), style="ordinal").fit_transform(X, y, groups=groups)
    assert right(alone, y) > 0.9
    assert right(whole, y) < 0.5


def test_a_value_that_training_lacked_has_the_training_part_s_shares() -> None:
    X, y = codes_and_labels(3, told=True)
    step = Encode(text=(0,), style="ordinal").fit(X, y)
    np.testing.assert_array_equal(step.transform(np.float32([[VALUES + 7]])), [[0, 0, 0, 0]])


def test_two_classes_have_one_column_of_shares() -> None:
    X, y = codes_and_labels(4, told=True)
    out = Encode(text=(0,), style="ordinal").fit_transform(X, y % 2)
    assert out.shape == (ROWS, 2)


def test_new_rows_are_told_by_all_parts_together() -> None:
    X, y = codes_and_labels(5, told=False)
    changed = y.copy()
    # Swapped within a value: the counts over all rows stay, those of the parts don't.
    first, second = np.flatnonzero(X[:, 0] == X[0, 0])[:2]
    changed[[first, second]] = changed[[second, first]]
    one, other = (Encode(text=(0,), style="ordinal").fit(X, labels) for labels in (y, changed))
    np.testing.assert_allclose(one.transform(X), other.transform(X))


def test_small_columns_stay_codes_and_gaps_stay_gaps_for_trees() -> None:
    X = np.float32([[1, 0], [np.nan, 1], [3, np.nan], [4, 1]])
    step = Encode(text=(1,), style="ordinal", gaps=True).fit(X, [0, 1, 0, 1])
    np.testing.assert_array_equal(step.transform(X), X)
    np.testing.assert_array_equal(step.transform(np.float32([[2, 9]])), [[2, np.nan]])


def test_without_gaps_an_unseen_code_is_as_a_missing_one() -> None:
    X = np.float32([[0], [1], [np.nan], [1]])
    step = Encode(text=(0,), style="ordinal").fit(X, [0, 1, 0, 1])
    np.testing.assert_array_equal(step.transform(np.float32([[np.nan], [9]])), [[-1], [-1]])


def test_codes_of_small_columns_are_the_training_part_s_alone() -> None:
    # A vocabulary counts the test rows' values, too: the same rows then have other codes.
    one, other = np.float32([[0], [1], [np.nan], [2]]), np.float32([[4], [5], [np.nan], [9]])
    out = [Encode(text=(0,), style="ordinal").fit_transform(X, [0, 1, 0, 1]) for X in (one, other)]
    np.testing.assert_array_equal(*out)
