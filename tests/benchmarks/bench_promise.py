"""Is the score it prints the score the leaderboard gives? Expected against graded over many worlds.

``python tests/benchmarks/bench_promise.py [--worlds 100] [--train-rows 1000] [--test-rows 2000]
[--models ...]`` draws made worlds, whose answers are known, fits each model as `harness fit` does,
and prints how often the 95 % interval covered the graded score, and the mean of (expected - graded)
in units of the interval's half-width.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402

from harness.competition import Competition, Leaderboard  # noqa: E402
from harness.competitions.demo import World, draw  # noqa: E402
from harness.evaluate import metrics  # noqa: E402
from harness.fit import FitSettings, fit, plan  # noqa: E402

CASES: dict[str, FitSettings] = {
    "logistic": FitSettings("logistic"),
    "logistic C=0.01": FitSettings("logistic", parameters={"C": 0.01}),
    "logistic, weights": FitSettings("logistic", parameters={"C": 0.01}, balance="weights"),
    "lda": FitSettings("lda"),
    "lda, over": FitSettings("lda", balance="over"),
    "extra-trees": FitSettings("extra-trees", parameters={"n_estimators": 50}),
    "dense": FitSettings("dense"),
    "dense, weights": FitSettings("dense", balance="weights"),
    "dense, bag": FitSettings("dense", final="bag"),
}


def competition_of(world: World) -> Competition:
    """A made world as the competition that `harness fit` would see."""
    classes = tuple(str(k) for k in range(1, 11))
    return Competition(
        name=f"world {world.seed}",
        root=Path(),
        classes=classes,
        class_names=classes,
        columns=tuple(map(str, range(world.X.shape[1]))),
        X=world.X,
        y=world.y,
        X_test=world.X_test,
        test_ids=tuple(str(i + 1) for i in range(len(world.X_test))),
        fingerprint=f"world-{world.seed}-{len(world.X)}",
        leaderboards=(
            Leaderboard("accuracy", ("id", "label")),
            Leaderboard("logloss", ("id", *classes)),
        ),
    )


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--train-rows", type=int, default=1000)
    parser.add_argument("--test-rows", type=int, default=2000)
    parser.add_argument("--models", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    started = time.perf_counter()
    found: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    for seed in range(arguments.first, arguments.first + arguments.worlds):
        world = draw(seed, arguments.train_rows, arguments.test_rows, population_rows=1000)
        competition = competition_of(world)
        for case in arguments.models:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    entry = fit(plan(competition, CASES[case]), Path(folder))
                except Exception as error:  # a class too small in this world
                    print(f"world {seed}, {case}: {error}".splitlines()[0])
                    continue
                test = entry.test
            for board, e in entry.receipt["expected"].items():
                graded = metrics.score(board, world.y_test, test)
                found.setdefault((case, board), []).append(
                    (e["score"], e["low"], e["high"], graded)
                )
    print(f"\n{'model':<20}{'board':<10}{'worlds':>7}{'covered':>9}{'bias/half':>11}{'half':>8}")
    for (case, board), rows in found.items():
        expected, low, high, graded = np.array(rows).T
        half = (high - low) / 2
        covered = (low <= graded) & (graded <= high)
        bias = (expected - graded).mean() / half.mean()
        noise = (expected - graded).std() / np.sqrt(len(rows)) / half.mean()
        print(
            f"{case:<20}{board:<10}{len(rows):>7}{covered.mean():>9.3f}"
            f"{bias:>+7.3f}±{noise:.2f}{half.mean():>8.4f}"
        )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
