"""Files go to processes; what comes back is small, what was computed is in the store.

A file that kills its process (a decoder's crash) takes nobody with it: the others that were under
way are worked on again one by one, and it is skipped. Workers end with whoever started them,
however that ends.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from harness import children
from harness.audio.plan import AudioPlan
from harness.audio.work import Bench, Outcome
from harness.threads import settle

# How many files wait in a worker's queue.
AHEAD = 4
CRASHED = Outcome("", stage="decode", why="makes its decoder crash")

_bench: Bench | None = None


def run(
    paths: Sequence[Path], plan: AudioPlan, folder: Path, *, jobs: int
) -> Iterator[tuple[int, Outcome]]:
    """Work on every file; gives (position in `paths`, outcome) as they are done.

    Parameters
    ----------
    paths : sequence of Path
    plan : AudioPlan
    folder : Path
        The store's.
    jobs : int
        Processes; with 1 it is this one.
    """
    if jobs == 1 or len(paths) == 1:
        bench = Bench(plan, folder)
        for at, path in enumerate(paths):
            yield at, bench.work(path)
        return
    left = deque(range(len(paths)))
    while left:
        suspects = yield from _round(paths, left, plan, folder, jobs)
        for at in suspects:
            # Alone, so that it is known who did it.
            if (yield from _round(paths, deque([at]), plan, folder, 1)):
                yield at, CRASHED


def _round(
    paths: Sequence[Path], left: deque[int], plan: AudioPlan, folder: Path, jobs: int
) -> Generator[tuple[int, Outcome], None, list[int]]:
    """Take from `left` until it is empty or a worker dies; returns who was under way then."""
    pool = ProcessPoolExecutor(
        min(jobs, len(left)),
        # A fresh interpreter: what this one has loaded (TensorFlow, threads) isn't copied.
        mp_context=children.Context(),
        initializer=_begin,
        initargs=(plan, folder),
    )
    under_way: dict[Future[Outcome], int] = {}
    try:
        while left or under_way:
            while left and len(under_way) < jobs * AHEAD:
                with children.undisturbed():
                    future = pool.submit(_work, str(paths[left[0]]))
                under_way[future] = left.popleft()
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                outcome = future.result()
                yield under_way.pop(future), outcome
    except BrokenProcessPool:
        return sorted(under_way.values())
    finally:
        # Nobody waits for what is under way when this ends early.
        processes = list((pool._processes or {}).values()) if under_way else []
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
    return []


def _begin(plan: AudioPlan, folder: Path) -> None:
    """A worker's first act."""
    settle()
    # Ctrl-C reaches the whole group; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _bench
    _bench = Bench(plan, folder)


def _work(path: str) -> Outcome:
    if _bench is None:
        raise RuntimeError("the worker has no plan")
    return _bench.work(Path(path))
