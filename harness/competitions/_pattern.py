"""A pattern that somebody wrote, matched against ids in a process that can be stopped.

Python's matcher tries every way to part a text: `(a+)+$` takes years for forty letters, and holds
the interpreter all the while. The child does nothing but match, and ends by itself when it has had
its time, even where its parent is gone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from harness.errors import DataError

SECONDS = 10.0
SECONDS_PER_ID = 1e-4
LONGEST_SHOWN = 60

# Marks each id that it is done with on stderr, so that the one it is stuck at is known.
_CHILD = """
import json, os, re, sys, warnings
warnings.simplefilter("ignore")
pattern, ids, seconds = json.load(sys.stdin)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
except (ImportError, ValueError, OSError):
    pass
compiled = re.compile(pattern)
found = []
for one in ids:
    match = compiled.search(one)
    found.append(None if match is None else match[1 if compiled.groups else 0] or "")
    os.write(2, b".")
json.dump(found, sys.stdout)
"""


def cut_out(pattern: str, ids: Sequence[str], *, where: str) -> list[str | None]:
    """What the pattern's first group, or all of it, matches in each id; None where nothing does.

    Raises
    ------
    DataError
        Naming the id that takes too long.
    """
    seconds = SECONDS + SECONDS_PER_ID * len(ids)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=json.dumps([pattern, list(ids), int(seconds) + 1]).encode(),
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as stopped:
        raise _too_long(ids, len(stopped.stderr or b""), where=where) from None
    if done.returncode:
        # Killed at the end of its time, or out of memory.
        raise _too_long(ids, min(len(done.stderr), len(ids) - 1), where=where)
    found: list[str | None] = json.loads(done.stdout)
    return found


def _too_long(ids: Sequence[str], row: int, *, where: str) -> DataError:
    identity = ids[row]
    shown = identity if len(identity) <= LONGEST_SHOWN else identity[:LONGEST_SHOWN] + "..."
    return DataError(
        f"matching it takes too long: row {row + 1}, id {shown!r} ({len(identity)} characters)",
        where=where,
        todo="say it without a repeat inside a repeat, such as ^([^.]+) for what stands before the "
        "first dot; or name a column or a file of groups",
    )
