"""What the blocks of vgg-music begin with: a published checkpoint, a file's, or random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError, UsageError
from harness.pretrained import musicnn

Arrays = dict[str, NDArray[np.float32]]
Pool = tuple[int, int, int, int]

BLOCKS, CHANNELS, BANDS, WINDOW = 5, 128, 96, 187
# Of the checkpoints' batch normalisation.
EPSILON = 1e-3
NONE = "none"
PUBLISHED = {"msd": "MSD_vgg", "mtt": "MTT_vgg"}


def shapes_of(width: float = 1.0) -> dict[str, tuple[int, ...]]:
    """Every array of the blocks, in order; `width` is the share of the published channels."""
    channels = max(1, round(width * CHANNELS))
    shapes: dict[str, tuple[int, ...]] = {"normed_0/factor": (1,), "normed_0/summand": (1,)}
    for k in range(1, BLOCKS + 1):
        shapes[f"convolution_{k}/kernel"] = (3, 3, channels if k > 1 else 1, channels)
        for name in (f"convolution_{k}/bias", f"normed_{k}/factor", f"normed_{k}/summand"):
            shapes[name] = (channels,)
    return shapes


def names_of(blocks: Iterable[int]) -> list[str]:
    """The arrays of some blocks, counted from 0; the input's normalisation belongs to the first."""
    wanted = {str(k + 1) for k in blocks}
    wanted |= {"0"} if "1" in wanted else set()
    return [name for name in shapes_of() if name.partition("/")[0].rpartition("_")[2] in wanted]


def network_of(weights: str) -> str:
    """Whose pooling goes with these weights."""
    of_mtt = weights == "mtt" or Path(weights).name == PUBLISHED["mtt"]
    return PUBLISHED["mtt" if of_mtt else "msd"]


def check_name(weights: str) -> None:
    """Refuse what can't be weights, before anything is fitted.

    Raises
    ------
    UsageError
        For a file that isn't there.
    """
    if weights not in (NONE, *PUBLISHED) and not Path(weights).exists():
        raise UsageError(
            "there is no such file or folder",
            where=f"--set weights={weights}",
            todo=f"{', '.join(PUBLISHED)}, {NONE}, or a wheel or folder of checkpoints",
        )


def check_here(weights: str) -> None:
    """Refuse published weights that weren't fetched; raises DataError that says what to do."""
    if weights in PUBLISHED and not musicnn.here(PUBLISHED[weights]):
        raise DataError(
            f"{PUBLISHED[weights]} is not here",
            where=f"--set weights={weights}",
            todo=f"`harness weights musicnn` fetches it once; or weights=PATH, or weights={NONE}",
        )


def load(weights: str) -> Arrays:
    """Trained weights: ``msd``, ``mtt``, or those of a wheel or folder.

    Raises
    ------
    HarnessError
        Where they aren't here, or can't be used.
    """
    network = network_of(weights)
    identity = ""
    if weights not in PUBLISHED:
        (brought,) = musicnn.bring(Path(weights), [network])
        identity = brought.identity
    found = musicnn.load(network, identity)
    try:
        arrays = _normed(found, "batch_normalization", "normed_0")
        for k in range(1, BLOCKS + 1):
            arrays[f"convolution_{k}/kernel"] = found[f"{k}CNN/kernel"]
            arrays[f"convolution_{k}/bias"] = found[f"{k}CNN/bias"]
            arrays |= _normed(found, f"batch_normalization_{k}", f"normed_{k}")
    except KeyError as problem:
        raise DataError(
            f"is no checkpoint of {network}: it lacks {problem.args[0]}", where=weights
        ) from None
    shapes = shapes_of()
    if wrong := [name for name in shapes if arrays[name].shape != shapes[name]]:
        told = f"{wrong[0]} of {arrays[wrong[0]].shape}, not {shapes[wrong[0]]}"
        raise DataError(f"is no checkpoint of {network}: {told}", where=weights)
    return {name: arrays[name] for name in shapes}


def _normed(found: musicnn.Weights, name: str, own: str) -> Arrays:
    """Batch normalisation as a factor and a summand."""
    beta, gamma, mean, variance = (
        found[f"{name}/{part}"] for part in ("beta", "gamma", "moving_mean", "moving_variance")
    )
    factor = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + EPSILON)
    return {
        f"{own}/factor": factor.astype(np.float32),
        f"{own}/summand": (beta - mean * factor).astype(np.float32),
    }


def drawn(seed: int, width: float = 1.0) -> Arrays:
    """Weights to begin with: normal kernels of variance 2 / inputs (He and others 2015)."""
    random = np.random.default_rng(seed)
    arrays: Arrays = {}
    for name, shape in shapes_of(width).items():
        if name.endswith("kernel"):
            kernel = random.standard_normal(shape, dtype=np.float32)
            arrays[name] = kernel * np.float32(np.sqrt(2 / np.prod(shape[:-1])))
        else:
            fill = np.ones if name.endswith("factor") else np.zeros
            arrays[name] = fill(shape, dtype=np.float32)
    return arrays
