"""A progress bar on stderr: folds done and time left. Silent where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.cli import _console


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


@contextmanager
def folds(total: int, what: str) -> Iterator[Bar]:
    """A bar over `total` steps; the function it gives advances by one and names what was done."""
    if not sys.stderr.isatty():
        yield Bar()
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
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console.console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def update(advance: int, label: str) -> None:
            bar.update(task, advance=advance, description=label)

        yield Bar(update)
