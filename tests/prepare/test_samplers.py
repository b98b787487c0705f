"""Every sampler on ordinary, tiny and awkward classes; class weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from imblearn.under_sampling import EditedNearestNeighbours
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from harness.errors import UnknownNameError, UsageError
from harness.prepare import samplers
from harness.prepare._resampling import Resampler
from harness.prepare._weights import BalancedWeights

ON_ROWS = [name for name, row in samplers.SAMPLERS.items() if row.grow or row.clean]
NAMES = ("jazz", "rock", "rap")


def blobs(counts: list[int], *, apart: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Rows of three columns; one blob a class."""
    rng = np.random.default_rng(3)
    y = np.repeat(np.arange(len(counts)), counts)
    X = rng.normal(size=(len(y), 3)) + apart * y[:, None]
    return X.astype(np.float32), y.astype(np.int64)


def sampler(kind: str, **options: object) -> Resampler:
    """A sampler with names for its notes."""
    return Resampler(kind=kind, class_names=NAMES, random_state=1, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ON_ROWS)
@pytest.mark.parametrize(
    "counts", [[60, 30, 10], [40, 3, 2], [40, 1, 5], [20, 1, 1], [10, 10, 10], [5, 2, 1], [1, 1, 1]]
)
def test_every_class_comes_out(kind: str, counts: list[int]) -> None:
    X, y = blobs(counts)
    new_X, new_y = sampler(kind).fit_resample(X, y)
    assert set(new_y) == set(y)
    assert len(new_X) == len(new_y)
    assert new_X.dtype == np.float32
    assert np.isfinite(new_X).all()


@pytest.mark.parametrize("kind", ON_ROWS)
def test_the_same_seed_gives_the_same_rows(kind: str) -> None:
    X, y = blobs([40, 12, 3])
    one, other = (sampler(kind).fit_resample(X, y) for _ in range(2))
    assert one[0].tobytes() == other[0].tobytes()
    assert one[1].tobytes() == other[1].tobytes()


@pytest.mark.parametrize("kind", ["over", "smote", "borderline-smote"])
def test_growing_makes_the_classes_equal_and_keeps_the_old_rows(kind: str) -> None:
    X, y = blobs([40, 12, 8])
    new_X, new_y = sampler(kind).fit_resample(X, y)
    assert np.bincount(new_y).tolist() == [40, 40, 40]
    np.testing.assert_array_equal(new_X[: len(X)], X)


def test_under_leaves_the_smallest_class_s_number() -> None:
    X, y = blobs([40, 12, 8])
    assert np.bincount(sampler("under").fit_resample(X, y)[1]).tolist() == [8, 8, 8]


@pytest.mark.parametrize(
    "kind", ["smote", "borderline-smote", "adasyn", "smote-enn", "smote-tomek"]
)
def test_a_small_class_gets_fewer_neighbours_and_is_named(kind: str) -> None:
    job = sampler(kind)
    job.fit_resample(*blobs([40, 20, 3], apart=0.3))
    assert [n for n in job.notes_ if "rap: 5 neighbours lowered to 2, for it has 3 rows" in n]
    assert not [n for n in job.notes_ if "class rock: 5 neighbours" in n]


def test_a_single_row_is_repeated() -> None:
    X, y = blobs([10, 10, 1])
    job = sampler("smote")
    new_X, new_y = job.fit_resample(X, y)
    np.testing.assert_array_equal(new_X[new_y == 2], np.repeat(X[y == 2], 10, axis=0))
    assert "class rap: its single row has no neighbour" in job.notes_[0]


def test_adasyn_hands_a_class_without_foreign_neighbours_to_smote() -> None:
    job = sampler("adasyn")
    _, new_y = job.fit_resample(*blobs([40, 20, 10], apart=100.0))
    assert np.bincount(new_y).tolist() == [40, 40, 40]
    assert "so smote grew the class" in job.notes_[0]


