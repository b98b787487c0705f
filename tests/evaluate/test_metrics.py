"""The metrics: golden cases, agreement with scikit-learn where it defines the same, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as sk

from harness.errors import UnknownNameError
from harness.evaluate import metrics


@st.composite
def graded(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels and a probability matrix of 2 to 30 rows and 2 to 6 classes."""
    rows, classes = draw(st.integers(2, 30)), draw(st.integers(2, 6))
    y = draw(hnp.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    raw = draw(hnp.arrays(np.float64, (rows, classes), elements=st.floats(1e-6, 1)))
    return y, raw / raw.sum(axis=1, keepdims=True)


def test_logloss_is_kaggles_golden_case() -> None:
    first = np.array([0.5, 0.1, 0.01, 0.9, 0.75, 0.001])
    y = np.array([0, 0, 0, 1, 1, 1])
    proba = np.column_stack([first, 1 - first])
    assert metrics.score("logloss", y, proba) == pytest.approx(1.881797068998267, abs=1e-15)


def test_a_zero_on_the_true_class_costs_what_kaggle_charges() -> None:
    y, proba = np.array([0]), np.array([[0.0, 1.0]])
    assert metrics.score("logloss", y, proba) == pytest.approx(34.538776, abs=1e-5)


def test_float32_zeros_cost_as_much_as_float64_ones() -> None:
    y, proba = np.array([0]), np.array([[0.0, 1.0]], dtype=np.float32)
    assert metrics.score("logloss", y, proba) == pytest.approx(34.538776, abs=1e-5)


def test_rows_are_rescaled_before_the_logarithm() -> None:
    y, proba = np.array([0, 1]), np.array([[0.2, 0.2], [0.2, 0.6]])
    assert metrics.score("logloss", y, proba) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)


def test_uniform_and_prior_score_what_the_2018_board_showed() -> None:
    counts = np.array([2178, 618, 326, 253, 214, 260, 141, 195, 92, 86])
    y = np.repeat(np.arange(10), counts)
    uniform = np.full((len(y), 10), 0.1)
    prior = np.broadcast_to(counts / counts.sum(), (len(y), 10))
    assert metrics.score("logloss-cells", y, uniform) == pytest.approx(0.3251, abs=5e-5)
    assert metrics.score("logloss-cells", y, prior) == pytest.approx(0.2534, abs=5e-5)
    assert metrics.score("logloss", y, prior) == pytest.approx(1.707, abs=5e-4)


@settings(max_examples=50, deadline=None)
@given(graded())
def test_logloss_agrees_with_scikit_learn_away_from_zero(case: tuple) -> None:
    y, proba = case
    expected = sk.log_loss(y, proba, labels=range(proba.shape[1]))
    assert metrics.score("logloss", y, proba) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(graded())
def test_cells_are_the_mean_of_the_binary_losses(case: tuple) -> None:
    y, proba = case
    columns = [
        sk.log_loss(y == k, np.column_stack([1 - proba[:, k], proba[:, k]]), labels=[False, True])
        for k in range(proba.shape[1])
    ]
    assert metrics.score("logloss-cells", y, proba) == pytest.approx(np.mean(columns), rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(graded())
def test_label_metrics_agree_with_scikit_learn(case: tuple) -> None:
    y, proba = case
    predicted = proba.argmax(axis=1)
    recalls = [(predicted[y == k] == k).mean() for k in np.unique(y)]
    assert metrics.score("balanced-accuracy", y, proba) == pytest.approx(np.mean(recalls))
    assert metrics.score("accuracy", y, proba) == pytest.approx(sk.accuracy_score(y, predicted))
    for average in ("macro", "weighted"):
        expected = sk.f1_score(y, predicted, average=average, zero_division=0)
        assert metrics.score(f"{average}-f1", y, proba) == pytest.approx(expected)


@pytest.mark.parametrize("name", metrics.METRICS)
@settings(max_examples=25, deadline=None)
@given(graded())
def test_every_metric_stays_in_its_range(name: str, case: tuple) -> None:
    row = metrics.metric(name)
    low, high = sorted((row.best, row.worst))
    assert low <= metrics.score(name, *case) <= high


@pytest.mark.parametrize("name", metrics.METRICS)
def test_every_metric_calls_the_truth_best_and_better_than_a_guess(name: str) -> None:
    y = np.array([0, 1, 2, 2, 1, 0])
    truth = np.eye(5)[y]
    wrong = (1 - truth) / 4
    row = metrics.metric(name)
    assert metrics.score(name, y, truth) == pytest.approx(row.best, abs=1e-9)
    assert row.better(metrics.score(name, y, truth), metrics.score(name, y, wrong))


@pytest.mark.parametrize("name", metrics.METRICS)
@settings(max_examples=25, deadline=None)
@given(graded())
def test_row_scores_average_to_the_score(name: str, case: tuple) -> None:
    rows = metrics.row_scores(name, *case)
    if rows is None:
        exceptions = {
            "balanced-accuracy",
            "macro-f1",
            "weighted-f1",
            "calibration-error",
            "roc-auc",
        }
        assert name in exceptions
    else:
        assert rows.shape == case[0].shape
        assert rows.mean() == pytest.approx(metrics.score(name, *case))


@settings(max_examples=50, deadline=None)
@given(graded())
def test_roc_auc_is_scikit_learns(case: tuple) -> None:
    y, proba = case
    there = [k for k in range(proba.shape[1]) if 0 < (y == k).sum() < len(y)]
    areas = [sk.roc_auc_score(y == k, proba[:, k]) for k in there]
    expected = np.mean(areas) if areas else 0.5
    assert metrics.score("roc-auc", y, proba) == pytest.approx(expected)


def test_rows_next_to_certainty_keep_their_order() -> None:
    proba = np.array([[1.0, 1e-20], [1.0, 1e-30], [0.5, 0.5]])
    assert metrics.score("roc-auc", np.array([1, 0, 1]), proba) == 1.0


@pytest.mark.parametrize(("true", "score"), [(2, 1.0), (0, 0.5), (1, 1 / 3), (3, 0.0)])
def test_map_counts_the_rank_of_the_true_class(true: int, score: float) -> None:
    proba = np.array([[0.3, 0.15, 0.45, 0.1]])
    assert metrics.score("map@3", np.array([true]), proba) == score
    assert metrics.score("map@1", np.array([true]), proba) == (score == 1.0)


def test_equal_probabilities_earn_what_a_guess_of_two_classes_earns() -> None:
    assert metrics.score("top-2", np.arange(4), np.full((4, 4), 0.25)) == 0.5


@settings(max_examples=50, deadline=None)
@given(graded())
def test_more_guesses_are_never_worse(case: tuple) -> None:
    names = ("accuracy", "top-2", "top-3")
    scores = [metrics.score(name, *case) for name in names]
    assert scores == sorted(scores)


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean logloss"):
        metrics.metric("loglos")
