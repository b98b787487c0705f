"""What a command and everything that it starts costs: processor time, seconds, memory.

Two ways of counting processor time see different things, so both are used and the larger counts:
the operating system's own sum over children that were waited for, and samples of every process of
the tree. Some libraries' workers are never waited for, and some live shorter than a sample. Both
are lower bounds, and so is the larger.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Between two samples of the processor time and of the memory, which costs more to ask for.
SAMPLE, SAMPLE_MEMORY = 0.25, 1.0
# How long what is left of a tree may take to end by itself, in seconds.
GRACE = 5.0


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes
    ----------
    code : int
        What it exited with.
    seconds : float
        By the clock.
    cpu_seconds : float
        User and system, of the whole tree.
    peak_mb : float
        The largest sum over the tree of proportional set sizes (shared pages count once).
    load_before, load_after : float
        The machine's load average over the last minute; `load_before` is other people's work.
    """

    code: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    load_before: float
    load_after: float


class _Tree:
    """Every process seen so far, with its processor time when it was last seen."""

    def __init__(self, root: int) -> None:
        self.seen: dict[psutil.Process, float] = {psutil.Process(root): 0.0}
        self.peak = 0.0

    def alive(self) -> list[psutil.Process]:
        """Those seen that still run, and everything below them."""
        below: dict[int, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                below.setdefault(process.ppid(), []).append(process)
        # Who lost its parent is no longer the root's descendant: begin at everyone known. Ids are
        # used again: is_running() asks whether it is still the same process, and a child is
        # younger than its parent.
        found = [process for process in self.seen if process.is_running()]
        known = set(found)
        for process in found:  # grows
            for child in below.get(process.pid, ()):
                with suppress(psutil.Error):
                    young = child.create_time() >= process.create_time()
                    if young and child not in known and child.is_running():
                        known.add(child)
                        found.append(child)
        return found

    def look(self, *, memory: bool) -> None:
        total = 0.0
        for process in self.alive():
            with suppress(psutil.Error):
                times = process.cpu_times()
                self.seen[process] = times.user + times.system
                if memory:
                    total += _memory(process)
        self.peak = max(self.peak, total)

    def end(self) -> None:
        """Stop what is left: at first by asking, then by force."""
        left = [one for one in self.alive() if one.pid != os.getpid()]
        for process in left:
            with suppress(psutil.Error):
                process.terminate()
        for process in psutil.wait_procs(left, timeout=GRACE)[1]:
            with suppress(psutil.Error):
                process.kill()


def _memory(process: psutil.Process) -> float:
    """Proportional set size in MB; resident set size where the system doesn't tell."""
    try:
        return process.memory_full_info().pss / 2**20
    except (psutil.AccessDenied, AttributeError):
        return process.memory_info().rss / 2**20


def _waited_for() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> Cost:
    """Run it, one at a time, its output into `log`; what it started ends with it.

    Whatever stops this function stops the whole tree.
    """
    load_before, before, started = os.getloadavg()[0], _waited_for(), time.monotonic()
    with log.open("wb") as out:
        # A session of its own: a competitor that signals its whole group reaches nobody else.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(environment),
            start_new_session=True,
        )
        tree = _Tree(process.pid)
        try:
            asked = float("-inf")
            while process.poll() is None:
                now = time.monotonic()
                memory = now - asked >= SAMPLE_MEMORY
                asked = now if memory else asked
                tree.look(memory=memory)
                time.sleep(SAMPLE)
            seconds = time.monotonic() - started
        finally:
            tree.end()
            process.wait()
    return Cost(
        code=process.returncode,
        seconds=round(seconds, 3),
        cpu_seconds=round(max(sum(tree.seen.values()), _waited_for() - before), 3),
        peak_mb=round(tree.peak, 1),
        load_before=round(load_before, 2),
        load_after=round(os.getloadavg()[0], 2),
    )
