"""Every model and sampler with classes of few rows, of one, and of none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.competition import Competition
from harness.evaluate import splits
from harness.evaluate.crossval import UNSEEN_SHARE, cross_validate
from harness.plans import FitSettings, pipeline_for
from harness.prepare.samplers import SAMPLERS

# Nets stand for the others that are built alike; those of images and sequences need such data.
MODELS: dict[str, dict[str, int]] = {
    "logistic": {},
    "lda": {},
    "qda": {},
    "naive-bayes": {},
    "knn": {},
    "svm": {},
    "svm-linear": {},
    "svm-ecoc": {},
    "forest": {"n_estimators": 10},
    "extra-trees": {"n_estimators": 10},
    "balanced-forest": {"n_estimators": 5},
    "easy-ensemble": {},
    "hist-gb": {},
    "lightgbm": {},
    "prior": {},
    "dense": {"epochs": 1},
    "tabm": {"epochs": 1},
}
COUNTS = (14, 9, 2, 1, 0)


def world(counts: tuple[int, ...] = COUNTS) -> Competition:
    random = np.random.default_rng(0)
    y = random.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int64)
    X = random.normal(size=(len(counts), 4))[y] * 2 + random.normal(size=(len(y), 4))
    names = tuple(f"c{k}" for k in range(len(counts)))
    return Competition(
        name="few",
        root=Path(),
        classes=names,
        class_names=names,
        columns=("1", "2", "3", "4"),
        X=X.astype(np.float32),
        y=y,
        X_test=None,
        test_ids=(),
        fingerprint="few",
    )


def folds_of(competition: Competition, settings: FitSettings) -> list:
    fold = splits.make(competition, "stratified", folds=settings.cv, seed=0)[0]
    return cross_validate(
        pipeline_for(competition, settings),
        competition.X,
        competition.y,
        fold,
        n_classes=competition.n_classes,
    )


def check_folds(competition: Competition, folds: list) -> None:
    for fold in folds:
        assert fold.proba.shape == (len(fold.held_out), competition.n_classes)
        assert np.allclose(fold.proba.sum(axis=1), 1)
        training = np.setdiff1d(np.arange(len(competition.y)), fold.held_out)
        unseen = np.setdiff1d(np.arange(competition.n_classes), competition.y[training])
        assert (fold.proba[:, unseen] > 0).all()
        assert (fold.proba[:, unseen] <= UNSEEN_SHARE).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_model_gives_near_0_to_what_its_training_part_lacks(model: str) -> None:
    competition = world()
    check_folds(competition, folds_of(competition, FitSettings(model, MODELS[model], cv=2)))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("folds", [2, 5])
def test_a_sampler_grows_what_there_is(sampler: str, folds: int) -> None:
    competition = world()
    settings = FitSettings("logistic", balance=sampler, cv=folds)
    check_folds(competition, folds_of(competition, settings))


@pytest.mark.parametrize("model", ["logistic", "lda", "svm", "lightgbm", "hist-gb"])
def test_two_classes_of_which_one_has_one_row(model: str) -> None:
    competition = world((12, 1))
    folds = folds_of(competition, FitSettings(model, cv=3))
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == sorted(
        np.flatnonzero(competition.y == 0)
    )


@pytest.mark.parametrize("kind", ["stratified", "stratified-group", "repeated:2", "holdout:0.5"])
def test_every_split_takes_them(kind: str) -> None:
    competition = world()
    if "group" in kind:
        groups = np.arange(len(competition.y)) // 2
        competition = replace(competition, groups=groups)
    for fold in splits.make(competition, kind, folds=3, seed=0):
        assert (fold == fold.max()).any()
        assert len(np.unique(competition.y[fold != 0])) > 1
