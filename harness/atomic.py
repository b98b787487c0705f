"""Files appear whole or not at all: written beside their place, then renamed into it.

A file in the making is locked by its maker where there are locks, so that what a killed one left
can be told from it; `harness.folders.sweep` removes that.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness.errors import FileProblem

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write; renamed to `path` when the block ends well, removed otherwise.

    Raises
    ------
    FileProblem
        When the disk is full, the folder can't be written or doesn't exist.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
    except OSError as problem:
        raise cannot_write(path, problem) from problem
    part, held = Path(name), _held(handle)
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
        if held:
            os.close(handle)


def _held(handle: int) -> bool:
    """Lock a new file until its handle is closed; False where that can't be: it is closed then."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    os.close(handle)
    return False


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
