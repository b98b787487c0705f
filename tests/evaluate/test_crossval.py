"""Cross-validation: nothing of a held-out row reaches the model that scores it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from harness.competition import LEFT_OUT
from harness.evaluate import metrics
from harness.evaluate.baseline import prior_probabilities
from harness.evaluate.crossval import (
    UNSEEN_SHARE,
    cross_validate,
    in_class_order,
    run_fold,
    taken,
)

pytestmark = pytest.mark.machine


def _data(rows: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 3
    X = (rng.normal(size=(rows, 4)) + y[:, None]).astype(np.float32)
    return X, y, rng.permutation(rows) % 5


PIPELINE = Pipeline([("scaler", StandardScaler()), ("model", LogisticRegression())])


def test_changing_held_out_rows_and_labels_changes_no_model_of_their_fold() -> None:
    X, y, fold = _data()
    probe = np.random.default_rng(9).normal(size=(20, 4)).astype(np.float32)
    before = run_fold(PIPELINE, X, y, fold, 2, n_classes=3, X_test=probe)
    held = fold == 2
    X[held], y[held] = 1e6, (y[held] + 1) % 3
    after = run_fold(PIPELINE, X, y, fold, 2, n_classes=3, X_test=probe)
    assert np.array_equal(before.test_proba, after.test_proba)


def test_permuted_labels_score_like_the_prior() -> None:
    X, y, fold = _data(600)
    y = np.random.default_rng(3).permutation(y)
    folds = cross_validate(PIPELINE, X, y, fold, n_classes=3)
    oof = np.empty((len(y), 3))
    for part in folds:
        oof[part.held_out] = part.proba
    prior = prior_probabilities(y, fold, 3)
    rows = metrics.logloss_rows(y, oof) - metrics.logloss_rows(y, prior)
    assert rows.mean() > -3 * rows.std() / np.sqrt(len(y))


def test_the_given_pipeline_stays_unfitted() -> None:
    X, y, fold = _data()
    pipeline = Pipeline([("model", GaussianNB())])
    cross_validate(pipeline, X, y, fold, n_classes=3)
    assert not hasattr(pipeline[-1], "classes_")


def test_every_row_is_predicted_once_by_a_model_that_did_not_see_it() -> None:
    X, y, fold = _data()
    folds = cross_validate(PIPELINE, X, y, fold, n_classes=3)
    assert np.array_equal(np.sort(np.concatenate([f.held_out for f in folds])), np.arange(len(y)))
    assert all(np.array_equal(fold[f.held_out], [f.number] * len(f.held_out)) for f in folds)


def test_finished_folds_are_taken_and_not_fitted_again() -> None:
    X, y, fold = _data()
    whole = cross_validate(PIPELINE, X, y, fold, n_classes=3)
    fitted: list[int] = []
    again = cross_validate(
        PIPELINE,
        X,
        y,
        fold,
        n_classes=3,
        done={0: whole[0], 3: whole[3]},
        on_fold=lambda f: fitted.append(f.number),
    )
    assert fitted == [1, 2, 4]
    assert all(np.array_equal(a.proba, b.proba) for a, b in zip(whole, again, strict=True))


def test_rows_that_always_train_are_never_held_out() -> None:
    X, y, fold = _data()
    fold[:30] = -1
    folds = cross_validate(PIPELINE, X, y, fold, n_classes=3)
    assert min(f.held_out.min() for f in folds) >= 30


class Backwards(ClassifierMixin, BaseEstimator):
    """A classifier whose columns stand in an order of its own."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Backwards:
        self.classes_ = np.unique(y)[::-1]
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.tile(np.arange(1.0, len(self.classes_) + 1) / 6, (len(X), 1))


def test_columns_follow_the_competitions_class_order_whatever_the_models() -> None:
    X, y, fold = _data()
    done = run_fold(Pipeline([("model", Backwards())]), X, y, fold, 0, n_classes=3)
    assert done.proba[0] == pytest.approx([3 / 6, 2 / 6, 1 / 6])


def test_a_class_the_training_part_never_showed_gets_a_small_share_not_zero() -> None:
    proba = in_class_order(np.array([[0.25, 0.75]]), np.array([0, 2]), 3)
    assert proba[0, 1] == pytest.approx(UNSEEN_SHARE, rel=1e-3)
    assert proba.sum() == pytest.approx(1)


def test_the_prior_is_learned_from_the_training_part() -> None:
    y = np.array([0, 0, 0, 1])
    proba = prior_probabilities(y, np.array([0, 0, 1, 1]), 2)
    assert proba == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5], [1, 0], [1, 0]]))


class Together(GaussianNB):
    """A model that offers to fit several folds at once."""

    def fit_folds(self, parts: list, *, on_fold: Callable = print) -> list[GaussianNB]:
        models = [GaussianNB().fit(X, y) for X, y in parts]
        # Done in any order.
        for number in reversed(range(len(parts))):
            on_fold(number, models[number])
        return models


