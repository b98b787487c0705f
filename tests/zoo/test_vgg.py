"""VGG16: Keras's own convolutions, frozen or trained, from a file or at random; its cache."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import small

from harness import folders
from harness.competition import Block
from harness.errors import EntryError, FileProblem, UsageError
from harness.prepare import pipeline
from harness.zoo import _members, _vgg, _vgg_weights
from harness.zoo._frozen import Frozen
from harness.zoo._tensorflow import keras
from harness.zoo._vgg import Vgg16

pytestmark = pytest.mark.machine

SIDE = 8


def images(
    count: int = 40, *, channels: int = 3, seed: int = 0, pixels: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Bright upper halves (0) and bright lower ones (1), as flat float32 rows."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 2
    X = random.integers(0, 120, size=(count, SIDE, SIDE, channels)).astype(np.float32)
    for row, label in zip(X, y, strict=True):
        row[SIDE // 2 * label : SIDE // 2 * (label + 1)] += 130
    if not pixels:
        X = X / 100 - 7.25
    return X.reshape(count, -1), y


def make(channels: int = 3, **settings: Any) -> Vgg16:
    tiny = {"size": 32, "width": 0.02, "epochs": 2, "hidden": (16, 8), "learning_rate": 1e-3}
    model = _members.make("vgg16", tiny | settings, seed=3)
    return model.set_params(shape=(SIDE, SIDE, channels))


def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows the frozen blocks are asked for from now on, call by call."""
    counts: list[int] = []
    real = Frozen._computed

    def counting(self: Frozen, rows: Any, at: Any) -> Any:
        counts.append(len(at))
        return real(self, rows, at)

    monkeypatch.setattr(Frozen, "_computed", counting)
    return counts


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """VGG16 of full width as Keras builds it, with random weights, and its file."""
    keras.utils.set_random_seed(4)
    net = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    path = tmp_path_factory.mktemp("vgg") / "own.weights.h5"
    with warnings.catch_warnings():
        # Keras 3.15 hands its variables to numpy 2 in a way that numpy is about to give up.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        net.save_weights(path)
    return net, path


def test_frozen_features_are_those_of_keras(keras_file: tuple[Any, Path]) -> None:
    net, path = keras_file
    X, y = images(10)
    model = make(weights=str(path), width=1.0).fit(X, y)
    ours = model._seen(X)
    raw = keras.ops.image.resize(X.reshape(-1, SIDE, SIDE, 3), (32, 32), antialias=True)
    theirs = np.asarray(net(keras.applications.vgg16.preprocess_input(raw)))
    assert theirs.std() > 0
    np.testing.assert_allclose(ours, theirs.reshape(10, -1), rtol=1e-4, atol=1e-6)
    assert model.notes_[-1] == "vgg16: 5 of 5 blocks are own.weights.h5's as they were"


def test_a_fitted_model_needs_the_file_no_more(
    keras_file: tuple[Any, Path], tmp_path: Path
) -> None:
    X, y = images(10)
    path = tmp_path / "copy.weights.h5"
    path.write_bytes(keras_file[1].read_bytes())
    model = make(weights=str(path), width=1.0).fit(X, y)
    model.save(tmp_path / "saved")
    path.unlink()
    loaded = Vgg16.load(tmp_path / "saved")
    assert loaded.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


def test_fine_tuning_begins_with_the_file_s_weights(keras_file: tuple[Any, Path]) -> None:
    net, path = keras_file
    X, y = images(10)
    model = make(weights=str(path), width=1.0, train=1, epochs=1, learning_rate=1e-12).fit(X, y)
    assert list(model.frozen_) == [n for n in _vgg_weights.NAMES if not n.startswith("block5")]
    for name in ("block5_conv1", "block5_conv3"):
        ours, theirs = (m.get_layer(name).get_weights()[0] for m in (model.model_, net))
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_array_equal(
        model.frozen_["block1_conv1"][0], net.get_layer("block1_conv1").get_weights()[0]
    )


