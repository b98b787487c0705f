"""Processes that end with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A parent whose child writes its number into a file and then works on.
PARENT = """
import ctypes, os, sys, time
from pathlib import Path
from harness.children import Context

def work(told, how):
    Path(told + ".new").write_text(str(os.getpid()))
    os.replace(told + ".new", told)
    if how == "stuck":
        ctypes.PyDLL(None).sleep(120)  # never lets another thread of it run
    time.sleep(120)

if __name__ == "__main__":
    child = Context().Process(target=work, args=(sys.argv[1], sys.argv[2]))
    child.start()
    child.join()
"""


def wait_for(what: object, seconds: float = 60) -> bool:
    """Whether `what()` comes true; not how soon."""
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that nobody has asked for its end is dead all the same.
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(os.name != "posix", reason="kills")
@pytest.mark.parametrize("how", ["idle", "stuck"])
def test_a_child_ends_with_its_parent(tmp_path: Path, how: str) -> None:
    if how == "stuck" and sys.platform != "linux":
        pytest.skip("only Linux ends a process that doesn't look")
    script, told = tmp_path / "parent.py", tmp_path / "child"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script), str(told), how])
    assert wait_for(told.exists)
    child = int(told.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait(60)
    assert wait_for(lambda: not lives(child))
