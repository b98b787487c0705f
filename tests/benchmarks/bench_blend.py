"""Is a blend's score the score the leaderboard gives? Expected against graded over worlds.

``python tests/benchmarks/bench_blend.py [--worlds 30] [--models lda qda svm logistic knn]
[--auto small] [--train-rows 600] [--test-rows 2000]`` draws made worlds, whose answers are known,
fits the models on the same folds, blends them as `harness blend` does, and prints the mean of
(claimed - graded) log-loss with its standard error, for

- member: the best member's out-of-fold score;
- learned: the blend's score on the very rows that taught its weights, what a careless blend would
  report;
- out-of-fold: by weights that other folds taught, before what more rows are worth;
- expected: what the entry's receipt expects of the leaderboard;

and how much better than its best member the blend was graded. ``--auto`` fits `--model auto` of
that effort in each world as well. Negative means optimism.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402
from bench_promise import competition_of  # noqa: E402

from harness.auto import AutoSettings, auto  # noqa: E402
from harness.blend import blend  # noqa: E402
from harness.competition import Competition  # noqa: E402
from harness.competitions.demo import World, draw  # noqa: E402
from harness.entries import Entry  # noqa: E402
from harness.evaluate import ensembles, metrics  # noqa: E402
from harness.fit import FitSettings, fit, plan  # noqa: E402

BOARD = "logloss"


def _graded(entry: Entry, world: World) -> float:
    return metrics.score(BOARD, world.y_test, entry.test_for(BOARD))


def _told(entry: Entry, graded: float) -> dict[str, float]:
    """What the entry claims, less what it was graded; 1 where the interval held."""
    expected = entry.receipt["expected"][BOARD]
    return {
        "out-of-fold": entry.receipt["scores"][BOARD] - graded,
        "expected": expected["score"] - graded,
        "held": float(expected["low"] <= graded <= expected["high"]),
    }


def _blended(
    competition: Competition, world: World, models: list[str], folder: Path
) -> dict[str, float]:
    """A blend of `models` in one world: its claims, and its lead over its best member."""
    members = [fit(plan(competition, FitSettings(model)), folder) for model in models]
    entry = blend(competition, members, folder)
    graded = _graded(entry, world)
    best = min(members, key=lambda one: metrics.score(BOARD, one.y, one.oof_for(BOARD)))
    oofs = [one.oof_for(BOARD) for one in members]
    learned = ensembles.fit(entry.receipt["blend"]["method"], oofs, entry.y)
    found = _told(entry, graded)
    return found | {
        "member": metrics.score(BOARD, best.y, best.oof_for(BOARD)) - _graded(best, world),
        "learned": metrics.score(BOARD, entry.y, learned.apply(oofs)) - graded,
        "graded, best member - blend": _graded(best, world) - graded,
    }


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--first", type=int, default=3000)
    parser.add_argument("--models", nargs="+", default=["lda", "qda", "svm", "logistic", "knn"])
    parser.add_argument("--auto", metavar="EFFORT")
    parser.add_argument("--train-rows", type=int, default=600)
    parser.add_argument("--test-rows", type=int, default=2000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    claims: dict[str, dict[str, list[float]]] = {}
    for seed in range(given.first, given.first + given.worlds):
        world = draw(seed, given.train_rows, given.test_rows, population_rows=1000)
        competition = competition_of(world)
        found = {}
        with tempfile.TemporaryDirectory() as folder:
            try:
                found["blend"] = _blended(competition, world, given.models, Path(folder))
                if given.auto:
                    entry = auto(competition, AutoSettings(effort=given.auto), Path(folder))
                    found["auto"] = _told(entry, _graded(entry, world))
            except Exception as error:  # a class too small in this world
                print(f"world {seed}: {error}".splitlines()[0], flush=True)
                continue
        for kind, told in found.items():
            for name, value in told.items():
                claims.setdefault(kind, {}).setdefault(name, []).append(value)
            shown = ", ".join(f"{name} {value:+.4f}" for name, value in told.items())
            print(f"world {seed} {kind}: {shown}", flush=True)
    for kind, told_of in claims.items():
        held = told_of.pop("held")
        print(f"\n{kind}, {len(held)} worlds; 95 % intervals that held: {np.mean(held):.2f}")
        for name, values in told_of.items():
            error = np.std(values, ddof=1) / np.sqrt(len(values))
            print(f"{name:<28}{np.mean(values):+.4f} ± {error:.4f}")


if __name__ == "__main__":
    main()
