"""The Keras classifiers' contract: scikit-learn's, the house's, and Keras's own algorithm."""

from __future__ import annotations

import hashlib
import json
import pickle
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks

from harness.errors import DataError, EntryError, FileProblem, UsageError
from harness.zoo._dense import DenseClassifier
from harness.zoo._keras import KerasClassifier
from harness.zoo._tensorflow import keras, tf
from harness.zoo._training import Plan, watch_rows


def small(**settings: Any) -> DenseClassifier:
    """One architecture for most tests: it is traced once."""
    return DenseClassifier(**{"hidden": (8,), "epochs": 3, "learning_rate": 0.01, **settings})


def world(n: int = 150, seed: int = 0, gap: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes in four columns; labels 1, 2, 3."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3 + 1
    centres = gap * np.eye(4)[:3]
    return (centres[y - 1] + rng.normal(size=(n, 4))).astype(np.float32), y


def weights(model: Any) -> list[np.ndarray]:
    return model.model_.get_weights()


def evaluate(model: Any, X: np.ndarray, codes: np.ndarray) -> list[float]:
    """Loss and accuracy by Keras's own account."""
    model.model_.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.model_.evaluate(X, codes, verbose=0)


def same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_learns_what_can_be_learned() -> None:
    X, y = world(300)
    held_out, truth = world(300, seed=1)
    model = small(epochs=20).fit(X, y)
    proba = model.predict_proba(held_out)
    loss = -np.log(proba[np.arange(300), truth - 1]).mean()
    # The classes' overlap allows about 0.35; the class shares alone score log 3 = 1.0986.
    assert loss < 0.5


def test_probabilities_are_float64_and_sum_to_one() -> None:
    X, y = world()
    proba = small().fit(X, y).predict_proba(X)
    assert proba.dtype == np.float64
    assert proba.shape == (150, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-15)


@pytest.mark.parametrize(
    "names",
    [[1, 2, 3], ["rock", "pop", "jazz"], [10, -5, 0], [True, False], [1.0, 2.0, 5.0]],
    ids=str,
)
def test_labels_of_any_kind_come_back_as_they_were(names: list[Any]) -> None:
    X, y = world()
    labels = np.array(names)[(y - 1) % len(names)]
    model = small().fit(X, labels)
    assert list(model.classes_) == sorted(set(names))
    assert model.predict(X).dtype == labels.dtype
    assert set(model.predict(X)) <= set(names)


def test_labels_from_one_equal_codes_from_zero() -> None:
    # Keras itself takes labels 1..K with K outputs for out of range: an error, or NaN.
    X, y = world()
    assert same(small().fit(X, y), small().fit(X, y - 1))


def test_follows_keras_own_fit_step_by_step() -> None:
    X, y = world(101)
    weight = np.linspace(0.5, 1.5, 101)
    model = small(epochs=1, l2=0.01, batch_size=16)
    job = model._job(X, y, weight)
    reference = clone(model)._job(X, y, weight)
    order = np.random.default_rng(job.seed).permutation(101)
    reference.model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = reference.model.fit(
        X[order],
        y[order] - 1,
        sample_weight=weight[order],
        batch_size=16,
        epochs=1,
        shuffle=False,
        verbose=0,
    )
    fitted = model.fit(X, y, sample_weight=weight)
    for own, keras_own in zip(weights(fitted), reference.model.get_weights(), strict=True):
        np.testing.assert_allclose(own, keras_own, atol=2e-6)
    assert fitted.history_["loss"][0] == pytest.approx(history.history["loss"][0], abs=1e-5)
    assert fitted.history_["accuracy"][0] == pytest.approx(history.history["accuracy"][0])


def test_one_seed_gives_one_model_whatever_the_global_generators_do() -> None:
    X, y = world()
    first = small(dropout=0.3, random_state=5).fit(X, y)
    np.random.seed(99)  # noqa: NPY002
    random.seed(99)
    keras.utils.set_random_seed(99)
    assert same(first, small(dropout=0.3, random_state=5).fit(X, y))


def test_another_seed_gives_another_model() -> None:
    X, y = world()
    assert not same(small(random_state=1).fit(X, y), small(random_state=2).fit(X, y))


def test_leaves_the_global_generators_alone() -> None:
    X, y = world()
    small(dropout=0.3, watch=0.2).fit(X, y)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    tf.random.set_seed(1)
    expected = (np.random.random(), random.random(), float(tf.random.uniform(())))  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    tf.random.set_seed(1)
    small(dropout=0.3, watch=0.2).fit(X, y)
    assert (
        np.random.random(),  # noqa: NPY002
        random.random(),
        float(tf.random.uniform(())),
    ) == expected


ELSEWHERE = """
import sys
import tempfile
sys.path.insert(0, {tests!r})
from test_keras import fingerprint
print(fingerprint())
"""


def fingerprint() -> str:
    folds = small(dropout=0.2, watch=0.1).fit_folds([world(150, seed) for seed in (0, 1)])
    return hashlib.sha256(b"".join(w.tobytes() for f in folds for w in weights(f))).hexdigest()


def test_the_same_bits_in_another_process() -> None:
    code = ELSEWHERE.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", code]
    there = subprocess.run(command, check=True, capture_output=True, text=True)
    assert there.stdout.strip() == fingerprint()


def test_a_second_fit_starts_anew() -> None:
    X, y = world()
    model = small().fit(X, y)
    once = weights(model)
    model.fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(once, weights(model), strict=True))
    assert len(model.history_["loss"]) == 3


