"""One array as numpy.save writes it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import DataError
from harness.readers import _array
from harness.readers._table import Table


def read(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read an npy file; its columns are ``"0"``, ``"1"``, ....

    Parameters
    ----------
    path, header, text, missing, infinite
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them for arrays of Python objects, which only pickle could open.
    """
    return _array.read(path, load, text=text, missing=missing, infinite=infinite)


def column_names(path: Path, *, header: bool) -> tuple[str, ...]:
    """Where the columns stand."""
    array = load(path)
    return tuple(map(str, range(array.shape[1] if array.ndim == 2 else 1)))


def load(path: Path) -> NDArray[np.generic]:
    """The array itself, memory-mapped until it is copied."""
    try:
        # Mapping compares the file's length with what its head promises, and copies nothing.
        loaded: NDArray[np.generic] = ordinary.load_array(path, mmap_mode="r")
    except Exception as problem:
        # numpy reads the head with Python's own tokenizer: damage raises whatever that trips over.
        raise unreadable(path, problem) from problem
    return loaded


def unreadable(path: Path, problem: Exception) -> DataError:
    """The answer to an array that doesn't open."""
    if "pickle" in str(problem) or "Python objects" in str(problem):
        return DataError(
            "holds Python objects, which only pickle opens, and pickle can run code",
            where=str(path),
            todo='save plain numbers or text: np.save(path, array.astype("float32"))',
        )
    return DataError(
        f"is a damaged array file ({problem})", where=str(path), todo="fetch or write it again"
    )
