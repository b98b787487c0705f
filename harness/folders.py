"""Folders appear whole or not at all: filled beside their place, then renamed into it.

What a killed run left behind is swept by the next one: a folder in the making is locked by its
maker (`harness.locks`).
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.atomic import cannot_write
from harness.errors import FileProblem, UsageError
from harness.locks import PART as PART
from harness.locks import locked as locked
from harness.locks import sweep as sweep


def cache_root() -> Path:
    """``HARNESS_CACHE``, else the user's cache folder; losing it costs time, never an answer."""
    named = os.environ.get("HARNESS_CACHE")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("harness", appauthor=False))


def refuse_nothing(places: Iterable[Path], option: str) -> None:
    """Raise a UsageError for the first that isn't there, or is an empty folder."""
    for place in places:
        if not place.exists() or (place.is_dir() and not any(place.iterdir())):
            raise UsageError(
                "there is nothing", where=f"{option} {place}", todo="name a folder with data"
            )


@contextmanager
def making(parent: Path) -> Iterator[Path]:
    """A temporary folder in `parent` to fill and `place`; removed if it wasn't placed.

    Raises
    ------
    FileProblem
        When the disk is full, or `parent` can't be made or written.
    """
    with ExitStack() as stack:
        try:
            part = _part(parent, stack)
            # mkdtemp makes folders for the owner only; give the mode an ordinary one would have.
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o777 & ~umask)
            yield part
        except FileProblem:
            raise
        except OSError as problem:
            raise cannot_write(parent, problem) from problem


@contextmanager
def aside(parent: Path) -> Iterator[Path]:
    """A temporary folder in `parent`, gone at the end; what killed runs left is gone before.

    Raises
    ------
    FileProblem
        When `parent` can't be made or written.
    """
    with ExitStack() as stack:
        try:
            part = _part(parent, stack)
        except OSError as problem:
            raise cannot_write(parent, problem) from problem
        yield part


def _part(parent: Path, stack: ExitStack) -> Path:
    """A new locked part in `parent`, which lives as long as `stack`; dead ones are swept."""
    parent.mkdir(parents=True, exist_ok=True)
    # The lock on `parent` closes the gap between making a part and locking it, in which another
    # run would take it for a dead one's.
    with locked(parent, wait=True):
        sweep(parent)
        part = Path(tempfile.mkdtemp(prefix=PART, dir=parent))
        stack.callback(shutil.rmtree, part, ignore_errors=True)
        stack.enter_context(locked(part))
    return part


def place(part: Path, name: Callable[[], str]) -> Path:
    """Give a filled part its name, once everything in it has reached the disk.

    Parameters
    ----------
    part : Path
    name : callable
        Gives a free name; asked again when another run has taken it meanwhile.
    """
    for root, _, files in os.walk(part):
        for file in files:
            _sync(Path(root, file))
        _sync(Path(root))
    while True:
        path = part.parent / name()
        try:
            # An empty folder of that name would be replaced silently; anything else refuses.
            if os.path.lexists(path):
                continue
            part.rename(path)
        except OSError as problem:
            if problem.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            _sync(part.parent)
            return path


def _sync(path: Path) -> None:
    """Bring a file or folder to the disk: a name that outlives a power cut needs its content."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as problem:
        # Some file systems can't sync a folder, which is no reason to fail.
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