def test_a_fit_leaves_nothing_to_the_next_one() -> None:
    X, y = world()
    clean = small().fit(X, y)
    # The graph that both use has seen other rows, other labels and another seed in between.
    other, labels = world(seed=3)
    small(random_state=9).fit(other * 50, np.roll(labels, 1))
    assert same(clean, small().fit(X, y))


def test_an_earlier_model_is_not_touched_by_later_fits() -> None:
    X, y = world()
    model = small().fit(X, y)
    before = model.predict_proba(X)
    small(random_state=7).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_history_has_a_value_per_epoch() -> None:
    X, y = world()
    history = small(epochs=4, watch=0.2).fit(X, y).history_
    assert {name: len(curve) for name, curve in history.items()} == dict.fromkeys(
        ("loss", "accuracy", "val_loss", "val_accuracy"), 4
    )
    assert all(type(value) is float for curve in history.values() for value in curve)
    json.dumps(history)


def test_without_watch_rows_no_val_curves() -> None:
    X, y = world()
    assert set(small().fit(X, y).history_) == {"loss", "accuracy"}


def test_val_curves_are_those_of_the_watch_rows() -> None:
    X, y = world()
    model = small(watch=0.2)
    watched = model._job(X, y).watched
    assert watched is not None
    model.fit(X, y)
    loss, accuracy = evaluate(model, watched.X, watched.y)
    assert model.history_["val_loss"][-1] == pytest.approx(loss, abs=1e-5)
    assert model.history_["val_accuracy"][-1] == pytest.approx(accuracy, abs=1e-6)


def test_early_stopping_keeps_the_best_epoch() -> None:
    X, y = world(60, gap=0.3)
    model = small(epochs=200, patience=4, watch=0.3, learning_rate=0.05).fit(X, y)
    val_loss = model.history_["val_loss"]
    best = int(np.argmin(val_loss))
    assert len(val_loss) == best + 1 + 4 < 200
    job = clone(model)._job(X, y)
    assert job.watched is not None
    kept = evaluate(model, job.watched.X, job.watched.y)[0]
    assert kept == pytest.approx(val_loss[best], abs=1e-5)
    assert model.kept_epoch_ == best + 1
    assert "best epoch" in model.notes_[0]


