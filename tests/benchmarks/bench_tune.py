"""Is a tuned entry's score the score the leaderboard gives? Expected against graded over worlds.

``python tests/benchmarks/bench_tune.py [--worlds 30] [--model svm] [--trials 15] [--train-rows 600]
[--test-rows 2000]`` draws made worlds, whose answers are known, tunes the model as `harness tune`
does, and prints the mean of (claimed - graded) log-loss with its standard error, for

- search: the best trial's score on the search's own folds, what a careless search would report;
- fresh: the same settings out-of-fold on fresh folds, before what more rows are worth;
- expected: what the entry's receipt expects of the leaderboard;
- unchosen: the same of the settings that the world before chose: a fit that these rows had no say
  in, and so the measure of what choosing alone does;

and how much better than the defaults the tuned entry was graded. Negative means optimism.
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
from bench_promise import competition_of  # noqa: E402

from harness.competitions.demo import World, draw  # noqa: E402
from harness.entries import Entry  # noqa: E402
from harness.evaluate import metrics  # noqa: E402
from harness.fit import FitSettings, fit, plan  # noqa: E402
from harness.tune import prepare, tune  # noqa: E402
from harness.tuning.space import applied  # noqa: E402

BOARD = "logloss"


def _graded(entry: Entry, world: World) -> float:
    return metrics.score(BOARD, world.y_test, entry.test_for(BOARD))


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--first", type=int, default=2000)
    parser.add_argument("--model", default="svm")
    parser.add_argument("--trials", type=int, default=15)
    parser.add_argument("--train-rows", type=int, default=600)
    parser.add_argument("--test-rows", type=int, default=2000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    settings, other = FitSettings(arguments.model), None
    claims: dict[str, list[float]] = {}
    gained, covered, seconds = [], [], []
    for seed in range(arguments.first, arguments.first + arguments.worlds):
        world = draw(seed, arguments.train_rows, arguments.test_rows, population_rows=1000)
        competition = competition_of(world)
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                ready = prepare(competition, settings, trials=arguments.trials)
                found = tune(ready, Path(folder))
                seconds.append(time.perf_counter() - started)
                plain = fit(plan(competition, settings), Path(folder))
                unchosen = None if other is None else fit(plan(competition, other), Path(folder))
            except Exception as error:  # a class too small in this world
                print(f"world {seed}: {error}".splitlines()[0], flush=True)
                continue
            graded, default = _graded(found.entry, world), _graded(plain, world)
            expected = found.entry.receipt["expected"][BOARD]
            record = found.record
            told = {
                "search": record["search_score"] - graded,
                "fresh": record["fresh_score"] - graded,
                "expected": expected["score"] - graded,
                "search - fresh": -record["optimism"],
            }
            if unchosen is not None:
                alone = unchosen.receipt["expected"][BOARD]["score"] - _graded(unchosen, world)
                told |= {"unchosen": alone, "expected - unchosen": told["expected"] - alone}
        other = applied(settings, ready.search.space, found.best.params)
        for name, claim in told.items():
            claims.setdefault(name, []).append(claim)
        gained.append(default - graded)
        covered.append(expected["low"] <= graded <= expected["high"])
        print(
            f"world {seed}: search {record['search_score']:.4f}, fresh {record['fresh_score']:.4f},"
            f" expected {expected['score']:.4f}, graded {graded:.4f}, the defaults {default:.4f}",
            flush=True,
        )
    print(f"\n{arguments.model}, {arguments.trials} trials, {len(covered)} worlds")
    for name, values in {**claims, "graded, defaults - tuned": gained}.items():
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        print(f"{name:<28}{np.mean(values):+.4f} ± {error:.4f}")
    print(f"95 % intervals that held: {np.mean(covered):.2f} of the worlds")
    print(f"seconds a search, median: {np.median(seconds):.1f}")


if __name__ == "__main__":
    main()
