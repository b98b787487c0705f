"""vgg-music: what its frozen blocks see, what it trains, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pretrained import tiny
from sklearn.base import clone
from worlds import small

from harness.audio._musicnn import Vgg
from harness.competition import Block
from harness.errors import DataError, EntryError, UsageError
from harness.pretrained import musicnn
from harness.zoo import _vgg_music, vgg_music
from harness.zoo._music_weights import drawn, names_of, shapes_of

pytestmark = pytest.mark.machine

FRAMES, BANDS = 187, 96


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random checkpoints of the published size."""
    root = tmp_path_factory.mktemp("checkpoints")
    for name in ("MSD_vgg", "MTT_vgg"):
        tiny.checkpoint(root / name, tiny.vgg(width=128))
    return root


@pytest.fixture(scope="module")
def images() -> tuple[np.ndarray, np.ndarray]:
    """Images of 96 bands x 200 frames, flat, in two classes that differ in their level."""
    y = np.arange(6) % 2
    noise = np.random.default_rng(0).uniform(0, 2, size=(6, BANDS, 200))
    return (noise + y[:, None, None]).reshape(6, -1).astype(np.float32), y


def _made(folder: Path | None, **more):
    weights = "none" if folder is None else str(folder)
    settings = {"hidden": (8,), "epochs": 2, "weights": weights} | more
    return vgg_music.make(**settings).set_params(shape=(BANDS, 200), time="last")


def _small(**more):
    """A random net on small images."""
    settings = {"hidden": (8,), "epochs": 2, "width": 0.04} | more
    return vgg_music.make(**settings).set_params(shape=(6, 9), time="last")


def _rows(count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.normal(size=(count, 54)).astype(np.float32), np.arange(count) % 2


@pytest.mark.parametrize("network", ["MSD_vgg", "MTT_vgg"])
def test_frozen_blocks_see_what_the_checkpoint_sees(
    folder: Path, images: tuple[np.ndarray, np.ndarray], network: str
) -> None:
    X, y = images
    model = _made(folder / network).fit(X, y)
    seen = model._seen(X[:2])
    net = Vgg(tiny.vgg(width=128), musicnn.NETWORKS[network].pools)
    windows = X[:2].reshape(2, BANDS, 200)[:, :, :FRAMES].transpose(0, 2, 1)
    wanted = np.stack([net(window).embedding for window in windows])
    np.testing.assert_allclose(seen, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
    assert "5 of 5 blocks" in model.notes_[-1]


def test_frozen_blocks_look_at_a_row_once(
    folder: Path, images: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = np.concatenate([images[0]] * 2), np.concatenate([images[1]] * 2)
    X[6:] *= 0.5
    seen = []
    look = _vgg_music.Eye._look
    monkeypatch.setattr(_vgg_music.Eye, "_look", lambda eye, row: seen.append(1) or look(eye, row))
    first = _made(folder / "MSD_vgg").fit(X, y)
    assert len(seen) == 12
    again = _made(folder / "MSD_vgg").fit(X, y)
    assert len(seen) == 12
    assert first.predict_proba(X).tobytes() == again.predict_proba(X).tobytes()


def test_only_the_last_blocks_are_trained(
    folder: Path, images: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = images
    model = _made(folder / "MSD_vgg", train=1, epochs=1).fit(X, y)
    begun = _vgg_music.load(str(folder / "MSD_vgg"))
    assert list(model.frozen_) == names_of(range(4))
    for name, array in model.frozen_.items():
        np.testing.assert_array_equal(array, begun[name])
    kernel = model.model_.get_layer("convolution_5").get_weights()[0]
    assert kernel.shape == begun["convolution_5/kernel"].shape
    assert 0 < np.abs(kernel - begun["convolution_5/kernel"]).max() < 0.01


@pytest.mark.parametrize("train", [0, 2, 5])
def test_random_blocks_are_frozen_or_trained(train: int, tmp_path: Path) -> None:
    X, y = _rows()
    model = _small(train=train).fit(X, y)
    proba = model.predict_proba(X)
    # A row's answer depends on no other row.
    np.testing.assert_allclose(model.predict_proba(X[3:5]), proba[3:5], atol=1e-6)
    assert len(model.frozen_) == len(names_of(range(5 - train)))
    model.save(tmp_path)
    assert type(model).load(tmp_path).predict_proba(X).tobytes() == proba.tobytes()
    assert _small(train=train).fit(X, y).predict_proba(X).tobytes() == proba.tobytes()


def test_with_no_block_frozen_the_net_is_the_frozen_one_behind_its_scale() -> None:
    X, y = _rows()
    whole = _small(train=5, epochs=1, learning_rate=1e-12).fit(X, y)
    scaled = whole.model_.get_layer("scaled").get_weights()
    images = X.reshape(-1, 6, 9)
    np.testing.assert_allclose(scaled[0][:, 0], images.mean(axis=(0, 2)), atol=1e-5)
    np.testing.assert_allclose(scaled[1][:, 0], images.std(axis=(0, 2)), atol=1e-5)


def test_a_broken_file_of_frozen_weights_is_told(tmp_path: Path) -> None:
    X, y = _rows()
    model = _small(train=2).fit(X, y)
    model.save(tmp_path)
    (tmp_path / "frozen.npz").write_bytes(b"words")
    with pytest.raises(EntryError, match="can't be read"):
        type(model).load(tmp_path)


def test_pretrained_blocks_want_the_spectrogram_they_know(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = replace(small(rows=30), blocks=(Block("mel", 0, 6, (2, 3)),))
    model = vgg_music.make(weights=str(folder / "MSD_vgg"))
    with pytest.raises(UsageError, match="needs a block called musicnn-mel") as told:
        model.seeing(world)
    assert "harness extract DIR --features musicnn-mel" in str(told.value)
    with pytest.raises(UsageError, match="look at 96 bands x 187 frames or more, not 2 x 3"):
        clone(model).set_params(block="mel").seeing(world)
    blocks = (Block("mel", 0, 6, (2, 3)), Block("musicnn-mel", 6, 6 + 96 * 187, (96, 187)))
    block, seeing = model.seeing(replace(world, blocks=blocks))
    assert (block.name, seeing.shape, seeing.time) == ("musicnn-mel", (96, 187), "last")
    assert vgg_music.make().seeing(world)[0].name == "mel"


def test_weights_that_arent_here_are_told(tmp_path: Path) -> None:
    world = replace(small(rows=30), blocks=(Block("mel", 0, 6, (2, 3)),))
    with pytest.raises(DataError, match="`harness weights musicnn` fetches it"):
        vgg_music.make(weights="msd").seeing(world)
    with pytest.raises(UsageError, match="there is no such file"):
        vgg_music.make(weights=str(tmp_path / "nothing.whl"))
    tiny.checkpoint(tmp_path / "MSD_vgg", tiny.vgg())
    with pytest.raises(DataError, match="is no checkpoint of MSD_vgg"):
        _vgg_music.load(str(tmp_path))


def test_random_weights_are_of_the_right_shapes() -> None:
    for width in (1.0, 0.04):
        arrays = drawn(0, width)
        assert {name: array.shape for name, array in arrays.items()} == shapes_of(width)
    assert (
        arrays["convolution_2/kernel"].tobytes() == drawn(0, 0.04)["convolution_2/kernel"].tobytes()
    )
