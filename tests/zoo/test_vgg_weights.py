"""VGG16's weights from files: Keras's own forms, plain arrays, and whatever is none of these."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.errors import DataError, FileProblem, HarnessError, UsageError
from harness.zoo import _vgg_weights
from harness.zoo._vgg_weights import NAMES, check_name, drawn, load, shapes

Weights = _vgg_weights.Weights


@pytest.fixture(scope="module")
def narrow() -> Weights:
    return drawn(1, 0.02)


@pytest.fixture(autouse=True)
def _narrow_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A net of 1 to 10 channels has files that are written in no time."""
    own = shapes(0.02)
    monkeypatch.setattr(_vgg_weights, "shapes", lambda width=1.0: own)


def as_keras_now(path: Path, weights: Weights, *, names: bool = True, top: bool = True) -> Path:
    with h5py.File(path, "w") as file:
        for number, (name, arrays) in enumerate(weights.items()):
            own = "conv2d" if number == 0 else f"conv2d_{number}"
            group = file.create_group(f"layers/{own}/vars")
            if names:
                group.attrs["name"] = name
            for part, array in enumerate(arrays):
                group[str(part)] = array
        if top:
            group = file.create_group("layers/dense/vars")
            group.attrs["name"] = "fc1"
            group["0"] = np.zeros((5, 4), np.float32)
    return path


def as_keras_before(path: Path, weights: Weights) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in weights]
        for name, (kernel, bias) in weights.items():
            file[f"{name}/{name}_W_1:0"] = kernel
            file[f"{name}/{name}_b_1:0"] = bias
    return path


def as_arrays(path: Path, weights: Weights) -> Path:
    parts = ("kernel", "bias")
    named = {f"{n}/{p}": a for n, pair in weights.items() for p, a in zip(parts, pair, strict=True)}
    np.savez(path, **named)
    return path


def in_order(path: Path, weights: Weights) -> Path:
    np.savez(path, *[array for pair in weights.values() for array in pair])
    return path


def same(one: Weights, other: Weights) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(a, b) for name in one for a, b in zip(one[name], other[name], strict=True)
    )


def test_every_form_gives_the_same_weights(tmp_path: Path, narrow: Weights) -> None:
    for path in (
        as_keras_now(tmp_path / "now.weights.h5", narrow),
        as_keras_now(tmp_path / "nameless.weights.h5", narrow, names=False, top=False),
        as_keras_before(tmp_path / "before.h5", narrow),
        as_arrays(tmp_path / "named.npz", narrow),
        in_order(tmp_path / "order.npz", narrow),
    ):
        assert same(load(str(path)), narrow), path.name


def test_what_begins_at_random_is_the_seed_s(narrow: Weights) -> None:
    assert same(drawn(1), narrow)
    assert not same(drawn(2), narrow)
    assert list(narrow) == list(NAMES)


def test_signals_keep_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for name, (kernel, bias) in drawn(0, 0.25).items():
        assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * kernel.shape[2])), rel=0.15), name
        assert not bias.any()


@pytest.mark.parametrize("fault", ["missing", "shape", "twice", "whole numbers", "nothing"])
@pytest.mark.parametrize("kind", ["h5", "npz"])
def test_a_file_that_is_not_vgg16_s_is_refused(
    tmp_path: Path, narrow: Weights, fault: str, kind: str
) -> None:
    weights = dict(narrow)
    kernel, bias = weights["block3_conv2"]
    if fault == "missing":
        del weights["block3_conv2"]
    elif fault == "shape":
        weights["block3_conv2"] = (kernel[..., :1], bias)
    elif fault == "twice":
        weights["model/block3_conv2"] = (kernel, bias)
    elif fault == "whole numbers":
        weights["block3_conv2"] = (kernel.astype(np.int32), bias)  # type: ignore[assignment]
    else:
        weights = {}
    path = tmp_path / f"some.{kind}"
    (as_keras_now if kind == "h5" else as_arrays)(path, weights)
    with pytest.raises(DataError, match=r"doesn't hold VGG16's block\d_conv\d") as problem:
        load(str(path))
    assert str(path) in str(problem.value)
    assert "weights=none" in str(problem.value)


def test_numbers_that_are_none_are_refused(tmp_path: Path, narrow: Weights) -> None:
    kernel, bias = narrow["block5_conv3"]
    path = as_arrays(tmp_path / "a.npz", {**narrow, "block5_conv3": (kernel, bias + np.nan)})
    with pytest.raises(DataError, match="block5_conv3 holds what is no finite number"):
        load(str(path))


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n" + b"\0" * 99])
def test_a_damaged_file_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileProblem, match="can't be read"):
        load(str(path))


def test_pickled_objects_are_never_opened(tmp_path: Path, narrow: Weights) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "sprung",))  # type: ignore[return-value]

    trap = np.empty(1, dtype=object)
    trap[0] = Trap()
    path = tmp_path / "a.npz"
    np.savez(path, **{"block1_conv1/kernel": trap}, allow_pickle=True)
    with pytest.raises(HarnessError):
        load(str(path))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("kind", ["link", "virtual", "external"])
def test_arrays_of_other_files_are_not_read(tmp_path: Path, narrow: Weights, kind: str) -> None:
    path = as_keras_before(tmp_path / "a.h5", narrow)
    elsewhere = as_keras_before(tmp_path / "b.h5", narrow)
    name = "block2_conv1/block2_conv1_W_1:0"
    kernel = narrow["block2_conv1"][0]
    with h5py.File(path, "a") as file:
        del file[name]
        if kind == "link":
            file[name] = h5py.ExternalLink(str(elsewhere), name)
        elif kind == "virtual":
            plan = h5py.VirtualLayout(kernel.shape, dtype="f4")
            plan[...] = h5py.VirtualSource(str(elsewhere), name, kernel.shape)
            file.create_virtual_dataset(name, plan)
        else:
            raw = tmp_path / "raw"
            raw.write_bytes(kernel.tobytes())
            file.create_dataset(
                name, kernel.shape, "f4", external=[(str(raw), 0, h5py.h5f.UNLIMITED)]
            )
    with pytest.raises(DataError, match=r"lie in other files|doesn't hold"):
        load(str(path))


def test_without_a_network_it_says_how_to_give_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.zoo._tensorflow import keras

    def fetch(**_: object) -> None:
        print("Downloading data")
        raise OSError("URL fetch failure")

    monkeypatch.setattr(keras.applications, "VGG16", fetch)
    with pytest.raises(FileProblem) as problem:
        load("imagenet")
    said = str(problem.value)
    assert "\n" not in said
    assert "--set weights=FOLDER/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in said


@pytest.mark.parametrize(
    ("name", "said"), [("there.txt", "none of the files"), ("absent.h5", "no such file")]
)
def test_what_can_t_be_weights_is_refused_at_once(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "there.txt").write_text("x")
    with pytest.raises(UsageError, match=said):
        check_name(str(tmp_path / name))


def test_the_two_words_are_no_files() -> None:
    check_name("imagenet")
    check_name("none")
