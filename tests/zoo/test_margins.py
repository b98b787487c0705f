"""Margins to probabilities, against plain loops, a general minimiser and scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.calibration import _sigmoid_calibration

from harness.zoo import _margins
from harness.zoo._margins import MarginCalibrator, coupled, one_vs_one, pairs


@pytest.mark.parametrize("k", [2, 3, 5])
def test_pairs_stand_in_the_order_of_combinations(k: int) -> None:
    first, second = pairs(k)
    expected = list(itertools.combinations(range(k), 2))
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == expected
    code = one_vs_one(k)
    for column, (i, j) in enumerate(expected):
        assert code[:, column].tolist() == [(c == i) - (c == j) for c in range(k)]


def by_minimising(z: np.ndarray, k: int) -> np.ndarray:
    """One row's coupled probabilities: the sum over pairs, and a general minimiser."""
    r = np.zeros((k, k))
    for value, (i, j) in zip(z, itertools.combinations(range(k), 2), strict=True):
        r[i, j] = 1 / (1 + np.exp(-value))
        r[j, i] = 1 - r[i, j]

    def loss(p: np.ndarray) -> float:
        return sum(
            (r[j, i] * p[i] - r[i, j] * p[j]) ** 2 for i in range(k) for j in range(k) if i != j
        )

    return minimize(
        loss,
        np.full(k, 1 / k),
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    ).x


@pytest.mark.parametrize("k", [2, 3, 5])
def test_coupling_minimises_what_it_says(k: int) -> None:
    z = np.random.default_rng(0).normal(size=(12, k * (k - 1) // 2)) * 2
    expected = [by_minimising(row, k) for row in z]
    np.testing.assert_allclose(coupled(z, k), expected, atol=1e-4)


def test_pairs_that_agree_are_coupled_to_what_they_come_from() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=20)
    z = np.array([[np.log(row[i] / row[j]) for i, j in zip(*pairs(4), strict=True)] for row in p])
    np.testing.assert_allclose(coupled(z, 4), p, atol=1e-6)


def test_margins_beyond_all_measure_give_probabilities() -> None:
    z = np.array([[1e6, -1e6, 1e6], [0, 0, 0], [-1e6, -1e6, -1e6]])
    found = coupled(z, 3)
    assert np.isfinite(found).all()
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(found[1], 1 / 3)


@pytest.mark.parametrize("positives", [1, 10, 39])
def test_a_machine_s_sigmoid_is_platt_s(positives: int) -> None:
    rng = np.random.default_rng(0)
    positive = np.arange(40) < positives
    margin = rng.normal(size=40) + 1.5 * positive
    weights = rng.uniform(0.5, 2, 40)
    slope, shift = _margins._sigmoid(margin, positive, weights)
    # scikit-learn's is 1 / (1 + exp(a x + b)).
    a, b = _sigmoid_calibration(margin, positive.astype(int), weights)
    np.testing.assert_allclose([slope, shift], [-a, -b], rtol=2e-3, atol=2e-3)


def test_sides_that_never_overlap_are_no_trouble() -> None:
    margin = np.concatenate([np.full(30, 1e5), np.full(30, -1e5)])
    slope, shift = _margins._sigmoid(margin, np.arange(60) < 30, np.ones(60))
    assert np.isfinite([slope, shift]).all()
    assert slope > 0


CODE = np.array([[1, 1, -1, 1], [-1, 1, 1, 0], [-1, -1, 1, -1]], dtype=np.int8)


def test_any_other_code_is_joined_as_if_machines_erred_independently() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=60)
    margins = rng.normal(size=(60, 4)) + CODE[y]
    found = MarginCalibrator(CODE).fit(margins, y)
    expected = np.zeros((60, 3))
    for row, c in itertools.product(range(60), range(3)):
        for machine, side in enumerate(CODE[c]):
            slope, shift = found.sigmoids_[machine]
            plus = 1 / (1 + np.exp(-(slope * margins[row, machine] + shift)))
            expected[row, c] += {1: np.log(plus), -1: np.log(1 - plus), 0: 0}[int(side)]
    expected -= np.log(np.exp(expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found._joined(margins), expected, atol=1e-9)


def test_a_machine_learns_its_sigmoid_from_the_classes_it_was_shown() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=90)
    margins = rng.normal(size=(90, 4)) + CODE[y]
    found = MarginCalibrator(CODE).fit(margins, y)
    changed = margins.copy()
    # The fourth machine was shown nothing of class 1.
    changed[y == 1, 3] += 100
    again = MarginCalibrator(CODE).fit(changed, y)
    np.testing.assert_array_equal(again.sigmoids_, found.sigmoids_)


@pytest.mark.parametrize("code", [one_vs_one(3), one_vs_one(2), CODE])
def test_probabilities_learn_from_margins(code: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    k = len(code)
    y = rng.integers(k, size=400)
    margins = rng.normal(size=(400, code.shape[1])) + 1.5 * code[y]
    proba = MarginCalibrator(code).fit(margins[:300], y[:300]).predict_proba(margins[300:])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    loss = -np.log(proba[np.arange(100), y[300:]]).mean()
    assert loss < 0.6 * np.log(k)


def test_rows_are_coupled_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=50)
    margins = rng.normal(size=(50, 3)) + one_vs_one(3)[y]
    found = MarginCalibrator(one_vs_one(3)).fit(margins, y)
    whole = found.predict_proba(margins)
    monkeypatch.setattr(_margins, "AT_ONCE", 100)
    np.testing.assert_allclose(found.predict_proba(margins), whole, atol=1e-12)
