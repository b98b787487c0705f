"""Entries: the record of a fit, one folder each under `submissions/`, written whole.

An entry holds ``receipt.json``, ``oof.npy`` (float64, (n, K)), ``folds.npy`` (int64, (n,)),
``y.npy`` (int64, (n,)), ``test.npy`` (float64, (m, K); only with test rows), ``history.json`` and
the folder ``models/``. Where the probabilities were calibrated, ``oof_raw.npy`` and
``test_raw.npy`` hold the model's own. No file of it can run code when it is opened. Names that
start with a dot are never entries: they are unfinished work.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness import folders
from harness.atomic import write_json
from harness.entry import RECEIPT as RECEIPT
from harness.entry import Entry as Entry
from harness.entry import damaged, read_json
from harness.errors import EntryError, FileProblem, UsageError
from harness.registry import unknown

# The name of the class frequencies on the local leaderboard.
RESERVED = "prior"
LONGEST_NAME = 100
_NAME = re.compile(r"\w[\w.+=@-]*")


def read(path: Path) -> Entry:
    """The entry in folder `path`.

    Raises
    ------
    EntryError
        Where there is none, or its receipt is damaged.
    """
    receipt = read_json(path / RECEIPT)
    competition = receipt.get("competition") if isinstance(receipt, dict) else None
    if not isinstance(competition, dict) or not isinstance(competition.get("fingerprint"), str):
        raise damaged(path / RECEIPT, "it doesn't name the competition that was fitted")
    if not isinstance(receipt.get("scores"), dict):
        raise damaged(path / RECEIPT, "it has no scores")
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
            todo=f"use --data {fitted_on.get('data') or 'DIR'}; where that has changed since, its"
            " competition.toml too, fit it again",
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


def sweep(folder: Path) -> None:
    """Remove the half files that killed runs left beside the entries and in them."""
    if not folder.is_dir():
        return
    folders.sweep(folder)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith("."):
            folders.sweep(entry)
            folders.sweep(entry / "report")


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


def _next_name(folder: Path, stem: str) -> str:
    # Some file systems take upper and lower case for the same name.
    pattern = re.compile(re.escape(stem) + r"-(\d+)", re.IGNORECASE)
    taken = [int(m[1]) for p in folder.iterdir() if (m := pattern.fullmatch(p.name))]
    return f"{stem}-{max(taken, default=0) + 1:03d}"
