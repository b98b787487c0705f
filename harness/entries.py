"""Entries: the record of a fit, one folder each under `submissions/`, written whole.

An entry holds ``receipt.json``, ``oof.npy`` (float64, (n, K)), ``folds.npy`` (int64, (n,)),
``y.npy`` (int64, (n,)), ``test.npy`` (float64, (m, K); only with test rows), ``history.json`` and
the folder ``models/``. Where the probabilities were calibrated, ``oof_raw.npy`` and
``test_raw.npy`` hold the model's own. No file of it can run code when it is opened. Names that
start with a dot are never entries: they are unfinished work.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness import folders
from harness.atomic import write_json
from harness.competition import Competition, Labels, Probabilities
from harness.errors import EntryError, FileProblem, UsageError
from harness.registry import unknown

RECEIPT = "receipt.json"
# The name of the class frequencies on the local leaderboard.
RESERVED = "prior"
LONGEST_NAME = 100
_NAME = re.compile(r"\w[\w.+=@-]*")
_DELETE = "delete the folder and fit it again"


@dataclass(frozen=True)
class Entry:
    """One fitted candidate, read from its folder.

    Attributes
    ----------
    path : Path
        Its folder; the folder's name is the entry's name.
    receipt : mapping
        As `receipt.json` holds it: model, settings, seed, versions, fingerprints, scores, seconds.
    """

    path: Path
    receipt: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The entry's name."""
        return self.path.name

    @property
    def model(self) -> str:
        """Name of the model it was fitted with; "" where the receipt doesn't say."""
        return str(self.receipt.get("model", ""))

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data it was fitted on."""
        return str(self.receipt["competition"]["fingerprint"])

    @property
    def created(self) -> tuple[str, float, str]:
        """Sorts entries by the time of their making."""
        receipt = self.path / RECEIPT
        changed = receipt.stat().st_mtime if receipt.exists() else 0.0
        return str(self.receipt.get("created", "")), changed, self.name

    @cached_property
    def oof(self) -> Probabilities:
        """Out-of-fold probabilities of the rows that were held out, float64, shape (n, K)."""
        return self._array("oof.npy", np.float64, 2, rows=len(self.y))

    @cached_property
    def folds(self) -> Labels:
        """The fold that held each of these rows out, int64, shape (n,)."""
        return self._array("folds.npy", np.int64, 1, rows=len(self.y))

    @cached_property
    def y(self) -> Labels:
        """The classes of these rows, int64, shape (n,)."""
        return self._array("y.npy", np.int64, 1)

    @cached_property
    def rows(self) -> Labels:
        """Which training row each of `oof` is of, int64, shape (n,)."""
        if not (self.path / "rows.npy").exists():
            return np.arange(len(self.y), dtype=np.int64)
        return self._array("rows.npy", np.int64, 1, rows=len(self.y))

    @cached_property
    def test(self) -> Probabilities | None:
        """Test probabilities, float64, shape (m, K); None where there were no test rows."""
        if not (self.path / "test.npy").exists():
            return None
        return self._array("test.npy", np.float64, 2)

    @cached_property
    def raw_oof(self) -> Probabilities:
        """What the models themselves said of the rows held out; `oof` where nothing changed it."""
        if not (self.path / "oof_raw.npy").exists():
            return self.oof
        return self._array("oof_raw.npy", np.float64, 2, rows=len(self.y))

    @cached_property
    def raw_test(self) -> Probabilities | None:
        """What the models themselves said of the test rows; `test` where nothing changed it."""
        if not (self.path / "test_raw.npy").exists():
            return self.test
        return self._array("test_raw.npy", np.float64, 2)

    def oof_for(self, metric: str) -> Probabilities:
        """The out-of-fold probabilities that stand for a metric.

        Those of `oof`, unless calibration made this metric worse: then the model's own.
        """
        return self.raw_oof if metric in self._kept_raw else self.oof

    def test_for(self, metric: str) -> Probabilities | None:
        """The test probabilities to submit to a board with this metric; as `oof_for`."""
        return self.raw_test if metric in self._kept_raw else self.test

    @property
    def _kept_raw(self) -> list[str]:
        calibration = self.receipt.get("calibration")
        found = calibration.get("raw_for") if isinstance(calibration, Mapping) else None
        return found if isinstance(found, list) else []

    @cached_property
    def history(self) -> list[dict[str, list[float]]]:
        """Training curves, one mapping a fold; empty for models without any."""
        path = self.path / "history.json"
        if not path.exists():
            return []
        curves = _read_json(path)
        if not isinstance(curves, list) or not all(isinstance(fold, dict) for fold in curves):
            raise _damaged(path, "it isn't a list of curves")
        return curves

    def check(self, competition: Competition) -> None:
        """Make sure that the arrays are there and have the competition's shapes.

        Raises
        ------
        EntryError
            Naming the first array that can't be read or doesn't fit.
        """
        classes = competition.n_classes
        for name in ("oof", "test"):
            array = getattr(self, name)
            if array is not None and not (np.isfinite(array).all() and (array >= 0).all()):
                raise _damaged(self.path / f"{name}.npy", "it holds what can't be probabilities")
        if self.oof.shape[1] != classes:
            raise self._misfit("oof.npy", self.oof.shape, (len(self.y), classes))
        if len(self.y) and not 0 <= self.y.min() <= self.y.max() < classes:
            raise _damaged(self.path / "y.npy", f"its labels aren't within 0..{classes - 1}")
        if self.raw_oof.shape != self.oof.shape:
            raise self._misfit("oof_raw.npy", self.raw_oof.shape, self.oof.shape)
        wanted = (len(competition.test_ids), classes)
        if self.test is not None and competition.test_ids and self.test.shape != wanted:
            raise self._misfit("test.npy", self.test.shape, wanted)
        raw = self.raw_test
        if raw is not None and self.test is not None and raw.shape != self.test.shape:
            raise self._misfit("test_raw.npy", raw.shape, self.test.shape)

    def _array(self, name: str, dtype: Any, ndim: int, rows: int | None = None) -> Any:
        path = self.path / name
        try:
            array = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError) as problem:
            raise _damaged(path, str(problem)) from problem
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != ndim:
            raise _damaged(path, f"it isn't a {np.dtype(dtype)} array of {ndim} dimensions")
        if rows is not None and len(array) != rows:
            raise self._misfit(name, array.shape, (rows, *array.shape[1:]))
        return array

    def _misfit(self, name: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> EntryError:
        return EntryError(
            f"its shape is {_times(shape)}, not {_times(wanted)}",
            where=str(self.path / name),
            todo=_DELETE,
        )


def read(path: Path) -> Entry:
    """The entry in folder `path`.

    Raises
    ------
    EntryError
        Where there is none, or its receipt is damaged.
    """
    receipt = _read_json(path / RECEIPT)
    competition = receipt.get("competition") if isinstance(receipt, dict) else None
    if not isinstance(competition, dict) or not isinstance(competition.get("fingerprint"), str):
        raise _damaged(path / RECEIPT, "it doesn't name the competition that was fitted")
    if not isinstance(receipt.get("scores"), dict):
        raise _damaged(path / RECEIPT, "it has no scores")
    return Entry(path, receipt)


def read_all(folder: Path, *, fingerprint: str | None = None) -> list[Entry]:
    """Every sound entry in `folder`, by name; of one competition where a fingerprint is given.

    Damaged ones are left out, so that one of them doesn't stop every command; `broken` names them.
    """
    return [
        found
        for found in _each(folder)
        if isinstance(found, Entry) and fingerprint in (None, found.fingerprint)
    ]


def broken(folder: Path) -> list[str]:
    """What is wrong with each entry in `folder` whose receipt is damaged: one message each."""
    return [str(found) for found in _each(folder) if isinstance(found, EntryError)]


def find(folder: Path, name: str, *, fingerprint: str | None = None) -> Entry:
    """The entry called `name`; its path, as a shell completes it, is taken as well.

    Raises
    ------
    UnknownNameError
        Naming the nearest entries and all of them.
    EntryError
        Where its receipt is damaged, or it was fitted on data with another fingerprint.
    """
    if Path(name).name and Path(name).parent.resolve() == folder.resolve():
        name = Path(name).name
    if not _NAME.fullmatch(name) or not (folder / name).is_dir():
        names = [e.name for e in read_all(folder, fingerprint=fingerprint)]
        if not names:
            raise UsageError(
                f"no entry is called {name!r}; there is none in {folder}",
                where="--entry",
                todo="make one: harness fit",
            )
        raise unknown("entry", name, names)
    entry = read(folder / name)
    if fingerprint not in (None, entry.fingerprint):
        fitted_on = entry.receipt["competition"]
        raise EntryError(
            f"was fitted on other data ({fitted_on.get('name', 'unnamed')})",
            where=str(entry.path),
            todo=f"use --data {fitted_on.get('data') or 'DIR'}, or another entry",
        )
    return entry


def check_name(folder: Path, name: str) -> None:
    """Refuse a name that a new entry can't have, before anything is fitted.

    Raises
    ------
    UsageError
        For a name that is no plain folder name, or taken.
    """
    if not _NAME.fullmatch(name) or len(name.encode()) > LONGEST_NAME:
        raise UsageError(
            f"{name!r} can't be an entry's name",
            where="--name",
            todo=f"use letters, digits, and after the first also . - + = @; at most {LONGEST_NAME}",
        )
    if name == RESERVED:
        raise UsageError(f"{name!r} is the row to beat", where="--name", todo="choose another name")
    if os.path.lexists(folder / name):
        raise UsageError(
            f"there is already an entry called {name!r} in {folder}",
            where="--name",
            todo="choose another name, or delete that folder",
        )


def write(
    folder: Path,
    name: str,
    fill: Callable[[Path], Mapping[str, Any]],
    *,
    numbered: bool = True,
) -> Entry:
    """Make an entry: `fill` writes into a temporary folder and returns the receipt.

    The folder gets its name in one rename, when everything in it has reached the disk.

    Parameters
    ----------
    name : str
        A stem: the entry is called ``stem-001``, ``stem-002``, ... in the order of making.
    numbered : bool
        False takes `name` as it is. Should another fit have taken it since `check_name`, the entry
        is numbered all the same: a finished fit isn't thrown away for its name.

    Raises
    ------
    FileProblem
        When the disk is full or the folder can't be written; nothing is left then.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} can't be an entry's name", where="--name")

    def free_name() -> str:
        if numbered or os.path.lexists(folder / name):
            return _next_name(folder, name)
        return name

    with folders.making(folder) as part:
        receipt = fill(part)
        write_json(part / RECEIPT, receipt)
        return Entry(folders.place(part, free_name), receipt)


