"""The trials of a search, kept so that a killed one goes on where it stopped.

Each trial is one file that appears whole by rename, written when the trial begins and again when it
ends. Finished folds of a trial lie in a folder of their own (see `harness.checkpoints`); when it
has ended, those of the best trial alone are kept: later trials are compared with it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.atomic import replacing, write_json
from harness.checkpoints import Checkpoint

Params = Mapping[str, Any]

RUNNING, COMPLETE, PRUNED, FAILED = "running", "complete", "pruned", "failed"


@dataclass(frozen=True)
class Trial:
    """One set of settings that was tried.

    Attributes
    ----------
    number : int
        From 0, which is the trial of the defaults.
    params : mapping
        What it chose from the search space, choices by name; empty for the defaults.
    state : str
        ``complete``, ``pruned`` (given up before its last fold), ``failed`` or ``running``.
    steps : tuple of float
        The score over all rows held out so far, after each fold.
    seconds : float
        Wall time of its folds.
    why : str
        What it failed of, or which earlier trial had the same settings.
    """

    number: int
    params: Params
    state: str = RUNNING
    steps: tuple[float, ...] = ()
    seconds: float = 0.0
    why: str = field(default="")

    @property
    def score(self) -> float | None:
        """Over all folds; None where it wasn't completed."""
        return self.steps[-1] if self.state == COMPLETE and self.steps else None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self) | {"params": dict(self.params), "steps": list(self.steps)}


class Store:
    """The files of one search, in `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Trial]:
        """The trials so far, in order, without gaps; the last may be running.

        Each was proposed from those before it: what follows a gap, or one that never ended, counts
        for nothing.
        """
        found: list[Trial] = []
        while (trial := self._read(len(found))) is not None:
            found.append(trial)
            if trial.state == RUNNING:
                break
        return found

    def write(self, trial: Trial) -> None:
        """Keep a trial as it stands."""
        write_json(self._file(trial.number), trial.as_dict())

    def running(self, number: int) -> Params | None:
        """What trial `number` was trying when an earlier run ended; None where it wasn't begun."""
        trial = self._read(number)
        return trial.params if trial is not None and trial.state == RUNNING else None

    def folds(self, number: int) -> Checkpoint:
        """Where a trial's finished folds are kept."""
        return Checkpoint(self.path / "folds", str(number))

    def keep_folds_of(self, number: int | None) -> None:
        """Forget the folds of all trials but one."""
        kept = None if number is None else self.folds(number).path
        for path in (self.path / "folds").glob("*"):
            if path != kept:
                shutil.rmtree(path, ignore_errors=True)

    def keep_rows(self, number: int, scores: NDArray[np.float64]) -> None:
        """Keep a complete trial's score of every row."""
        with replacing(self.path / f"rows-{number:04d}.npy") as part, part.open("wb") as file:
            np.save(file, scores)

    def rows(self, number: int) -> NDArray[np.float64] | None:
        """A complete trial's score of every row; None where there is none."""
        with suppress(OSError, ValueError, EOFError):
            return ordinary.load_array(self.path / f"rows-{number:04d}.npy")
        return None

    def _file(self, number: int) -> Path:
        return self.path / f"trial-{number:04d}.json"

    def _read(self, number: int) -> Trial | None:
        try:
            stored = json.loads(ordinary.read_text(self._file(number)))
            trial = Trial(**stored | {"steps": tuple(stored["steps"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        known = trial.state in (RUNNING, COMPLETE, PRUNED, FAILED)
        return trial if known and trial.number == number else None
