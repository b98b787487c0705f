"""The convolution weights of VGG16: from a file, from ImageNet, or drawn at random.

A file is read as arrays and nothing else: no layer, function or class that it names is looked up,
no link in it is followed, and only arrays of the expected shapes are read.

Source: Simonyan and Zisserman (2015), Very deep convolutional networks for large-scale image
recognition, configuration D.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import DataError, FileProblem, HarnessError, UsageError

# Kernel (3, 3, in, out) and bias (out,) of each layer, by Keras's names of them.
Weights = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]

# Channels of each block's convolutions.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
NAMES = tuple(
    f"block{block}_conv{number}"
    for block, widths in enumerate(BLOCKS, start=1)
    for number in range(1, len(widths) + 1)
)
IMAGENET, NONE = "imagenet", "none"
IMAGENET_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
SUFFIXES = (".h5", ".hdf5", ".npz")
# Without an answer for so long, there is no network.
PATIENCE_SECONDS = 20
OTHERWISE = f"--set weights={NONE} begins at random"


def shapes(width: float = 1.0) -> dict[str, tuple[int, int]]:
    """Channels in and out of every convolution, in the net's order.

    Parameters
    ----------
    width : float
        Share of VGG16's channels; at least one a layer.
    """
    found, before, names = {}, 3, iter(NAMES)
    for widths in BLOCKS:
        for channels in widths:
            after = max(1, round(width * channels))
            found[next(names)] = (before, after)
            before = after
    return found


def check_name(weights: str) -> None:
    """Refuse what can't be weights, before anything is fitted.

    Raises
    ------
    UsageError
        For a file that isn't there, or is of a kind that isn't read.
    """
    if weights in (IMAGENET, NONE):
        return
    path = Path(weights)
    where = f"--set weights={weights}"
    if path.name.lower().endswith(SUFFIXES) and path.is_file():
        return
    what = "there is no such file" if not path.exists() else "is none of the files that are read"
    raise UsageError(
        what, where=where, todo=f"{IMAGENET}, {NONE}, or VGG16's weights in {', '.join(SUFFIXES)}"
    )


def load(weights: str) -> Weights:
    """Trained weights: of ImageNet, or a file's.

    Parameters
    ----------
    weights : str
        ``"imagenet"``, or a file: Keras's ``.weights.h5`` or its older ``.h5``, with the dense
        layers or without; or an ``.npz`` of the layers' arrays by name
        (``block1_conv1/kernel``), or in the net's order.

    Raises
    ------
    FileProblem
        Where ImageNet's can't be fetched, or the file not read.
    DataError
        For a file that doesn't hold VGG16's convolutions.
    """
    if weights == IMAGENET:
        return _imagenet()
    path = Path(weights)
    try:
        read = _npz if path.suffix.lower() == ".npz" else _hdf5
        found = read(path)
    except HarnessError:
        raise
    # h5py, numpy and zlib each have their own ways of saying that a file is damaged.
    except Exception as problem:
        said = str(problem).strip().partition("\n")[0]
        if "pickle" in said:
            said = "it holds Python objects, which could run code"
        raise FileProblem(
            f"can't be read ({said})",
            where=str(path),
            todo=f"bring the file again; {OTHERWISE}",
        ) from problem
    for name, arrays in found.items():
        if not all(np.isfinite(array).all() for array in arrays):
            raise DataError(f"{name} holds what is no finite number", where=str(path))
    return found


def drawn(seed: int, width: float = 1.0) -> Weights:
    """Weights to begin with: normal, variance 2 / inputs, so that thirteen ReLUs pass signals on.

    Source: He and others (2015), Delving deep into rectifiers. With Glorot's, as Keras begins,
    signals are a hundred times smaller behind the last block than before the first.
    """
    random = np.random.default_rng(seed)
    found = {}
    for name, (before, after) in shapes(width).items():
        kernel = random.standard_normal((3, 3, before, after), dtype=np.float32)
        kernel *= np.float32(np.sqrt(2 / (9 * before)))
        found[name] = kernel, np.zeros(after, dtype=np.float32)
    return found


def _imagenet() -> Weights:
    """Keras's own, fetched by Keras (and checked by its hash) where it isn't there yet."""
    # Here, so that a file can be read without loading TensorFlow.
    from harness.zoo._tensorflow import keras

    try:
        with _patient(), contextlib.redirect_stdout(sys.stderr):
            net = keras.applications.VGG16(include_top=False, weights=IMAGENET)
        return {name: tuple(net.get_layer(name).get_weights()) for name in NAMES}
    except Exception as problem:
        raise FileProblem(
            "VGG16's ImageNet weights can't be fetched: give them as a file "
            f"(--set weights=FOLDER/{IMAGENET_FILE}); {OTHERWISE}"
        ) from problem


def _hdf5(path: Path) -> Weights:
    """Whatever stands under a layer's name, as Keras writes it now or wrote it before."""
    import h5py

    found: dict[str, list[Any]] = {}

    def visit(name: str, item: Any) -> None:
        # Links out of the file aren't visited. Arrays may lie outside all the same.
        if not isinstance(item, h5py.Dataset):
            return
        if item.external or item.is_virtual:
            raise DataError("its arrays lie in other files", where=str(path))
        found.setdefault(_layer(f"{name} {item.parent.attrs.get('name', '')}"), []).append(item)

    ordinary.check(path)
    with h5py.File(path, "r") as file:
        file.visititems(visit)
        return _chosen(found, path)


