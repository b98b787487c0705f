"""One file's way from disk to the store: hashed, decoded once, every set computed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.audio._clip import Clip
from harness.audio.decode import Skipped, decode
from harness.audio.plan import AudioPlan
from harness.audio.store import Store
from harness.errors import DataError

BLOCK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes
    ----------
    sha256 : str
        "" where the file couldn't be read.
    pieces : int
        Rows it gives, those that couldn't be used among them.
    fresh : bool
        Whether anything was computed.
    stage, why : str
        Where it was skipped, and the reason; "" where it wasn't.
    seconds : float, optional
        Its length, where that was found out.
    """

    sha256: str
    pieces: int = 0
    fresh: bool = False
    stage: str = ""
    why: str = ""
    seconds: float | None = None


class Bench:
    """A plan and the stores of its sets: what a worker has before it."""

    def __init__(self, plan: AudioPlan, folder: Path) -> None:
        self.plan = plan
        self.stores = tuple(
            Store(folder, one.name, plan.digest(one), one.width) for one in plan.sets
        )

    def work(self, path: Path) -> Outcome:
        """Bring every set of a file into its store, unless it is there already."""
        sha256 = ""
        try:
            before = _state(path)
            sha256 = _hash(path)
            known = [store.load(sha256) for store in self.stores]
            lengths = {len(values) for values in known if values is not None}
            if all(values is not None for values in known) and len(lengths) == 1:
                return Outcome(sha256, lengths.pop())
            clip = decode(path, shortest=self.plan.shortest)
            if _state(path) != before:
                raise Skipped("open", "changed while it was being read", clip.seconds)
            rows = _usable(self.plan.rows(clip), clip)
        except Skipped as skipped:
            seconds = None if skipped.seconds is None else round(skipped.seconds, 3)
            return Outcome(sha256, stage=skipped.stage, why=skipped.why, seconds=seconds)
        except MemoryError:
            return Outcome(sha256, stage="features", why="needs more memory than there is")
        for store, values in zip(self.stores, zip(*rows, strict=True), strict=True):
            store.save(sha256, np.stack(values))
        return Outcome(sha256, len(rows), fresh=True, seconds=round(clip.seconds, 3))

    def unusable(self, sha256: str) -> list[int]:
        """The pieces of a file in the store that couldn't be used."""
        values = self.stores[0].load(sha256)
        return [] if values is None else np.flatnonzero(np.isnan(values[:, 0])).tolist()

    def row(self, sha256: str, piece: int) -> NDArray[np.float32]:
        """Every set's columns of a piece, side by side; float32, (width of all sets,).

        Raises
        ------
        DataError
            Where the store was changed meanwhile.
        """
        found = [store.load(sha256) for store in self.stores]
        kept = [values[piece] for values in found if values is not None and piece < len(values)]
        if len(kept) < len(found):
            raise DataError(
                "files went missing while they were put together",
                where=str(self.stores[0].folder.parent),
                todo="run the extraction again",
            )
        return np.concatenate(kept)


def features_of(path: Path, plan: AudioPlan) -> NDArray[np.float32]:
    """Every set's columns of a file's pieces, without a store; float32, (pieces, width of all).

    Rows of NaN are pieces that can't be used.

    Raises
    ------
    Skipped
        Where the file can't be used at all.
    """
    clip = decode(path, shortest=plan.shortest)
    rows = _usable(plan.rows(clip), clip)
    return np.stack([np.concatenate(row) for row in rows])


def _usable(rows: list[list[NDArray[np.float32]]], clip: Clip) -> list[list[NDArray[np.float32]]]:
    if not any(np.isfinite(row[0]).all() for row in rows):
        raise Skipped("features", _unusable(len(rows)), round(clip.seconds, 3))
    return rows


def _unusable(pieces: int) -> str:
    return "has features that are no numbers" if pieces == 1 else "has no piece that can be used"


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with ordinary.opened(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as problem:
        raise Skipped("open", f"can't be read ({problem.strerror or problem})") from problem
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as problem:
        raise Skipped("open", f"can't be read ({problem.strerror or problem})") from problem
    if not path.is_file():
        raise Skipped("open", "is not an ordinary file")
    return found.st_size, found.st_mtime_ns
