"""Processes that end with whoever started them, however that ends.

A process that is fitting, or in a library that doesn't let go, can't look after its parent. Linux
does it, if it is told so; elsewhere a thread waits for the parent's end. Both begin before the
child has loaded anything: a start can take longer than the parent lives.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import context, parent_process
from multiprocessing.connection import wait
from typing import Any

PR_SET_PDEATHSIG = 1


class Child(context.SpawnProcess):
    """A fresh interpreter's process that doesn't outlive its parent."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The first thing that a child reads: before what it will run, which may load libraries.
        return _arrived, (os.getpid(),), self.__dict__

    def run(self) -> None:
        """Watch the parent, and do the work."""
        parent = parent_process()
        if parent is not None:
            watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
            watch.start()
        super().run()


class Context(context.SpawnContext):
    """`multiprocessing`'s, for fresh interpreters that don't outlive this one."""

    Process = Child


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back while processes are started: they inherit that, and start in silence."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _arrived(parent: int) -> Child:
    """In the child: ends it where the parent is dead, and from now on when it dies."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)
    return Child.__new__(Child)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