def test_watch_rows_are_not_trained_on() -> None:
    X, y = world()
    model = small(watch=0.2)
    watched = model._job(X, y).watched
    assert watched is not None
    at = (X[:, None] == watched.X[None]).all(-1).any(1)
    moved = X.copy()
    moved[at] += 100
    assert same(model.fit(X, y), clone(model).fit(moved, y))


def test_patience_alone_watches_a_tenth() -> None:
    X, y = world()
    assert "10% of the training rows" in small(patience=1).fit(X, y).notes_[0]


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_watch_rows_hold_each_class_share(share: float) -> None:
    counts = [100, 31, 10, 1]
    y = np.repeat(np.arange(4), counts)
    watched = watch_rows(y, share, np.random.default_rng(0))
    taken = np.bincount(y[watched], minlength=4)
    assert all(abs(taken - share * np.array(counts)) <= 1)
    assert taken[3] == 0


def test_weight_zero_is_absence() -> None:
    X, y = world()
    weight = np.ones(150)
    weight[::4] = 0
    poisoned = X.copy()
    poisoned[::4] = 1e6
    kept = weight > 0
    assert same(small().fit(poisoned, y, sample_weight=weight), small().fit(X[kept], y[kept]))


def test_the_scale_of_weights_changes_nothing() -> None:
    X, y = world()
    weight = np.linspace(0.5, 2, 150)
    one, other = (small().fit(X, y, sample_weight=w) for w in (weight, weight * 1024))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-6)


def test_weights_pull_towards_their_rows() -> None:
    X, y = world(gap=0.5)
    heavy = np.where(y == 2, 20.0, 1.0)
    plain, pulled = small(epochs=8).fit(X, y), small(epochs=8).fit(X, y, sample_weight=heavy)
    assert pulled.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.2


def test_negative_weights_are_refused() -> None:
    X, y = world()
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        small().fit(X, y, sample_weight=np.full(150, -1.0))


PARTS = [(world(n, seed)) for n, seed in ((150, 0), (149, 1), (150, 2), (64, 3))]


@pytest.mark.parametrize(
    "settings",
    [{}, {"dropout": 0.3, "l2": 0.01}, {"watch": 0.2, "patience": 1, "epochs": 6}],
    ids=["plain", "dropout", "patience"],
)
def test_folds_equal_single_fits(settings: dict[str, Any]) -> None:
    model = small(**settings)
    for part, fold in zip(PARTS, model.fit_folds(PARTS), strict=True):
        alone = clone(model).fit(*part)
        np.testing.assert_allclose(
            fold.predict_proba(part[0]), alone.predict_proba(part[0]), atol=1e-5
        )
        for name, curve in alone.history_.items():
            np.testing.assert_allclose(fold.history_[name], curve, atol=1e-5)


def test_folds_take_weights() -> None:
    X, y = world()
    weight = np.linspace(0.1, 2, 150)
    fold = small().fit_folds([(X, y, weight), (X, y)])[0]
    alone = small().fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(fold.predict_proba(X), alone.predict_proba(X), atol=1e-5)


def test_a_fold_does_not_depend_on_other_folds_rows() -> None:
    changed = [PARTS[0], (PARTS[1][0] * -30, np.roll(PARTS[1][1], 1)), *PARTS[2:]]
    before, after = small().fit_folds(PARTS), small().fit_folds(changed)
    assert [same(a, b) for a, b in zip(before, after, strict=True)] == [True, False, True, True]


def test_folds_repeat_bit_by_bit() -> None:
    model = small(dropout=0.3)
    first, second = model.fit_folds(PARTS), model.fit_folds(PARTS)
    assert all(same(a, b) for a, b in zip(first, second, strict=True))


def test_folds_may_have_seeds_of_their_own() -> None:
    X, y = world()
    folds = small().fit_folds([(X, y), (X, y)], seeds=[1, 2])
    for seed, fold in zip((1, 2), folds, strict=True):
        assert fold.random_state == seed
        alone = small(random_state=seed).fit(X, y)
        np.testing.assert_allclose(fold.predict_proba(X), alone.predict_proba(X), atol=1e-5)


