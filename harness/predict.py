"""The job `predict`: classes of audio files, or of rows, by an entry's saved models.

Audio goes the way that the competition's own rows went: the same feature sets of the same pieces. A
clip that was cut into pieces gets the mean of their log-probabilities: a geometric mean, which one
sure piece can't overrule as easily as it can an arithmetic one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import ordinary
from harness._extracted import MANIFEST
from harness.audio.decode import ENDINGS
from harness.audio.plan import AudioPlan
from harness.audio.work import Bench
from harness.audio.workers import run
from harness.competition import Competition, FloatMatrix, Probabilities
from harness.competitions._given import read_given
from harness.entries import Entry
from harness.errors import DataError, UsageError
from harness.evaluate._calibrators import logs_of, normalised
from harness.extract import plan_of
from harness.saved import probabilities
from harness.threads import cores

# Fewer files aren't worth starting processes for.
FEW = 8


@dataclass(frozen=True)
class Unused:
    """A file that couldn't be used: its name, where it failed, and why."""

    name: str
    stage: str
    why: str


@dataclass(frozen=True)
class Predictions:
    """What an entry says of clips or rows.

    Attributes
    ----------
    entry : str
    classes, class_names : tuple of str
        In the order of the columns of `proba`.
    names : tuple of str
        Files as they were given, or ids of rows.
    proba : float64 array, shape (m, K)
    pieces : tuple of int
        How many pieces each is the mean of; 1 for rows.
    skipped : tuple of Unused
    notes : tuple of str
        What the user should know.
    """

    entry: str
    classes: tuple[str, ...]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    proba: Probabilities
    pieces: tuple[int, ...]
    skipped: tuple[Unused, ...] = ()
    notes: tuple[str, ...] = ()

    def top(self, count: int) -> list[list[tuple[int, float]]]:
        """Of each the most probable classes' numbers and probabilities, the best first."""
        # Of equals the first, as everywhere.
        order = np.argsort(-self.proba, axis=1, kind="stable")[:, :count]
        return [
            [(int(k), float(proba[k])) for k in best]
            for best, proba in zip(order, self.proba, strict=True)
        ]

    def as_dict(self, count: int) -> dict[str, Any]:
        """All of it, as JSON can hold it, with the `count` most probable classes of each."""
        return {
            "entry": self.entry,
            "classes": self.classes,
            "predictions": [
                {
                    "name": name,
                    "pieces": pieces,
                    "top": [
                        {
                            "class": self.classes[k],
                            "name": self.class_names[k],
                            "probability": probability,
                        }
                        for k, probability in best
                    ],
                }
                for name, pieces, best in zip(self.names, self.pieces, self.top(count), strict=True)
            ],
            "skipped": [vars(one) for one in self.skipped],
            "notes": self.notes,
        }


def of_rows(
    entry: Entry,
    competition: Competition,
    path: Path,
    *,
    on_model: Callable[[str], None] = lambda name: None,
) -> Predictions:
    """Predict the rows of a table (see `harness.competitions._given.read_given`).

    Raises
    ------
    DataError, EntryError
        When the table, or a model, can't be used.
    """
    given = read_given(path, competition)
    proba = probabilities(entry, competition, given.X, on_model=on_model)
    return _made(entry, competition, given.ids, proba, notes=given.notes)


def of_files(
    entry: Entry,
    competition: Competition,
    paths: Sequence[Path],
    *,
    on_start: Callable[[int], None] = lambda files: None,
    on_file: Callable[[str], None] = lambda name: None,
    on_model: Callable[[str], None] = lambda name: None,
) -> Predictions:
    """Predict audio files; those that can't be used are named, the others predicted.

    Parameters
    ----------
    competition : Competition
        Made by `harness extract`.
    paths : sequence of Path
        Files; of a folder all audio files in it, however deep.
    on_start, on_file, on_model : callable
        Told how many files there are, the name of each that is done, and of each model asked.

    Raises
    ------
    UsageError
        When a folder holds no audio.
    DataError
        When the competition isn't of audio, or its features are computed otherwise by now.
    """
    plan = audio_plan(competition)
    files = _files(paths)
    on_start(len(files))
    X, counts, skipped = _features(files, plan, on_file)
    notes = []
    names = [str(path) for path, count in zip(files, counts, strict=True) if count]
    kept = [count for count in counts if count]
    if not kept:
        proba = np.empty((0, competition.n_classes))
    else:
        of_pieces = probabilities(entry, competition, X, on_model=on_model)
        ends = np.cumsum(kept)[:-1]
        proba = np.stack([_together(one) for one in np.split(of_pieces, ends)])
    if plan.segment is not None:
        notes.append(f"clips were cut into pieces of {plan.segment:g} s, as in training")
    return _made(entry, competition, names, proba, kept, skipped, tuple(notes))


