"""Writing and reading back submissions, against pandas and numpy: medians in ms, and ratios.

Run with ``python tests/benchmarks/bench_submission.py [rows ...]``; by default 6544 and a million.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from harness import submission  # noqa: E402
from harness.competition import Competition, Leaderboard  # noqa: E402

CLASSES = tuple(str(k) for k in range(1, 11))
BOARD = Leaderboard("logloss", ("Sample_id", *(f"Class_{k}" for k in CLASSES)))


def competition(rows: int) -> Competition:
    return Competition(
        name="bench",
        root=Path(),
        classes=CLASSES,
        class_names=CLASSES,
        columns=("0",),
        X=np.zeros((1, 1), dtype=np.float32),
        y=np.zeros(1, dtype=np.int64),
        X_test=np.zeros((rows, 1), dtype=np.float32),
        test_ids=tuple(map(str, range(1, rows + 1))),
        fingerprint="bench",
        leaderboards=(BOARD,),
    )


def median_ms(repeats: int, job: Callable[[], object]) -> float:
    job()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        job()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def bench(rows: int, folder: Path) -> None:
    repeats = 15 if rows < 100_000 else 3
    asked = competition(rows)
    proba = np.random.default_rng(0).dirichlet(np.full(10, 0.4), rows)
    ours, theirs = folder / "ours.csv", folder / "pandas.csv"

    def with_pandas() -> None:
        frame = pd.DataFrame(proba, columns=list(BOARD.header[1:]))
        frame.insert(0, BOARD.header[0], np.arange(1, rows + 1))
        frame.to_csv(theirs, index=False)

    write = median_ms(repeats, lambda: submission.write(ours, asked, BOARD, proba))
    pandas = median_ms(repeats, with_pandas)
    check = median_ms(repeats, lambda: submission.read(ours, asked, BOARD, "strict"))
    pandas_read = median_ms(repeats, lambda: pd.read_csv(theirs))
    same = np.array_equal(submission.read(ours, asked, BOARD), proba)
    print(f"{rows} rows x 10 classes ({ours.stat().st_size / 1e6:.1f} MB, bits kept: {same})")
    print(f"  write {write:9.1f} ms, pandas to_csv  {pandas:9.1f} ms: {pandas / write:.1f} times")
    print(f"  check {check:9.1f} ms, pandas read_csv {pandas_read:9.1f} ms (which checks nothing)")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for count in [int(a) for a in sys.argv[1:]] or [6544, 1_000_000]:
            bench(count, Path(name))
