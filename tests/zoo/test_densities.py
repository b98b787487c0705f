"""Densities, against scipy's and scikit-learn's; what they say of rows that they haven't seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB

from harness.zoo import _densities, _members
from harness.zoo._correction import deal
from harness.zoo._densities import Densities


def rows(counts: list[int], *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = rng.normal(size=(len(y), 4)) * (1 + y[:, None]) + np.eye(len(counts), 4)[y]
    return X, y


def make(model: str, **settings: Any) -> Any:
    return _members.make(model, settings, seed=0)


@pytest.mark.parametrize("weighted", [False, True])
def test_qda_is_scipy_s_normal_density(weighted: bool) -> None:
    X, y = rows([40, 25, 15])
    weights = np.random.default_rng(1).uniform(0.5, 2, 80) if weighted else np.ones(80)
    model = make("qda", common_rows=2.0).fit(X, y, weights)
    weights = weights / weights.mean()
    means = [np.average(X[y == c], axis=0, weights=weights[y == c]) for c in range(3)]
    off = (X - np.array(means)[y]) * np.sqrt(weights)[:, None]
    common = ledoit_wolf(off, assume_centered=True)[0]
    expected = np.zeros((80, 3))
    for c in range(3):
        total = weights[y == c].sum()
        # The common covariance counts as 2 rows a column.
        covariance = (off[y == c].T @ off[y == c] + 8 * common) / (total + 8)
        density = multivariate_normal(means[c], covariance)
        expected[:, c] = density.logpdf(X) + np.log(total / weights.sum())
    found = model._log_joint(model.density_, X)
    apart = found - expected
    np.testing.assert_allclose(apart, np.repeat(apart[:, :1], 3, axis=1), atol=1e-6)


def test_qda_without_a_common_covariance_is_scikit_learn_s() -> None:
    X, y = rows([4000, 3000])
    model = make("qda", common_rows=1e-9).fit(X, y)
    theirs = QuadraticDiscriminantAnalysis().fit(X, y).predict_log_proba(X)
    np.testing.assert_allclose(model._log_proba(model.density_, X), theirs, atol=0.01)


def test_naive_bayes_is_scikit_learn_s() -> None:
    X, y = rows([40, 25, 15])
    model = make("naive-bayes", smoothing=1e-9).fit(X, y)
    theirs = GaussianNB().fit(X, y).predict_log_proba(X)
    np.testing.assert_allclose(model._log_proba(model.density_, X), theirs, rtol=1e-5, atol=1e-6)


def test_naive_bayes_multiplies_the_columns_densities() -> None:
    X, y = rows([30, 30])
    model = make("naive-bayes", smoothing=0.3).fit(X, y)
    expected = np.log(np.full((60, 2), 0.5))
    for c in range(2):
        for column in range(4):
            own = X[y == c, column]
            spread = np.sqrt(own.var() + 0.3 * X[:, column].var())
            expected[:, c] += norm.logpdf(X[:, column], own.mean(), spread)
    apart = model._log_joint(model.density_, X) - expected
    np.testing.assert_allclose(apart, np.repeat(apart[:, :1], 2, axis=1), atol=1e-8)


class Remembering(Densities):
    """A density that knows which rows it has learned from; the first column is a row's number."""

    def __init__(
        self, *, inner_folds: int = 4, calibration: float = 0.01, random_state: int = 0
    ) -> None:
        self.inner_folds = inner_folds
        self.calibration = calibration
        self.random_state = random_state
        self.learned: list[set[int]] = []
        self.asked: list[tuple[float, set[int], set[int]]] = []

    def _candidates(self, columns: int) -> tuple[float, ...]:
        return (1.0, 0.0, 5.0)

    def _learned(self, X: Any, y: Any, weights: Any, candidates: Any) -> list[dict[str, Any]]:
        return [
            {"rows": set(X[:, 0].astype(int)), "good": one == 0.0, "one": one} for one in candidates
        ]

    def _log_joint(self, density: dict[str, Any], X: np.ndarray) -> np.ndarray:
        numbers = X[:, 0].astype(int)
        self.asked.append((density["one"], density["rows"], set(numbers)))
        # Only the candidate 0 knows the classes, which are the numbers' remainders.
        return 2.0 * np.eye(3)[numbers % 3] if density["good"] else np.zeros((len(X), 3))


def numbered(count: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.column_stack([np.arange(count), np.zeros(count)]).astype(float)
    return X, np.arange(count) % 3


def test_rows_are_judged_by_densities_that_left_them_out() -> None:
    X, y = numbered(60)
    model = Remembering().fit(X, y)
    assert len(model.asked) == 3 * 4
    for _, learned, asked in model.asked:
        assert not learned & asked
        assert learned | asked == set(range(60))
    fold = deal(y, 4, np.random.default_rng(0))[0]
    assert {frozenset(asked) for _, _, asked in model.asked} == {
        frozenset(np.flatnonzero(fold == number).tolist()) for number in range(4)
    }


def test_the_candidate_that_says_most_is_kept_and_learns_from_all_rows() -> None:
    X, y = numbered(60)
    model = Remembering().fit(X, y)
    assert model.smoothing_ == 0.0
    assert model.density_["rows"] == set(range(60))
    assert (model.predict(X) == y).all()


def test_of_many_rows_some_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_densities, "MOST_JUDGED", 20)
    X, y = numbered(90)
    model = Remembering().fit(X, y)
    asked = set().union(*(rows for one, _, rows in model.asked if one == 0.0))
    assert len(asked) == 20


def test_groups_stay_whole_on_inner_folds() -> None:
    X, y = numbered(60)
    groups = np.arange(60) // 6
    model = Remembering().fit(X, y, groups=groups)
    for _, learned, asked in model.asked:
        assert not {row // 6 for row in learned} & {row // 6 for row in asked}


def test_rows_without_weight_are_not_looked_at() -> None:
    X, y = numbered(60)
    weights = np.where(np.arange(60) < 12, 0.0, 1.0)
    model = Remembering().fit(X, y, weights)
    assert model.density_["rows"] == set(range(12, 60))
