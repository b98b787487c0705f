"""Features of pretrained music networks: the spectrogram, the forward pass, the feature sets."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from audio.sounds import collection, music
from pretrained import tiny

from harness.audio import _musicnn, _nets
from harness.audio._clip import Clip
from harness.audio.plan import AudioPlan, read_settings, with_weights
from harness.audio.sets import musicnn as the_set
from harness.audio.sets import musicnn_mel
from harness.errors import DataError, UnknownNameError, UsageError
from harness.extract import extract, plan_of
from harness.pretrained import musicnn as published

pytestmark = pytest.mark.machine

RATE = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny checkpoints of two networks, and one of other weights."""
    root = tmp_path_factory.mktemp("checkpoints")
    tiny.checkpoint(root / "MSD_musicnn", tiny.musicnn())
    tiny.checkpoint(root / "MSD_vgg", tiny.vgg())
    tiny.checkpoint(root / "other" / "MSD_musicnn", tiny.musicnn(seed=1))
    return root


def _normed(tf, weights, name: str, x):
    parts = (weights[f"{name}/{part}"] for part in ("moving_mean", "moving_variance"))
    beta, gamma = weights[f"{name}/beta"], weights[f"{name}/gamma"]
    return tf.nn.batch_normalization(x, *parts, beta, gamma, 1e-3)


def _layer(tf, weights, name: str, norm: str, x, padding: str):
    y = tf.nn.conv2d(x, weights[f"{name}/kernel"], 1, padding) + weights[f"{name}/bias"]
    return _normed(tf, weights, norm, tf.nn.relu(y))


def _in_tensorflow(weights, windows):
    """The network as the paper draws it, with TensorFlow's own layers."""
    import tensorflow as tf

    x = _normed(tf, weights, "batch_normalization", windows[..., None])
    frames = tf.pad(x, [[0, 0], [3, 3], [0, 0], [0, 0]])
    maps = []
    for k in range(5):
        name = f"conv2d_{k}" if k else "conv2d"
        given, padding = (frames, "VALID") if k < 2 else (x, "SAME")
        y = _layer(tf, weights, name, f"batch_normalization_{k + 1}", given, padding)
        maps.append(tf.reduce_max(y, axis=2))
    every = [tf.concat(maps, axis=2)]
    for k in (5, 6, 7):
        given = tf.pad(every[-1][..., None], [[0, 0], [3, 3], [0, 0], [0, 0]])
        y = _layer(tf, weights, f"conv2d_{k}", f"batch_normalization_{k + 1}", given, "VALID")
        y = y[:, :, 0]
        every.append(y + every[-1] if k > 5 else y)
    last = tf.concat(every, axis=2)
    mean = tf.reduce_mean(last, axis=1)
    both = tf.reshape(tf.stack([tf.reduce_max(last, axis=1), mean], axis=2), [len(windows), -1])
    both = _normed(tf, weights, "batch_normalization_9", both)
    dense = tf.nn.relu(both @ weights["dense/kernel"] + weights["dense/bias"])
    embedding = _normed(tf, weights, "batch_normalization_10", dense)
    tags = tf.sigmoid(embedding @ weights["dense_1/kernel"] + weights["dense_1/bias"])
    return embedding, mean, tags


def _vgg_in_tensorflow(weights, windows, pools):
    import tensorflow as tf

    x = _normed(tf, weights, "batch_normalization", windows[..., None])
    means = []
    for k, (high, wide, down, right) in enumerate(pools, start=1):
        y = _layer(tf, weights, f"{k}CNN", f"batch_normalization_{k}", x, "SAME")
        means.append(tf.reduce_mean(y, axis=[1, 2]))
        x = tf.nn.max_pool2d(y, (high, wide), (down, right), "VALID")
    flat = tf.reshape(x, [len(windows), -1])
    tags = tf.sigmoid(flat @ weights["dense/kernel"] + weights["dense/bias"])
    return flat, tf.concat(means, axis=1), tags


def _assert_same(answers: list[_musicnn.Answer], wanted) -> None:
    for kind, values in zip(("embedding", "pooled", "tags"), wanted, strict=True):
        found = np.stack([getattr(answer, kind) for answer in answers])
        np.testing.assert_allclose(found, values, rtol=1e-4, atol=2e-5, err_msg=kind)


def _windows(seconds: float = 6.2) -> np.ndarray:
    return np.ascontiguousarray(_nets.windows(Clip(music(seconds, rate=RATE), RATE)))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_forward_pass_is_tensorflows(seed: int) -> None:
    weights, windows = tiny.musicnn(seed), _windows()
    net = _musicnn.Musicnn(weights)
    _assert_same([net(window) for window in windows], _in_tensorflow(weights, windows))
    assert list(net.widths.values()) == [tiny.DENSE, 24, tiny.TAGS]


