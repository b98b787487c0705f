"""Bags over seeds: the mean of fits that differ in their seeds alone, for every model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import small

from harness.errors import EntryError, UsageError
from harness.fit import FitSettings, fit, plan
from harness.leaderboard import standings
from harness.plans import pipeline_for
from harness.saved import probabilities
from harness.storage import load_pipeline
from harness.verify import verify
from harness.zoo import _members
from harness.zoo._bagged import MOST_BAGS, Bagged, bagged, seeds_of

pytestmark = pytest.mark.machine

SMALL = {"dense": {"hidden": (4,), "epochs": 2}, "forest": {"n_estimators": 10}}
DATA = small(rows=90)


def settings(model: str, **more: Any) -> FitSettings:
    return FitSettings(model, parameters=SMALL.get(model, {}), cv=3, **more)


def fitted(model: str, bags: int, **more: Any) -> Any:
    return pipeline_for(DATA, settings(model, bags=bags, **more)).fit(DATA.X, DATA.y)


def test_one_bag_is_the_model_itself() -> None:
    model = _members.make("forest", {}, seed=0)
    assert bagged(model, 1, 0) is model


def test_the_first_bag_has_the_seed_itself_and_no_two_are_alike() -> None:
    assert seeds_of(1, 7) == (7,)
    many = seeds_of(20, 7)
    assert many[0] == 7
    assert len(set(many)) == 20
    assert many[:5] == seeds_of(5, 7)
    assert not set(many) & set(seeds_of(20, 8))


@pytest.mark.parametrize("model", ["forest", "dense"])
def test_the_answer_is_the_mean_of_the_fits(model: str) -> None:
    found = fitted(model, 3).predict_proba(DATA.X_test)
    made = [
        pipeline_for(DATA, settings(model, seed=seed))
        .fit(DATA.X, DATA.y)
        .predict_proba(DATA.X_test)
        for seed in seeds_of(3, 0)
    ]
    np.testing.assert_allclose(found, np.mean(made, axis=0), atol=1e-12)
    assert not np.array_equal(made[0], made[1])


@pytest.mark.parametrize("balance", ["weights", "over"])
def test_weights_and_samplers_work_inside(balance: str) -> None:
    found = fitted("forest", 2, balance=balance)
    assert isinstance(found[-1], Bagged)
    assert found.predict_proba(DATA.X_test).shape == (60, 3)


def test_row_weights_reach_every_fit() -> None:
    y = np.where(np.arange(90) < 80, 0, 1)
    skewed = replace(DATA, y=y, classes=("1", "2"), class_names=("a", "b"))
    plain, weighted = (
        pipeline_for(skewed, settings("logistic", bags=2, balance=balance)).fit(DATA.X, y)
        for balance in ("none", "weights")
    )
    means = [one.predict_proba(DATA.X)[:, 1].mean() for one in (plain, weighted)]
    assert means[1] > 2 * means[0]


def test_groups_reach_models_that_ask_and_no_others() -> None:
    grouped = replace(DATA, groups=np.arange(90) // 3, group_names=tuple(map(str, range(30))))
    for model in ("svm", "forest"):
        ready = plan(grouped, settings(model, bags=2))
        found = fit_of(ready)
        assert found.predict_proba(DATA.X_test).shape == (60, 3)


def fit_of(ready: Any) -> Any:
    from harness.evaluate.fitting import fit_pipeline

    competition = ready.competition
    return fit_pipeline(ready.pipeline, competition.X, competition.y, competition.groups)


def test_where_nothing_depends_on_the_seed_one_fit_is_kept() -> None:
    found = fitted("logistic", 5)
    assert len(found[-1].estimators_) == 1
    assert found[-1].notes_[-1] == "nothing in the fit depends on the seed: one model, not 5"
    plain = pipeline_for(DATA, settings("logistic")).fit(DATA.X, DATA.y)
    assert found.predict_proba(DATA.X).tobytes() == plain.predict_proba(DATA.X).tobytes()


def test_notes_are_said_once_and_tell_the_number() -> None:
    parameters = {"epochs": 2, "patience": 1}
    one = pipeline_for(DATA, FitSettings("dense", parameters=parameters, bags=3))
    notes = one.fit(DATA.X, DATA.y)[-1].notes_
    assert len(notes) == 2
    assert notes[-1] == "the mean of 3 fits that differ in their seeds"


@pytest.mark.parametrize("model", ["forest", "dense", "lightgbm", "prior"])
def test_saved_and_loaded_it_predicts_the_same_bits(model: str, tmp_path: Path) -> None:
    from harness.storage import save_pipeline

    found = fitted(model, 2)
    save_pipeline(found, tmp_path / "saved")
    loaded = load_pipeline(tmp_path / "saved")
    ours, theirs = (one.predict_proba(DATA.X_test) for one in (found, loaded))
    assert ours.tobytes() == theirs.tobytes()
    np.testing.assert_array_equal(loaded.classes_, found.classes_)


@pytest.mark.parametrize(
    "about",
    [
        {"module": "os", "class": "PathLike", "bags": 1},
        {"module": "_keras_files", "class": "Path", "bags": 1},
        {"module": "_members", "class": "make", "bags": 1},
        {"module": "_bagged", "class": "json", "bags": 1},
        {"module": "forest", "class": "Forest", "bags": 1},
        {"module": "_dense", "class": "DenseClassifier", "bags": 10**9},
        {"module": "_dense"},
        [],
    ],
)
def test_a_file_names_nothing_but_models_of_the_zoo(about: Any, tmp_path: Path) -> None:
    (tmp_path / "bags.json").write_text(json.dumps(about))
    with pytest.raises(EntryError, match="the saved bag can't be read"):
        Bagged.load(tmp_path)


@pytest.mark.parametrize("bags", [0, -1, MOST_BAGS + 1])
def test_a_number_that_can_t_be_is_refused_before_any_fit(bags: int) -> None:
    with pytest.raises(UsageError, match="from 1 to"):
        plan(DATA, settings("forest", bags=bags))


@pytest.mark.parametrize("final", ["refit", "bag"])
def test_a_fit_of_bags_is_repeatable_and_its_entry_predicts(final: str, tmp_path: Path) -> None:
    ready = plan(DATA, settings("dense", bags=2, final=final))
    entry = fit(ready, tmp_path)
    again = fit(ready, tmp_path)
    assert again.oof.tobytes() == entry.oof.tobytes()
    assert again.test.tobytes() == entry.test.tobytes()
    found = probabilities(entry, DATA, DATA.X_test)
    np.testing.assert_allclose(found, entry.test, atol=1e-12)
    assert entry.receipt["settings"]["bags"] == 2
    assert "the mean of 2 fits that differ in their seeds" in entry.receipt["notes"]


@pytest.mark.parametrize("model", ["dense", "forest"])
def test_an_entry_of_bags_is_verified_to_the_bit(model: str, tmp_path: Path) -> None:
    entry = fit(plan(DATA, settings(model, bags=2)), tmp_path)
    found = verify(entry, DATA)
    assert found.same_bits
    assert found.agrees, found.disagreeing


def test_one_bag_gives_the_bytes_of_a_fit_without_bags(tmp_path: Path) -> None:
    plain, one = (
        fit(plan(DATA, settings("forest", **more)), tmp_path) for more in ({}, {"bags": 1})
    )
    assert plain.oof.tobytes() == one.oof.tobytes()
    assert plain.test.tobytes() == one.test.tobytes()


def test_the_local_leaderboard_says_how_many(tmp_path: Path) -> None:
    fit(plan(DATA, settings("forest", bags=3)), tmp_path)
    (row,) = standings(DATA, tmp_path, "logloss").rows[1:]
    assert row.how == "n_estimators=10 3 bags"


def test_alternatives_are_chosen_among_bags(tmp_path: Path) -> None:
    asked = FitSettings(
        "forest",
        parameters={"n_estimators": 5},
        alternatives={"max_depth": [1, 3]},
        split="nested",
        cv=3,
        bags=2,
    )
    entry = fit(plan(DATA, asked), tmp_path)
    assert entry.receipt["nested"]["folds"]
    found = probabilities(entry, DATA, DATA.X_test)
    np.testing.assert_allclose(found, entry.test, atol=1e-12)