def test_folds_may_differ_in_classes_and_columns() -> None:
    X, y = world()
    two = y < 3
    folds = small().fit_folds([(X, y), (X[two], y[two]), (X[:, :2], y)])
    assert [len(fold.classes_) for fold in folds] == [3, 2, 3]
    assert [fold.n_features_in_ for fold in folds] == [4, 4, 2]


def test_each_fold_is_announced_once_it_is_fitted() -> None:
    announced: dict[int, Any] = {}
    models = small().fit_folds(PARTS, on_fold=announced.__setitem__)
    assert [announced[number] for number in range(4)] == models


def test_no_folds() -> None:
    assert small().fit_folds([]) == []


def test_fit_folds_leaves_the_estimator_unfitted() -> None:
    model = small()
    model.fit_folds(PARTS[:2])
    with pytest.raises(NotFittedError):
        model.predict(PARTS[0][0])


def test_a_bad_fold_is_named() -> None:
    X, y = world()
    with pytest.raises(DataError, match="fold 2: only one class"):
        small().fit_folds([(X, y), (X[y == 1], y[y == 1])])


def test_saved_and_loaded_models_agree(tmp_path: Path) -> None:
    X, y = world()
    labels = np.array(["rock", "pop", "jazz"])[y - 1]
    model = small(hidden=(8, 4), dropout=0.2, watch=0.1, random_state=np.int64(4)).fit(X, labels)
    model.save(tmp_path / "model")
    loaded = DenseClassifier.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.get_params() == model.get_params()
    assert loaded.history_ == model.history_
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == ["about.json", "model.keras"]


def test_keras_itself_reads_the_saved_net(tmp_path: Path) -> None:
    X, y = world()
    model = small().fit(X, y)
    model.save(tmp_path)
    net = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(net.get_weights()[0], weights(model)[0])


def test_a_net_fitted_again_is_saved_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever that is, and wherever its parts lie in memory."""
    X, y = world()
    models = [small().fit(X, y) for _ in range(2)]
    for year, model in zip((2001, 2002), models, strict=True):
        monkeypatch.setattr(time, "localtime", lambda *_, year=year: (year, *[1] * 8))
        model.save(tmp_path / str(year))
    one, other = (tmp_path / str(year) / "model.keras" for year in (2001, 2002))
    assert one.read_bytes() == other.read_bytes()


def test_loading_looks_up_nothing_that_a_file_names(tmp_path: Path) -> None:
    X, y = world()
    small().fit(X, y).save(tmp_path)
    about = json.loads((tmp_path / "about.json").read_text())
    about["settings"]["activation"] = "os:system"
    (tmp_path / "about.json").write_text(json.dumps(about))
    with pytest.raises(EntryError, match="activation"):
        DenseClassifier.load(tmp_path)


def test_saving_makes_nothing_in_the_system_s_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a killed run would leave it for good."""
    X, y = world()
    model = small().fit(X, y)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "is not there"))
    model.save(tmp_path / "model")
    assert tempfile.tempdir == str(tmp_path / "is not there")


@pytest.mark.parametrize("name", ["model.keras", "about.json"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    X, y = world()
    small().fit(X, y).save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EntryError, match="can't be read"):
        DenseClassifier.load(tmp_path)


def test_a_missing_model_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="no saved model"):
        DenseClassifier.load(tmp_path)


@pytest.mark.parametrize("hidden", [[6], [8, 3], []], ids=str)
def test_weights_of_another_net_are_refused(tmp_path: Path, hidden: list[int]) -> None:
    X, y = world()
    small().fit(X, y).save(tmp_path)
    about = json.loads((tmp_path / "about.json").read_text())
    about["settings"]["hidden"] = hidden
    (tmp_path / "about.json").write_text(json.dumps(about))
    with pytest.raises(EntryError):
        DenseClassifier.load(tmp_path)


