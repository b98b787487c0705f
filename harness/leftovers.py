"""What runs that were killed left in a folder of entries, named with its size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import checkpoints

DAY = 86_400


@dataclass(frozen=True)
class Unfinished:
    """A run's folder that stands there although the run is over.

    Attributes
    ----------
    what : str
        The model, or what else was made; "" where it doesn't say.
    command : tuple of str
        What goes on with it.
    folds : int
        How many finished folds it holds.
    size : int
        Bytes.
    days : float
        How old it is; after `checkpoints.FORGOTTEN_AFTER_DAYS` the next fit removes it.
    """

    path: Path
    what: str
    command: tuple[str, ...]
    folds: int
    size: int
    days: float

    def __str__(self) -> str:
        """In a line: what it is, how large, and what becomes of it."""
        kind = f"a search ({self.what})" if self.path.name.startswith(SEARCH) else self.what
        held = f"{self.folds} finished fold{'s' * (self.folds != 1)}, {_size(self.size)}"
        line = f"{kind or 'a fit'} ({held}) in {self.path}"
        if self.command:
            line += f"; goes on with: harness {' '.join(self.command)}"
        left = max(0.0, checkpoints.FORGOTTEN_AFTER_DAYS - self.days)
        return f"{line}; removed in {left:.0f} days, or by you"

    def as_dict(self) -> dict[str, Any]:
        """The folder as JSON can hold it."""
        return {
            "path": str(self.path),
            "what": self.what,
            "command": list(self.command),
            "folds": self.folds,
            "bytes": self.size,
            "days": round(self.days, 3),
        }


SEARCH = f"{checkpoints.PREFIX}tune-"


def unfinished(folder: Path) -> list[Unfinished]:
    """The folders of work in `folder` that nobody works in, by name.

    A search keeps its trials after its entry is written, so that more can be added: it is named as
    well. What belongs to an entry that is written is left out: the next fit removes it.
    """
    over = [path for path in checkpoints.work(folder) if not checkpoints.is_held(path)]
    return [_looked_at(path) for path in over if checkpoints.at(path).written(folder) is None]


def _looked_at(path: Path) -> Unfinished:
    about: Mapping[str, Any] = checkpoints.at(path).about
    command = about.get("command")
    files = [one for one in path.rglob("*") if one.is_file()]
    return Unfinished(
        path,
        str(about.get("what") or ""),
        tuple(map(str, command)) if isinstance(command, list) else (),
        sum(one.name.startswith("fold-") and one.suffix == ".npz" for one in files),
        sum(one.stat().st_size for one in files),
        (time.time() - path.stat().st_mtime) / DAY,
    )


def _size(count: int) -> str:
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"
