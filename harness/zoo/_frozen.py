"""What a frozen network sees in rows, computed once and kept in the cache.

A frozen network learns nothing from the data: what it makes of a row depends on the row and on the
network's own weights alone. So its features may be shared by the training and the held-out part of
a fold, by all folds, and by later fits, without a leak; whatever does learn stands behind them.
That holds only if nothing in front of the network learns either: a scaling fitted on training rows
makes other images of the same rows in every fold, and belongs into the key, or behind.

The cache is a folder ``features/<key>`` of files, each with some rows' features, found by the hash
of the row. A file appears whole, by rename. Whatever goes wrong here costs time, never an answer.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from harness import folders, ordinary
from harness.atomic import replacing
from harness.errors import FileProblem
from harness.provenance import machine

Floats = NDArray[np.float32]
Digests = NDArray[np.void]

FORMAT = 2
"""Raise it when the same rows and weights are to give other features."""

DIGEST = 16
AT_ONCE = 16
"""Rows read at a time. The network gets one: sums of float32 depend on how many stand together."""

FROM_ROWS = 8
"""Fewer new rows are not worth a file."""

MOST_FILE_BYTES = 2**30
"""Features larger than this are computed faster than read, or are none: they aren't kept."""

MOST_BYTES = 5 * 10**9
"""Beyond this the files that were used longest ago are swept."""


class Frozen:
    """A network that isn't trained, and what it made of rows before.

    Parameters
    ----------
    key : str
        A hash of everything, beside the row, that decides its features: weights, layers, what is
        done to the row first; see `key_of`.
    forward : callable
        A row, float32 (1, ...), to its features, an array (1, ...).

    Notes
    -----
    The network is always asked for one row. A product of matrices adds up in an order that depends
    on their shapes, and on a row's place: in steps of several rows a row's features would change by
    about 1e-5 with what stands beside it, on some processors, and so with what the cache holds.
    One at a time takes as long (large images 0.7 times, small nets 1.15 times).
    """

    def __init__(self, key: str, forward: Callable[[Floats], Any]) -> None:
        self.key = key
        self.forward = forward

    def features(self, rows: Any, *, cached: bool = True) -> Floats:
        """The rows' features, from the cache or computed and put there.

        Parameters
        ----------
        rows : float32 array, shape (n, ...), or what gives such by ``np.asarray(rows[a:b])``
            A `harness.matrices.Part` is read a few rows at a time.
        cached : bool
            False neither reads nor fills the cache; on one machine the features are the same bits.

        Returns
        -------
        float32 array, shape (n, d)
        """
        if not cached:
            return self._computed(rows, np.arange(len(rows)))
        digests = _digests(rows)
        own, first, of = np.unique(digests, return_index=True, return_inverse=True)
        folder = folders.cache_root() / "features" / self.key
        found, known = _read(folder, own)
        missing = np.flatnonzero(~known)
        if len(missing):
            new = self._computed(rows, first[missing])
            _keep(folder, own[missing], new)
            if found is None or found.shape[1] != new.shape[1]:
                found = np.empty((len(own), new.shape[1]), dtype=np.float32)
                # None, or none that this network can have made: then all are computed.
                if known.any():
                    return self._computed(rows, np.arange(len(rows)))
            found[missing] = new
        return np.empty((0, 0), dtype=np.float32) if found is None else found[of.ravel()]

    def _computed(self, rows: Any, at: NDArray[np.int64]) -> Floats:
        found: Floats | None = None
        for start in range(0, len(at), AT_ONCE):
            some = np.asarray(rows[at[start : start + AT_ONCE]], dtype=np.float32)
            for place, row in enumerate(some, start=start):
                made = np.asarray(self.forward(row[None])).reshape(-1)
                if found is None:
                    found = np.empty((len(at), len(made)), dtype=np.float32)
                found[place] = made
        return np.empty((0, 0), dtype=np.float32) if found is None else found


def key_of(weights: Mapping[str, NDArray[Any]], *about: Any) -> str:
    """A key of weights by name, and of all else that decides features; `about` is written out.

    Another version of TensorFlow, or another machine, may add up in another order: they have
    features of their own, so that it doesn't show in an answer who filled a cache that is shared.
    """
    version = getattr(sys.modules.get("tensorflow"), "__version__", "")
    digest = blake2b(repr((FORMAT, version, machine(), *about)).encode(), digest_size=16)
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(array.data.cast("B"))
    return digest.hexdigest()


def _digests(rows: Any) -> Digests:
    """Each row's hash, void (n,): of its numbers as float32, and of their shape."""
    found = np.empty(len(rows), dtype=f"V{DIGEST}")
    for number, row in enumerate(_each(rows)):
        digest = blake2b(repr(row.shape).encode(), digest_size=DIGEST)
        digest.update(row.data.cast("B"))
        found[number] = np.void(digest.digest())
    return found


def _each(rows: Any, step: int = 64) -> Iterator[Floats]:
    for start in range(0, len(rows), step):
        yield from np.ascontiguousarray(rows[start : start + step], dtype=np.float32)


def _read(folder: Path, wanted: Digests) -> tuple[Floats | None, NDArray[np.bool_]]:
    """The features that are kept, (len(wanted), d), and which of the rows they are known for."""
    found: Floats | None = None
    known = np.zeros(len(wanted), dtype=bool)
    for path in sorted(folder.glob("[!.]*.npz")):
        if known.all():
            break
        try:
            # numpy would leave a file open that it opened itself and that is no archive.
            with ordinary.opened(path) as file, np.load(file, allow_pickle=False) as kept:
                digests = np.frombuffer(kept["rows"].tobytes(), dtype=f"V{DIGEST}")
                at = np.searchsorted(wanted, digests)
                at[at == len(wanted)] = 0
                own = wanted[at] == digests
                if not own.any():
                    continue
                features = kept["features"]
            if features.dtype != np.float32 or features.shape[:1] != digests.shape:
                raise ValueError("not what was written")
            if found is None:
                found = np.empty((len(wanted), features.shape[1]), dtype=np.float32)
            found[at[own]] = features[own]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile):
            with suppress(OSError):
                path.unlink()
            continue
        known[at[own]] = True
        with suppress(OSError):
            # For `sweep`: when it was last of use.
            os.utime(path)
    return found, known


def _keep(folder: Path, digests: Digests, features: Floats) -> None:
    """Keep rows' features in a file of their own; where that can't be, go on without."""
    if len(digests) < FROM_ROWS or features.nbytes > MOST_FILE_BYTES:
        return
    name = blake2b(digests.tobytes(), digest_size=DIGEST).hexdigest()
    rows = np.frombuffer(digests.tobytes(), dtype=np.uint8).reshape(len(digests), DIGEST)
    with suppress(FileProblem, OSError):
        with replacing(folder / f"{name}.npz") as part, part.open("wb") as file:
            np.savez(file, rows=rows, features=features)
            file.flush()
            os.fsync(file.fileno())
        sweep()


def sweep(most_bytes: int = MOST_BYTES) -> None:
    """Remove what killed runs left, then the files used longest ago beyond `most_bytes`."""
    files: list[tuple[float, int, Path]] = []
    for folder in (folders.cache_root() / "features").iterdir():
        if not folder.is_dir():
            continue
        folders.sweep(folder)
        for path in folder.glob("[!.]*.npz"):
            with suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
    total, now = 0, time.time()
    for when, size, path in sorted(files, reverse=True):
        total += size
        # One that another run is just reading or has just written stays.
        if total > most_bytes and now - when > 60:
            with suppress(OSError):
                path.unlink()
                path.parent.rmdir()
