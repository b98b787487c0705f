"""What more training rows are worth, measured where the learning curve is known."""

from __future__ import annotations

import numpy as np
import pytest
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from harness.evaluate import learning

RNG = np.random.default_rng(5)
X = RNG.normal(size=(100, 3)).astype(np.float32)
Y = (np.arange(100) % 2).astype(np.int64)
FOLD = (np.arange(100) // 2 % 5).astype(np.int64)


class Memory(ClassifierMixin, BaseEstimator):
    """Says which share of its training rows each class had, and remembers how many there were."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Memory:
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        seen.append(len(X))
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.tile(self.shares_, (len(X), 1))


seen: list[int] = []


def piped(model: BaseEstimator) -> Pipeline:
    return Pipeline([("model", model)])


def memory() -> Pipeline:
    return piped(Memory())


def test_two_folds_are_left_out_at_a_time_and_predicted() -> None:
    seen.clear()
    less = learning.trained_on_less(memory(), X, Y, FOLD, n_classes=2)
    assert less is not None
    assert seen == [60, 60]
    assert sorted(less.rows) == sorted(np.flatnonzero(FOLD < 4))


def test_shares_are_those_of_the_rows_that_were_trained_on() -> None:
    y = Y.copy()
    y[FOLD == 0] = 1
    less = learning.trained_on_less(memory(), X, y, FOLD, n_classes=2)
    assert less is not None
    np.testing.assert_allclose(less.shares, less.proba)


def test_the_step_to_all_rows_follows_one_over_n() -> None:
    less = learning.trained_on_less(memory(), X, Y, FOLD, n_classes=2)
    assert less is not None
    assert less.factor == pytest.approx((1 / 80 - 1 / 100) / (1 / 60 - 1 / 80))


def test_a_class_that_would_be_lost_gives_no_answer() -> None:
    y = Y.copy()
    y[:] = 0
    y[(FOLD == 0) | (FOLD == 1)] = 1
    assert learning.trained_on_less(memory(), X, y, FOLD, n_classes=2) is None


def test_too_many_folds_give_no_answer() -> None:
    fold = (np.arange(100) % 51).astype(np.int64)
    assert learning.trained_on_less(memory(), X, Y, fold, n_classes=2) is None


def test_a_holdouts_model_is_fitted_on_a_part_of_its_rows() -> None:
    seen.clear()
    fold = np.where(np.arange(100) < 20, 0, -1).astype(np.int64)
    less = learning.trained_on_less(memory(), X, Y, fold, n_classes=2)
    assert less is not None
    assert seen == [64]
    assert less.factor == pytest.approx((1 / 80 - 1 / 100) / (1 / 64 - 1 / 80))


def test_the_part_of_a_holdouts_rows_keeps_groups_whole() -> None:
    fold = np.where(np.arange(100) < 20, 0, -1).astype(np.int64)
    groups = np.arange(100) // 4
    kept = [training for _, training in learning._parts(fold, fold < 1, groups, 1)]
    assert set(np.bincount(groups[kept[0]])) <= {0, 4}


def test_a_step_beyond_noise_is_carried_on_by_the_factor() -> None:
    less = RNG.normal(size=4000)
    found = learning.gain(less, less - 0.1, 0.6)
    assert found.value == pytest.approx(-0.06)
    assert found.error == pytest.approx(0, abs=1e-9)


def test_a_step_within_its_noise_counts_nothing() -> None:
    step = np.tile([1.0, -1.0], 50) + 0.05
    found = learning.gain(np.zeros(100), step, 0.6)
    assert found.value == 0
    assert found.error == pytest.approx(0.6 * step.std(ddof=1) / 10)


def test_of_forty_clips_a_step_within_two_errors_is_withheld() -> None:
    """Rows of one clip are no draws of their own, however many there are of them."""
    clips = np.repeat(np.arange(40), 10)
    step = RNG.normal(size=40)[clips]
    step += 1.5 * step[::10].std(ddof=1) / np.sqrt(40) - step.mean()
    assert learning.gain(np.zeros(400), step, 0.6, clips).value == 0
    assert learning.gain(np.zeros(400), step, 0.6).value > 0
    assert learning.gain(np.zeros(400), 3 * step.mean() + step, 0.6, clips).value > 0


def test_a_model_that_overfits_is_expected_to_gain_what_it_gains() -> None:
    """LDA on many columns: the step from 80 to 100 % predicted, against fits on fresh rows."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(2, 40)) * 0.25

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        y = rng.integers(2, size=n)
        return (means[y] + rng.normal(size=(n, 40))).astype(np.float32), y.astype(np.int64)

    def loss(model: LinearDiscriminantAnalysis, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        return -np.log(model.predict_proba(X)[np.arange(len(y)), y].clip(1e-15))

    predicted, real = [], []
    fresh = draw(4000)
    for _ in range(20):
        X, y = draw(250)
        fold = (np.arange(250) % 5).astype(np.int64)
        less = learning.trained_on_less(
            piped(LinearDiscriminantAnalysis()), X, y, fold, n_classes=2
        )
        assert less is not None
        more = np.empty(250)
        part = []
        for number in range(5):
            model = LinearDiscriminantAnalysis().fit(X[fold != number], y[fold != number])
            more[fold == number] = loss(model, X[fold == number], y[fold == number])
            part.append(loss(model, *fresh).mean())
        fewer = -np.log(less.proba[np.arange(len(less.rows)), y[less.rows]].clip(1e-15))
        predicted.append(learning.gain(fewer, more[less.rows], less.factor).value)
        full = LinearDiscriminantAnalysis().fit(X, y)
        real.append(loss(full, *fresh).mean() - np.mean(part))
    off = np.array(predicted) - real
    assert np.mean(real) < -0.02
    assert abs(off.mean()) < 3 * off.std(ddof=1) / np.sqrt(20)
