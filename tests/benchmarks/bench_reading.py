"""Reading a CSV file: pandas against harness, for the first time and from the cache.

    python tests/benchmarks/bench_reading.py [--rows 50000] [--columns 264] [--repeats 3]

Each reading is a process of its own, so that memory is measured from nothing; seconds are those of
the reading alone, and of the whole process with its imports. Medians; only ratios mean anything on
another machine. 500 000 rows make 1.4 GB.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.threads import settle

# What is timed: everything but the imports.
READERS = {
    "pandas": (
        "import pandas",
        "pandas.read_csv(path, header=None, dtype='float32').to_numpy()",
    ),
    "pandas, exact": (
        "import pandas",
        "pandas.read_csv(path, header=None, dtype='float32', float_precision='round_trip')"
        ".to_numpy()",
    ),
    "harness, first time": (
        "import polars; from harness.readers import csv, read_table",
        "read_table(path, header=False).numbers",
    ),
    "harness, cached": (
        "from harness.readers import csv, read_table",
        "read_table(path, header=False).numbers",
    ),
}
CHILD = """
import json, resource, sys, time
from pathlib import Path
begun = time.perf_counter()
{imports}
path = Path(sys.argv[1])
started, before = time.perf_counter(), time.process_time()
table = {reading}
done, busy = time.perf_counter(), time.process_time() - before
used = resource.getrusage(resource.RUSAGE_SELF)
kilo = 1024 if sys.platform != "darwin" else 1
peak = used.ru_maxrss * kilo
total = float(table[:, 0].sum(dtype="float64"))
print(json.dumps([done - started, done - begun, busy, peak]))
"""


def write(path: Path, rows: int, columns: int) -> None:
    """A matrix with wide ranges and some constant columns, as feature matrices have."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    scale = np.exp(3 * rng.normal(size=columns))
    with path.open("wb") as file:
        for start in range(0, rows, 10_000):
            block = rng.lognormal(size=(min(10_000, rows - start), columns)) * scale
            block[:, -4:] = 1e6
            pl.from_numpy(block.astype(np.float32)).write_csv(file, include_header=False)


def measure(name: str, path: Path, cache: Path) -> list[float]:
    """Seconds of reading, of imports and reading, of processors while reading; peak bytes."""
    imports, reading = READERS[name]
    code = CHILD.format(imports=imports, reading=reading)
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "HARNESS_CACHE": str(cache)},
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(run.stdout))


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--columns", type=int, default=264)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    settle()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.csv"
        # In a process of its own: a child's peak memory starts at its parent's.
        writer = multiprocessing.get_context("spawn").Process(
            target=write, args=(path, options.rows, options.columns)
        )
        writer.start()
        writer.join()
        found: dict[str, list[list[float]]] = {name: [] for name in READERS}
        for repeat in range(options.repeats):
            cache = Path(folder) / f"cache{repeat}"
            for name in READERS:
                found[name].append(measure(name, path, cache))
        size = path.stat().st_size
    print(f"{options.rows} x {options.columns}, {size / 1e6:.0f} MB, {options.repeats} runs each")
    print(f"{'':20} {'seconds':>8} {'cpu s':>7} {'with imports':>13} {'peak MB':>8} {'ratio':>7}")
    medians = {
        name: [statistics.median(v) for v in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    first = medians["harness, first time"][0]
    for name, (seconds, whole, busy, peak) in medians.items():
        print(
            f"{name:20} {seconds:8.3f} {busy:7.2f} {whole:13.2f} {peak / 1e6:8.0f}"
            f" {seconds / first:7.3f}"
        )
    print("ratio: seconds beside those of harness' first reading")


if __name__ == "__main__":
    main()
