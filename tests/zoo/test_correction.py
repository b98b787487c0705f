"""The correction of scores, against plain sums and a minimiser without gradients; inner folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from harness.zoo import _correction
from harness.zoo._correction import LEAST, Correction, deal


def world(rows: int, classes: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True log-probabilities of rows, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    logs = rng.normal(size=(rows, classes)) * 1.5
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    y = np.array([rng.choice(classes, p=np.exp(row)) for row in logs])
    return logs, y


def plain_loss(
    theta: np.ndarray,
    scores: np.ndarray,
    features: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    strength: float,
) -> float:
    """What is minimised, written out row by row; theta is (factor, shifts, slopes)."""
    n, k = scores.shape
    slopes = theta[1 + k :].reshape(-1, k)
    doubt = 1 / (n + 1)
    total = 0.0
    for row in range(n):
        own = scores[row] - scores[row].mean()
        bent = [
            theta[0] * own[c] + theta[1 + c] + sum(features[row] * slopes[:, c]) for c in range(k)
        ]
        logs = np.array(bent) - np.log(np.exp(bent).sum())
        for c in range(k):
            wanted = doubt / k + (1 - doubt) * (y[row] == c)
            total -= weights[row] * wanted * logs[c]
    return total + (theta[1 : 1 + k] ** 2).sum() / 2 + (slopes**2).sum() / (2 * strength)


def test_the_minimum_is_found() -> None:
    logs, y = world(25, 2)
    weights = np.random.default_rng(1).uniform(0.5, 2, 25)
    found = Correction(strength=0.05).fit(logs, logs, y, weights)
    features = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    theta = np.concatenate([[found.factor_], found.shifts_, found.slopes_.ravel()])

    def loss(theta: np.ndarray) -> float:
        return plain_loss(theta, logs, features, y, weights, 0.05)

    reference = minimize(loss, np.full(7, 0.1), method="Powell", options={"xtol": 1e-8}).fun
    assert loss(theta) < reference + 1e-4


def test_probabilities_are_those_of_the_formula() -> None:
    logs, y = world(40, 3)
    found = Correction().fit(logs, logs, y, np.ones(40))
    bent = found.factor_ * (logs - logs.mean(axis=1, keepdims=True)) + found.shifts_
    bent += ((logs - logs.mean(axis=0)) / logs.std(axis=0)) @ found.slopes_
    expected = np.exp(bent) / np.exp(bent).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.predict_proba(logs, logs), expected, atol=1e-7)


def test_good_scores_are_left_as_they_are() -> None:
    logs, y = world(4000, 3)
    found = Correction().fit(logs, logs, y, np.ones(4000))
    assert np.abs(found.predict_proba(logs, logs) - np.exp(logs)).mean() < 0.02


@pytest.mark.parametrize("factor", [0.2, 7.0])
def test_scores_that_are_too_sure_or_too_timid_are_brought_back(factor: float) -> None:
    logs, y = world(4000, 3)
    found = Correction().fit(factor * logs, factor * logs, y, np.ones(4000))
    assert found.factor_ == pytest.approx(1 / factor, rel=0.1)


def test_rows_all_right_do_not_make_it_sure_without_end() -> None:
    y = np.arange(30) % 3
    scores = 50.0 * np.eye(3)[y]
    proba = Correction().fit(scores, scores, y, np.ones(30)).predict_proba(scores, scores)
    assert 0.9 < proba.max() < 1 - 1e-4


def test_no_class_is_ruled_out() -> None:
    logs, y = world(50, 3)
    found = Correction().fit(logs, logs, y, np.ones(50))
    proba = found.predict_proba(1e6 * logs, 1e6 * logs)
    assert proba.min() >= LEAST / (1 + 3 * LEAST)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_a_constant_added_to_a_row_s_scores_changes_nothing() -> None:
    logs, y = world(50, 3)
    found = Correction().fit(logs, logs, y, np.ones(50))
    moved = found.predict_proba(logs + np.arange(50)[:, None], logs)
    np.testing.assert_allclose(moved, found.predict_proba(logs, logs), atol=1e-12)


def test_a_row_s_weight_counts_as_so_many_rows() -> None:
    logs, y = world(60, 3)
    times = 1 + np.arange(60) % 3
    weighted = Correction().fit(logs, logs, y, times.astype(float))
    many = np.repeat(np.arange(60), times)
    # The same mean and spread for both: features are the weighted fit's, the doubt nearly so.
    repeated = Correction().fit(logs[many], logs[many], y[many], np.ones(len(many)))
    np.testing.assert_allclose(
        weighted.predict_proba(logs, logs), repeated.predict_proba(logs, logs), atol=0.02
    )


def test_with_too_many_numbers_to_learn_slopes_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_correction, "MOST_FREE", 8)
    logs, y = world(50, 3)
    assert not Correction().fit(logs, logs, y, np.ones(50)).slopes_.any()


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.integers(1, 12), min_size=1, max_size=5), folds=st.integers(2, 6))
def test_inner_folds_deal_every_class_out(counts: list[int], folds: int) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    fold, single = deal(y, folds, np.random.default_rng(0))
    assert single == counts.count(1)
    assert ((fold >= 0) == np.repeat(np.array(counts) > 1, counts)).all()
    for label, count in enumerate(counts):
        if count > 1:
            held = np.bincount(fold[y == label], minlength=folds)
            assert held.max() - held.min() <= 1
            # No fold's training part is without the class.
            assert held.max() < count
