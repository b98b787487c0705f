"""The confusion matrix: against hand-made cases, and against scikit-learn on random ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from harness.evaluate import metrics
from harness.report.confusion import Confusion, Pair, confusion_of

NAMES = ("Rock", "Jazz", "Rap")
BY_HAND = Confusion(np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]], dtype=np.int64))


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    k = draw(st.integers(2, 7))
    rows = st.lists(
        st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=60
    )
    y, predicted = np.array(draw(rows), dtype=np.int64).T
    return y, predicted, k


def sure(predicted: np.ndarray, k: int) -> np.ndarray:
    return np.eye(k)[predicted]


def test_rows_are_true_classes_and_columns_predicted_ones() -> None:
    found = confusion_of(np.array([0, 0, 1]), sure(np.array([0, 1, 1]), 2))
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert found.counts.dtype == np.int64


def test_of_equal_probabilities_the_first_class_wins_as_in_the_metrics() -> None:
    y, tied = np.array([0, 1]), np.full((2, 2), 0.5)
    assert confusion_of(y, tied).counts.tolist() == [[1, 0], [1, 0]]
    assert confusion_of(y, tied).accuracy == metrics.score("accuracy", y, tied)


def test_scores_by_hand() -> None:
    assert BY_HAND.precision == pytest.approx([8 / 9, 3 / 5, 0])
    assert BY_HAND.recall == pytest.approx([0.8, 0.75, 0])
    assert BY_HAND.f1 == pytest.approx([16 / 19, 6 / 9, 0])
    assert BY_HAND.accuracy == 11 / 14


def test_a_class_that_is_nowhere_counts_in_no_average() -> None:
    assert BY_HAND.averages["macro"]["recall"] == pytest.approx((0.8 + 0.75) / 2)
    assert BY_HAND.averages["weighted"]["recall"] == pytest.approx(11 / 14)


def test_pairs_by_hand() -> None:
    assert BY_HAND.pairs == (Pair(0, 1, 2, 10), Pair(1, 0, 1, 4))
    assert BY_HAND.mostly_taken_for(1) == Pair(1, 0, 1, 4)
    assert BY_HAND.mostly_taken_for(2) is None


def test_of_pairs_with_equal_counts_the_greater_share_comes_first() -> None:
    counts = np.array([[9, 1, 0], [0, 5, 0], [1, 0, 1]], dtype=np.int64)
    assert [(p.true, p.predicted) for p in Confusion(counts).pairs] == [(2, 0), (0, 1)]


def test_pairs_in_words() -> None:
    assert Pair(1, 0, 23, 92).sentence(NAMES) == "23 of 92 Jazz rows (25 %) were taken for Rock"
    assert Pair(2, 1, 1, 1).sentence(NAMES) == "1 of 1 Rap row (100 %) was taken for Jazz"


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_counts_are_scikit_learns(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    y, predicted, k = case
    expected = confusion_matrix(y, predicted, labels=range(k))
    assert np.array_equal(confusion_of(y, sure(predicted, k)).counts, expected)


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_scores_are_scikit_learns(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    y, predicted, k = case
    found = confusion_of(y, sure(predicted, k))
    expected = precision_recall_fscore_support(y, predicted, labels=range(k), zero_division=0)
    mine = (found.precision, found.recall, found.f1, found.support)
    for one, other in zip(mine, expected, strict=True):
        assert one == pytest.approx(other)


@settings(max_examples=60, deadline=None)
@given(predictions(), st.sampled_from(["macro", "weighted"]))
def test_averages_are_scikit_learns(case: tuple[np.ndarray, np.ndarray, int], kind: str) -> None:
    y, predicted, k = case
    expected = precision_recall_fscore_support(y, predicted, average=kind, zero_division=0)
    found = confusion_of(y, sure(predicted, k)).averages[kind]
    assert list(found.values()) == pytest.approx(expected[:3])


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_the_parts_add_up(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    y, predicted, k = case
    found = confusion_of(y, sure(predicted, k))
    assert found.rows == len(y)
    assert found.shares.sum(axis=1) == pytest.approx((found.support > 0).astype(float))
    assert sum(pair.count for pair in found.pairs) + found.correct.sum() == len(y)
    assert all(pair.count and pair.true != pair.predicted for pair in found.pairs)
