"""An extraction's rows as a competition's files.

Up to some thousands of columns: a Parquet table for training rows and one for test rows, with ids,
labels, groups and split beside the named features. Beyond that (images, sequences): a bare matrix
(`.npy`) with a table of its rows beside it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from harness.atomic import replacing, write_json, write_text
from harness.audio.work import Bench
from harness.competitions._find import SPEC
from harness.competitions._rows import in_order
from harness.competitions._spec import BlockSpec, GroupSpec, LeaderboardSpec, Spec, SplitSpec
from harness.competitions._write import to_toml
from harness.errors import DataError

MANIFEST = "manifest.json"
MOST_NAMED_COLUMNS = 4096
ID, LABEL, GROUP, SPLIT = "id", "label", "group", "split"
TRAINING = ("train", "training")


@dataclass(frozen=True)
class Row:
    """A row to be: a piece of a file in the store, and what is known of it."""

    name: str
    sha256: str
    piece: int
    label: str
    group: str = ""
    split: str = ""


def write_competition(out: Path, rows: Sequence[Row], bench: Bench, name: str) -> tuple[str, ...]:
    """Write matrices, tables, ``manifest.json`` and at last ``competition.toml``; gives notes.

    Raises
    ------
    DataError
        Where there are fewer than two classes.
    """
    labelled = [row for row in rows if row.label]
    tests = [row for row in rows if not row.label]
    classes = tuple(in_order({row.label for row in labelled}))
    if len(classes) < 2:
        raise DataError(
            f"all files that can be used are of one class: {', '.join(classes) or 'none'}",
            where=name,
            todo="put each genre in a folder of its own, or label files in a manifest",
        )
    wide = sum(one.width for one in bench.plan.sets) > MOST_NAMED_COLUMNS
    spec = (_write_bare if wide else _write_named)(out, labelled, tests, bench)
    _remove_others(out, spec)
    board_id = ID if ID not in classes else "Sample_id"
    spec = replace(
        spec,
        name=name,
        title=f"{name}: {', '.join(one.name for one in bench.plan.sets)}",
        classes=classes,
        blocks=_blocks(bench),
        leaderboards=(
            LeaderboardSpec("accuracy", id_header=board_id, label_header=LABEL),
            LeaderboardSpec("logloss", id_header=board_id, class_headers=classes),
        ),
    )
    write_json(out / MANIFEST, _manifest(bench, labelled, tests))
    write_text(out / SPEC, to_toml(spec, heading=["Extracted from audio; see manifest.json."]))
    return _notes(labelled)


def _write_named(out: Path, labelled: Sequence[Row], tests: Sequence[Row], bench: Bench) -> Spec:
    columns = _columns(bench)
    for file, part in (("train.parquet", labelled), ("test.parquet", tests)):
        if not part:
            continue
        X = np.empty((len(part), len(columns)), dtype=np.float32)
        for k, row in enumerate(part):
            X[k] = bench.row(row.sha256, row.piece)
        sides: dict[str, list[str]] = {ID: [row.name for row in part]}
        if part is labelled:
            sides |= {LABEL: [row.label for row in part]}
            sides |= {GROUP: [row.group for row in part]} if labelled[0].group else {}
            sides |= {SPLIT: [row.split for row in part]} if _split(labelled) else {}
        frame = pl.DataFrame(sides, schema=dict.fromkeys(sides, pl.String))
        frame = frame.hstack([pl.Series(name, X[:, k]) for k, name in enumerate(columns)])
        with replacing(out / file) as place, place.open("wb") as opened:
            frame.write_parquet(opened)
    return Spec(
        root=out,
        name="",
        train="train.parquet",
        header=True,
        id_column=ID,
        label_column=LABEL,
        classes=(),
        test="test.parquet" if tests else None,
        test_header=True,
        test_id_column=ID if tests else None,
        groups=GroupSpec(column=GROUP) if labelled[0].group else None,
        split=_split(labelled),
    )


def _write_bare(out: Path, labelled: Sequence[Row], tests: Sequence[Row], bench: Bench) -> Spec:
    width = sum(one.width for one in bench.plan.sets)
    for part, rows in (("train", labelled), ("test", tests)):
        if not rows:
            continue
        with replacing(out / f"{part}.npy") as place, place.open("wb") as file:
            head = {"descr": "<f4", "fortran_order": False, "shape": (len(rows), width)}
            np.lib.format.write_array_header_1_0(file, head)
            # Row by row: all of them together may be larger than memory.
            for row in rows:
                file.write(bench.row(row.sha256, row.piece).astype("<f4").tobytes())
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow([ID, LABEL, GROUP])
        lines.writerows([row.name, row.label, row.group] for row in rows)
        write_text(out / f"{part}_rows.csv", text.getvalue())
    split = _split(labelled)
    if split is not None:
        parts = sorted({row.split for row in labelled} - {""})
        files = {part: f"split_{k}.txt" for k, part in enumerate(parts)}
        for part, file_name in files.items():
            names = [row.name for row in labelled if row.split == part]
            write_text(out / file_name, "".join(f"{name}\n" for name in names))
        split = SplitSpec(files=tuple(files.items()), train=split.train)
    rows_file = "train_rows.csv"
    groups = GroupSpec(column=GROUP, file=rows_file, header=True)
    return Spec(
        root=out,
        name="",
        train="train.npy",
        train_ids=rows_file,
        labels=rows_file,
        labels_header=True,
        labels_column=LABEL,
        classes=(),
        test="test.npy" if tests else None,
        test_ids="test_rows.csv" if tests else None,
        groups=groups if labelled[0].group else None,
        split=split,
    )


def _remove_others(out: Path, spec: Spec) -> None:
    """Files that an earlier extraction wrote and this one has no use for."""
    kept = {spec.train, spec.test, spec.train_ids, spec.test_ids}
    kept |= {path for _, path in (spec.split.files if spec.split else ())}
    for pattern in ("train.parquet", "test.parquet", "t*.npy", "t*_rows.csv", "split_*.txt"):
        for path in out.glob(pattern):
            if path.name not in kept:
                path.unlink()


def _split(rows: Sequence[Row]) -> SplitSpec | None:
    parts = {row.split for row in rows} - {""}
    if not parts:
        return None
    training = tuple(sorted(part for part in parts if part.lower() in TRAINING))
    if not parts - set(training):
        return None
    return SplitSpec(column=SPLIT, train=training)


def _columns(bench: Bench) -> list[str]:
    """Every column's name, none twice: where two sets share one, both say whose it is."""
    return _told_apart([(one.name, name) for one in bench.plan.sets for name in one.columns])


