"""A run of `harness.auto` against the clock: who is begun, and who is given up.

1. Every row of the portfolio is begun, in its order, with an equal share of the time that is left
   for rows not begun yet: what is slow can't keep the others from their turn. Folds that were
   finished are kept.
2. In the time that is left, what can still finish is begun: rows not begun yet, rows given up whose
   finished folds say how long they take, rows that have twice the time now that they had, further
   repeats of rows that carry weight, and last, with nothing else to do, any row given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness._auto import FIRST_SHARE, Run
from harness.threads import cores
from harness.workers import FOREVER, Done, Workers

# Folds take as long as those before them, more or less.
SLACK = 1.1
# A row that didn't finish a fold in its turn gets another one of so many times that length.
MORE = 2.0
# A row gets so many seconds at least, if there are as many: a process takes some to begin.
LEAST_SECONDS = 10.0

Key = tuple[str, int]


@dataclass(frozen=True)
class _Slow:
    """A row that was given up, and what is known of it."""

    folds: int
    of: int
    seconds: float
    per_fold: float

    @property
    def needs(self) -> float | None:
        """Seconds that it still takes; None where no fold tells."""
        return self.per_fold * (self.of - self.folds) if self.per_fold else None

    def why(self, left: float) -> str:
        """Why it isn't there, in a word or two."""
        shown = f"{self.folds} of {self.of or 'its'} folds in {self.seconds:.0f} s"
        if self.needs is None:
            return f"it was too slow: {shown}"
        return f"it was too slow: {shown}, about {self.needs:.0f} s more with {left:.0f} s left"


class Budget:
    """The rows of one run, against the clock."""

    def __init__(self, run: Run, workers: Workers) -> None:
        self.run = run
        self.workers = workers
        self.queue = list(run.rows)
        self.under_way: set[Key] = set()
        self.slow: dict[str, _Slow] = {}
        self.costs: dict[str, float] = {}
        self.shares: dict[str, float] | None = None
        # Rows that were begun a second time.
        self.tried_twice: set[str] = set()

    def search(self, resumed: Path | None = None) -> None:
        """Both parts; at least one row comes out, however late.

        Parameters
        ----------
        resumed : Path, optional
            Where an earlier run of the same search left its folds: whole rows are taken first.
        """
        if resumed is not None:
            for name in list(self.queue):
                if (path := self.run.left(name, resumed)) is not None:
                    self.queue.remove(name)
                    self._hear(name, 0, Done(path))
        self._first()
        self._then()
        if not self.run.found:
            self._whatever_comes()
        self._tell()

    def _first(self) -> None:
        end = self.run.until(FIRST_SHARE)
        for (name, repeat), done in self._working(lambda: self._deal_first(end)):
            self._hear(name, repeat, done)

    def _deal_first(self, end: float) -> bool:
        now, ready = time.monotonic(), self._ready()
        if not ready or now >= end:
            return False
        # What waits for a relative may come to its turn.
        waiting = sum(self.run.wanted.get(name, True) for name in self.queue)
        share = max(LEAST_SECONDS, (end - now) * cores() / waiting)
        self._begin(ready[0], 0, min(end, now + share))
        return True

    def _then(self) -> None:
        end = self.run.until()
        for (name, repeat), done in self._working(lambda: self._deal_then(end)):
            self._hear(name, repeat, done)

    def _deal_then(self, end: float) -> bool:
        left = end - time.monotonic()
        if left <= 0:
            return False
        if ready := self._ready():
            self._begin(ready[0], 0, end)
            return True
        known = [(n, one.needs) for n, one in self.slow.items() if n not in self.tried_twice]
        for name, needs in known:
            if needs is not None and needs * SLACK <= left:
                return self._again(name, end)
        # Another member brings more than a repeat does, if it has far more time than it had.
        for name, needs in known:
            if needs is None and self.slow[name].seconds * MORE <= left:
                return self._again(name, end)
        for name, repeat in self._repeats():
            if self.costs.get(name, FOREVER) * SLACK <= left:
                self._begin(name, repeat, end)
                return True
        # Nothing else can be done with the time.
        for name, needs in known:
            if needs is None and self.slow[name].seconds < left:
                return self._again(name, end)
        return False

    def _again(self, name: str, end: float) -> bool:
        self.tried_twice.add(name)
        self._begin(name, 0, end)
        return True

    def _repeats(self) -> Iterator[Key]:
        """Rows that carry weight, on other folds; all of them before any a second time."""
        run = self.run
        if not run.found:
            return
        if self.shares is None:
            self.shares = run.shares()
        begun = self.under_way | set(run.unfinished)
        for repeat in range(1, run.effort.repeats):
            for name, share in self.shares.items():
                there = repeat in run.found[name].folds or (name, repeat) in begun
                if not there and run.effort.repeated(run.rows[name], share):
                    yield name, repeat

    def _ready(self) -> list[str]:
        """Rows that wait for nothing but a free process."""
        rows = self.run.rows
        return [n for n in self.queue if self.run.wanted.get(n, rows[n].after is None)]

    def _begin(self, name: str, repeat: int, until: float) -> None:
        if name in self.queue:
            self.queue.remove(name)
        self.under_way.add((name, repeat))
        self.run.submit(self.workers, (name, repeat), name, repeat, until)

    def _working(self, deal: Callable[[], bool]) -> Iterator[tuple[Key, Done]]:
        """Keep every process at work with what `deal` begins; gives what has come to its end."""
        while True:
            while len(self.under_way) < cores() and deal():
                pass
            if not self.under_way:
                return
            for key, done in self.workers.finished():
                self.under_way.discard(key)
                yield key, done
                break

    def _hear(self, name: str, repeat: int, done: Done) -> None:
        run = self.run
        if done.late:
            if repeat:
                run.unfinished[(name, repeat)] = f"{done.folds} of {done.of or 'its'} folds"
            else:
                self.slow[name] = _Slow(done.folds, done.of, done.seconds, done.per_fold)
            return
        self.slow.pop(name, None)
        run.hear(name, repeat, done, len(self.queue))
        if repeat == 0:
            self.shares = None
            self.costs[name] = run.seconds_of(name)
            run.look_after(name)

    def _whatever_comes(self) -> None:
        """The first row, or the one that is nearest to its end, however long it takes."""
        names = [n for n in self.run.rows if n not in self.run.problems]
        names.sort(key=lambda n: -self.slow[n].folds if n in self.slow else 0)
        for name in names:
            self._begin(name, 0, FOREVER)
            for (found, repeat), done in self.workers.finished():
                self.under_way.discard((found, repeat))
                self._hear(found, repeat, done)
            if self.run.found:
                self.run.stopped = "the budget was over before the first member was done"
                return

    def _tell(self) -> None:
        """Say of every row without a result why there is none."""
        left = max(0.0, self.run.until() - time.monotonic())
        for name, row in self.run.rows.items():
            if name in self.run.found or name in self.run.problems or name in self.run.untried:
                continue
            if name in self.slow:
                self.run.untried[name] = self.slow[name].why(left)
            elif row.after is not None and row.after not in self.run.found:
                self.run.untried[name] = f"{row.after}, which comes before it, wasn't finished"
            else:
                self.run.untried[name] = "no time was left to begin it"