@pytest.mark.parametrize("train", [0, 1, 3])
def test_from_the_cache_come_the_same_predictions(
    train: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    X, y = images()
    X_new, _ = images(30, seed=1)
    counts = computed(monkeypatch)
    first = make(train=train).fit(X, y).predict_proba(X_new)
    assert counts == [40, 30]
    again = make(train=train).fit(X, y).predict_proba(X_new)
    assert counts == [40, 30]
    assert again.tobytes() == first.tobytes()
    monkeypatch.setattr(
        Frozen, "features", lambda self, X, **_: self._computed(X, np.arange(len(X)))
    )
    uncached = make(train=train).fit(X, y).predict_proba(X_new)
    assert uncached.tobytes() == first.tobytes()


def test_folds_share_what_the_frozen_blocks_make_of_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = images()
    counts = computed(monkeypatch)
    for fold in range(4):
        held_out = np.arange(40) // 10 == fold
        make(train=0).fit(X[~held_out], y[~held_out]).predict_proba(X[held_out])
    assert counts == [30, 10]


def test_a_row_s_features_depend_on_no_other_row() -> None:
    X, y = images()
    model = make(train=0).fit(X, y)
    eye = _vgg.eye_for(*model._eye_settings())
    whole = Frozen("key", eye.look).features(X, cached=False)
    for order in (np.arange(40)[::-1], np.array([7]), np.arange(5, 22)):
        found = Frozen("key", eye.look).features(X[order], cached=False)
        assert found.tobytes() == whole[order].tobytes()


def test_another_seed_has_frozen_blocks_of_its_own() -> None:
    X, y = images(20)
    one, other = make(train=0).fit(X, y), make(train=0).set_params(random_state=9).fit(X, y)
    assert one.frozen_key_ != other.frozen_key_
    assert len(list((folders.cache_root() / "features").iterdir())) == 2


@pytest.mark.parametrize("train", range(6))
def test_only_the_last_blocks_are_trained(train: int) -> None:
    X, y = images(20)
    model = make(train=train, epochs=1, patience=None, watch=0.0).fit(X, y)
    begun = _vgg_weights.drawn(int(np.random.RandomState(3).randint(_vgg.SEEDS)), 0.02)
    assert len(model.frozen_) == sum(map(len, _vgg_weights.BLOCKS[: 5 - train]))
    for name in _vgg_weights.NAMES:
        kernel = begun[name][0]
        if name in model.frozen_:
            np.testing.assert_array_equal(model.frozen_[name][0], kernel)
        else:
            assert (model.model_.get_layer(name).get_weights()[0] != kernel).any(), name


def test_all_that_begins_at_random_is_trained_unless_told_otherwise() -> None:
    assert make().trained == 5
    assert make(train=2).trained == 2
    assert Vgg16(weights="some.h5").trained == 0


def test_it_learns_where_the_light_is() -> None:
    X, y = images(80)
    X_new, y_new = images(40, seed=1)
    model = make(width=0.05, epochs=12).fit(X, y)
    assert (model.predict(X_new) == y_new).mean() > 0.9


def test_the_scale_is_that_of_the_rows_trained_on() -> None:
    X, y = images(40)
    model = make(watch=0.0, patience=None, epochs=1).fit(X, y)
    mean, deviation = model.model_.get_layer("scaled").get_weights()
    seen = model._seen(X).reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(mean.ravel(), seen.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(deviation.ravel(), seen.std(axis=0), rtol=1e-5)


def look(image: np.ndarray, **settings: Any) -> np.ndarray:
    """What the net is given of one image."""
    shape = image.shape
    eye = _vgg.Eye(shape, 32, 0, 1.0, **settings)
    return eye.look(image.reshape(1, -1)).numpy()[0]


def test_pixels_are_centred_as_imagenet_s_are() -> None:
    grey = np.full((4, 4, 1), 100, dtype=np.float32)
    seen = look(grey, values="pixels", pretrained=True)
    assert seen.shape == (32, 32, 3)
    # Blue, green, red.
    np.testing.assert_allclose(seen[0, 0], 100 - np.array([103.939, 116.779, 123.68]), rtol=1e-5)


def test_other_values_are_stretched_by_each_image_s_own_range() -> None:
    image = np.linspace(-80, -20, 48, dtype=np.float32).reshape(4, 4, 3)
    seen = look(image, values="own range", pretrained=False)
    assert (seen.min(), seen.max()) == pytest.approx((-1, 1), abs=0.2)
    np.testing.assert_allclose(
        look(image * 3 + 5, values="own range", pretrained=False), seen, atol=1e-5
    )


def test_an_image_of_one_value_is_no_fault() -> None:
    assert np.isfinite(
        look(np.zeros((4, 4, 3), np.float32), values="own range", pretrained=True)
    ).all()


@pytest.mark.parametrize(("pixels", "values"), [(True, "pixels"), (False, "own range")])
def test_the_kind_of_values_is_looked_up_in_the_training_rows(pixels: bool, values: str) -> None:
    assert make(train=0).fit(*images(20, pixels=pixels)).values_ == values
    assert make().fit(*images(20, pixels=pixels)).values_ == "fitted"


def test_one_channel_does() -> None:
    X, y = images(20, channels=1)
    assert make(1, train=0).fit(X, y).predict_proba(X).shape == (20, 2)


def test_two_channels_are_refused_before_any_fit() -> None:
    competition = replace(
        small(), blocks=(Block("pairs", 0, 8, (2, 2, 2)),), columns=tuple("abcdefgh")
    )
    with pytest.raises(UsageError, match="1 or 3 channels; block pairs has 2"):
        pipeline.build(competition, make(), scaler="none")


def test_what_begins_at_random_is_narrow_unless_told_otherwise() -> None:
    assert Vgg16().share == 0.25
    assert Vgg16(width=0.7).share == 0.7
    assert Vgg16(weights="some.h5").share == 1


def test_pretrained_weights_have_one_width(keras_file: tuple[Any, Path]) -> None:
    with pytest.raises(UsageError, match="own width"):
        make(weights=str(keras_file[1]), width=0.5).fit(*images(10))


def test_a_file_that_isn_t_there_is_refused_before_any_fit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        make(weights=str(tmp_path / "none.weights.h5"))


def test_without_a_network_imagenet_s_weights_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(**_: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(keras.applications, "VGG16", fetch)
    with pytest.raises(FileProblem, match="--set weights=FOLDER/"):
        make(weights="imagenet", width=1.0).fit(*images(10))


@pytest.mark.parametrize("damage", ["gone", "cut", "shape", "values"])
def test_damaged_frozen_weights_are_refused(damage: str, tmp_path: Path) -> None:
    make(train=1).fit(*images(20)).save(tmp_path)
    path = tmp_path / "frozen.npz"
    with np.load(path) as file:
        arrays = dict(file)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "shape":
        np.savez(path, **arrays | {"block1_conv1/kernel": np.zeros((3, 3, 3, 9), np.float32)})
    else:
        np.savez(path, **arrays | {"values": np.array("others")})
    with pytest.raises(EntryError, match="can't be read"):
        Vgg16.load(tmp_path)
