"""What is being done, on stderr: a bar on a terminal, a line every half a minute elsewhere.

The line says how long it has taken, what is under way, how much of it is done, and what is left as
far as that is known: of a budget what it leaves, else what the steps so far took each.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.cli import _console

# Seconds between lines where there is no terminal; ``HARNESS_PROGRESS`` says others, 0 none.
EVERY = 30.0
VARIABLE = "HARNESS_PROGRESS"


class Bar:
    """A bar to move: called, it advances by one and says what was done.

    Parameters
    ----------
    update : callable (advance, label), optional
        None where nothing is shown.
    """

    def __init__(self, update: Callable[[int, str], None] | None = None) -> None:
        self._update = update

    def __call__(self, label: str) -> None:
        """Advance by one."""
        self._tell(1, label)

    def say(self, label: str) -> None:
        """Say what is being done, and stay."""
        self._tell(0, label)

    def _tell(self, advance: int, label: str) -> None:
        if self._update is not None:
            self._update(advance, label)


def length(seconds: float) -> str:
    """A length of time as people say it: ``2m 05s``."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {whole % 60:02d}s" if minutes else f"{whole}s"


@contextmanager
def folds(total: int | None, what: str, *, until: float | None = None) -> Iterator[Bar]:
    """A bar over `total` steps; the function it gives advances by one and names what was done.

    Parameters
    ----------
    total : int or None
        None where nobody knows.
    until : float, optional
        When it will be over, on the clock of `time.monotonic`, where that is known.
    """
    if not sys.stderr.isatty():
        with _lines(total, what, until) as lines:
            yield lines
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn() if until is None else TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=_console.console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, left="")

        def update(advance: int, label: str) -> None:
            left = "" if until is None else length(max(0.0, until - time.monotonic()))
            bar.update(task, advance=advance, description=label, left=left)

        yield Bar(update)


@contextmanager
def _lines(total: int | None, what: str, until: float | None) -> Iterator[Bar]:
    """The same without a terminal: lines from a thread of their own, however long a step takes."""
    every = _interval()
    if not every:
        yield Bar()
        return
    started, over = time.monotonic(), threading.Event()
    # Steps done, and what is under way.
    done, under_way = [0], [what]

    def update(advance: int, label: str) -> None:
        done[0] += advance
        under_way[0] = label

    def tell() -> None:
        while not over.wait(every):
            spent = time.monotonic() - started
            told = [length(spent), under_way[0]]
            if total is not None:
                told.append(f"{done[0]} of {total} steps done")
            if until is not None:
                told.append(f"{length(max(0.0, until - time.monotonic()))} left")
            elif total is not None and 0 < done[0] < total:
                told.append(f"about {length(spent / done[0] * (total - done[0]))} left")
            _console.say("; ".join(told))

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield Bar(update)
    finally:
        over.set()
        thread.join()


def _interval() -> float:
    try:
        return max(0.0, float(os.environ.get(VARIABLE, EVERY)))
    except ValueError:
        return EVERY
