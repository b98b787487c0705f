"""Weights in the cache: an `.npz` of plain float32 arrays, named by the hash of where it came from.

What is kept was converted once, so that whoever computes with it needs numpy alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.atomic import replacing
from harness.errors import DataError
from harness.folders import cache_root

Weights = Mapping[str, NDArray[np.float32]]


def place(identity: str) -> Path:
    """Where weights of that hash are kept, or would be."""
    return cache_root() / "weights" / f"{identity}.npz"


def keep(identity: str, weights: Weights) -> Path:
    """Write weights whole; the same weights give the same bytes."""
    path = place(identity)
    with replacing(path) as part, zipfile.ZipFile(part, "w") as file:
        for name in sorted(weights):
            # The time that numpy would write is of no use, and differs.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with file.open(entry, "w") as member:
                np.lib.format.write_array(member, weights[name], allow_pickle=False)
    load.cache_clear()
    return path


@lru_cache(maxsize=8)
def load(identity: str) -> Weights:
    """The weights of that hash, read once in a process; nobody may change them.

    Raises
    ------
    FileNotFoundError
        Where they aren't kept here.
    DataError
        Where the file is damaged.
    """
    path = place(identity)
    try:
        # Opened here: numpy leaves a damaged file open.
        with ordinary.opened(path) as raw, np.load(raw, allow_pickle=False) as file:
            found = {name: np.asarray(file[name], dtype=np.float32) for name in file.files}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as problem:
        raise DataError(
            "is damaged", where=str(path), todo="remove it, and bring the weights again"
        ) from problem
    for array in found.values():
        array.flags.writeable = False
    return found
