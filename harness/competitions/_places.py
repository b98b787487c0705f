"""The files at a place, those in folders of their own name among them, and what is near a place."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable
from pathlib import Path

from harness.competitions._endings import ENDINGS, ending_of, stem_of
from harness.competitions._rows import listed
from harness.errors import FileProblem, UsageError


def files_in(folder: Path) -> list[Path]:
    """The folder's files by name, hidden ones left out.

    Archives that were unpacked by a click leave ``train.csv/train.csv`` or ``train/train.csv``:
    such a folder is the file in it.
    """
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(folder)
        ) from problem
    files = [path for path in found if path.is_file()]
    names = {path.name for path in files}
    alone = [only for path in found if path.is_dir() and (only := _unpacked(path)) is not None]
    return [*files, *(path for path in alone if path.name not in names)]


def _unpacked(folder: Path) -> Path | None:
    """The table in a folder of its name that holds nothing else."""
    inside = listing(folder)
    if len(inside) != 1 or not inside[0].is_file() or not ending_of(inside[0].name, ENDINGS):
        return None
    only = inside[0]
    return only if folder.name.lower() in (only.name.lower(), stem_of(only)) else None


def listing(folder: Path) -> list[Path]:
    """What a folder holds, hidden files and the Mac's leftovers apart; [] where none may look."""
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "__MACOSX")))
    except OSError:
        return []


def no_such_file(option: str, path: Path, folder: Path | None = None) -> UsageError:
    """The answer to a file that isn't there, with the nearest that is.

    Parameters
    ----------
    folder : Path, optional
        The competition's, which may be left out of `path` by mistake.
    """
    if path.is_dir():
        tables = tables_of(path)
        todo = f"name a file in it: {option} {shlex.quote(str((tables or [path / 'FILE'])[0]))}"
        return UsageError("is a folder, not a file", where=f"{option} {path}", todo=todo)
    for place in (path.parent, folder):
        names = [p.name for p in listing(place or path.parent) if p.is_file()]
        near = difflib.get_close_matches(path.name, names, n=1)
        if near:
            meant = shlex.quote(str((place or path.parent) / near[0]))
            todo = f"did you mean {option} {meant}?"
            return UsageError("there is no such file", where=f"{option} {path}", todo=todo)
    todo = "check the path: it counts from the folder you are in, unless it starts with /"
    if tables := tables_of(path.parent):
        todo = f"the tables in its folder: {some_names(tables)}"
    return UsageError("there is no such file", where=f"{option} {path}", todo=todo)


def tables_of(folder: Path) -> list[Path]:
    """The tables in a folder; [] for a file."""
    if not folder.is_dir():
        return []
    return [p for p in listing(folder) if p.is_file() and ending_of(p.name, ENDINGS)]


def some_names(paths: Iterable[Path]) -> str:
    return listed((path.name for path in paths), 4)
