"""Ten folds of `dense`: sequential ``model.fit`` runs of the same net against ``fit_folds``.

Run with ``python tests/benchmarks/bench_dense.py [seeds]``; five seeds by default. Each draws a
demo world's training rows (4363 x 264, 10 classes), standardises them fold by fold, and fits the
ten folds both ways, one after the other, so that a busy machine slows both. Prints seconds per
cross-validation, their ratio, and the pooled out-of-fold log-loss of both; medians last.

The first seed's time includes tracing the graphs, on both sides; importing TensorFlow is timed
apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from harness.threads import settle

settle()

import numpy as np  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from harness.competitions import demo  # noqa: E402
from harness.evaluate import metrics  # noqa: E402

started = time.perf_counter()
from harness.zoo import dense  # noqa: E402
from harness.zoo._tensorflow import keras  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - started

FOLDS = 10
Parts = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def parts_of(seed: int) -> tuple[np.ndarray, list[np.ndarray], Parts]:
    """A world's labels, the folds' held-out positions, and per fold (X, y, held-out X)."""
    world = demo.draw(seed, test_rows=1, population_rows=1000)
    held_outs, parts = [], []
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for training, held_out in splitter.split(world.X, world.y):
        scaler = StandardScaler().fit(world.X[training])
        X, there = scaler.transform(world.X[training]), scaler.transform(world.X[held_out])
        held_outs.append(held_out)
        parts.append((X, world.y[training], there))
    return world.y, held_outs, parts


def by_keras(parts: Parts, seed: int) -> list[np.ndarray]:
    """What a notebook does: a fresh net per fold, ``compile``, ``fit``, ``predict``."""
    answers = []
    for number, (X, y, held_out) in enumerate(parts):
        # Its initial weights are those of the other ways, its shuffles Keras's own.
        net = dense.make(random_state=1000 * seed + number)._job(X, y).model
        keras.utils.set_random_seed(1000 * seed + number)
        net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        net.fit(X, y, epochs=4, verbose=0)
        answers.append(net.predict(held_out, verbose=0))
    return answers


def by_folds(parts: Parts, seed: int) -> list[np.ndarray]:
    seeds = [1000 * seed + number for number in range(FOLDS)]
    models = dense.make().fit_folds([part[:2] for part in parts], seeds=seeds)
    return [model.predict_proba(part[2]) for model, part in zip(models, parts, strict=True)]


def one_by_one(parts: Parts, seed: int) -> list[np.ndarray]:
    return [
        dense.make(random_state=1000 * seed + number).fit(X, y).predict_proba(held_out)
        for number, (X, y, held_out) in enumerate(parts)
    ]


WAYS: dict[str, Callable[[Parts, int], list[np.ndarray]]] = {
    "model.fit": by_keras,
    "fit_folds": by_folds,
    "one by one": one_by_one,
}


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"importing TensorFlow and Keras: {IMPORT_SECONDS:.1f} s, once in a process\n")
    print("seed  " + "".join(f"{way:>22}" for way in WAYS) + "      ratios to model.fit")
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    losses: dict[str, list[float]] = {way: [] for way in WAYS}
    errors = []
    for seed in range(seeds):
        y, held_outs, parts = parts_of(seed)
        rows = {}
        for way, fit in WAYS.items():
            start = time.perf_counter()
            answers = fit(parts, seed)
            seconds[way].append(time.perf_counter() - start)
            oof = np.empty((len(y), 10))
            for held_out, answer in zip(held_outs, answers, strict=True):
                oof[held_out] = answer
            losses[way].append(metrics.score("logloss", y, oof))
            rows[way] = -np.log(np.maximum(oof[np.arange(len(y)), y], 1e-15))
        errors.append(rows["model.fit"].std() / np.sqrt(len(y)))
        cells = "".join(f"{seconds[w][-1]:>10.2f} s {losses[w][-1]:>9.4f}" for w in WAYS)
        ratios = [seconds["model.fit"][-1] / seconds[way][-1] for way in list(WAYS)[1:]]
        print(f"{seed:>4}  {cells}      " + "  ".join(f"{ratio:.1f}x" for ratio in ratios))
    median = {way: statistics.median(times) for way, times in seconds.items()}
    print("\nmedians: " + ", ".join(f"{way} {median[way]:.2f} s" for way in WAYS))
    for way in list(WAYS)[1:]:
        difference = np.subtract(losses[way], losses["model.fit"])
        # The shuffles differ, so the differences scatter around zero: with the spread of one
        # cross-validation between seeds (0.008 here) rather than to the last digit.
        scatter = difference.std(ddof=1) / np.sqrt(seeds) if seeds > 1 else float("nan")
        print(
            f"{way}: {median['model.fit'] / median[way]:.1f} times as fast; log-loss differs by "
            f"{difference.mean():+.4f} (standard error over the seeds {scatter:.4f}; "
            f"of one out-of-fold score {statistics.mean(errors):.4f})"
        )


if __name__ == "__main__":
    main()
