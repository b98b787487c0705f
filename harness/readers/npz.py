"""Arrays that numpy.savez keeps in an archive: a table, or pictures with their labels."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import DataError
from harness.readers import _array, _cache, _layout, _source, npy
from harness.readers._table import ALL, Table

USUAL = "X"
# From this size as float32, whole numbers are turned into a mapped file instead of an array.
MAPPED_BYTES = 1 << 26


@dataclass(frozen=True)
class Member:
    """What an archive says of one array, before the array is read."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.shape}"


def read(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read the one array of two dimensions of an npz file, or the one called ``X``.

    An array of more, (n, height, width, ...), is a table whose rows are laid out flat, the last
    axis running fastest. Arrays of n labels, ids and so on beside it are columns by their names
    where `text` asks for them, and are passed over otherwise.

    Parameters
    ----------
    path, header, text, missing, infinite
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them where it isn't clear which array is meant.
    """
    state = _source.check(path)
    fingerprint, _ = _source.fingerprint(path, state)
    held = members(path)
    main = table_in(held, path)
    beside = [] if text is ALL else [m.name for m in beside_of(main, held) if m.name in text]
    own = text if text is ALL else [name for name in text if name not in beside]
    if own is ALL or own or not _is_wide(main):
        array = _loaded(path, main.name)
        table = _array.from_array(
            _flat(array),
            path,
            text=own,
            missing=missing,
            infinite=infinite,
            fingerprint=fingerprint,
        )
    else:
        table = _mapped(path, main, fingerprint)
    words = {name: _array.words(_loaded(path, name)) for name in beside}
    if not _source.unchanged(path, state):
        raise _source.changed(path)
    return Table(
        path,
        (*table.columns, *beside),
        table.numbers,
        table.number_columns,
        {**table.text, **words},
        fingerprint,
    )


def load(path: Path) -> NDArray[np.generic]:
    """The array that is the table, as it is."""
    return _loaded(path, table_in(members(path), path).name)


def members(path: Path) -> list[Member]:
    """The arrays of an archive: names, shapes and types; none of them is read.

    Raises
    ------
    DataError
        Where it is damaged.
    """
    found = []
    with _opened(path) as archive:
        for name in archive.namelist():
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    found.append(Member(name.removesuffix(".npy"), *_head(file)))
    return found


def table_in(held: Collection[Member], path: Path) -> Member:
    """The array that is the table.

    Raises
    ------
    DataError
        Where that isn't clear.
    """
    for member in held:
        if member.name == USUAL:
            return member
    for wanted in ({2}, {3, 4}, {1}):
        found = [member for member in held if len(member.shape) in wanted]
        if len(found) == 1:
            return found[0]
        if found:
            break
    shown = _array.shown([str(member) for member in held])
    raise DataError(
        f"it isn't clear which array is the table: it holds {shown or 'none'}",
        where=str(path),
        todo=f"call the table {USUAL}: np.savez(path, {USUAL}=array)",
    )


def beside_of(main: Member, held: Collection[Member]) -> list[Member]:
    """The arrays with one cell for each row of the table."""
    return [one for one in held if one is not main and one.shape == main.shape[:1]]


def strings(path: Path, name: str) -> list[str]:
    """An array of labels or names as text, each cell stripped."""
    return list(_array.words(_loaded(path, name)))


def _is_wide(main: Member) -> bool:
    """Whether a table of whole numbers is so large that it is better mapped."""
    cells = math.prod(main.shape)
    whole = main.dtype.kind in "iub" and not main.by_columns
    return len(main.shape) > 1 and whole and 4 * cells >= MAPPED_BYTES


def _mapped(path: Path, main: Member, fingerprint: str) -> Table:
    """A large table of whole numbers, through the cache; in memory where that can't be."""
    columns = [str(place) for place in range(math.prod(main.shape[1:]))]
    key = _cache.key(fingerprint, header=False, text=())
    parsed = _cache.load(key)
    if parsed is None:
        try:
            with _cache.Writer(key, 4 * math.prod(main.shape)) as writer:
                for rows in _pieces(path, main):
                    writer.append(rows)
                writer.finish(columns, {}, missing=False)
            parsed = _cache.load(key)
        except OSError:
            # No permission or no space: it is read all the same.
            parsed = None
    if parsed is None:
        numbers = np.concatenate(list(_pieces(path, main)))
        numbers.flags.writeable = False
    else:
        numbers = parsed.numbers
    layout = _layout.make(columns, (), path, header=False)
    return Table(path, layout.columns, numbers, layout.number_columns, {}, fingerprint)


def _pieces(path: Path, main: Member) -> Iterator[NDArray[np.float32]]:
    """Flat rows as float32, some at a time: the whole array may not fit in memory."""
    width = math.prod(main.shape[1:])
    with _opened(path) as archive, archive.open(f"{main.name}.npy") as file:
        _head(file)
        step = max(1, _array.ROWS_BYTES // (4 * width))
        for first in range(0, main.shape[0], step):
            rows = min(step, main.shape[0] - first)
            raw = file.read(rows * width * main.dtype.itemsize)
            yield np.frombuffer(raw, main.dtype).reshape(rows, width).astype(np.float32)


def _head(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Shape, type and order of an array whose file is at its start; read up to the numbers."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
    return shape, dtype, fortran


def _flat(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return array.reshape(len(array), math.prod(array.shape[1:])) if array.ndim > 2 else array


def _loaded(path: Path, name: str) -> NDArray[np.generic]:
    try:
        with ordinary.load_array(path) as archive:
            return np.asarray(archive[name])
    except Exception as problem:
        # Whatever zipfile, zlib and numpy trip over in it.
        raise npy.unreadable(path, problem) from problem


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it is said as `harness.readers.npy` says it."""
    try:
        ordinary.check(path)
        with zipfile.ZipFile(path) as archive:
            yield archive
    except Exception as problem:
        raise npy.unreadable(path, problem) from problem