def audio_plan(competition: Competition) -> AudioPlan:
    """How the competition's own rows were computed from audio.

    Raises
    ------
    DataError
        When it isn't of audio, or this version computes something else for the same names.
    """
    path = competition.root / MANIFEST
    if not path.is_file():
        raise DataError(
            "wasn't made of audio, so that audio can't be predicted",
            where=competition.name,
            todo="predict rows with --rows TABLE, or fit on what `harness extract` makes",
        )
    plan = plan_of(competition.root)
    told = json.loads(ordinary.read_text(path)).get("sets", [])
    then = {one.get("set"): one.get("digest") for one in told if isinstance(one, dict)}
    changed = [one.name for one in plan.sets if then.get(one.name) != plan.digest(one)]
    width = sum(one.width for one in plan.sets)
    if changed or width != len(competition.columns):
        what = f"{', '.join(changed)} is computed in another way by now"
        if not changed:
            what = f"has {len(competition.columns)} columns, and its feature sets give {width}"
        raise DataError(
            what, where=str(path), todo="extract its audio again, and fit again on that"
        )
    return plan


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files themselves; folders stand for all audio files in them."""
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(
            one
            for one in path.rglob("*")
            if one.suffix.lower() in ENDINGS
            and not one.is_dir()
            and not any(part.startswith(".") for part in one.relative_to(path).parts)
        )
        if not inside:
            raise UsageError("no audio files are in that folder", where=str(path))
        files += inside
    return files


def _features(
    files: Sequence[Path], plan: AudioPlan, on_file: Callable[[str], None]
) -> tuple[FloatMatrix, list[int], list[Unused]]:
    """All pieces' rows, how many each file has, and the files that have none."""
    rows: dict[int, list[Any]] = {}
    why: dict[int, Unused] = {}
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        bench = Bench(plan, Path(folder))
        jobs = 1 if len(files) < FEW else cores()
        for at, outcome in run(files, plan, Path(folder), jobs=jobs):
            on_file(files[at].name)
            if outcome.why:
                why[at] = Unused(str(files[at]), outcome.stage, outcome.why)
                continue
            gone = set(bench.unusable(outcome.sha256))
            kept = [piece for piece in range(outcome.pieces) if piece not in gone]
            rows[at] = [bench.row(outcome.sha256, piece) for piece in kept]
    counts = [len(rows.get(at, [])) for at in range(len(files))]
    every = [row for at in sorted(rows) for row in rows[at]]
    width = sum(one.width for one in plan.sets)
    X = np.stack(every) if every else np.empty((0, width), np.float32)
    return X, counts, [why[at] for at in sorted(why)]


def _together(proba: Probabilities) -> Probabilities:
    """Several pieces' probabilities as one: the mean of their logarithms; shape (K,)."""
    if len(proba) == 1:
        return proba[0]
    one: Probabilities = np.exp(normalised(logs_of(proba).mean(axis=0, keepdims=True)))[0]
    return one


def _made(
    entry: Entry,
    competition: Competition,
    names: Sequence[str],
    proba: Probabilities,
    pieces: Sequence[int] | None = None,
    skipped: Sequence[Unused] = (),
    notes: tuple[str, ...] = (),
) -> Predictions:
    return Predictions(
        entry=entry.name,
        classes=competition.classes,
        class_names=competition.class_names,
        names=tuple(names),
        proba=proba,
        pieces=tuple(pieces) if pieces is not None else (1,) * len(names),
        skipped=tuple(skipped),
        notes=notes,
    )