def test_a_fitted_model_survives_pickling() -> None:
    # For worker processes; the harness itself stores no pickles.
    X, y = world()
    model = small().fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


def test_a_loss_that_explodes_is_an_error() -> None:
    X, y = world()
    with pytest.raises(DataError, match="no longer a number") as caught:
        small(activation="linear", hidden=(8, 8), learning_rate=1e30).fit(X * 1e15, y)
    assert "learning_rate=1e+29" in str(caught.value)
    assert "--scaler" in str(caught.value)


def test_an_exploding_fold_is_named_and_harms_no_other() -> None:
    X, y = world()
    with pytest.raises(DataError, match="fold 2"):
        small(epochs=20, learning_rate=0.9).fit_folds([(X, y), (X * 3e37, y)])


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"dropout": 1.0}, "dropout"),
        ({"hidden": (8, 0)}, "hidden"),
        ({"activation": "rellu"}, "activation"),
        ({"watch": 0.9}, "watch"),
        ({"patience": -1}, "patience"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], word: str) -> None:
    X, y = world()
    with pytest.raises(UsageError, match=word):
        small(**settings).fit(X, y)


def test_numpy_numbers_are_numbers() -> None:
    X, y = world()
    settings = {"epochs": np.int64(3), "learning_rate": np.float64(0.01), "hidden": [8]}
    assert same(small(**settings).fit(X, y), small().fit(X, y))


def test_too_few_rows_to_watch() -> None:
    X, y = world(3)
    with pytest.raises(DataError, match="too few to watch"):
        small(watch=0.1).fit(X, y)


def test_one_class_is_refused() -> None:
    X, y = world()
    with pytest.raises(DataError, match="only one class"):
        small().fit(X, np.ones_like(y))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_numbers_float32_cannot_hold_are_refused(bad: float) -> None:
    X, y = world()
    X = X.astype(np.float64)
    X[3, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        small().fit(X, y)


def test_one_column_two_classes_and_a_batch_beyond_the_rows() -> None:
    X, y = world(20)
    model = small(batch_size=1000).fit(X[:, :1].astype(np.float64), y > 1)
    assert model.predict_proba(X[:, :1]).shape == (20, 2)


def test_rows_that_overflow_the_net_are_refused() -> None:
    X, y = world()
    model = small(activation="linear").fit(X, y)
    X[[4, 7]] = np.float32(3e38) * np.sign(weights(model)[0][:, 0])
    with pytest.raises(DataError, match=r"2 rows .* first row 5"):
        model.predict_proba(X)


def test_weights_that_are_all_zero_are_refused() -> None:
    X, y = world()
    with pytest.raises(ValueError, match="zero"):
        small().fit(X, y, sample_weight=np.zeros(150))


def test_large_inputs_are_predicted_in_parts() -> None:
    X, y = world()
    model = small().fit(X, y)
    whole = model.predict_proba(X)
    model.rows_at_once = 7
    np.testing.assert_allclose(model.predict_proba(X), whole, atol=1e-6)


class Watcher(keras.callbacks.Callback):
    """Notes what it is shown; halves the rate; stops after `stop` epochs."""

    def __init__(self, stop: int = 99) -> None:
        super().__init__()
        self.stop = stop
        self.seen: list[dict[str, float]] = []
        self.nets: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append(dict(logs))
        self.nets.append(self.model.get_weights()[0])
        self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) / 2
        self.model.stop_training = epoch + 1 >= self.stop


def test_callbacks_see_every_epoch_and_may_stop() -> None:
    X, y = world()
    watcher = Watcher(stop=2)
    model = small(epochs=5, watch=0.2, callbacks=[watcher]).fit(X, y)
    assert [log["loss"] for log in watcher.seen] == model.history_["loss"]
    assert [log["val_loss"] for log in watcher.seen] == model.history_["val_loss"]
    assert len(watcher.seen) == 2
    np.testing.assert_array_equal(watcher.nets[-1], weights(model)[0])


