"""One of the arrays that numpy.savez keeps in an archive."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from harness.readers import _array, npy
from harness.readers._table import Table

USUAL = "X"


def read(path: Path, *, header: bool, text: Collection[str] = (), missing: bool = True) -> Table:
    """Read the one two-dimensional array of an npz file, or the one called ``X``.

    Parameters
    ----------
    path, header, text, missing
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them where it isn't clear which array is meant.
    """
    return _array.read(path, load, text=text, missing=missing)


def load(path: Path) -> NDArray[np.generic]:
    """The array that is the table."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if USUAL in archive.files:
                return np.asarray(archive[USUAL])
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as problem:
        # Whatever zipfile, zlib and numpy trip over in it.
        raise npy.unreadable(path, problem) from problem
    for dimensions in (2, 1):
        found = [array for array in arrays.values() if array.ndim == dimensions]
        if len(found) == 1:
            return found[0]
        if found:
            break
    held = _array.shown([f"{name} {array.shape}" for name, array in arrays.items()])
    raise DataError(
        f"it isn't clear which array is the table: it holds {held or 'none'}",
        where=str(path),
        todo=f"call the table {USUAL}: np.savez(path, {USUAL}=array)",
    )
