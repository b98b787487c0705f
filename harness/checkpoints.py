"""Folds of an unfinished fit, kept so that a killed run goes on where it stopped.

A fit is known by a key: a hash of the data, the settings and the versions of the libraries. The
same fit run again finds its finished folds; anything else has another key. Each fold is one file
that appears whole by rename, so that two runs of the same fit can only write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from harness.atomic import replacing
from harness.evaluate.crossval import Fold

PREFIX = ".work-"
FORGOTTEN_AFTER_DAYS = 14


def key_of(parts: Mapping[str, Any]) -> str:
    """A short hash of everything that a fit's result depends on."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


class Checkpoint:
    """The finished folds of one fit, in ``<folder>/.work-<key>``."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{PREFIX}{key}"

    def models(self, number: int) -> Path:
        """Where fold `number`'s fitted pipeline is kept."""
        return self.path / "models" / f"fold-{number + 1}"

    def save(self, number: int, fold: Fold) -> None:
        """Keep a finished fold as number `number`, counted from 0 over all repeats."""
        record = {
            "number": fold.number,
            "scores": dict(fold.scores),
            "seconds": fold.seconds,
            "history": dict(fold.history),
            "notes": list(fold.notes),
        }
        arrays: dict[str, Any] = {"held_out": fold.held_out, "proba": fold.proba}
        if fold.test_proba is not None:
            arrays["test_proba"] = fold.test_proba
        with replacing(self._file(number)) as part, part.open("wb") as file:
            np.savez(file, record=np.array(json.dumps(record)), **arrays)

    def load(self, number: int) -> Fold | None:
        """A finished fold, or None where it isn't there whole."""
        try:
            # numpy would leave a file that it opened itself, and that is no archive, open.
            with (
                self._file(number).open("rb") as file,
                np.load(file, allow_pickle=False) as arrays,
            ):
                record = json.loads(str(arrays["record"]))
                return Fold(
                    number=record["number"],
                    held_out=arrays["held_out"],
                    proba=arrays["proba"],
                    scores=record["scores"],
                    seconds=record["seconds"],
                    history=record["history"],
                    notes=tuple(record["notes"]),
                    test_proba=arrays.get("test_proba"),
                )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def done(self, first: int, folds: int) -> dict[int, Fold]:
        """The finished ones of the folds `first` to `first + folds - 1`, counted from `first`."""
        found = {number: self.load(first + number) for number in range(folds)}
        return {number: fold for number, fold in found.items() if fold is not None}

    def discard(self) -> None:
        """Forget everything: the fit is finished."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _file(self, number: int) -> Path:
        return self.path / f"fold-{number + 1}.npz"


def sweep(folder: Path) -> None:
    """Remove the unfinished fits that nobody came back to."""
    if not folder.is_dir():
        return
    oldest = time.time() - FORGOTTEN_AFTER_DAYS * 86_400
    for path in folder.glob(f"{PREFIX}*"):
        if path.is_dir() and path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)
