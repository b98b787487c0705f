"""Expected against graded where test rows share none, some or all of their groups with training.

``python tests/benchmarks/bench_groups.py [--worlds 40] [--model logistic]`` draws worlds of rows in
groups (songs of artists) whose labels follow the group and two numbers, lets none, 30 %, 60 % or
all of the test rows' groups be known, writes the files, describes them with `harness new`'s
inference, fits, and grades the test rows. Prints how often the 95 % interval covered, and the mean
of (expected - graded) in half-widths; beside it the same with the wrong split: groups whole where
test rows' are known, and rows dealt at random where they are new.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402

from harness.competition import Competition  # noqa: E402
from harness.competitions._new import describe  # noqa: E402
from harness.evaluate import metrics  # noqa: E402
from harness.fit import FitSettings, fit, plan  # noqa: E402

SHARES = (0.0, 0.3, 0.6, 1.0)
GROUPS, ROWS_A_GROUP, CLASSES = 150, 8, 3


def write(folder: Path, seed: int, known: float) -> dict[str, str]:
    """A world's files; the answers by id."""
    random = np.random.default_rng(seed)
    artist = np.repeat(np.arange(GROUPS), ROWS_A_GROUP)
    X = random.normal(size=(len(artist), 2)) + 0.5 * random.normal(size=(GROUPS, 2))[artist]
    scores = 1.5 * random.normal(size=(GROUPS, CLASSES))[artist]
    scores += X @ random.normal(size=(2, CLASSES))
    y = (scores + random.gumbel(size=scores.shape)).argmax(axis=1)
    # A third of the rows is tested: rows of groups that training lacks, and rows dealt at random.
    test_rows = len(artist) // 3
    new = artist < round((1 - known) * test_rows / ROWS_A_GROUP)
    others = random.permutation(np.flatnonzero(~new))[: test_rows - int(new.sum())]
    test = new.copy()
    test[others] = True
    lines = [f"{k},artist {artist[k]},{X[k, 0]:.4f},{X[k, 1]:.4f}" for k in range(len(artist))]
    order = random.permutation(len(artist))
    labelled = [f"{lines[k]},{'xyz'[y[k]]}" for k in order if not test[k]]
    tests = [lines[k] for k in order if test[k]]
    (folder / "train.csv").write_text("\n".join(["id,artist,a,b,genre", *labelled]) + "\n")
    (folder / "test.csv").write_text("\n".join(["id,artist,a,b", *tests]) + "\n")
    return {str(k): "xyz"[y[k]] for k in np.flatnonzero(test)}


def other(competition: Competition) -> Competition:
    """The same with the other split: groups whole where rows were dealt, and the other way."""
    if competition.groups is not None:
        return replace(competition, groups=None, group_names=(), fingerprint="dealt")
    column = competition.columns.index("artist")
    codes = competition.X[:, column].astype(np.int64)
    names = competition.text[column]
    return replace(competition, groups=codes, group_names=tuple(names), fingerprint="whole")


def judged(competition: Competition, answers: dict[str, str], model: str, folder: Path) -> tuple:
    """Whether the interval covered, and the error in half-widths."""
    entry = fit(plan(competition, FitSettings(model)), folder)
    y = np.array([competition.classes.index(answers[i]) for i in competition.test_ids])
    graded = metrics.score("logloss", y, np.asarray(entry.test))
    told = entry.expected("logloss")
    half = (told["high"] - told["low"]) / 2
    return told["low"] <= graded <= told["high"], (told["score"] - graded) / half


def main() -> None:
    """Measure, and print a line a share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--model", default="logistic")
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    options = parser.parse_args()
    for known in map(float, options.shares.split(",")):
        rows = []
        for seed in range(options.worlds):
            with tempfile.TemporaryDirectory() as place:
                data = Path(place) / "data"
                data.mkdir()
                answers = write(data, seed, known)
                competition = describe(data).competition
                right = judged(competition, answers, options.model, Path(place) / "right")
                wrong = judged(other(competition), answers, options.model, Path(place) / "wrong")
                rows.append((*right, *wrong))
        covered, error, covered_wrong, error_wrong = np.array(rows, dtype=float).mean(axis=0)
        print(
            f"{known:>4.0%} known: covered {covered:.3f}, error {error:+.2f} half-widths; "
            f"with the wrong split {covered_wrong:.3f}, {error_wrong:+.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
