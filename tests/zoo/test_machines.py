"""Support vector machines, against scikit-learn's own decision functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from harness.zoo import _machines, _members
from harness.zoo._correction import deal
from harness.zoo._machines import thinned


def rows(counts: list[int], *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes, in the classes' order."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    return rng.normal(size=(len(y), 3)) + 1.2 * np.eye(len(counts), 3)[y], y


def make(model: str = "svm", **settings: Any) -> Any:
    return _members.make(model, {"inner_folds": 3, **settings}, seed=0)


def folds_of(model: Any, y: np.ndarray) -> np.ndarray:
    """The inner folds that `fit` deals rows in the classes' order."""
    return deal(y, model.inner_folds, np.random.default_rng(model.random_state))[0]


@pytest.mark.parametrize("counts", [[25, 20], [20, 15, 25], [10, 12, 14, 16]])
@pytest.mark.parametrize("weighted", [False, True])
def test_margins_are_scikit_learn_s(counts: list[int], weighted: bool) -> None:
    X, y = rows(counts)
    X_new = np.random.default_rng(1).normal(size=(30, 3))
    weights = np.random.default_rng(2).uniform(0.5, 2, len(y)) if weighted else np.ones(len(y))
    model = make().fit(X, y, weights)
    kernel = model._kernel(X_new, model.support_)
    for machine in range(3):
        part = folds_of(model, y) != machine
        theirs = SVC(C=3.0, gamma=model.gamma_, decision_function_shape="ovo")
        expected = theirs.fit(X[part], y[part], weights[part]).decision_function(X_new)
        if len(counts) == 2:
            # scikit-learn's is positive for the second class.
            expected = -expected[:, None]
        np.testing.assert_allclose(model._margins(kernel, machine), expected, atol=2e-3)


@pytest.mark.parametrize("coding", ["one-vs-all", "dense-random"])
def test_coded_machines_are_scikit_learn_s(coding: str) -> None:
    X, y = rows([15, 15, 15, 15])
    X_new = np.random.default_rng(1).normal(size=(20, 3))
    model = make("svm-ecoc", coding=coding).fit(X, y)
    kernel = model._kernel(X_new, model.support_)
    part = folds_of(model, y) != 1
    for column, sides in enumerate(model.code_.T):
        theirs = SVC(C=3.0, gamma=model.gamma_).fit(X[part], sides[y[part]] > 0)
        expected = theirs.decision_function(X_new)
        np.testing.assert_allclose(model._margins(kernel, 1)[:, column], expected, atol=2e-3)


def test_every_row_is_judged_by_the_machine_that_left_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = rows([20, 15, 25])
    seen: list[np.ndarray] = []
    real = _machines.MarginCalibrator.fit

    def spy(self: Any, margins: np.ndarray, *more: Any) -> Any:
        seen.append(margins)
        return real(self, margins, *more)

    monkeypatch.setattr(_machines.MarginCalibrator, "fit", spy)
    model = make().fit(X, y)
    fold = folds_of(model, y)
    for machine in range(3):
        part = fold != machine
        theirs = SVC(C=3.0, gamma=model.gamma_, decision_function_shape="ovo").fit(X[part], y[part])
        np.testing.assert_allclose(seen[0][~part], theirs.decision_function(X[~part]), atol=2e-3)


def test_probabilities_are_the_mean_of_the_calibrated_machines() -> None:
    X, y = rows([20, 15, 25])
    X_new = np.random.default_rng(1).normal(size=(30, 3))
    model = make().fit(X, y)
    kernel = rbf_kernel(X_new, model.support_, gamma=model.gamma_)
    each = [model.calibrator_.predict_proba(model._margins(kernel, m)) for m in range(3)]
    np.testing.assert_allclose(model.predict_proba(X_new), np.mean(each, axis=0), atol=1e-12)


def test_rows_that_support_nothing_are_not_kept() -> None:
    X, y = rows([60, 60])
    model = make().fit(X + 6 * y[:, None], y)
    assert len(model.support_) < 60
    assert (model.duals_ != 0).any(axis=(0, 2)).all()
    assert model.ends_[-1] == len(model.support_)


def test_predicting_in_pieces_is_predicting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rows([20, 15, 25])
    model = make().fit(X, y)
    whole = model.predict_proba(X)
    monkeypatch.setattr(_machines, "AT_ONCE", 4 * len(model.support_))
    np.testing.assert_allclose(model.predict_proba(X), whole, atol=1e-12)


def test_more_rows_than_a_machine_may_have_are_drawn_from_and_said() -> None:
    X, y = rows([150, 90, 10])
    model = make(most_rows=100).fit(X, y)
    for dual in model.duals_:
        assert (dual != 0).any(axis=1).sum() <= 102
    assert any("3 machines of 100 rows each, drawn from 250" in note for note in model.notes_)


def test_a_machine_that_is_stopped_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_machines, "LEAST_STEPS", 1)
    monkeypatch.setattr(_machines, "STEPS_A_ROW", 0)
    X, y = rows([20, 20])
    assert any("stopped before they were done" in note for note in make().fit(X, y).notes_)


def test_thinning_takes_the_same_share_of_every_class_and_one_at_least() -> None:
    y = np.repeat([0, 1, 2], [600, 300, 2])
    kept = thinned(np.arange(902), y, 90, np.random.default_rng(0))
    assert np.bincount(y[kept]).tolist() == [60, 30, 1]
    assert (np.diff(kept) > 0).all()