def test_borderline_smote_says_where_there_is_no_border() -> None:
    job = sampler("borderline-smote")
    _, new_y = job.fit_resample(*blobs([40, 20, 10], apart=100.0))
    assert np.bincount(new_y).tolist() == [40, 20, 10]
    assert "not grown" in job.notes_[0]


def test_a_class_that_cleaning_would_remove_stays_whole() -> None:
    # Every row of class 1 sits between rows of class 0, which has others far away.
    X = np.r_[np.arange(20.0), np.arange(0.5, 20, 4), np.arange(100.0, 120)]
    y = np.r_[np.zeros(20, int), np.ones(5, int), np.zeros(20, int)]
    job, notes = sampler("smote-enn"), []
    cleaner = EditedNearestNeighbours(sampling_strategy="all")
    kept = job._kept(cleaner, X[:, None], y, notes)
    assert (y[kept] == 1).sum() == 5
    assert notes == [
        "class rock: cleaning would have left no row of it, so all of its rows were kept"
    ]


def test_one_hot_columns_are_noted() -> None:
    job = sampler("smote", one_hot=True)
    job.fit_resample(*blobs([10, 8, 8]))
    assert "shares between 0 and 1" in job.notes_[-1]


def test_an_unknown_sampler_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean smote"):
        samplers.place("smoth", None, class_names=(), one_hot=False, seed=0)


def test_weights_are_the_balanced_class_weights() -> None:
    X, y = blobs([60, 30, 6])
    ours = BalancedWeights(LogisticRegression()).fit(X, y).predict_proba(X)
    theirs = LogisticRegression(class_weight="balanced").fit(X, y).predict_proba(X)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_weights_for_a_model_that_takes_none_are_refused_before_any_fit() -> None:
    with pytest.raises(UsageError, match="takes no row weights") as caught:
        BalancedWeights.around(KNeighborsClassifier())
    assert "--balance over" in str(caught.value.todo)


def test_weights_pass_on_what_the_model_left() -> None:
    class Model(LogisticRegression):
        def fit(self, X: object, y: object, sample_weight: object = None) -> object:
            self.history_, self.notes_ = {"loss": [1.0]}, ("hm",)
            return super().fit(X, y, sample_weight)

    X, y = blobs([10, 10, 10])
    fitted = BalancedWeights(Model()).fit(X, y)
    assert fitted.history_ == {"loss": [1.0]}
    assert fitted.notes_ == ("hm",)
    assert fitted.n_features_in_ == 3
    assert fitted.classes_.tolist() == [0, 1, 2]


def test_weights_offer_fit_folds_where_the_model_does() -> None:
    class Model(LogisticRegression):
        def fit_folds(self, parts: list, *, wanted: Any = None, on_fold: Callable) -> list:
            models = [clone(self).fit(X, y, weight) for X, y, weight in parts]
            for number, model in enumerate(models):
                on_fold(number, model)
            return models

    parts = [blobs([20, 10, 5]), blobs([5, 10, 20])]
    together = BalancedWeights(Model()).fit_folds(parts)
    alone = [BalancedWeights(Model()).fit(*part) for part in parts]
    for one, other, (X, _) in zip(together, alone, parts, strict=True):
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert not hasattr(BalancedWeights(LogisticRegression()), "fit_folds")


@pytest.mark.parametrize("kind", ON_ROWS)
def test_it_is_known_what_each_row_is_a_copy_of(kind: str) -> None:
    X, y = blobs([30, 12, 6])
    job = sampler(kind)
    new_X, new_y = job.fit_resample(X, y)
    old = job.sources_ >= 0
    assert len(job.sources_) == len(new_y)
    np.testing.assert_array_equal(new_X[old], X[job.sources_[old]])
    np.testing.assert_array_equal(new_y[old], y[job.sources_[old]])
    assert old.all() == (kind in ("over", "under"))