def _each(folder: Path) -> Iterator[Entry | EntryError]:
    """Every entry in `folder`, by name and number, or what is wrong with it."""
    try:
        paths = sorted(folder.iterdir(), key=_by_name) if folder.is_dir() else []
    except OSError as problem:
        raise FileProblem(
            f"can't be listed ({problem.strerror})",
            where=str(folder),
            todo="give yourself the right to read it, or use --submissions DIR",
        ) from problem
    for path in paths:
        if path.name.startswith(".") or not os.path.lexists(path / RECEIPT):
            continue
        try:
            yield read(path)
        except EntryError as problem:
            yield problem


def _by_name(path: Path) -> tuple[str, int, str]:
    stem, _, number = path.name.rpartition("-")
    return (stem, int(number), "") if number.isdecimal() else (path.name, 0, path.name)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as problem:
        raise _damaged(path, "it is nested too deeply") from problem
    except OSError as problem:
        raise _damaged(path, problem.strerror or str(problem)) from problem
    except ValueError as problem:
        raise _damaged(path, str(problem)) from problem


def _damaged(path: Path, problem: str) -> EntryError:
    if not path.parent.is_dir() or not os.path.lexists(path):
        return EntryError(
            f"is no entry: there is no {path.name}",
            where=str(path.parent),
            todo="see `harness entries` for those there are",
        )
    return EntryError(f"can't be used ({problem})", where=str(path), todo=_DELETE)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _next_name(folder: Path, stem: str) -> str:
    # Some file systems take upper and lower case for the same name.
    pattern = re.compile(re.escape(stem) + r"-(\d+)", re.IGNORECASE)
    taken = [int(m[1]) for p in folder.iterdir() if (m := pattern.fullmatch(p.name))]
    return f"{stem}-{max(taken, default=0) + 1:03d}"
