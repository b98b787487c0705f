"""The common suite: what every model of the zoo owes, whatever it is.

A new file in `harness/zoo` is picked up by itself. Nets get a few epochs more than their default
where they have to learn something: the data here are tiny.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import has_fit_parameter
from worlds import small

from harness.competition import Block
from harness.errors import UsageError
from harness.evaluate import metrics
from harness.evaluate.crossval import in_class_order, run_fold
from harness.prepare import pipeline, scalers
from harness.storage import load_pipeline, save_pipeline
from harness.zoo import _members
from harness.zoo._settings import AROUND, Between, OneOf, Range, Whole, _ranges, types_of

MODELS = _members.MODELS.names()
LEARNERS = [name for name in MODELS if name != "prior"]


def blobs(counts: list[int], *, columns: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One blob of float32 rows a class, shuffled; classes 0, 1, ..."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = rng.normal(size=(len(y), columns)) + 2.5 * np.eye(len(counts), columns)[y]
    return X.astype(np.float32), y.astype(np.int64)


def world() -> Any:
    """A small competition whose columns are a block, for models that look at one."""
    return replace(small(rows=90), blocks=(Block("mfcc", 0, 6, (2, 3)),))


def make(name: str, **more: Any) -> Any:
    """The model with its defaults but for epochs and trees, as tiny data want; and `more`."""
    enough = {"epochs": 15, "n_estimators": 80, "size": 32, "width": 0.1, "train": 2}
    if "lstm" in name:
        # Five single numbers are a poor sequence, and hold few steps.
        enough |= {"learning_rate": 0.02, "units": (16,)}
    if name == "easy-ensemble":
        # Its own default: each of them is twenty boosted trees.
        enough |= {"n_estimators": 5}
    taken = types_of(_members.MODELS.load(name).make)
    settings = {key: value for key, value in (enough | more).items() if key in taken}
    return _members.make(name, settings, seed=5)


Fitted = Callable[[str], tuple[Any, np.ndarray, np.ndarray]]


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """Each model fitted once on 120 easy rows of three classes; with 60 fresh rows."""
    X, y = blobs([60, 35, 25])
    X_new, y_new = blobs([30, 18, 12], seed=1)
    kept: dict[str, Any] = {}

    def of(name: str) -> tuple[Any, np.ndarray, np.ndarray]:
        if name not in kept:
            kept[name] = make(name).fit(X, y)
        return kept[name], X_new, y_new

    return of


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_have_shape_type_and_sum(name: str, fitted: Fitted) -> None:
    model, X, _ = fitted(name)
    proba = model.predict_proba(X)
    assert (proba.shape, proba.dtype) == ((60, 3), np.float64)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert (proba > 0).all(), "a zero on a true class decides a whole log-loss"


@pytest.mark.parametrize("name", MODELS)
def test_predict_is_the_most_probable_class(name: str, fitted: Fitted) -> None:
    model, X, _ = fitted(name)
    expected = model.classes_[model.predict_proba(X).argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize("name", LEARNERS)
def test_learns_what_is_easy(name: str, fitted: Fitted) -> None:
    model, X, y = fitted(name)
    proba = model.predict_proba(X)
    assert metrics.score("accuracy", y, proba) > 0.75
    assert metrics.score("logloss", y, proba) < 0.8  # the prior's is 1.03


@pytest.mark.parametrize("name", MODELS)
def test_fit_leaves_what_the_contract_asks_for(name: str, fitted: Fitted) -> None:
    model, X, _ = fitted(name)
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.n_features_in_ == X.shape[1]
    assert all(isinstance(note, str) for note in getattr(model, "notes_", ()))
    for curve in getattr(model, "history_", {}).values():
        assert all(isinstance(value, float) for value in curve)


@pytest.mark.parametrize("name", MODELS)
def test_init_only_stores_and_fit_changes_no_setting(name: str, fitted: Fitted) -> None:
    fresh = make(name)
    assert not [attribute for attribute in vars(fresh) if attribute.endswith("_")]
    assert clone(fresh).get_params() == fresh.get_params() == fitted(name)[0].get_params()


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_bytes(name: str, fitted: Fitted) -> None:
    model, X, _ = fitted(name)
    again = clone(model).fit(*blobs([60, 35, 25]))
    assert again.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert model.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


@pytest.mark.parametrize("name", MODELS)
def test_labels_may_be_any_whole_numbers(name: str, fitted: Fitted) -> None:
    labels = np.array([7, 40, 1000])
    model, X_new, _ = fitted(name)
    X, y = blobs([60, 35, 25])
    other = make(name).fit(X, labels[y])
    assert other.classes_.tolist() == labels.tolist()
    np.testing.assert_allclose(other.predict_proba(X_new), model.predict_proba(X_new), atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_row_weights_count_where_they_are_taken(name: str) -> None:
    # Leaves of one row hold one class, whatever the row weighs; forests say so in a note.
    model = make(name, min_samples_leaf=5)
    if not has_fit_parameter(model, "sample_weight"):
        pytest.skip(f"{name} takes no row weights, and says so")
    X, y = blobs([60, 60, 30])
    X_new = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    plain = clone(model).fit(X, y).predict_proba(X_new)[:, 2].mean()
    weights = np.where(y == 2, 20.0, 1.0)
    weighted = clone(model).fit(X, y, sample_weight=weights).predict_proba(X_new)[:, 2].mean()
    assert weighted > 1.2 * plain


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("counts", [[30, 3, 2], [30, 12, 1]])
def test_tiny_classes_don_t_stop_it(name: str, counts: list[int]) -> None:
    X, y = blobs(counts)
    proba = make(name).fit(X, y).predict_proba(X)
    assert proba.shape == (len(y), 3)
    assert np.isfinite(proba).all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["constant", "collinear", "one column", "two classes"])
def test_odd_matrices_don_t_stop_it(name: str, kind: str) -> None:
    X, y = blobs([20, 20, 10])
    if kind == "constant":
        X[:, 1] = 3.0
    elif kind == "collinear":
        X[:, 1] = X[:, 0]
    elif kind == "one column":
        X = X[:, :1]
    else:
        X, y = X[y < 2], y[y < 2]
    proba = make(name).fit(X, y).predict_proba(X)
    assert proba.shape == (len(y), len(set(y)))
    assert np.isfinite(proba).all()


@pytest.mark.parametrize("name", MODELS)
def test_a_wrong_number_of_columns_is_an_error(name: str, fitted: Fitted) -> None:
    model, X, _ = fitted(name)
    if name == "prior":
        pytest.skip("the prior looks at no column")
    with pytest.raises(ValueError, match="features"):
        model.predict_proba(X[:, :3])


@pytest.mark.parametrize("name", MODELS)
def test_saved_and_loaded_it_predicts_the_same_bits(
    name: str, fitted: Fitted, tmp_path: Path
) -> None:
    competition = world()
    scaler = _members.MODELS.load(name).SCALER
    built = pipeline.build(competition, make(name), scaler=scaler)
    built.fit(competition.X, competition.y)
    save_pipeline(built, tmp_path / "saved")
    loaded = load_pipeline(tmp_path / "saved")
    ours, theirs = (p.predict_proba(competition.X_test) for p in (built, loaded))
    assert ours.tobytes() == theirs.tobytes()
    np.testing.assert_array_equal(loaded.classes_, built.classes_)


@pytest.mark.parametrize("name", LEARNERS)
def test_labels_drawn_at_random_are_not_learned(name: str) -> None:
    # The held-out rows' scores of a model that can't see them: no better than the prior's.
    X, _ = blobs([50, 50, 50], columns=6)
    y = np.random.default_rng(9).permutation(np.repeat([0, 1, 2], 50))
    built = pipeline.build(world(), make(name), scaler="standard")
    fold = np.arange(150) % 2
    proba = np.zeros((150, 3))
    for number in (0, 1):
        done = run_fold(built, X, y, fold, number, n_classes=3)
        proba[done.held_out] = done.proba
    # A third right is chance; its standard error is 0.04.
    assert metrics.score("accuracy", y, proba) < 0.33 + 4 * 0.04
    assert metrics.score("logloss", y, proba) > 1.0


@pytest.mark.parametrize("name", MODELS)
def test_a_class_that_training_never_showed_keeps_its_column(name: str) -> None:
    X, y = blobs([30, 20])
    model = make(name).fit(StandardScaler().fit_transform(X), y * 2)
    proba = in_class_order(model.predict_proba(X), model.classes_, 3)
    assert (proba.argmax(axis=1) != 1).all()


@pytest.mark.parametrize("name", MODELS)
def test_it_says_what_it_is_without_being_imported(name: str) -> None:
    summary = _members.MODELS.summary(name)
    assert summary.endswith(".")
    assert len(summary) > 15


@pytest.mark.parametrize("name", MODELS)
def test_it_names_a_scaler(name: str) -> None:
    assert _members.MODELS.load(name).SCALER in scalers.SCALERS


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_is_keyword_only_typed_and_described(name: str) -> None:
    make_ = _members.MODELS.load(name).make
    for parameter in inspect.signature(make_).parameters.values():
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty
        assert parameter.annotation is not parameter.empty
    for setting in _members.describe(name):
        assert setting.type, setting.name
        assert setting.default, setting.name
        assert len(setting.meaning) > 5, f"{setting.name} is not described"


@pytest.mark.parametrize("name", MODELS)
def test_every_default_can_be_written_on_the_command_line(name: str) -> None:
    settings = _members.describe(name)
    parsed = _members.parse_settings(name, [f"{s.name}={s.default}" for s in settings])
    parameters = inspect.signature(_members.MODELS.load(name).make).parameters
    assert parsed == {key: parameters[key].default for key in parsed}
    assert len(parsed) == len(settings)


@pytest.mark.parametrize("name", MODELS)
def test_numbers_outside_their_range_are_refused_before_any_fit(name: str) -> None:
    for key, hint in types_of(_members.MODELS.load(name).make).items():
        for limits in _ranges(hint):
            assert isinstance(limits, Range)
            outside = int(limits.low) - 1
            with pytest.raises(UsageError, match=r"must be|expected"):
                _members.parse_settings(name, [f"{key}={outside}"])


@pytest.mark.parametrize("name", MODELS)
def test_its_search_space_holds_only_values_that_it_takes(name: str) -> None:
    for key, domain in _members.space(name).items():
        values = domain.choices if isinstance(domain, OneOf) else (domain.low, domain.high)
        assert len(set(values)) == len(values) > 1, key
        if isinstance(domain, Between | Whole):
            assert domain.low < domain.high
            assert domain.low > 0 or not domain.log
        for value in values:
            if key in AROUND:
                assert value in scalers.SCALERS
            else:
                _members.make(name, {key: value}, seed=0)


@pytest.mark.parametrize("name", MODELS)
def test_its_presets_hold_only_values_that_it_takes(name: str) -> None:
    for preset, settings in _members.presets(name).items():
        assert settings
        assert _members.parse_settings(name, [], preset=preset) == settings
        _members.make(name, settings, seed=0)
        # As the command line would write them, they are the same settings.
        assert _members.parse_settings(name, _members.written(settings)) == settings


def test_what_is_set_goes_before_the_preset() -> None:
    settings = _members.parse_settings("dense", ["epochs=9", "l2=0.1"], preset="s1")
    assert settings == _members.presets("dense")["s1"] | {"epochs": 9, "l2": 0.1}


@pytest.mark.parametrize(
    ("model", "preset", "said"),
    [("prior", "s0", "prior has no presets"), ("dense", "s11", "did you mean s1")],
)
def test_an_unknown_preset_is_refused(model: str, preset: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        _members.parse_settings(model, [], preset=preset)


def test_presets_are_read_without_importing_a_model() -> None:
    code = """
