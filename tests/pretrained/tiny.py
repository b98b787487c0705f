"""Small random checkpoints with the variables of the published networks."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Weights = dict[str, np.ndarray]

TIMBRE, RHYTHM, MIDDLE, DENSE, TAGS = 3, 2, 4, 5, 6


def _norm(rng, name: str, width: int) -> Weights:
    return {
        f"{name}/beta": rng.normal(size=width),
        # Of both signs: the largest cell before and after the layer needn't be the same.
        f"{name}/gamma": rng.normal(size=width),
        f"{name}/moving_mean": rng.normal(size=width),
        f"{name}/moving_variance": rng.uniform(0.1, 2, size=width),
    }


def _layer(rng, name: str, *shape: int) -> Weights:
    scale = np.sqrt(2 / np.prod(shape[:-1]))
    return {
        f"{name}/kernel": scale * rng.normal(size=shape),
        f"{name}/bias": rng.normal(size=shape[-1]),
    }


def _finished(weights: Mapping[str, np.ndarray]) -> Weights:
    return {name: np.asarray(array, np.float32) for name, array in weights.items()}


def musicnn(seed: int = 0) -> Weights:
    """As MSD_musicnn, with fewer channels."""
    rng = np.random.default_rng(seed)
    front = 2 * TIMBRE + 3 * RHYTHM
    every = front + 3 * MIDDLE
    shapes = [(7, 38, 1, TIMBRE), (7, 67, 1, TIMBRE)]
    shapes += [(size, 1, 1, RHYTHM) for size in (128, 64, 32)]
    shapes += [(7, front, 1, MIDDLE), (7, MIDDLE, 1, MIDDLE), (7, MIDDLE, 1, MIDDLE)]
    weights = _norm(rng, "batch_normalization", 1)
    for k, shape in enumerate(shapes):
        weights |= _layer(rng, f"conv2d_{k}" if k else "conv2d", *shape)
        weights |= _norm(rng, f"batch_normalization_{k + 1}", shape[-1])
    weights |= _norm(rng, "batch_normalization_9", 2 * every)
    weights |= _layer(rng, "dense", 2 * every, DENSE) | _layer(rng, "dense_1", DENSE, TAGS)
    return _finished(weights | _norm(rng, "batch_normalization_10", DENSE))


def vgg(seed: int = 0, width: int = 3) -> Weights:
    """As MSD_vgg, with fewer channels."""
    rng = np.random.default_rng(seed)
    weights = _norm(rng, "batch_normalization", 1)
    for k in range(1, 6):
        weights |= _layer(rng, f"{k}CNN", 3, 3, width if k > 1 else 1, width)
        weights |= _norm(rng, f"batch_normalization_{k}", width)
    return _finished(weights | _layer(rng, "dense", 2 * width, TAGS))


def checkpoint(folder: Path, weights: Weights) -> Path:
    """A folder with the nameless files of a checkpoint, an optimiser's variables among them."""
    import tensorflow as tf

    folder.mkdir(parents=True, exist_ok=True)
    first = next(iter(weights))
    more = {f"{first}/Adam": weights[first], f"{first}/Adam_1": weights[first]}
    every = weights | more | {"beta1_power": np.float32(0.9)}
    tf.raw_ops.SaveV2(
        prefix=str(folder / "ckpt"),
        tensor_names=list(every),
        shape_and_slices=[""] * len(every),
        tensors=list(every.values()),
    )
    for path in folder.glob("ckpt.*"):
        path.rename(folder / path.name.removeprefix("ckpt"))
    return folder


def wheel(path: Path, folders: Mapping[str, Path], **more: bytes) -> Path:
    """A wheel of the package's layout."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for network, folder in folders.items():
            for part in sorted(folder.iterdir()):
                file.write(part, f"musicnn/{network}/{part.name}")
        for name, content in more.items():
            file.writestr(name, content)
    return path
