"""Peak memory of fitting a net on a matrix that stays on the disk: 4000 images of 200 x 300.

``python tests/benchmarks/bench_stream.py [ROWS] [--folder DIR]`` prints the matrix's size, the
memory of the process before and at its fullest (its own, and with the mapped pages that the system
may take back whenever it likes), and the CPU seconds of one fold.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

SHAPE = (200, 300)
CLASSES = 4


def memory(field: str) -> float:
    """Megabytes that the system counts under a name of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1000
    return float("nan")


class Peak:
    """The largest memory that is the process's own, looked at every few milliseconds."""

    def __enter__(self) -> Peak:
        self.most, self.ended = 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def _look(self) -> None:
        while not self.ended.wait(0.005):
            self.most = max(self.most, memory("RssAnon"))

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()


def write(path: Path, rows: int) -> np.ndarray:
    """Images of noise, each with a bright line that tells its class; the labels."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, rows)
    width = SHAPE[0] * SHAPE[1]
    X = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, width))
    for row in range(rows):
        image = rng.normal(size=SHAPE).astype(np.float32)
        image[40 * y[row] + 20 : 40 * y[row] + 40] += 0.5
        X[row] = image.ravel()
    X.flush()
    return y


def main() -> None:
    """Fit one of five folds, and predict what it holds out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=4000)
    parser.add_argument("--folder", type=Path, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
        path = Path(place) / "X.npy"
        y = write(path, chosen.rows)
        from harness.competition import Block, Competition
        from harness.evaluate.crossval import run_fold
        from harness.prepare import pipeline
        from harness.zoo import _members

        X = np.load(path, mmap_mode="r").view(np.ndarray)
        names = tuple(map(str, range(CLASSES)))
        world = Competition(
            name="stream",
            root=Path(place),
            classes=names,
            class_names=names,
            columns=tuple(map(str, range(X.shape[1]))),
            X=X,
            y=y,
            X_test=None,
            test_ids=(),
            fingerprint="stream",
            blocks=(Block("mel", 0, X.shape[1], SHAPE),),
        )
        model = _members.make("cnn-image", {"side": 32, "filters": (8,), "epochs": 2}, seed=0)

        before = memory("RssAnon")
        started = time.process_time()
        built = pipeline.build(world, model, scaler="none")
        with Peak() as peak:
            done = run_fold(built, X, y, np.arange(len(y)) % 5, 0, n_classes=CLASSES)
        print(f"the matrix       {X.nbytes / 1e6:8.0f} MB")
        print(f"own, before      {before:8.0f} MB")
        print(f"own, at most     {peak.most:8.0f} MB")
        print(f"with mapped pages{memory('VmHWM'):8.0f} MB")
        print(f"CPU              {time.process_time() - started:8.1f} s")
        print(f"accuracy         {done.scores['accuracy']:8.3f}")


if __name__ == "__main__":
    main()
