"""Ordinary tables: what `fit --model lightgbm` and `auto` make of them, beside five plain lines.

Run with ``python tests/benchmarks/bench_tables.py [--sets a,b] [--auto] [--splits 1]``. Of each set
(see `_tables`) a random quarter is held out; files are written as Kaggle gives them, described with
`harness new`'s inference, and fitted without an option. Prints log-loss and accuracy of the
held-out rows, CPU seconds, and the ratios to the five lines; the harness's seconds hold five folds,
the final fit and what it needs to say what to expect, so that the five lines' are counted six
times.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from _tables import Set, five_lines, sets  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

from harness.auto import AutoSettings, auto  # noqa: E402
from harness.competitions._new import describe  # noqa: E402
from harness.fit import FitSettings, fit, plan  # noqa: E402

FITS = 6


def parted(one: Set, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the training and of the held-out rows; stratified where classes allow."""
    y = one[1]
    many = np.unique(y, return_counts=True)[1].min() >= 4
    return tuple(
        train_test_split(
            np.arange(len(y)), test_size=0.25, random_state=seed, stratify=y if many else None
        )
    )


def scores(classes: np.ndarray, proba: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Log-loss and accuracy."""
    place = {label: k for k, label in enumerate(classes)}
    own = np.array([place.get(label, -1) for label in y])
    chance = np.where(own < 0, 1e-15, proba[np.arange(len(y)), own])
    return float(-np.log(np.maximum(chance, 1e-15)).mean()), float((proba.argmax(1) == own).mean())


def cpu() -> float:
    """CPU seconds of this process and of those that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(name: str, one: Set, seed: int, *, with_auto: bool) -> dict[str, tuple[float, ...]]:
    """Log-loss, accuracy and CPU seconds of each way."""
    (X, y), (train, test) = one, parted(one, seed)
    started = cpu()
    classes, proba = five_lines((X.iloc[train], y[train]), X.iloc[test])
    found = {"five lines": (*scores(classes, proba, y[test]), FITS * (cpu() - started))}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / name
        data.mkdir()
        frame = X.assign(row_id=np.arange(len(y)) + 1)
        frame.iloc[train].assign(label=y[train]).to_csv(data / "train.csv", index=False)
        frame.iloc[test].to_csv(data / "test.csv", index=False)
        competition = describe(data).competition
        order = [int(i) - 1 for i in competition.test_ids]
        classes = np.array(competition.classes)
        started = cpu()
        entry = fit(plan(competition, FitSettings("lightgbm")), Path(folder) / "entries")
        found["lightgbm"] = (*scores(classes, np.asarray(entry.test), y[order]), cpu() - started)
        if with_auto:
            started = cpu()
            entry = auto(competition, AutoSettings(effort="small"), Path(folder) / "auto")
            found["auto"] = (*scores(classes, np.asarray(entry.test), y[order]), cpu() - started)
    return found


def main() -> None:
    """Measure, and print a line a set as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(sets()))
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--auto", action="store_true")
    options = parser.parse_args()
    every = sets()
    rows = []
    for name in options.sets.split(","):
        one = every[name]()
        for seed in range(1, options.splits + 1):
            began = time.perf_counter()
            found = measure(name, one, seed, with_auto=options.auto)
            plain = found["five lines"]
            told = [f"{name:<16}{len(one[1]):>7} x {one[0].shape[1]:<4}"]
            for way, (loss, accuracy, seconds) in found.items():
                told.append(f"{way} {loss:.4f} / {accuracy:.3f} / {seconds:.1f} s")
                if way != "five lines":
                    rows.append(
                        (way, name, loss / plain[0], accuracy - plain[1], seconds / plain[2])
                    )
                    told.append(f"({loss / plain[0]:.3f}, {seconds / plain[2]:.1f} x)")
            print("  ".join(told), f"[{time.perf_counter() - began:.0f} s]", flush=True)
    table = pd.DataFrame(rows, columns=["way", "set", "loss", "accuracy", "seconds"])
    for way, part in table.groupby("way"):
        mean = part.groupby("set")[["loss", "accuracy", "seconds"]].mean()
        print(
            f"{way}: geometric mean of log-loss ratios {np.exp(np.log(mean.loss).mean()):.3f}, "
            f"not worse on {int((mean.loss <= 1).sum())} of {len(mean)} sets, "
            f"accuracy {100 * mean.accuracy.mean():+.2f} points, "
            f"CPU ratio {mean.seconds.median():.1f} in the median"
        )


if __name__ == "__main__":
    main()
