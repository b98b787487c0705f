"""How `--reducer` is read, and every reducer."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DataError, UnknownNameError, UsageError
from harness.prepare import reducers
from harness.prepare._reducing import BestColumns, BlockMeans, Components, DropConstant


def names(text: str) -> list[str]:
    """What a `--reducer` asks for, by name."""
    return [one.name for one in reducers.parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", []),
        ("drop-constant", ["drop-constant"]),
        ("pca:20", ["drop-constant", "pca"]),
        ("select:5 + pca:2", ["drop-constant", "select", "pca"]),
        ("block-means", ["drop-constant", "block-means"]),
    ],
)
def test_reads_names_and_adds_drop_constant(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pca", "needs a number"),
        ("pca:", "needs a number"),
        ("pca:0", "share between 0 and 1"),
        ("pca:-3", "share between 0 and 1"),
        ("pca:1.5", "share between 0 and 1"),
        ("pca:nan", "share between 0 and 1"),
        ("pca:x", "'x' is not a whole number above 0 or a share"),
        ("select:0.5", "'0.5' is not a whole number above 0"),
        ("block-means:3", "takes nothing after a colon"),
        ("none+pca:3", "can't be chained"),
        ("pca:5+pca:2", "twice"),
    ],
)
def test_refuses_what_makes_no_sense(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        reducers.parse(text)


def test_an_unknown_reducer_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean select"):
        reducers.parse("selekt:3")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert all(one.name in reducers.REDUCERS for one in reducers.parse(text))


def test_block_means_leave_missing_cells_out() -> None:
    X = np.array([[1, 3, 10, 5], [np.nan, 4, np.nan, 6]], dtype=np.float32)
    out = BlockMeans(blocks=((0, 2), (2, 3))).fit(X).transform(X)
    np.testing.assert_array_equal(out, [[2, 10, 5], [4, np.nan, 6]])


def test_block_means_keep_text_columns_apart() -> None:
    X = np.array([[1, 7, 3]], dtype=np.float32)
    out = BlockMeans(blocks=((0, 3),), keep=(1,)).fit(X).transform(X)
    np.testing.assert_array_equal(out, [[2, 7]])


def test_drop_constant_says_how_many() -> None:
    X = np.array([[1, 2, 3], [1, 2, 4]], dtype=np.float32)
    step = DropConstant().fit(X)
    np.testing.assert_array_equal(step.transform(X), [[3], [4]])
    assert "2 of 3 columns" in step.notes_[0]


def test_drop_constant_is_silent_when_nothing_is_dropped() -> None:
    assert DropConstant().fit(np.eye(3, dtype=np.float32)).notes_ == ()


def test_no_column_left_is_an_error() -> None:
    with pytest.raises(DataError, match="all 2 columns are constant"):
        DropConstant().fit(np.ones((3, 2), dtype=np.float32))


def test_pca_is_lowered_to_what_there_is() -> None:
    X = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)
    step = Components(amount=99).fit(X)
    assert step.transform(X).shape == (10, 4)
    assert "lowered to 4" in step.notes_[0]


def test_pca_of_a_share_keeps_enough() -> None:
    X = np.random.default_rng(0).normal(size=(50, 4)) * [100, 1, 1, 1]
    assert Components(amount=0.9).fit(X).transform(X).shape == (50, 1)


def test_select_takes_the_columns_that_tell_classes_apart() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    X = rng.normal(size=(40, 5))
    X[:, 3] += 10 * y
    X[:, 1] = y  # no variance inside the classes
    assert BestColumns(amount=2).fit(X, y).kept_.tolist() == [1, 3]


def test_select_is_lowered_to_what_there_is() -> None:
    y = np.repeat([0, 1], 5)
    step = BestColumns(amount=9).fit(np.random.default_rng(0).normal(size=(10, 2)), y)
    assert "lowered to 2" in step.notes_[0]