def _npz(path: Path) -> Weights:
    """Arrays by the layers' names; or all of them, in the net's order, as `savez` numbers them."""
    found: dict[str, list[Any]] = {}
    # numpy would leave a file open that it opened itself and that is no archive.
    with ordinary.opened(path) as opened, np.load(opened, allow_pickle=False) as file:
        numbered = [f"arr_{number}" for number in range(2 * len(NAMES))]
        if set(numbered) <= set(file.files):
            for number, name in enumerate(numbered):
                found.setdefault(NAMES[number // 2], []).append(_Member(file, name))
        else:
            for name in file.files:
                found.setdefault(_layer(name), []).append(_Member(file, name))
        return _chosen(found, path)


class _Member:
    """An array in an ``.npz``, of which only the head is read at first."""

    def __init__(self, file: Any, name: str) -> None:
        self.file = file
        self.name = name
        with file.zip.open(f"{name}.npy") as member:
            version = np.lib.format.read_magic(member)
            head = np.lib.format
            read = head.read_array_header_1_0 if version == (1, 0) else head.read_array_header_2_0
            self.shape, _, self.dtype = read(member)

    def __getitem__(self, _: Any) -> NDArray[Any]:
        return np.asarray(self.file[self.name])


def _layer(name: str) -> str:
    """The convolution that an array's name speaks of; "" for none."""
    named = re.search(r"block\d_conv\d", name)
    if named:
        return named[0]
    # Keras 3.0 to 3.2 left the names out.
    numbered = re.search(r"layers/conv2d(?:_(\d+))?/", name)
    number = int(numbered[1] or 0) if numbered else len(NAMES)
    return NAMES[number] if number < len(NAMES) else ""


def _chosen(found: Mapping[str, Sequence[Any]], path: Path) -> Weights:
    """Kernel and bias of every layer, read only where their shapes are right."""
    weights = {}
    for name, (before, after) in shapes().items():
        wanted = (3, 3, before, after), (after,)
        there = [[one for one in found.get(name, ()) if tuple(one.shape) == w] for w in wanted]
        if [len(one) for one in there] != [1, 1] or any(one[0].dtype.kind != "f" for one in there):
            shown = ", ".join(str(tuple(one.shape)) for one in found.get(name, ()))
            raise DataError(
                f"doesn't hold VGG16's {name}: expected {wanted[0]} and {wanted[1]}, "
                f"found {shown or 'nothing of that name'}",
                where=str(path),
                todo=f"give a file of keras.applications.VGG16's weights; {OTHERWISE}",
            )
        kernel, bias = (np.asarray(one[0][...], dtype=np.float32) for one in there)
        weights[name] = kernel, bias
    return weights


@contextlib.contextmanager
def _patient() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
