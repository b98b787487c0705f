"""Several quirks at once, in ids, cells, labels, sample and files: each row keeps its own id."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Columns, Made, Truth, make, order, text, typed_rows

CASES = Corpus()
MIXTURES = 60
FORMS = ["labels", "varied", "columns", "prefix", "absent", "shuffled", "id last", "usage", "one"]
CLASSES = (("red", "green", "blue"), ("1", "2", "3", "4"), ("no", "yes"), ("0", "1"))
NUMBER = np.random.Generator


def _ids(made: Made, rng: NUMBER) -> str:
    kind = rng.choice(["plain", "twice", "padded", "long", "hex", "words", "far", "dates"])
    train, test = np.arange(150), 150 + rng.permutation(60)
    spell: Callable[[int], str] = {
        "padded": lambda i: f"{i:06d}",
        "long": lambda i: str(910_000_000_000_000_000 + 7 * i),
        "hex": lambda i: f"{i:03d}e{i % 7}",
        "words": lambda i: f"song {i}, take {i % 3}",
        "far": lambda i: str(i * 1009 % 7919),
        "dates": lambda i: f"2019-{i // 28 % 12 + 1:02d}-{i % 28 + 1:02d}",
    }.get(str(kind), str)
    made.name_ids([spell(int(i)) for i in train], [spell(int(i)) for i in test])
    if kind == "twice":
        made.train["id"][9] = made.train["id"][90]
    return str(kind)


def _cells(made: Made, rng: NUMBER) -> str:
    kind = rng.choice(
        ["plain", "words", "offset", "spaces", "empty", "category", "thousands", "units", "day"]
    )
    word = str(rng.choice(["NA", "?", "#DIV/0!", "unknown"]))
    change: dict[str, Callable[[str, int], str]] = {
        "words": lambda cell, row: word if row % 29 == 3 else cell,
        "offset": lambda cell, _: f"{1_500_000_000 + float(cell):.3f}",
        "spaces": lambda cell, _: f" {cell}",
        "thousands": lambda cell, _: f"{float(cell) * 1000 + 20_000:,.1f}",
        "units": lambda cell, _: f"{cell} km",
        "empty": lambda cell, row: "" if row % 31 == 2 else cell,
    }
    if kind in change:
        made.cells("x1", change[str(kind)])
    if kind == "category":
        for part in (made.train, made.test):
            part["mode"] = [("major", "minor")[row % 2] for row in range(len(part["id"]))]
    if kind == "day":
        for part in (made.train, made.test):
            part["day"] = [
                f"2020-{row % 12 + 1:02d}-{row % 27 + 1:02d}" for row in range(len(part["id"]))
            ]
    return str(kind)


def _labels(made: Made, rng: NUMBER) -> str:
    kind = rng.choice(["plain", "floats", "mistake", "unlabelled"])
    if kind == "unlabelled":
        made.train["target"][int(rng.integers(150))] = ""
    if kind == "floats" and made.classes[0].isdigit():
        made.train["target"] = [f"{c}.0" for c in made.y]
    if kind == "mistake":
        row = int(rng.integers(150))
        other = next(c for c in made.classes if c != made.y[row])
        made.train["target"][row] = made.train["target"][row].replace(made.y[row], other)
    return str(kind)


def _sample(made: Made, rng: NUMBER) -> tuple[str, Truth]:
    kind = rng.choice(FORMS)
    classes = tuple(rng.permutation(made.classes))
    if kind in ("labels", "varied", "id last"):
        truth = made.labels(first=str(rng.choice(made.classes)))
        if kind == "varied":
            made.sample["target"] = [str(c) for c in rng.choice(made.classes, 60)]
        if kind == "id last":
            made.sample = {"target": made.sample["target"], "id": made.sample["id"]}
            truth.header, truth.id_at, truth.label_at = ["target", "id"], 1, 0
        return str(kind), truth
    if kind == "one" and len(classes) == 2:
        return str(kind), made.one(made.classes[1])
    if kind == "absent":
        truth = made.proba(order=(*classes, "77"))
        truth.near_zero = ("77",)
        return str(kind), truth
    truth = made.proba("target_" if kind == "prefix" else "", order=classes)
    if kind == "usage":
        made.sample["Usage"] = ["Public" if row % 3 else "Private" for row in range(60)]
    if kind == "shuffled":
        rows = [int(i) for i in rng.permutation(60)]
        made.sample = order(made.sample, rows)
        truth.ids, truth.answers = made.sample["id"], [truth.answers[i] for i in rows]
    return str(kind), truth


def _files(to: Path, made: Made, rng: NUMBER) -> str:
    kind = rng.choice(
        ["plain", "gzip", "mark", "crlf", "quoted", "parquet", "columns", "tabs", "zip"]
    )
    if kind == "columns":
        made.test = {name: made.test[name] for name in rng.permutation(list(made.test))}
    for name, part in (("train", made.train), ("test", made.test)):
        body, path = text(part), to / f"{name}.csv"
        if kind == "gzip":
            path.unlink()
            (to / f"{name}.csv.gz").write_bytes(gzip.compress(body.encode(), mtime=0))
        elif kind == "tabs":
            path.unlink()
            (to / f"{name}.tsv").write_text(text(part, sep="\t"), encoding="utf-8")
        elif kind == "zip":
            path.unlink()
            with zipfile.ZipFile(to / f"{name}.csv.zip", "w") as archive:
                archive.writestr(f"{name}.csv", body)
        elif kind == "parquet" and _numeric(part):
            path.unlink()
            pl.DataFrame(typed_rows(part)).write_parquet(to / f"{name}.parquet")
        else:
            body = text(part, end="\r\n") if kind == "crlf" else text(part, quote=kind == "quoted")
            path.write_bytes((("\ufeff" if kind == "mark" else "") + body).encode())
    return str(kind)


def _numeric(part: Columns) -> bool:
    """Whether every cell of x1 is a number: Parquet holds no words in its numbers."""
    return all(cell.strip().replace("-", "").replace(".", "").isdigit() for cell in part["x1"])


def _mixture(seed: int) -> None:
    def write(to: Path) -> Truth:
        rng = np.random.default_rng([10, seed])
        classes = CLASSES[seed % len(CLASSES)]
        made = make(classes, seed=seed)
        said = [_ids(made, rng), _cells(made, rng), _labels(made, rng)]
        kind, truth = _sample(made, rng)
        made.write(to, truth)
        said += [kind, _files(to, made, rng)]
        (to.parent / "mixture.txt").write_text(", ".join(said), encoding="utf-8")
        return truth

    write.__name__ = f"mixture_{seed:02d}"
    CASES.right()(write)


for _seed in range(MIXTURES):
    _mixture(_seed)


@pytest.mark.parametrize("case", CASES.parameters())
def test_mixtures(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