import sys
from harness.zoo._members import MODELS, presets
assert presets("dense")["s1"]["watch"] == 0.2
[presets(name) for name in MODELS.names()]
assert not {"numpy", "sklearn", "tensorflow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["forest", "extra-trees", "balanced-forest", "lightgbm"])
@pytest.mark.parametrize("where", ["training rows", "new rows"])
def test_trees_take_gaps_as_they_are(name: str, where: str) -> None:
    X, y = blobs([30, 30])
    gaps = X.copy()
    gaps[::3, 0] = np.nan
    training = gaps if where == "training rows" else X.copy()
    # As rows are that the reader maps from its cache.
    training.flags.writeable = gaps.flags.writeable = False
    fitted = make(name, n_estimators=5).fit(training, y)
    proba = fitted.predict_proba(gaps)
    assert np.isfinite(proba).all()
    assert (proba.argmax(axis=1) == y).mean() > 0.7


@pytest.mark.parametrize("where", ["training rows", "new rows"])
def test_a_row_beyond_all_others_has_neighbours_too(where: str) -> None:
    X, y = blobs([30, 30])
    far = X.copy()
    far[0] = 1e30
    fitted = make("knn").fit(far if where == "training rows" else X, y)
    proba = fitted.predict_proba(far)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (proba.argmax(axis=1) == y)[1:].mean() > 0.7
