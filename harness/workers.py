"""Fits in processes of their own, so that cores are used and any of them can be stopped at once.

Each process is a fresh interpreter with one thread. It gets the competition once, its matrices as
memory-mapped files, and then plan after plan. What it finishes lies in the plan's checkpoint
(`harness.checkpoints`), whole folds only, where the next run finds it. A process whose plan doesn't
come to its end in time is killed, and another one takes its place.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from harness import checkpoints, children, folders
from harness.competition import Competition
from harness.errors import HarnessError
from harness.evaluate.crossval import Fold, fits_together
from harness.plans import FitSettings, plan

MATRICES = ("X", "X_test")
CORES = "HARNESS_CORES"
FOREVER = float("inf")
# So often is told what is under way, in seconds.
TICK = 1.0
DIED = "its process died; is there memory enough?"


@dataclass(frozen=True)
class Done:
    """What came of a plan: where its folds are, or why there are none.

    Attributes
    ----------
    late : bool
        It didn't come to its end in time: `folds` of its `of` folds were finished.
    seconds : float
        Since it was begun.
    per_fold : float
        Seconds that each of the folds took that were finished now; 0 where none was.
    """

    path: Path | None
    problem: str = ""
    cpu_seconds: float = 0.0
    late: bool = False
    folds: int = 0
    of: int = 0
    seconds: float = 0.0
    per_fold: float = 0.0


@dataclass(frozen=True)
class _Task:
    name: Any
    settings: FitSettings
    until: float


@dataclass(eq=False)
class _Worker:
    """A process, and what it is doing."""

    process: children.Child
    pipe: Connection
    task: _Task | None = None
    since: float = 0.0
    folds: int = 0
    of: int = 0
    # When it said how many folds were finished: first, and last.
    told: list[tuple[float, int]] = field(default_factory=list)

    def began(self, task: _Task) -> None:
        """Note what it does from now on."""
        self.task, self.since, self.folds, self.of, self.told = task, time.monotonic(), 0, 0, []

    def says(self, folds: int, of: int) -> None:
        """Note how far it has come."""
        self.folds, self.of = folds, of
        self.told = [*self.told[:1], (time.monotonic(), folds)]

    def timed(self, done: Done) -> Done:
        """What came of its plan, with the time that it took."""
        per_fold = 0.0
        if len(self.told) == 2 and self.told[1][1] > self.told[0][1]:
            (first, before), (last, after) = self.told
            per_fold = (last - first) / (after - before)
        return replace(done, seconds=time.monotonic() - self.since, per_fold=per_fold)

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


@dataclass
class Workers:
    """A few processes that cross-validate; see `working`.

    Attributes
    ----------
    on_tick : callable
        Called again and again while there is work.
    """

    start: Callable[[], _Worker]
    count: int
    on_tick: Callable[[], None] = lambda: None
    _there: list[_Worker] = field(default_factory=list)
    _queue: deque[_Task] = field(default_factory=deque)

    def submit(self, name: Any, settings: FitSettings, until: float = FOREVER) -> None:
        """Have a member cross-validated, its fold models kept, when a process is free.

        Parameters
        ----------
        until : float
            When it has to be done, on the clock of `time.monotonic`: it ends then, or as soon as
            its finished folds show that it won't be.
        """
        self._queue.append(_Task(name, settings, until))

    @property
    def under_way(self) -> dict[Any, tuple[int, int]]:
        """What is being fitted: how many folds are finished, and of how many."""
        return {one.task.name: (one.folds, one.of) for one in self._there if one.task is not None}

    def finished(self, until: float = FOREVER) -> Iterator[tuple[Any, Done]]:
        """What is finished next, and next, until nothing is left or the clock says `until`."""
        while True:
            self._deal()
            busy = [one for one in self._there if one.task is not None]
            if not busy:
                return
            ends = min(until, *(one.task.until for one in busy if one.task is not None))
            seconds = min(TICK, max(0.0, ends - time.monotonic()))
            ready = wait([one.pipe for one in busy], timeout=seconds)
            self.on_tick()
            for one in busy:
                if one not in self._there or one.task is None:  # ended since by `forget`
                    continue
                name = one.task.name
                done = self._heard(one) if one.pipe in ready else self._late(one)
                if done is not None:
                    yield name, done
            if time.monotonic() >= until:
                return

    def forget(self) -> None:
        """Drop everything that isn't finished; what is under way is ended."""
        self._queue.clear()
        for one in [one for one in self._there if one.task is not None]:
            self._end(one)

    def stop(self) -> None:
        """End every process now."""
        self._queue.clear()
        while self._there:
            self._end(self._there[0])

    def _deal(self) -> None:
        while self._queue:
            free = next((one for one in self._there if one.task is None), None)
            if free is None and len(self._there) >= self.count:
                return
            if free is None:
                free = self.start()
                self._there.append(free)
            task = self._queue.popleft()
            free.began(task)
            # One that has died meanwhile is found out when it is asked.
            with suppress(OSError):
                free.pipe.send((task.settings, task.until))

    def _heard(self, one: _Worker) -> Done | None:
        """What a process said, if it is the end of its plan."""
        try:
            told = one.pipe.recv()
        except (EOFError, OSError):
            self._end(one)
            return Done(None, DIED)
        if isinstance(told, Done):
            one.task = None
            return one.timed(told)
        one.says(*told)
        return None

    def _late(self, one: _Worker) -> Done | None:
        """End a process whose plan should be done by now."""
        if one.task is None or time.monotonic() < one.task.until:
            return None
        self._end(one)
        return one.timed(Done(None, late=True, folds=one.folds, of=one.of))

    def _end(self, one: _Worker) -> None:
        one.end()
        self._there.remove(one)