def test_folds_fitted_together_equal_folds_fitted_one_by_one() -> None:
    X, y, fold = _data()
    one = Pipeline([("scaler", StandardScaler()), ("model", GaussianNB())])
    many = Pipeline([("scaler", StandardScaler()), ("model", Together())])
    probe = X[:10]
    apart = cross_validate(one, X, y, fold, n_classes=3, X_test=probe)
    together = cross_validate(many, X, y, fold, n_classes=3, X_test=probe)
    for a, b in zip(apart, together, strict=True):
        assert np.array_equal(a.proba, b.proba)
        assert np.array_equal(a.test_proba, b.test_proba)


def test_folds_done_in_any_order_are_passed_on_in_theirs() -> None:
    X, y, fold = _data()
    told: list[int] = []
    many = Pipeline([("model", Together())])
    found = cross_validate(
        many, X, y, fold, n_classes=3, on_fold=lambda one: told.append(one.number)
    )
    assert told == [one.number for one in found] == [0, 1, 2, 3, 4]


def test_a_fold_is_passed_on_before_the_later_ones_are_fitted() -> None:
    log: list[str] = []

    class OneByOne(GaussianNB):
        def fit_folds(self, parts: list, *, on_fold: Callable) -> list[GaussianNB]:
            models = []
            for number, (X, y) in enumerate(parts):
                log.append(f"fit {number}")
                models.append(GaussianNB().fit(X, y))
                on_fold(number, models[-1])
            return models

    X, y, fold = _data()
    pipeline = Pipeline([("model", OneByOne())])
    cross_validate(
        pipeline, X, y, fold, n_classes=3, on_fold=lambda one: log.append(f"done {one.number}")
    )
    assert log[:4] == ["fit 0", "done 0", "fit 1", "done 1"]


def test_of_folds_fitted_together_all_or_none_are_taken() -> None:
    X, y, fold = _data()
    many, one = Pipeline([("model", Together())]), Pipeline([("model", GaussianNB())])
    done = {f.number: f for f in cross_validate(many, X, y, fold, n_classes=3)}
    some = {number: done[number] for number in (0, 1)}
    assert taken(many, X, fold, done) == done
    assert taken(many, X, fold, some) == {}
    assert taken(one, X, fold, some) == some


def test_a_fold_is_announced_as_done_whatever_is_still_to_come_before_it() -> None:
    """So that a fit that is stopped keeps it; and only what isn't done is fitted again."""

    class Backwards(Together):
        def fit_folds(
            self, parts: list, *, wanted: list[int] | None = None, on_fold: Callable = print
        ) -> list[GaussianNB]:
            for number in reversed(range(len(parts)) if wanted is None else wanted):
                on_fold(number, GaussianNB().fit(*parts[number]))
            return []

    X, y, fold = _data()
    pipeline = Pipeline([("model", Backwards())])
    done: list[int] = []
    told: list[int] = []
    whole = cross_validate(
        pipeline, X, y, fold, n_classes=3,
        on_done=lambda one: done.append(one.number), on_fold=lambda one: told.append(one.number),
    )  # fmt: skip
    assert (done, told) == ([4, 3, 2, 1, 0], [0, 1, 2, 3, 4])
    done.clear()
    before = {number: whole[number] for number in (1, 4)}
    again = cross_validate(
        pipeline, X, y, fold, n_classes=3, done=before,
        on_done=lambda one: done.append(one.number),
    )  # fmt: skip
    assert done == [3, 2, 0]
    assert all(np.array_equal(a.proba, b.proba) for a, b in zip(whole, again, strict=True))


def test_folds_fitted_together_do_not_see_their_held_out_rows() -> None:
    X, y, fold = _data()
    many = Pipeline([("scaler", StandardScaler()), ("model", Together())])
    probe = np.random.default_rng(9).normal(size=(20, 4)).astype(np.float32)
    before = cross_validate(many, X, y, fold, n_classes=3, X_test=probe)[2]
    held = fold == 2
    X[held], y[held] = 1e6, (y[held] + 1) % 3
    after = cross_validate(many, X, y, fold, n_classes=3, X_test=probe)[2]
    assert np.array_equal(before.test_proba, after.test_proba)


def test_rows_left_out_neither_train_nor_are_scored() -> None:
    X, y, fold = _data()
    fold[:30] = LEFT_OUT
    probe = X[:10].copy()
    before = cross_validate(PIPELINE, X, y, fold, n_classes=3, X_test=probe)
    X[:30] = 1e6
    after = cross_validate(PIPELINE, X, y, fold, n_classes=3, X_test=probe)
    assert min(f.held_out.min() for f in before) >= 30
    assert all(
        np.array_equal(a.test_proba, b.test_proba) for a, b in zip(before, after, strict=True)
    )


def test_behind_a_sampler_folds_are_fitted_one_by_one() -> None:
    class Refuses(Together):
        def fit_folds(self, parts: list, *, on_fold: Callable = print) -> list[GaussianNB]:
            raise AssertionError("sizes depend on the rows' values here")

    X, y, fold = _data()
    y[:20] = 0
    steps = [("over", RandomOverSampler(random_state=0)), ("model", Refuses())]
    assert len(cross_validate(Pipeline(steps), X, y, fold, n_classes=3)) == 5
