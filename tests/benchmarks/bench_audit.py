"""How many planted leaks the sentinels see, and how often clean pipelines raise an alarm.

    python tests/benchmarks/bench_audit.py [--seeds 5] [--data FOLDER]

Leaks are the functions of tests/evaluate/planted.py, on made worlds; clean pipelines are the
house's models with different preparations, on made worlds, or on FOLDER as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from harness.threads import settle

settle()
TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "evaluate")]

from evaluate.test_audit import LEAKY, world  # noqa: E402

from harness.audit._run import audit  # noqa: E402
from harness.audit._subjects import AuditSettings  # noqa: E402
from harness.competition import Competition  # noqa: E402
from harness.competitions._find import find  # noqa: E402

# Fewer trees than usual, for time; leaks don't depend on them.
CLEAN: tuple[dict[str, Any], ...] = (
    {"model": "logistic"},
    {"model": "logistic", "balance": "smote", "reducer": "pca:3"},
    {"model": "logistic", "balance": "weights", "scaler": "quantile"},
    {"model": "lda", "scaler": "robust", "reducer": "select:4"},
    {"model": "knn", "balance": "over"},
    {"model": "svm", "scaler": "minmax"},
    {"model": "forest", "scaler": "power", "parameters": {"n_estimators": 40}},
    {"model": "extra-trees", "balance": "under", "parameters": {"n_estimators": 40}},
    {"model": "lightgbm", "reducer": "none", "parameters": {"n_estimators": 40}},
    {"model": "dense", "balance": "smote-tomek"},
    {"model": "dense", "reducer": "pca:0.9"},
    {"model": "prior"},
)


def leaks(seeds: int) -> None:
    """Planted leaks seen, by any sentinel."""
    seen = 0
    for name, sentinel in LEAKY.items():
        found = [
            audit(
                world(seed), AuditSettings(function=f"planted:{name}", seed=seed), only=[sentinel]
            )
            for seed in range(seeds)
        ]
        count = sum(bool(one.failed) for one in found)
        seen += count == seeds
        print(f"  {name:<28} {sentinel:<16} {count} of {seeds}", flush=True)
    print(f"{seen} of {len(LEAKY)} planted leaks seen with every seed")


def alarms(data: dict[str, Competition], seeds: int, what: str) -> None:
    """Alarms over clean pipelines."""
    runs = failed = 0
    for settings in CLEAN:
        started, told = time.perf_counter(), []
        for seed in range(seeds):
            given = data.get(str(seed)) or data["all"]
            options = AuditSettings(**settings, seed=seed)
            audited = audit(given, options)
            runs, failed = runs + 1, failed + bool(audited.failed)
            told += audited.failed
        seconds = (time.perf_counter() - started) / seeds
        shown = " ".join(f"{key}={value}" for key, value in settings.items() if key != "parameters")
        print(f"  {shown:<48} {seconds:6.1f} s  {', '.join(told) or 'no alarm'}", flush=True)
    print(f"{what}: {failed} alarms in {runs} audits of {len(CLEAN)} clean pipelines")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", type=Path)
    wanted = parser.parse_args()
    data = {"all": find(wanted.data.resolve())} if wanted.data else None
    os.chdir(TESTS / "evaluate")
    if data is None:
        leaks(wanted.seeds)
        alarms(
            {str(seed): world(seed) for seed in range(wanted.seeds)}, wanted.seeds, "made worlds"
        )
    else:
        alarms(data, wanted.seeds, str(wanted.data))


if __name__ == "__main__":
    main()