@contextmanager
def working(competition: Competition, folder: Path, count: int) -> Iterator[Workers]:
    """Processes for one competition; ended when the block ends.

    Parameters
    ----------
    folder : Path
        Where checkpoints are kept.
    count : int
        How many processes.
    """
    # What a kill leaves there, the next run sweeps.
    with folders.aside(folders.cache_root() / "matrices") as place:
        hollow, files = _parted(competition, place)
        context = children.Context()

        def start() -> _Worker:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, hollow, files, folder))
            with children.undisturbed():
                process.start()
            theirs.close()
            return _Worker(process, ours)

        workers = Workers(start, count)
        try:
            yield workers
        finally:
            workers.stop()


def left_by(competition: Competition, settings: FitSettings, folder: Path) -> Path | None:
    """Where a process keeps what it finishes of a fit; None for one that can't be planned."""
    own = os.environ.get(CORES)
    os.environ[CORES] = "1"  # as in `_start`: how many there are is a part of the checkpoint's name
    try:
        return checkpoints.Checkpoint(folder, plan(competition, settings).key).path
    except HarnessError:
        return None
    finally:
        if own is None:
            del os.environ[CORES]
        else:
            os.environ[CORES] = own


def _parted(competition: Competition, place: Path) -> tuple[Competition, dict[str, Path]]:
    """The competition without its matrices, and the files that hold them."""
    files: dict[str, Path] = {}
    hollow: dict[str, Any] = {"answers": None}  # no fit needs them
    for name in MATRICES:
        matrix = getattr(competition, name)
        if matrix is None:
            continue
        files[name] = place / f"{name}.npy"
        np.save(files[name], matrix)
        hollow[name] = np.empty((0, matrix.shape[1]), dtype=matrix.dtype)
    return replace(competition, **hollow), files


_state: dict[str, Any] = {}


def _serve(pipe: Connection, hollow: Competition, files: dict[str, Path], folder: Path) -> None:
    """In the process: settings first, then the competition, then plan after plan."""
    # Ctrl-C reaches every process of the terminal; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ[CORES] = "1"
    matrices: dict[str, Any] = {n: np.load(path, mmap_mode="r") for n, path in files.items()}
    _state["competition"] = replace(hollow, **matrices)
    _state["folder"] = folder
    with suppress(EOFError, OSError):
        while True:
            settings, until = pipe.recv()
            pipe.send(_cross_validate(settings, until, lambda *folds: pipe.send(folds)))


class _Late(Exception):
    """There isn't the time for the folds that are left."""


def _cross_validate(
    settings: FitSettings,
    until: float = FOREVER,
    say: Callable[[int, int], None] = lambda folds, of: None,
) -> Done:
    from harness.fit import _cross_validated as cross_validated
    from harness.fit import finished_before

    started, cpu_started = time.monotonic(), time.process_time()
    fitted = taken = total = 0

    def cpu() -> float:
        return time.process_time() - cpu_started

    def on_fold(fold: Fold) -> None:
        nonlocal fitted
        fitted += 1
        left = total - taken - fitted
        say(total - left, total)
        # Folds that are trained together come one upon the other: the next may be there already.
        if left and not together:
            now = time.monotonic()
            if now + left * (now - started) / fitted > until:
                raise _Late

    try:
        with suppress_warnings():
            ready = plan(_state["competition"], settings)
            total, together = ready.total, fits_together(ready.pipeline, ready.competition.X)
            checkpoint = checkpoints.Checkpoint(_state["folder"], ready.key)
            with checkpoint.held(settings.model):
                taken = len(finished_before(ready, _state["folder"]))
                say(taken, total)
                cross_validated(ready, checkpoint, bag=True, on_fold=on_fold)
    except _Late:
        return Done(None, "", cpu(), late=True, folds=taken + fitted, of=total)
    except HarnessError as error:
        return Done(None, str(error), cpu())
    return Done(checkpoint.path, "", cpu())


@contextmanager
def suppress_warnings() -> Iterator[None]:
    """Libraries' warnings are for who runs one model, not for who runs a dozen."""
    import warnings

    with warnings.catch_warnings(), suppress(BrokenPipeError):
        warnings.simplefilter("ignore")
        yield