def _blocks(bench: Bench) -> tuple[BlockSpec, ...]:
    parts = [(one.name, part) for one in bench.plan.sets for part in one.parts]
    names = _told_apart([(owner, part.name) for owner, part in parts])
    ends = np.cumsum([part.width for _, part in parts]).tolist()
    return tuple(
        BlockSpec(name, end - part.width, end, shape=part.shape)
        for name, (_, part), end in zip(names, parts, ends, strict=True)
    )


def _told_apart(names: Sequence[tuple[str, str]]) -> list[str]:
    count = Counter(name for _, name in names)
    taken = {ID, LABEL, GROUP, SPLIT}
    return [
        name if count[name] == 1 and name not in taken else f"{owner}-{name}"
        for owner, name in names
    ]


def _manifest(bench: Bench, labelled: Sequence[Row], tests: Sequence[Row]) -> dict[str, Any]:
    """Exactly what was computed."""
    from importlib.metadata import version

    import soundfile

    libraries = {name: version(name) for name in ("numpy", "scipy", "soundfile", "soxr", "librosa")}
    sets = []
    start = 0
    for one in bench.plan.sets:
        sets.append(
            {
                "set": one.name,
                "digest": bench.plan.digest(one),
                "revision": one.revision,
                "columns": [start, start + one.width],
                "parameters": dict(one.parameters),
                "parts": [
                    {
                        "name": part.name,
                        "width": part.width,
                        "shape": part.shape,
                        "unit": part.unit,
                        "columns": part.columns,
                    }
                    for part in one.parts
                ],
            }
        )
        start += one.width
    plan = bench.plan
    return {
        "plan": {
            "features": plan.features,
            "segment": plan.segment,
            "seconds": plan.seconds,
            "settings": plan.settings,
        },
        "sets": sets,
        "clips": {
            "channels": "mean",
            "resampled": "soxr, high quality",
            "segment_seconds": plan.segment,
            "shortest_seconds": plan.shortest,
        },
        "rows": {"train": len(labelled), "test": len(tests)},
        "classes": dict(sorted(Counter(row.label for row in labelled).items())),
        "libraries": libraries | {"libsndfile": soundfile.__libsndfile_version__},
    }


def _notes(rows: Sequence[Row]) -> tuple[str, ...]:
    """Copies of one file under several names are worth a word."""
    labels: dict[str, set[str]] = {}
    for row in rows:
        labels.setdefault(row.sha256, set()).add(row.label)
    copies = sum(row.piece == 0 for row in rows) - len(labels)
    notes = []
    if copies > 0:
        notes.append(f"{copies} files are copies of others, byte for byte (see `harness check`)")
    if torn := sum(len(found) > 1 for found in labels.values()):
        notes.append(f"{torn} of them stand under two labels")
    return tuple(notes)