@pytest.mark.parametrize("network", ["MSD_vgg", "MTT_vgg"])
def test_the_vggs_forward_pass_is_tensorflows(network: str) -> None:
    weights, windows = tiny.vgg(), _windows()
    pools = published.NETWORKS[network].pools
    net = _musicnn.Vgg(weights, pools)
    _assert_same([net(w) for w in windows], _vgg_in_tensorflow(weights, windows, pools))
    assert list(net.widths.values()) == [6, 15, tiny.TAGS]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv2d_6/kernel", (7, 5, 1, 4)),
        ("dense/kernel", (40, 5)),
        ("dense_1/kernel", (4, 6)),
        ("conv2d/kernel", (7, 97, 1, 3)),
        ("batch_normalization_9/gamma", None),
    ],
)
def test_checkpoints_whose_shapes_dont_fit_are_refused(name: str, shape) -> None:
    weights = tiny.musicnn()
    if shape is None:
        del weights[name]
    else:
        weights[name] = np.zeros(shape, np.float32)
    with pytest.raises(DataError, match="pretrained weights"):
        _musicnn.Musicnn(weights)


def test_the_spectrogram_is_librosas() -> None:
    librosa = pytest.importorskip("librosa")
    y = music(3.3, rate=RATE)
    options = {"sr": RATE, "n_fft": 512, "hop_length": 256, "n_mels": 96}
    mel = librosa.feature.melspectrogram(y=y, **options)
    wanted = np.log10(10_000 * mel.T + 1)
    np.testing.assert_allclose(_nets.log_mel(Clip(y, RATE)), wanted, atol=1e-4)
    one = musicnn_mel.make(seconds=3.0)
    found = one.compute(Clip(y, RATE)).reshape(one.parts[0].shape)
    assert found.shape == (96, 188)
    # Only what reaches beyond the part that is seen may differ.
    np.testing.assert_allclose(found[:, :-2], wanted.T[:, :186], atol=1e-4)


@pytest.mark.parametrize(
    ("frames", "step", "count"), [(187, 187, 1), (373, 187, 1), (374, 187, 2), (374, 100, 2)]
)
def test_windows_that_arent_whole_are_left_out(frames: int, step: int, count: int) -> None:
    clip = Clip(music(_nets.seconds_of(frames), rate=RATE), RATE)
    log_mel, windows = _nets.log_mel(clip), _nets.windows(clip, step)
    assert len(log_mel) == frames
    assert windows.shape == (count, 187, 96)
    np.testing.assert_array_equal(windows[-1], log_mel[step * (count - 1) :][:187])


def _settings(folder: Path, **more: str) -> dict[str, str]:
    return the_set.take_weights(folder, more)[0]


def test_the_set_is_the_mean_over_windows(folder: Path) -> None:
    one = the_set.make(**_settings(folder))
    clip = Clip(music(6.5, rate=22_050), 22_050)
    net = _musicnn.Musicnn(tiny.musicnn())
    answers = [net(window) for window in _nets.windows(clip)]
    assert len(answers) == 2
    kinds = ("embedding", "pooled", "tags")
    wanted = np.concatenate([np.mean([getattr(a, k) for a in answers], axis=0) for k in kinds])
    np.testing.assert_allclose(one.compute(clip), wanted, atol=1e-5)
    assert [(part.name, part.width) for part in one.parts] == [
        ("embedding", tiny.DENSE),
        ("pooled", 24),
        ("tags", tiny.TAGS),
    ]
    assert one.columns[0] == "embedding_0"
    assert one.seconds == pytest.approx(186 * 256 / RATE)


def test_several_networks_stand_side_by_side(folder: Path) -> None:
    settings = _settings(folder, network="MSD_musicnn+MSD_vgg")
    both = the_set.make(**settings)
    names = [part.name for part in both.parts]
    assert names[0] == "MSD_musicnn-embedding"
    assert names[3] == "MSD_vgg-embedding"
    clip = Clip(music(4.0, rate=RATE), RATE)
    first = the_set.make(weights=settings["weights"].split("+")[0])
    np.testing.assert_array_equal(both.compute(clip)[: first.width], first.compute(clip))


def test_all_networks_have_a_name() -> None:
    assert the_set._names("all") == the_set._names("MSD_musicnn+MTT_musicnn+MSD_vgg+MTT_vgg")


def test_the_checkpoint_is_part_of_what_the_values_depend_on(folder: Path) -> None:
    one, other = _settings(folder), _settings(folder / "other")
    plans = [AudioPlan(("musicnn",), settings={"musicnn": found}) for found in (one, other)]
    assert len({plan.digest(plan.sets[0]) for plan in plans}) == 2
    assert plans[0].sets[0].parameters["checkpoints_sha256"] == {"MSD_musicnn": one["weights"]}


