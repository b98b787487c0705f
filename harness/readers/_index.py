"""What a big file's fingerprint was when it was last hashed, so that 1 GB isn't hashed twice.

A file counts as unchanged while its path, size, inode and both of its times are what they were.
The change time can't be set back by anybody (restoring the modification time moves it). One trap
remains: a file written again within one tick of the clock shows the same times. So a file that
changed within the last two seconds before hashing is never remembered: any later change then falls
on another tick.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from hashlib import blake2b
from pathlib import Path

from harness.atomic import write_text
from harness.errors import FileProblem
from harness.readers._cache import root

FROM_BYTES = 1 << 22
"""Smaller files are hashed every time: it takes less than 5 ms."""

TICK_NS = 2_000_000_000
"""The coarsest clock of a file system in use (FAT)."""


def now() -> int:
    """Nanoseconds, on the clock that file systems stamp files with."""
    return time.time_ns()


def same(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether two looks at a file found it unchanged."""
    return _state(before) == _state(after)


def recall(path: Path, state: os.stat_result) -> str | None:
    """The fingerprint of a file that is unchanged since `remember`, else None."""
    if state.st_size < FROM_BYTES:
        return None
    try:
        known = json.loads(_place(path).read_text(encoding="utf-8"))
        if known["path"] == str(path.absolute()) and known["state"] == _state(state):
            return str(known["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def settled(state: os.stat_result, started: int) -> bool:
    """Whether a file in `state` had been left alone when hashing `started`."""
    return max(state.st_mtime_ns, state.st_ctime_ns) + TICK_NS < started


def remember(path: Path, state: os.stat_result, fingerprint: str) -> None:
    """Keep the fingerprint of a file that had settled when it was hashed."""
    if state.st_size < FROM_BYTES:
        return
    known = {"path": str(path.absolute()), "state": _state(state), "fingerprint": fingerprint}
    # A convenience; without it the file is hashed again next time.
    with contextlib.suppress(FileProblem):
        write_text(_place(path), json.dumps(known))


def _state(state: os.stat_result) -> list[int]:
    return [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev]


def _place(path: Path) -> Path:
    name = blake2b(os.fsencode(path.absolute()), digest_size=16).hexdigest()
    return root() / "index" / f"{name}.json"