def test_callbacks_may_set_the_learning_rate() -> None:
    X, y = world()
    plain, slowed = small().fit(X, y), small(callbacks=[Watcher()]).fit(X, y)
    assert plain.history_["loss"][0] == slowed.history_["loss"][0]
    assert plain.history_["loss"][2] < slowed.history_["loss"][2]


def test_keras_own_early_stopping_works() -> None:
    X, y = world(60, gap=0.3)
    stopping = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    settings = {"epochs": 200, "watch": 0.3, "learning_rate": 0.05}
    theirs = small(**settings, callbacks=[stopping]).fit(X, y)
    ours = small(**settings, patience=4).fit(X, y)
    assert theirs.history_ == ours.history_
    assert same(theirs, ours)


def test_layers_across_rows_are_refused() -> None:
    class Normalising(DenseClassifier):
        def network(self, n_features: int, n_classes: int, random: Any) -> Any:
            net = super().network(n_features, n_classes, random)
            net.add(keras.layers.BatchNormalization(name="norm"))
            return net

    X, y = world()
    with pytest.raises(UsageError, match="norm"):
        Normalising().fit(X, y)


class Wide(KerasClassifier):
    """Another net takes this much: its settings and `network`."""

    stackable = False

    def __init__(self, *, epochs: int = 2, random_state: Any = 0) -> None:
        self.epochs = epochs
        self.random_state = random_state
        self.batch_size, self.learning_rate, self.watch = 32, 0.01, 0.0
        self.patience, self.callbacks = None, None

    def network(self, n_features: int, n_classes: int, random: Any) -> Any:
        start = keras.Input((n_features,), name="features")
        row = keras.layers.Reshape((2, 2, 1), name="grid")(start)
        kernel = keras.initializers.GlorotUniform(seed=int(random.integers(2**31)))
        row = keras.layers.Conv2D(4, 2, kernel_initializer=kernel, name="conv")(row)
        row = keras.layers.Flatten(name="flat")(row)
        kernel = keras.initializers.GlorotUniform(seed=int(random.integers(2**31)))
        row = keras.layers.Dense(
            n_classes, activation="softmax", kernel_initializer=kernel, name="classes"
        )(row)
        return keras.Model(start, row, name="wide")


@pytest.mark.parametrize("stackable", [False, True])
def test_nets_of_other_layers(stackable: bool) -> None:
    model = Wide(epochs=12)
    model.stackable = stackable
    for (X, y), fold in zip(PARTS[:2], model.fit_folds(PARTS[:2]), strict=True):
        assert fold.score(X, y) > 0.6


def test_plan_counts_steps_as_keras_does() -> None:
    X, y = world(101)
    job = small()._job(X, y)
    plan = Plan(epochs=1, batch_size=16, learning_rate=0.01)
    assert job.steps(plan.batch_size) == 7


CHECKS = [
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_estimators_overwrite_params,
    estimator_checks.check_dict_unchanged,
    estimator_checks.check_estimators_fit_returns_self,
    estimator_checks.check_estimators_unfitted,
    estimator_checks.check_estimators_nan_inf,
    estimator_checks.check_fit2d_predict1d,
    estimator_checks.check_fit2d_1sample,
    estimator_checks.check_fit1d,
    estimator_checks.check_n_features_in,
    estimator_checks.check_n_features_in_after_fitting,
    estimator_checks.check_dataframe_column_names_consistency,
    estimator_checks.check_classifiers_one_label,
    estimator_checks.check_classifiers_classes,
    estimator_checks.check_classifiers_regression_target,
    estimator_checks.check_sample_weights_list,
    estimator_checks.check_sample_weights_not_overwritten,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_scikit_learns_own_checks(check: Any) -> None:
    check("DenseClassifier", DenseClassifier(hidden=(8,), epochs=15, learning_rate=0.05))