@pytest.mark.parametrize(
    ("pair", "error"),
    [
        ("musicnn.network=MSD_musicn", UnknownNameError),
        ("musicnn.network=MSD_vgg+MSD_vgg", UsageError),
        ("musicnn.weights=best.npz", UsageError),
        ("musicnn.step=0", UsageError),
    ],
)
def test_settings_that_cant_be_taken(pair: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _ = AudioPlan(("musicnn",), settings=read_settings([pair])).sets


def test_weights_that_nobody_needs_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="none of the features needs weights"):
        with_weights(["s0"], {}, folder)


def test_an_extraction_says_which_weights_it_used(folder: Path, tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", songs=2, seconds=3.2)
    with pytest.raises(DataError, match="its pretrained weights are not here"):
        extract(source, tmp_path / "out", features=["musicnn"], jobs=1)
    assert not (tmp_path / "out").exists()
    made = extract(source, tmp_path / "out", features=["musicnn", "s0"], weights=folder, jobs=1)
    assert made.notes == ("MSD_musicnn: not the published weights",)
    assert [b.name for b in made.competition.blocks] == ["embedding", "pooled", "tags", "s0"]
    told = json.loads((tmp_path / "out" / "manifest.json").read_text())
    identity = told["sets"][0]["parameters"]["checkpoints_sha256"]["MSD_musicnn"]
    assert identity == _settings(folder)["weights"]
    # Whoever computes the same of other files needs no path, only the weights.
    plan = plan_of(tmp_path / "out")
    assert plan.digest(plan.sets[0]) == told["sets"][0]["digest"]
    shutil.rmtree(Path(os.environ["HARNESS_CACHE"]))
    published._kept.load.cache_clear()
    with pytest.raises(DataError, match=f"with the hash {identity[:12]} are not here"):
        _ = plan_of(tmp_path / "out").sets


def test_worker_processes_give_the_same(folder: Path, tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", songs=2, seconds=3.2)
    found = [
        extract(source, tmp_path / f"{n}", features=["musicnn"], weights=folder, jobs=n).competition
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(found[0].X, found[1].X)


@pytest.mark.real
@pytest.mark.parametrize("network", list(published.NETWORKS))
def test_the_published_graphs_give_the_same_numbers(network: str, tmp_path: Path) -> None:
    """The original graph, of the wheel's ``.meta`` file, run by TensorFlow on the same windows."""
    wheel = Path(os.environ.get("HARNESS_TEST_MUSICNN", ""))
    if not wheel.is_file():
        pytest.skip("HARNESS_TEST_MUSICNN doesn't name the wheel of musicnn 0.1.0")
    (brought,) = published.bring(wheel, [network], published=True)
    windows = _windows()
    net = _musicnn.build(network)
    with zipfile.ZipFile(wheel) as file:
        graph = file.read(f"musicnn/{network}/.meta")
    wanted = _original(graph, published.load(network, brought.identity), windows)
    for kind, values in wanted.items():
        found = np.stack([getattr(net(window), kind) for window in windows])
        np.testing.assert_allclose(found, values.reshape(found.shape), atol=2e-5, err_msg=kind)


def _original(meta: bytes, weights, windows) -> dict[str, np.ndarray]:
    """What the graph of a ``.meta`` file answers; its training half is cut off."""
    import tensorflow as tf

    v1 = tf.compat.v1
    vgg = "1CNN/kernel" in weights
    nodes = {"tags": "model/Sigmoid"}
    if vgg:
        nodes["embedding"] = "model/Flatten/flatten/Reshape"
    else:
        nodes["embedding"] = "model/batch_normalization_10/batchnorm/add_1"
        nodes["pooled"] = "model/moments/Squeeze"
    every = v1.MetaGraphDef.FromString(meta).graph_def
    by_name = {node.name: node for node in every.node}
    kept = v1.GraphDef(versions=every.versions)
    todo, seen = [*nodes.values(), *weights], set()
    while todo:
        name = todo.pop().split(":")[0].removeprefix("^")
        if name not in seen:
            seen.add(name)
            node = kept.node.add()
            node.CopyFrom(by_name[name])
            todo += node.input
            # Written by an older TensorFlow: of some nodes they aren't what this one finds.
            node.attr.pop("_output_shapes", None)
            node.attr.pop("_class", None)
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(kept, name="")
        feed = {f"{name}:0": values for name, values in weights.items()}
        feed |= {"model/Placeholder:0": windows, "model/Placeholder_2:0": False}
        with v1.Session(graph=graph) as session:
            return session.run({kind: f"{name}:0" for kind, name in nodes.items()}, feed)
