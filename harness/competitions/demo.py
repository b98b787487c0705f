"""The embedded competition: made by the project, with the best possible score known.

It has the shape of `mlbp2018` and needs nobody's data. What `fit` reads lies in its folder; what it
must not see lies in ``answers/``, which `competition.toml` names under ``[answers]`` alone:

- ``test_labels.csv``, the test rows' labels;
- ``test_posterior.npy``, P(class | row) of the test rows, float64 of shape (test rows, 10);
- ``best.json``, the best possible scores, on these test rows and expected over the population.

The posterior is that of the density before its rows were rounded to 7 digits for the CSV files.
Rounding moves the free numbers behind the columns by about 1e-6 of their standard deviation, and
the posterior by less than 1e-4 anywhere: nothing beside the noise of any score.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from harness.atomic import cannot_write, replacing, write_json, write_text
from harness.competition import FloatMatrix, Labels, Probabilities
from harness.competitions import mlbp2018
from harness.competitions._spec import AnswerSpec, LeaderboardSpec, Spec
from harness.competitions._worlds import (
    POPULATION_ROWS,
    TEST_ROWS,
    TRAIN_ROWS,
    Best,
    Scores,
    World,
    draw,
)
from harness.competitions._write import to_toml
from harness.errors import DataError

__all__ = ["Best", "Scores", "World", "draw", "make"]

TOML = "competition.toml"
ANSWERS, POSTERIOR, BEST = (
    "answers/test_labels.csv",
    "answers/test_posterior.npy",
    "answers/best.json",
)
HEADING = (
    "Made data: rows drawn from a known density, not music. Nothing here describes real songs.",
    "What the best possible model reaches is in answers/best.json.",
)


def make(
    folder: Path,
    *,
    seed: int = 0,
    train_rows: int = TRAIN_ROWS,
    test_rows: int = TEST_ROWS,
    population_rows: int = POPULATION_ROWS,
) -> World:
    """Write the demo competition into `folder`; the same arguments write the same bytes.

    On another processor its best probabilities may differ in their last digits; tables don't.

    Every file appears whole, and `competition.toml` last: a make that was killed leaves no folder
    that looks like a competition, and can be made again.

    Parameters
    ----------
    folder : Path
        Made where it doesn't exist. A demo that is there already is replaced.
    seed : int
        Which world; 0 or more.
    train_rows, test_rows, population_rows : int
        See `draw`.

    Returns
    -------
    World
        What was written, as arrays.

    Raises
    ------
    DataError
        When the folder holds files of the same names that no demo wrote.
    FileProblem
        When the folder can't be written.
    UsageError
        When the seed is negative, or there are no rows.
    """
    world = draw(seed, train_rows, test_rows, population_rows=population_rows)
    spec = _spec(folder, world)
    _clear(folder)
    # First what marks the folder as a demo's own. The training labels come late because the other
    # three files without them are no competition that anything recognises.
    write_json(folder / BEST, _best(world))
    _write_array(folder / POSTERIOR, world.posterior_test)
    _write_labels(folder / ANSWERS, world.y_test)
    _write_samples(folder, len(world.y_test))
    _write_csv(folder / str(spec.test), world.X_test)
    _write_csv(folder / spec.train, world.X)
    _write_labels(folder / str(spec.labels), world.y)
    write_text(folder / TOML, to_toml(spec, heading=HEADING))
    return world


def _spec(folder: Path, world: World) -> Spec:
    samples = mlbp2018.SAMPLES
    return Spec(
        root=folder,
        name="demo",
        title=f"Demo: synthetic music genres, world {world.seed}",
        train=mlbp2018.TRAIN,
        labels=mlbp2018.LABELS,
        test=mlbp2018.TEST,
        classes=mlbp2018.CLASSES,
        class_names=mlbp2018.NAMES,
        blocks=mlbp2018.BLOCKS,
        leaderboards=(
            LeaderboardSpec(
                "accuracy",
                id_header="Sample_id",
                label_header="Sample_label",
                sample=samples["accuracy"],
            ),
            LeaderboardSpec(
                "logloss",
                id_header="Sample_id",
                class_headers=tuple(f"Class_{value}" for value in mlbp2018.CLASSES),
                sample=samples["logloss"],
            ),
        ),
        answers=AnswerSpec(ANSWERS),
    )


def _clear(folder: Path) -> None:
    """Make way for a new demo: an old one stops being a competition before its files change."""
    names = (mlbp2018.TRAIN, mlbp2018.TEST, *mlbp2018.SAMPLES.values(), ANSWERS)
    doors = (TOML, mlbp2018.LABELS)
    found = [name for name in (*doors, *names) if (folder / name).exists()]
    if found and not (folder / BEST).exists():
        raise DataError(
            f"holds {', '.join(found)}, which the demo would overwrite",
            where=str(folder),
            todo="choose another folder for the demo",
        )
    for name in doors:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as problem:
            raise cannot_write(folder / name, problem) from problem


def _best(world: World) -> dict[str, Any]:
    best = world.best
    return {
        "competition": "demo",
        "made": "synthetic: rows drawn from a density whose posterior is known",
        "seed": world.seed,
        "train_rows": len(world.y),
        "test_rows": len(world.y_test),
        "exact_posterior_on_these_test_rows": asdict(best.test),
        "best_expected_over_the_population": asdict(best.population),
        "standard_error_of_the_expectation": asdict(best.population_error),
        "rows_drawn_for_the_expectation": best.population_rows,
    }


def _write_csv(path: Path, X: FloatMatrix) -> None:
    """The shortest decimals that read back as the same float32."""
    with replacing(path) as part, part.open("wb") as file:
        pl.from_numpy(X).write_csv(file, include_header=False)


def _write_labels(path: Path, y: Labels) -> None:
    write_text(path, "".join(f"{mlbp2018.CLASSES[k]}\n" for k in y))


def _write_array(path: Path, array: Probabilities) -> None:
    with replacing(path) as part, part.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _write_samples(folder: Path, rows: int) -> None:
    """The organisers' sample submissions: the first class everywhere."""
    ids = range(1, rows + 1)
    lines = ["Sample_id,Sample_label", *(f"{i},1" for i in ids)]
    write_text(folder / mlbp2018.SAMPLES["accuracy"], "\n".join(lines) + "\n")
    header = ",".join(f"Class_{value}" for value in mlbp2018.CLASSES)
    sure = ",".join(["1", *"0" * (len(mlbp2018.CLASSES) - 1)])
    lines = [f"Sample_id,{header}", *(f"{i},{sure}" for i in ids)]
    write_text(folder / mlbp2018.SAMPLES["logloss"], "\n".join(lines) + "\n")
