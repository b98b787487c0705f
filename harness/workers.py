"""Fits in processes of their own, so that cores are used and any of them can be stopped at once.

Each process is a fresh interpreter with one thread. It gets the competition once, its matrices as
memory-mapped files, and then plan after plan. What it finishes lies in the plan's checkpoint
(`harness.checkpoints`), whole folds only, where the next run finds it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import checkpoints, children, folders
from harness.competition import Competition
from harness.errors import HarnessError
from harness.plans import FitSettings, plan

MATRICES = ("X", "X_test")
CORES = "HARNESS_CORES"


@dataclass(frozen=True)
class Done:
    """What came of a plan: where its folds are, or why there are none."""

    path: Path | None
    problem: str = ""
    cpu_seconds: float = 0.0


class Workers:
    """A few processes that cross-validate; see `working`."""

    def __init__(self, pool: ProcessPoolExecutor, others: set[int | None]) -> None:
        self._pool = pool
        self._others = others
        self._names: dict[Future[Done], Any] = {}

    def submit(self, name: Any, settings: FitSettings) -> None:
        """Have a member cross-validated, its fold models kept, when a process is free."""
        self._names[self._pool.submit(_cross_validate, settings)] = name

    @property
    def waiting(self) -> int:
        """How many were submitted and aren't answered for."""
        return len(self._names)

    def finished(self, until: float = float("inf")) -> Iterator[tuple[Any, Done]]:
        """What is finished next, and next, until nothing is left or the clock says `until`.

        Parameters
        ----------
        until : float
            On the clock of `time.monotonic`.
        """
        while self._names:
            seconds = None if until == float("inf") else max(0.0, until - time.monotonic())
            ready, _ = wait(self._names, timeout=seconds, return_when=FIRST_COMPLETED)
            if not ready:
                return
            for future in ready:
                name = self._names.pop(future)
                try:
                    yield name, future.result()
                except BrokenProcessPool:
                    self._names.clear()
                    yield name, Done(None, "its process died; is there memory enough?")

    def forget(self) -> None:
        """Drop what nobody has begun; what is under way goes on, unheard."""
        for future in self._names:
            future.cancel()
        self._names.clear()

    def stop(self) -> None:
        """End every process now."""
        self.forget()
        for child in multiprocessing.active_children():
            if child.pid not in self._others:
                child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


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
    others = {child.pid for child in multiprocessing.active_children()}
    # What a kill leaves there, the next run sweeps.
    with folders.aside(folders.cache_root() / "matrices") as place:
        pool = ProcessPoolExecutor(
            count,
            mp_context=children.Context(),
            initializer=_start,
            initargs=(*_parted(competition, place), folder),
        )
        workers = Workers(pool, others)
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


def _start(hollow: Competition, files: dict[str, Path], folder: Path) -> None:
    """In the process: settings first, then the competition."""
    # Ctrl-C reaches every process of the terminal; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ[CORES] = "1"
    matrices: dict[str, Any] = {n: np.load(path, mmap_mode="r") for n, path in files.items()}
    _state["competition"] = replace(hollow, **matrices)
    _state["folder"] = folder


def _cross_validate(settings: FitSettings) -> Done:
    from harness.fit import _cross_validated as cross_validated

    started = time.process_time()
    try:
        with suppress_warnings():
            ready = plan(_state["competition"], settings)
            checkpoint = checkpoints.Checkpoint(_state["folder"], ready.key)
            with checkpoint.held():
                cross_validated(ready, checkpoint, bag=True, on_fold=lambda fold: None)
    except HarnessError as error:
        return Done(None, str(error), time.process_time() - started)
    return Done(checkpoint.path, "", time.process_time() - started)


@contextmanager
def suppress_warnings() -> Iterator[None]:
    """Libraries' warnings are for who runs one model, not for who runs a dozen."""
    import warnings

    with warnings.catch_warnings(), suppress(BrokenPipeError):
        warnings.simplefilter("ignore")
        yield
