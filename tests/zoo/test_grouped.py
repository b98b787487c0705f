"""Training rows parted once more: groups stay whole, and models that ask are told them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline
from sklearn.linear_model import LogisticRegression

from harness.errors import DataError
from harness.evaluate.fitting import fit_pipeline, takes_groups
from harness.prepare._resampling import Resampler
from harness.prepare._weights import BalancedWeights
from harness.zoo import _members
from harness.zoo._grouped import checked, deal_groups, watch_groups


def songs(seed: int, count: int, classes: int, *, mixed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `count` songs of 1 to 6 parts; of several classes each where `mixed`."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(count), rng.integers(1, 7, count))
    y = rng.integers(classes, size=len(groups)) if mixed else groups % classes
    return np.unique(y, return_inverse=True)[1], groups


def whole(values: np.ndarray, groups: np.ndarray) -> bool:
    return all(len(np.unique(values[groups == group])) == 1 for group in np.unique(groups))


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 9999),
    count=st.integers(1, 40),
    classes=st.integers(1, 4),
    folds=st.integers(2, 6),
    mixed=st.booleans(),
)
def test_every_training_part_holds_every_class(
    seed: int, count: int, classes: int, folds: int, mixed: bool
) -> None:
    y, groups = songs(seed, count, classes, mixed=mixed)
    fold = deal_groups(y, groups, folds, np.random.default_rng(seed))
    assert whole(fold, groups)
    for number in np.unique(fold[fold >= 0]):
        assert set(y[fold != number]) == set(y)


def test_classes_are_spread_over_the_folds() -> None:
    groups = np.repeat(np.arange(60), 4)
    y = groups % 3
    fold = deal_groups(y, groups, 5, np.random.default_rng(0))
    for number in range(5):
        assert np.bincount(y[fold == number]).tolist() == [16, 16, 16]


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 9999),
    count=st.integers(1, 40),
    classes=st.integers(1, 4),
    share=st.floats(0.02, 0.5),
    mixed=st.booleans(),
)
def test_whole_groups_are_watched_and_no_class_goes_untrained(
    seed: int, count: int, classes: int, share: float, mixed: bool
) -> None:
    y, groups = songs(seed, count, classes, mixed=mixed)
    watched = watch_groups(y, groups, share, np.random.default_rng(seed))
    assert whole(watched, groups)
    assert set(y[~watched]) == set(y)


def test_about_a_share_of_each_class_is_watched() -> None:
    groups = np.repeat(np.arange(100), 4)
    y = groups % 2
    watched = watch_groups(y, groups, 0.1, np.random.default_rng(0))
    assert np.bincount(y[watched]).tolist() == [20, 20]


def test_groups_larger_than_their_share_are_watched_all_the_same() -> None:
    groups = np.repeat(np.arange(4), [40, 30, 40, 50])
    watched = watch_groups(groups % 2, groups, 0.05, np.random.default_rng(0))
    assert set(groups[watched]) == {1}


def test_groups_have_one_value_a_row() -> None:
    with pytest.raises(DataError, match="10 rows"):
        checked(np.zeros(9), 10)


ASKING = ("svm", "lightgbm", "dense")


@pytest.mark.parametrize("name", ASKING)
def test_these_models_ask_for_groups_behind_weights_too(name: str) -> None:
    model = _members.make(name, {}, seed=0)
    assert takes_groups(model)
    assert takes_groups(BalancedWeights(model))


def test_models_that_do_not_ask_are_told_nothing() -> None:
    assert not takes_groups(LogisticRegression())
    assert not takes_groups(BalancedWeights(LogisticRegression()))


def rows(count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    groups = np.repeat(np.arange(count), 4)
    y = groups % 3
    X = np.random.default_rng(0).normal(size=(len(y), 5)) + y[:, None]
    return X.astype(np.float32), y, groups


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("svm", {}),
        ("lightgbm", {"early_stopping": 2, "n_estimators": 5}),
        ("dense", {"patience": 1, "hidden": (4,)}),
    ],
)
def test_only_which_rows_belong_together_matters(name: str, given: dict[str, Any]) -> None:
    X, y, groups = rows()
    fitted = _members.make(name, given, seed=0).fit(X, y, groups=groups)
    assert fitted.predict_proba(X).sum(axis=1) == pytest.approx(1)
    again = _members.make(name, given, seed=0).fit(X, y, groups=groups + 7)
    assert np.array_equal(fitted.predict_proba(X), again.predict_proba(X))


def test_the_watch_rows_of_a_net_are_whole_groups() -> None:
    X, y, groups = rows()
    X[:, 0] = groups
    model = _members.make("dense", {"watch": 0.2}, seed=0)
    job = model._job(X, y, None, groups)
    watched, trained = set(job.watched.X[:, 0]), set(job.rows.X[:, 0])
    assert watched
    assert not watched & trained


class Witness(LogisticRegression):
    def fit(self, X: Any, y: Any, groups: Any = None) -> Witness:
        self.groups_, self.rows_ = groups, np.asarray(X)
        return super().fit(X, y)


def test_behind_a_sampler_a_copy_belongs_to_its_rows_group() -> None:
    X, y, groups = rows()
    y[groups < 40] = 0
    steps = [("sampler", Resampler(kind="over")), ("model", Witness())]
    fitted = fit_pipeline(Pipeline(steps), X, y, groups)[-1]
    assert len(fitted.groups_) > len(y)
    by_row = {row.tobytes(): group for row, group in zip(X, groups, strict=True)}
    assert [by_row[row.tobytes()] for row in fitted.rows_] == fitted.groups_.tolist()


def test_without_groups_copies_of_a_row_still_belong_together() -> None:
    X, y, groups = rows()
    y[groups < 40] = 0
    steps = [("sampler", Resampler(kind="over")), ("model", Witness())]
    fitted = fit_pipeline(Pipeline(steps), X, y)[-1]
    for group in np.unique(fitted.groups_):
        assert len(np.unique(fitted.rows_[fitted.groups_ == group], axis=0)) == 1


def test_made_rows_belong_to_nobody() -> None:
    X, y, groups = rows()
    y[groups < 40] = 0
    steps = [("sampler", Resampler(kind="smote")), ("model", Witness())]
    told = fit_pipeline(Pipeline(steps), X, y, groups)[-1].groups_
    made = told[len(y) :]
    assert len(np.unique(made)) == len(made)
    assert not set(made) & set(told[: len(y)])
