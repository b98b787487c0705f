"""How long a search has taken, over all runs of it: a killed run's minutes count."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from harness import ordinary
from harness._auto import Run
from harness.atomic import write_json

FILE = "clock.json"
# So often the time is written down, in seconds.
EVERY = 2.0


def clock_of(folder: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds, that earlier runs of the search in `folder` took."""
    try:
        told = json.loads(ordinary.read_text(folder / FILE))
        return max(0.0, float(told["seconds"])), max(0.0, float(told["cpu_seconds"]))
    except (OSError, ValueError, TypeError, KeyError):
        return 0.0, 0.0


class Clock:
    """The time of one run, begun where the earlier one was killed.

    Attributes
    ----------
    earlier : float
        Seconds that earlier runs took; `run.began` is moved back by them.
    """

    def __init__(self, folder: Path, run: Run) -> None:
        self.path = folder / FILE
        self.earlier, self.earlier_cpu = clock_of(folder)
        self.run = run
        run.began -= self.earlier
        self.started = time.process_time()
        self.of_children = _children()
        self.written = 0.0

    @property
    def cpu_seconds(self) -> float:
        """Of this process and of those that it started, earlier runs counted."""
        of_children = max(_children() - self.of_children, self.run.cpu_seconds)
        return self.earlier_cpu + time.process_time() - self.started + of_children

    def tick(self) -> None:
        """Write the time down, now and again."""
        now = time.monotonic()
        if now - self.written >= EVERY:
            self.written = now
            told = {"seconds": now - self.run.began, "cpu_seconds": self.cpu_seconds}
            write_json(self.path, told)


def _children() -> float:
    """CPU seconds of processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system
