"""Locks: who is alive, and who may write now.

A file or folder in the making is locked by its maker; the system gives the lock back however the
maker ends, so a lock that can be had means that the maker is dead. Where there are no locks
(Windows, some network file systems), only age tells.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PART = ".part-"
FORGOTTEN_AFTER_SECONDS = 86_400
# As `tempfile` names them: nothing else is touched in folders that aren't the harness's own.
_OWN_FILE = re.compile(re.escape(PART) + r"[a-z0-9_]{8}(\..*)?")
TURN = ".journal-lock"
TURN_SECONDS = 10.0


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool | None]:
    """Hold a folder's or file's lock: True with it, False where another has it, None without."""
    if fcntl is None:
        yield None
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        yield hold(handle, wait=wait)
    finally:
        os.close(handle)


def hold(handle: int, *, wait: bool = False) -> bool | None:
    """Lock an open file until it is closed; as `locked`."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # Some network file systems have none.
        return None
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one, of any process or thread, that changes a record in `folder`.

    Where there are no locks, a file that only one can make takes their place; one that a killed
    process left is passed over after ten seconds.
    """
    with locked(folder, wait=True) as held:
        if held:
            yield
            return
        turn = folder / TURN
        while True:
            try:
                os.close(os.open(turn, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except (FileExistsError, PermissionError):  # Windows: one that is being removed.
                with suppress(OSError):
                    if time.time() - turn.stat().st_mtime > TURN_SECONDS:
                        turn.unlink(missing_ok=True)
                time.sleep(0.01)
        try:
            yield
        finally:
            turn.unlink(missing_ok=True)


def sweep(parent: Path) -> None:
    """Remove the parts in `parent`, folders and files, whose makers are dead."""
    for part in parent.glob(f"{PART}*"):
        _remove_dead(part)


def sweep_files(parent: Path) -> None:
    """`sweep` of a folder that may be anybody's: only files, and only by their exact names."""
    with suppress(OSError), os.scandir(parent) as found:
        named = [one.path for one in found if _OWN_FILE.fullmatch(one.name)]
        for path in named:
            if not Path(path).is_dir():
                _remove_dead(Path(path))


def _remove_dead(part: Path) -> None:
    if part.is_symlink() or not (part.is_dir() or part.is_file()):
        return
    with suppress(OSError), locked(part) as held:
        old = time.time() - part.stat().st_mtime > FORGOTTEN_AFTER_SECONDS
        if not (held or (held is None and old)):
            return
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
