"""Selection inside the fold: the training part alone chooses, and its groups stay whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.neighbors import KNeighborsClassifier

from harness.errors import DataError
from harness.evaluate import nested, splits
from harness.evaluate.crossval import Fold, cross_validate, run_fold
from harness.evaluate.nested import Selection


def _data(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 2
    return (rng.normal(size=(rows, 3)) + 1.2 * y[:, None]).astype(np.float32), y


def neighbours(*counts: int, metric: str = "logloss") -> Selection:
    return Selection(
        pipelines=[Pipeline([("model", KNeighborsClassifier(k))]) for k in counts],
        choices=[{"n_neighbors": k} for k in counts],
        metric=metric,
        n_classes=2,
        folds=4,
    )


class Fails(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Fails:
        raise ValueError("no minimum")


def test_the_best_on_inner_folds_is_fitted_on_all_rows() -> None:
    X, y = _data()
    fitted = neighbours(1, 25).fit(X, y)
    assert fitted.choice_["chosen"] == {"n_neighbors": 25}
    alone = KNeighborsClassifier(25).fit(X, y)
    assert np.array_equal(fitted.predict_proba(X), alone.predict_proba(X))
    scores = [one["score"] for one in fitted.choice_["tried"]]
    assert fitted.choice_["inner"] == min(scores)


def test_a_metric_whose_larger_scores_are_better_is_maximised() -> None:
    X, y = _data()
    choice = neighbours(1, 25, metric="accuracy").fit(X, y).choice_
    assert choice["inner"] == max(one["score"] for one in choice["tried"])


def test_the_first_of_equals_is_chosen() -> None:
    X, y = _data()
    again = neighbours(7, 7)
    again.choices = [{"n": "first"}, {"n": "second"}]
    assert again.fit(X, y).choice_["chosen"] == {"n": "first"}


def test_it_is_an_estimator_to_clone() -> None:
    selection = neighbours(1, 25)
    other = clone(selection)
    assert other.get_params()["metric"] == "logloss"
    assert not hasattr(other, "choice_")


def test_held_out_rows_change_no_choice_of_their_fold() -> None:
    X, y = _data()
    fold = np.arange(len(y)) // 2 % 5
    pipeline = Pipeline([("model", neighbours(1, 5, 25))])
    probe = X[:20].copy()
    before = run_fold(pipeline, X, y, fold, 2, n_classes=2, X_test=probe)
    X[fold == 2], y[fold == 2] = 1e6, 1 - y[fold == 2]
    after = run_fold(pipeline, X, y, fold, 2, n_classes=2, X_test=probe)
    assert before.choice == after.choice
    assert np.array_equal(before.test_proba, after.test_proba)


def test_a_choice_that_cannot_be_fitted_has_lost_and_says_so() -> None:
    X, y = _data()
    selection = neighbours(5)
    selection.pipelines = [Pipeline([("model", Fails())]), *selection.pipelines]
    selection.choices = [{"model": "fails"}, *selection.choices]
    fitted = selection.fit(X, y)
    assert fitted.choice_["chosen"] == {"n_neighbors": 5}
    assert "model=fails lost: the fit failed: no minimum" in fitted.notes_


def test_when_nothing_can_be_fitted_the_reason_is_given() -> None:
    X, y = _data()
    selection = neighbours(5)
    selection.pipelines = [Pipeline([("model", Fails())])]
    with pytest.raises(
        DataError, match=r"none of the 1 alternatives could be fitted: .*no minimum"
    ):
        selection.fit(X, y)


class Witness(KNeighborsClassifier):
    """Remembers, over all clones, which rows trained together."""

    seen: list[np.ndarray] = []  # noqa: RUF012

    def fit(self, X: Any, y: Any) -> Witness:
        Witness.seen.append(np.asarray(X)[:, 0])
        return super().fit(X, y)


def test_groups_reach_the_inner_split() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 5)
    y = groups % 2
    # The first column is the group.
    X = np.column_stack([groups, rng.normal(size=200)]).astype(np.float32)
    fold = groups % 4
    Witness.seen = []
    selection = Selection(
        pipelines=[Pipeline([("model", Witness(3))])],
        choices=[{}],
        metric="accuracy",
        n_classes=2,
        folds=3,
    )
    pipeline = Pipeline([("model", selection)])
    cross_validate(pipeline, X, y, fold, n_classes=2, groups=groups)
    assert len(Witness.seen) == 4 * (3 + 1)
    for trained in Witness.seen:
        counts = np.bincount(trained.astype(int), minlength=40)
        assert set(counts) <= {0, 5}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), songs=st.integers(2, 40), folds=st.integers(2, 6))
def test_inner_folds_keep_groups_whole_and_none_is_empty(seed: int, songs: int, folds: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(songs), rng.integers(1, 6, songs))
    y = (groups % 3).astype(np.int64)
    if np.bincount(y).max() < 2:
        y[:] = 0
    if len(y) < 4:
        return
    fold = splits.inner(y, groups, folds=folds, seed=seed)
    assert 1 <= fold.max() < folds
    assert set(fold[fold >= 0]) == set(range(fold.max() + 1))
    for group in range(songs):
        assert len(np.unique(fold[groups == group])) == 1


def test_inner_folds_take_classes_that_are_too_small() -> None:
    y = np.array([0] * 20 + [1] * 2 + [2])
    fold = splits.inner(y, None, folds=5, seed=0)
    assert set(fold) == set(range(5))


def test_a_single_group_cannot_be_split_once_more() -> None:
    with pytest.raises(DataError, match="can't be split once more"):
        splits.inner(np.arange(8) % 2, np.zeros(8, dtype=np.int64), folds=3, seed=0)


def folds_with(inner: list[float], outer: list[float], metric: str) -> list[Fold]:
    return [
        Fold(
            number,
            np.arange(3),
            np.full((3, 2), 0.5),
            {metric: out},
            0.1,
            choice={
                "chosen": {"C": 1.0 if number else 10.0},
                "inner": score,
                "luck": 0.01,
                "metric": metric,
                "inner_folds": 5,
                "tried": [{}, {}],
            },
        )
        for number, (score, out) in enumerate(zip(inner, outer, strict=True))
    ]


@pytest.mark.parametrize(("metric", "sign"), [("accuracy", 1), ("logloss", -1)])
def test_optimism_is_how_much_better_the_inner_score_was(metric: str, sign: int) -> None:
    found = nested.record(folds_with([0.8, 0.7, 0.9], [0.7, 0.7, 0.8], metric), None)
    assert found.optimism == pytest.approx(sign * 0.2 / 3)
    assert found.error == pytest.approx(np.std([0.1, 0, 0.1], ddof=1) / np.sqrt(3))
    assert ("better (" if sign > 0 else "worse (") in found.said[-1]
    assert ("models of fewer rows" in found.said[-1]) == (sign < 0)
    assert found.luck == pytest.approx(0.01)


@pytest.mark.parametrize(("metric", "told"), [("logloss", True), ("macro-f1", False)])
def test_the_luck_of_the_best_is_told_for_means_over_rows(metric: str, told: bool) -> None:
    X, y = _data()
    luck = neighbours(7, 9, 11, metric=metric).fit(X, y).choice_["luck"]
    assert (luck is not None) == told
    assert not told or 0 <= luck < 0.1


def test_choices_are_counted() -> None:
    found = nested.record(folds_with([0.8] * 3, [0.8] * 3, "accuracy"), {"chosen": {"C": 10.0}})
    assert "C=10 (1 of 3 folds); C=1 (2 of 3 folds)" in found.said[0]
    assert found.said[1] == "all rows chose C=10"


def test_without_choices_there_is_no_record() -> None:
    assert nested.record([Fold(0, np.arange(1), np.ones((1, 2)), {}, 0.1)], None) is None
