"""Files appear whole or not at all: written beside their place, then renamed into it.

A file in the making is locked by its maker where there are locks, so that what a killed one left
can be told from it: the next one who writes into that folder removes it.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import FileProblem
from harness.locks import PART, hold, sweep_files

# Folders that this process has swept: a folder of many files is listed once.
_swept: set[str] = set()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write; renamed to `path` when the block ends well, removed otherwise.

    Raises
    ------
    FileProblem
        When the disk is full, the folder can't be written or doesn't exist.
    """
    try:
        # A device or a pipe would be replaced by a file.
        if path.exists() and not path.is_file():
            raise OSError(errno.EEXIST, "there is something that is no ordinary file")
        path.parent.mkdir(parents=True, exist_ok=True)
        if (folder := str(path.parent.absolute())) not in _swept:
            _swept.add(folder)
            sweep_files(path.parent)
        part, handle = _part(path)
    except OSError as problem:
        raise cannot_write(path, problem) from problem
    try:
        yield part
        # mkstemp makes files for the owner only; give the mode an ordinary file would have.
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(path)
    except OSError as problem:
        raise cannot_write(path, problem) from problem
    finally:
        part.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def _part(path: Path) -> tuple[Path, int | None]:
    """A new file beside `path`, and the handle that holds its lock until that is closed."""
    while True:
        handle, name = tempfile.mkstemp(prefix=PART, suffix=path.suffix, dir=path.parent)
        if not hold(handle, wait=True):
            os.close(handle)
            return Path(name), None
        # Before it was locked, a sweeper may have taken it for a dead one's.
        if os.fstat(handle).st_nlink:
            return Path(name), handle
        os.close(handle)


def cannot_write(path: Path, problem: OSError) -> FileProblem:
    """An OSError on writing, in the house's form."""
    return FileProblem(
        f"can't be written ({problem.strerror or problem})",
        where=str(path),
        todo="free some space or choose another folder; nothing half-written was left",
    )


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole, indented, keys in the order given."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
