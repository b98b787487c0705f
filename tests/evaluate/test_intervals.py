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
