"""The score to expect, and the gap between two entries."""

from __future__ import annotations

import numpy as np
import pytest

from harness.evaluate import intervals, metrics


def _world(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities: labels are drawn from them."""
    proba = rng.dirichlet(np.full(4, 0.7), size=rows)
    y = (rng.random(rows)[:, None] > proba.cumsum(axis=1)).sum(axis=1)
    return np.minimum(y, 3), proba


@pytest.mark.parametrize("name", ["accuracy", "logloss", "logloss-cells", "macro-f1"])
def test_intervals_cover_the_score_of_new_rows(name: str) -> None:
    rng = np.random.default_rng(5)
    tries = 60 if name == "macro-f1" else 300
    inside = 0
    for seed in range(tries):
        y, proba = _world(rng, 400)
        expected = intervals.expected(name, y, proba, rows=250, seed=seed)
        inside += expected.low <= metrics.score(name, *_world(rng, 250)) <= expected.high
    # 95 % promised; the bounds are 3.5 binomial deviations wide.
    assert abs(inside / tries - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / tries)


def test_a_larger_test_set_narrows_the_interval() -> None:
    y, proba = _world(np.random.default_rng(0), 500)
    small = intervals.expected("logloss", y, proba, rows=100)
    large = intervals.expected("logloss", y, proba, rows=10_000)
    assert large.high - large.low < small.high - small.low


def test_an_interval_stays_in_the_metrics_range() -> None:
    y = np.zeros(10, dtype=np.int64)
    proba = np.tile([0.9, 0.1], (10, 1))
    expected = intervals.expected("accuracy", y, proba, rows=5)
    assert (expected.low, expected.high) == (1.0, 1.0)


def test_the_gap_is_positive_for_the_worse_whatever_the_direction() -> None:
    y, proba = _world(np.random.default_rng(1), 2000)
    uniform = np.full_like(proba, 0.25)
    for name in ("accuracy", "logloss"):
        apart = intervals.gap(name, y, uniform, proba)
        assert apart is not None
        assert apart.value > 3 * apart.error > 0


def test_no_gap_for_a_metric_that_is_no_mean_over_rows() -> None:
    y, proba = _world(np.random.default_rng(1), 50)
    assert intervals.gap("macro-f1", y, proba, proba) is None


def grouped(seed: int, groups: int, size: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two classes; how sure the probabilities are right is drawn once a group."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(groups), size)
    y = rng.integers(2, size=len(units))
    right = rng.uniform(0.2, 0.9, groups)[units]
    proba = np.column_stack([right, 1 - right])
    proba[y == 1] = proba[y == 1][:, ::-1]
    return y, proba, units


@pytest.mark.parametrize("name", ["accuracy", "logloss", "macro-f1"])
def test_rows_of_a_group_count_as_one(name: str) -> None:
    """95 % of test sets of other groups score inside; by rows alone it would be half of them."""
    covered = {True: 0, False: 0}
    for seed in range(60):
        y, proba, units = grouped(seed, 40)
        y_test, of_test, _ = grouped(1000 + seed, 60)
        graded = metrics.score(name, y_test, of_test)
        for known in covered:
            found = intervals.expected(
                name, y, proba, rows=len(y_test), units=units if known else None
            )
            covered[known] += found.low <= graded <= found.high
    assert covered[True] >= 54
    assert covered[False] < 45


def test_a_groups_rows_make_a_gap_less_sure() -> None:
    y, proba, units = grouped(3, 40)
    _, best, _ = grouped(4, 40)
    alone = intervals.gap("logloss", y, proba, best)
    together = intervals.gap("logloss", y, proba, best, units=units)
    assert alone is not None
    assert together is not None
    assert together.value == alone.value
    assert together.error > 1.5 * alone.error


def test_units_of_one_row_each_change_nothing() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert intervals.variance_of_mean(values, np.arange(50)) == pytest.approx(
        intervals.variance_of_mean(values)
    )
