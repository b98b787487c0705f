"""The demo: how long it takes, how hard its worlds are, and what models learn of them.

Run with ``python tests/benchmarks/bench_demo.py [worlds]``: medians of seconds, then the best
possible scores of so many worlds (20). With ``models SEED ...`` instead: 5-fold and test scores of
some of the zoo in those worlds, beside the best possible (minutes).
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

from harness.competition import Competition  # noqa: E402
from harness.competitions import demo  # noqa: E402
from harness.competitions._load import load  # noqa: E402
from harness.competitions._parse import read_spec  # noqa: E402

SCORES = ("accuracy", "logloss", "logloss_cells")
MODELS = {
    "prior": [None],
    "logistic": [None, "quantile"],
    "svm": [None, "quantile"],
    "lightgbm": [None],
    "dense": [None, "quantile"],
}


def median_seconds(job: Callable[[], object], repeats: int = 5) -> float:
    job()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def speed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        draw = median_seconds(demo.draw)
        make = median_seconds(lambda: demo.make(Path(folder)))
    print(f"draw 10907 x 264 into memory {draw:6.2f} s")
    print(f"make, draw and write         {make:6.2f} s   {make / draw:.2f} times the draw")


def worlds(count: int) -> None:
    best = [demo.draw(seed).best for seed in range(count)]
    print(f"\nbest possible in worlds 0..{count - 1}:   mean     sd    min    max")
    for part in ("test", "population"):
        for name in SCORES:
            found = np.array([getattr(getattr(one, part), name) for one in best])
            numbers = (found.mean(), found.std(ddof=1), found.min(), found.max())
            print(f"  {part:10} {name:15}", *(f"{number:6.4f}" for number in numbers))


def learned(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = demo.make(Path(folder), seed=seed)
        competition = load(read_spec(Path(folder) / "competition.toml"))
    best = world.best.test
    print(f"\nworld {seed}: the best possible is {line(best)} on its test rows")
    print(f"  {'model':22}{'5-fold':26}{'test rows':26}seconds")
    for name, scalers in MODELS.items():
        for scaler in scalers:
            started = time.perf_counter()
            folds, test = one_model(world, competition, name, scaler)
            seconds = time.perf_counter() - started
            print(f"  {name:9} {scaler or '':12}{folds:26}{test:26}{seconds:5.1f}", flush=True)


def one_model(
    world: demo.World, competition: Competition, name: str, scaler: str | None
) -> tuple[str, str]:
    """A model's scores out of fold and, fitted on all training rows, on the test rows."""
    from harness.competitions._worlds import scores
    from harness.evaluate.crossval import cross_validate
    from harness.evaluate.splits import stratified
    from harness.prepare.pipeline import build
    from harness.zoo._members import MODELS as ZOO
    from harness.zoo._members import make

    chosen = scaler or ZOO.load(name).SCALER
    pipeline = build(competition, make(name, {}, seed=0), scaler=chosen)
    fold = stratified(competition, folds=5, seed=0)
    oof = np.empty((len(world.y), 10))
    for part in cross_validate(pipeline, competition.X, world.y, fold, n_classes=10):
        oof[part.held_out] = part.proba
    proba = pipeline.fit(competition.X, world.y).predict_proba(world.X_test)
    return line(scores(world.y, oof)), line(scores(world.y_test, proba))


def line(score: demo.Scores) -> str:
    return " ".join(f"{getattr(score, name):.4f}" for name in SCORES)


if __name__ == "__main__":
    if sys.argv[1:2] == ["models"]:
        for argument in sys.argv[2:] or ["0"]:
            learned(int(argument))
    else:
        speed()
        worlds(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
