"""Is the score it prints the score the leaderboard gives? Expected against graded over many worlds.

``python tests/benchmarks/bench_promise.py [--worlds 100] [--train-rows 1000] [--test-rows 2000]
[--processes 2] [--models ...]`` draws made worlds, whose answers are known, fits each model as
`harness fit` does, and prints how often the 95 % interval covered the graded score, the mean of
(expected - graded) in units of the interval's half-width, and what calibration did to the graded
log-loss.
"""

from __future__ import annotations

import argparse
import multiprocessing
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


Found = tuple[str, str, float, float, float, float, float]


def run(task: tuple[int, int, int, list[str]]) -> list[Found]:
    """One world: for each case and board expected, low, high, graded, and graded uncalibrated."""
    seed, train_rows, test_rows, cases = task
    warnings.simplefilter("ignore")
    world = draw(seed, train_rows, test_rows, population_rows=1000)
    competition, found = competition_of(world), []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                entry = fit(plan(competition, CASES[case]), Path(folder))
            except Exception as error:  # a class too small in this world
                print(f"world {seed}, {case}: {error}".splitlines()[0], flush=True)
                continue
            for board, e in entry.receipt["expected"].items():
                graded = metrics.score(board, world.y_test, entry.test_for(board))
                raw = metrics.score(board, world.y_test, entry.raw_test)
                found.append((case, board, e["score"], e["low"], e["high"], graded, raw))
    return found


def line(name: str, board: str, rows: list[tuple[float, ...]]) -> str:
    """A case's row of the table, in Markdown."""
    expected, low, high, graded, raw = np.array(rows).T
    half = ((high - low) / 2).mean()
    off = expected - graded
    covered = ((low <= graded) & (graded <= high)).mean()
    change = graded - raw
    error = change.std(ddof=1) / np.sqrt(len(rows))
    calibration = f"{change.mean():+.4f} +- {error:.4f}" if board == "logloss" else ""
    return (
        f"| {name} | {board} | {len(rows)} | {covered:.3f} | {off.mean() / half:+.2f} +- "
        f"{off.std(ddof=1) / np.sqrt(len(rows)) / half:.2f} | {half:.4f} | {calibration} |"
    )


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--train-rows", type=int, default=1000)
    parser.add_argument("--test-rows", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--models", nargs="*", default=list(CASES))
    given = parser.parse_args()
    started = time.perf_counter()
    seeds = range(given.first, given.first + given.worlds)
    tasks = [(seed, given.train_rows, given.test_rows, given.models) for seed in seeds]
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        for done, world in enumerate(pool.imap(run, tasks), 1):
            for case, board, *numbers in world:
                found.setdefault((case, board), []).append(tuple(numbers))
            if done % 10 == 0:
                print(f"{done} worlds, {time.perf_counter() - started:.0f} s", flush=True)
    print("\n| fit | board | worlds | covered | mean error / half-width | half-width |", end="")
    print(" calibration, graded |\n|---|---|---|---|---|---|---|")
    for (case, board), rows in found.items():
        print(line(case, board, rows))
    for board in dict.fromkeys(board for _, board in found):
        rows = [row for (_, other), some in found.items() if other == board for row in some]
        print(line("all", board, rows))
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
