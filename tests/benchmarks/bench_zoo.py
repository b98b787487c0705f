"""Every model of the zoo on few and on many rows: does it work, how long, with how much memory?

Run with ``python tests/benchmarks/bench_zoo.py [--only NAME ...] [--size 400x50 ...]``. Each model
is fitted on four fifths of drawn rows (ten classes, the rarest 2 %, the columns one block) and
predicts the rest, in a process of its own, with its default scaler. Printed are log-loss beside the
class prior's, processor time and the largest memory of the process and what it started; imports and
the drawing of rows included (about 4 s; 8 s with TensorFlow).

Nets on images and sequences, whose defaults are made for thousands of rows at most, get one epoch
on the large matrix, the VGGs small images and a quarter of their channels; the table says so.

Exits with 1 where a model fails, or takes more than `MOST_MB`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.threads import settle

settle()

import numpy as np  # noqa: E402

from harness.competition import Block, Competition  # noqa: E402
from harness.evaluate import metrics  # noqa: E402
from harness.evaluate.crossval import run_fold  # noqa: E402
from harness.prepare import pipeline  # noqa: E402
from harness.zoo import _members  # noqa: E402

SIZES = {"400x50": (400, 50, (5, 10)), "20000x264": (20_000, 264, (12, 22))}
MOST_MB = 4096.0
# Nobody waits longer for one model.
MOST_CPU_SECONDS = 2 * 3600
CLASSES = 10
SHARES = np.array([0.3, 0.16, 0.12, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.02])
# Nets on a block, on many rows; what they don't take is passed over.
SHORT = {"epochs": 1, "width": 0.25, "size": 32}


def drawn(rows: int, columns: int, shape: tuple[int, int]) -> Competition:
    """Overlapping classes in a few directions of many correlated columns of different scales."""
    rng = np.random.default_rng(0)
    y = rng.choice(CLASSES, size=rows, p=SHARES)
    centres = rng.normal(size=(CLASSES, columns)) * 1.6 / np.sqrt(columns) * np.sqrt(8)
    mixing = np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)) / np.sqrt(columns)
    X = (rng.normal(size=(rows, columns)) + centres[y]) @ mixing
    X = X * np.exp(rng.normal(size=columns)) + rng.normal(size=columns) * 5
    names = tuple(map(str, range(CLASSES)))
    return Competition(
        name="drawn",
        root=Path(),
        classes=names,
        class_names=names,
        columns=tuple(f"c{i}" for i in range(columns)),
        X=X.astype(np.float32),
        y=y.astype(np.int64),
        X_test=None,
        test_ids=(),
        fingerprint="drawn",
        blocks=(Block("mfcc", 0, columns, shape),),
    )


def fit(name: str, size: str) -> dict[str, Any]:
    """Fit and judge one model in this process."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    rows, columns, shape = SIZES[size]
    competition = drawn(rows, columns, shape)
    settings: dict[str, Any] = {}
    model = _members.make(name, settings, seed=0)
    if hasattr(model, "seeing") and rows > 1000:
        known = _members.resolved(name, {})
        settings = {key: value for key, value in SHORT.items() if key in known}
        model = _members.make(name, settings, seed=0)
    built = pipeline.build(competition, model, scaler=_members.MODELS.load(name).SCALER)
    fold = np.random.default_rng(1).integers(5, size=rows)
    done = run_fold(built, competition.X, competition.y, fold, 0, n_classes=CLASSES)
    shares = np.bincount(competition.y[fold != 0], minlength=CLASSES) / (fold != 0).sum()
    prior = np.tile(shares, (len(done.held_out), 1))
    y = competition.y[done.held_out]
    # macOS counts in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {
        "logloss": metrics.score("logloss", y, done.proba),
        "prior": metrics.score("logloss", y, prior),
        "seconds": done.seconds,
        "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "settings": " ".join(_members.written(settings)),
        "notes": list(done.notes),
    }


def measured(name: str, size: str) -> tuple[dict[str, Any] | None, Any, str]:
    """What a process of its own made of one model, its cost, and its last words."""
    from _process_tree import run

    with tempfile.TemporaryDirectory(prefix="bench-zoo-") as folder:
        log = Path(folder) / "log"
        command = [sys.executable, __file__, "--fit", name, "--size", size]
        # Nothing is kept from a run to the next.
        cost = run(command, log=log, environment={**os.environ, "HARNESS_CACHE": folder})
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    try:
        return json.loads(last), cost, ""
    except ValueError:
        return None, cost, last


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these models alone")
    parser.add_argument("--size", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--fit", metavar="NAME", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fit:
        print(json.dumps(fit(asked.fit, asked.size[0])))
        return 0
    failed = []
    for size in asked.size:
        print(f"\n{size}, load average {os.getloadavg()[0]:.1f}")
        print(f"{'model':<18}{'logloss':>9}{'prior':>8}{'CPU s':>9}{'wall s':>9}{'MB':>7}")
        for name in asked.only or _members.MODELS.names():
            found, cost, said = measured(name, size)
            memory = max(cost.peak_mb, found["own_mb"] if found else 0)
            told = f"{cost.cpu_seconds:>9.1f}{cost.seconds:>9.1f}{memory:>7.0f}"
            if found is None:
                failed.append(f"{name} on {size}")
                print(f"{name:<18}{'failed':>9}{'':>8}{told}  {said}", flush=True)
                continue
            if memory > MOST_MB:
                failed.append(f"{name} on {size}: {memory:.0f} MB")
            scores = f"{found['logloss']:>9.4f}{found['prior']:>8.4f}"
            print(f"{name:<18}{scores}{told}  {found['settings']}", flush=True)
    print(f"\nfailed: {'; '.join(failed)}" if failed else "\nall work, below 4 GB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
