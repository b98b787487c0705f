"""Folds of an unfinished fit, kept so that a killed run goes on where it stopped.

A fit is known by a key: a hash of the data, the settings and the versions of the libraries. The
same fit run again finds its finished folds; anything else has another key. Each fold is one file
that appears whole by rename, so that two runs of the same fit can only write the same bytes.

A folder has a name of its own for the run, drawn when it is made, which the run's entry holds too.
Where a run was killed between writing its entry and removing its folder, the next one finds that
entry by it, and writes no second.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from harness import entries, folders, ordinary
from harness.atomic import cannot_write, replacing, write_json
from harness.competition import Labels
from harness.entry import Entry
from harness.evaluate.crossval import Fold

PREFIX = ".work-"
FORGOTTEN_AFTER_DAYS = 14
ABOUT = "about.json"
# What a second run of a fit that is under way works in: nobody comes back to it.
_SECOND = re.compile(r"-\d{1,10}$")


def key_of(parts: Mapping[str, Any]) -> str:
    """A short hash of everything that a fit's result depends on."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


class Checkpoint:
    """The finished folds of one fit, in ``<folder>/.work-<key>``."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{PREFIX}{key}"

    @contextmanager
    def held(self, what: str = "") -> Iterator[None]:
        """Hold the folder while the fit runs; a second run of the same fit takes one of its own.

        Parameters
        ----------
        what : str
            What is being made, for whoever finds the folder later.

        Raises
        ------
        FileProblem
            Where entries can't be written at all: known before anything is fitted.
        """
        with ExitStack() as stack:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                if stack.enter_context(folders.locked(self.path)) is False:
                    self.path = self.path.with_name(f"{self.path.name}-{os.getpid()}")
                    self.path.mkdir(exist_ok=True)
                    stack.enter_context(folders.locked(self.path))
            except OSError as problem:
                raise cannot_write(self.path.parent, problem) from problem
            self.begin(what)
            yield

    def begin(self, what: str = "") -> None:
        """Give the run a name, unless an earlier part of it did."""
        if not self.run:
            named = {"run": secrets.token_hex(8), "what": what, "command": sys.argv[1:]}
            write_json(self.path / ABOUT, named)

    @property
    def about(self) -> Mapping[str, Any]:
        """What `begin` wrote: ``run``, ``what`` and ``command``; empty where it didn't."""
        try:
            found = json.loads(ordinary.read_text(self.path / ABOUT))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def run(self) -> str:
        """The run's name, which its entry's receipt holds as ``run``; "" without one."""
        return str(self.about.get("run") or "")

    def written(self, folder: Path) -> Entry | None:
        """The entry in `folder` that this run has written already."""
        return entry_of(folder, self.run)

    def keep(self, number: int, save: Callable[[Path], None]) -> None:
        """Have `save` keep fold `number`'s fitted pipeline, in the place of what a kill left."""
        shutil.rmtree(self.models(number), ignore_errors=True)
        save(self.models(number))

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
            "choice": dict(fold.choice),
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
                ordinary.opened(self._file(number)) as file,
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
                    choice=record["choice"],
                )
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
            return None

    def done(self, first: int, fold: Labels, *, models: bool = False) -> dict[int, Fold]:
        """The finished folds of a split whose folds are kept as `first` and on.

        Parameters
        ----------
        fold : int64 array, shape (n,)
            The split. What doesn't fit it, or isn't finite, counts as unfinished.
        models : bool
            Whether a fold is finished only with its model.
        """
        found = {}
        for number in range(int(fold.max()) + 1):
            one = self.load(first + number)
            if one is None or (models and not self.models(first + number).is_dir()):
                continue
            if _fits(one, np.flatnonzero(fold == number)):
                found[number] = one
        return found

    def discard(self) -> None:
        """Forget everything: the fit is finished.

        The run's name goes last: until then, whoever runs the fit again finds its entry by it.
        """
        forget(self.path, but=ABOUT)

    def _file(self, number: int) -> Path:
        return self.path / f"fold-{number + 1}.npz"


def _fits(fold: Fold, held_out: Labels) -> bool:
    """Whether a fold read back is about these rows and holds probabilities."""
    return (
        np.array_equal(fold.held_out, held_out)
        and fold.proba.ndim == 2
        and len(fold.proba) == len(held_out)
        and bool(np.isfinite(fold.proba).all())
        and (fold.test_proba is None or bool(np.isfinite(fold.test_proba).all()))
    )


def entry_of(folder: Path, run: str) -> Entry | None:
    """The entry in `folder` that the run of this name has written; none for ""."""
    if not run:
        return None
    every = entries.read_all(folder)
    return next((one for one in every if one.receipt.get("run") == run), None)


def ended(folder: Path) -> set[str]:
    """Names of the entries whose runs were killed before they removed their folders."""
    # Those that lie within others' folders too: a search's.
    paths = (*folder.glob(f"{PREFIX}*"), *folder.glob(f"{PREFIX}*/*/{PREFIX}*"))
    written = (at(path).written(folder) for path in paths)
    return {entry.name for entry in written if entry is not None}


def at(path: Path) -> Checkpoint:
    """What lies in the folder `path`."""
    return Checkpoint(path.parent, path.name.removeprefix(PREFIX))


def work(folder: Path) -> list[Path]:
    """The folders of unfinished work in `folder`."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if path.is_dir())


def forget(path: Path, *, but: str = "") -> None:
    """Remove a folder of finished work, at once under another name: never half of it stays.

    Parameters
    ----------
    but : str
        What of it is removed when all else is gone.
    """
    # Folds before their models, by name: a fold without its model would count as finished.
    if but and (path / but).exists():
        _away(path, [one for one in sorted(path.iterdir()) if one.name != but])
    _away(path, [path])
    shutil.rmtree(path, ignore_errors=True)


def _away(path: Path, parts: Sequence[Path]) -> None:
    """Rename `parts` into a folder beside `path`, which a sweep would remove, and remove it."""
    with suppress(OSError):
        gone = Path(tempfile.mkdtemp(prefix=folders.PART, dir=path.parent))
        try:
            for part in parts:
                part.rename(gone / part.name)
        finally:
            shutil.rmtree(gone, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove the unfinished fits that nobody comes back to, and half files in entries."""
    if not folder.is_dir():
        return
    entries.sweep(folder)
    oldest = time.time() - FORGOTTEN_AFTER_DAYS * 86_400
    for path in work(folder):
        second = _SECOND.search(path.name.removeprefix(PREFIX)) and (path / ABOUT).is_file()
        if path.stat().st_mtime < oldest or (second and not is_held(path)):
            forget(path)


def is_held(path: Path) -> bool:
    """Whether a living process works there, as far as locks tell."""
    with suppress(OSError), folders.locked(path) as held:
        return held is not True
    return True
