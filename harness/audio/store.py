"""What was extracted already: one small array for each file and set, found by content.

    FOLDER/<set>-<digest of its parameters>/<first two hex digits>/<sha256 of the file>.npy

Files appear whole, so a killed extraction leaves nothing half-written, and whoever runs it again
finds what is done. A file that was renamed, or stands twice in the collection, is found too.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.atomic import replacing

PART = ".part-*"


class Store:
    """The arrays of one set.

    Parameters
    ----------
    folder : Path
        Where all sets' arrays are kept.
    name, digest : str
        Of the set, and of all that its values depend on beside the file.
    width : int
        How many columns.
    """

    def __init__(self, folder: Path, name: str, digest: str, width: int) -> None:
        self.folder = folder / f"{name}-{digest}"
        self.width = width

    def path(self, sha256: str) -> Path:
        """Where a file's array is, or would be."""
        return self.folder / sha256[:2] / f"{sha256}.npy"

    def load(self, sha256: str) -> NDArray[np.float32] | None:
        """A file's array, float32, (pieces, width); None where there is none that can be used.

        A row of NaN is a piece that couldn't be used.
        """
        try:
            found = ordinary.load_array(self.path(sha256))
        except (OSError, ValueError, EOFError):
            return None
        if found.dtype != np.float32 or found.ndim != 2 or found.shape[1] != self.width:
            return None
        return np.asarray(found)

    def save(self, sha256: str, values: NDArray[np.float32]) -> None:
        """Keep a file's array; raises `FileProblem` when the disk is full."""
        with replacing(self.path(sha256)) as part:
            np.save(part, np.ascontiguousarray(values, dtype=np.float32), allow_pickle=False)


def sweep(folder: Path) -> None:
    """Remove what killed writers left; only for who knows that none is at work."""
    for part in folder.glob(f"*/*/{PART}"):
        with suppress(OSError):
            part.unlink()
