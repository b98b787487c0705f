"""One table of classes over training rows, sample columns and their spelling."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Truth, make

CASES = Corpus()


@CASES.right(r"Class_4")
def two_absent_classes(to: Path) -> Truth:
    made = make(("Class_1", "Class_2", "Class_3"))
    order = ("Class_1", "Class_2", "Class_3", "Class_4", "Class_5")
    truth = made.proba(order=order)
    truth.near_zero = ("Class_4", "Class_5")
    return made.write(to, truth)


@CASES.right(r"ghost")
def an_absent_class_between_others(to: Path) -> Truth:
    made = make(("0", "1", "2"))
    truth = made.proba("type_", order=("0", "ghost", "1", "2"))
    truth.near_zero = ("ghost",)
    return made.write(to, truth)


@CASES.right(r"tiny")
def a_class_of_one_row_with_label_cells(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    truth.cells["tiny"] = "tiny"
    made.train["target"][5] = "tiny"
    return made.write(to, truth)


@CASES.right(r"tiny|small")
def classes_of_one_and_two_rows_with_columns(to: Path) -> Truth:
    made = make()
    truth = made.proba(order=("blue", "green", "red", "small", "tiny"))
    for row, name in ((5, "tiny"), (9, "small"), (80, "small")):
        made.train["target"][row] = name
    return made.write(to, truth)


@CASES.either(r"\bJazz\b.*\bjazz\b|\bjazz\b.*\bJazz\b", says=r"Jazz")
def capitals_in_some_rows(to: Path) -> Truth:
    made = make(("Folk", "Jazz", "Rock"))
    truth = made.labels()
    made.train["target"] = [
        c.lower() if row % 20 == 3 else c for row, c in enumerate(made.train["target"])
    ]
    return made.write(to, truth)


@CASES.either(r"red|space", says=r"(?i)space|red")
def a_space_behind_some_labels(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    made.train["target"] = [
        f"{c} " if row % 15 == 4 else c for row, c in enumerate(made.train["target"])
    ]
    return made.write(to, truth)


@CASES.either(r"-1", says=r"-1")
def minus_one_for_unlabelled_rows(to: Path) -> Truth:
    made = make(("0", "1", "2"))
    truth = made.proba()
    for row in range(0, 40):
        made.train["target"][row] = "-1"
    return made.write(to, truth)


@CASES.either(r"\?|target", says=r"\?")
def question_marks_for_unlabelled_rows(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    for row in range(0, 150, 11):
        made.train["target"][row] = "?"
    return made.write(to, truth)


@CASES.either(
    r"target|label", says=r"(?i)no label|without a label|unlabel|label is missing|missing"
)
def nan_for_unlabelled_rows(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    for row in range(0, 150, 13):
        made.train["target"][row] = "NaN"
    return made.write(to, truth)


@CASES.either(r"caf|spell|target")
def accents_composed_in_two_ways(to: Path) -> Truth:
    made = make(("café", "thé", "eau"))
    truth = made.proba()
    made.train["target"] = [
        unicodedata.normalize("NFD", c) if row % 2 else c
        for row, c in enumerate(made.train["target"])
    ]
    return made.write(to, truth)


@CASES.either(r"noise")
def a_class_that_the_sample_lacks(to: Path) -> Truth:
    """`noise` is in the training rows, and no column takes it: said, or asked about."""
    made = make(("bird", "frog", "noise"))
    truth = made.proba(order=("bird", "frog"))
    made.test = {
        name: [c for c, a in zip(cells, made.answers, strict=True) if a != "noise"]
        for name, cells in made.test.items()
    }
    truth.answers = [a for a in made.answers if a != "noise"]
    truth.ids = made.test["id"]
    count = len(truth.ids)
    made.sample = {
        n: (truth.ids if n == "id" else cells[:count]) for n, cells in made.sample.items()
    }
    return made.write(to, truth)


@CASES.right()
def a_class_called_none(to: Path) -> Truth:
    made = make(("None", "Mild", "Severe"))
    return made.write(to, made.proba())


@CASES.right()
def a_class_called_na(to: Path) -> Truth:
    """Namibia's code, a class as good as any: the sample has its column."""
    made = make(("NA", "DE", "FR"), label="country")
    return made.write(to, made.proba())


@CASES.right()
def columns_spelled_as_whole_numbers(to: Path) -> Truth:
    made = make(("1", "2", "3"))
    truth = made.proba()
    made.train["target"] = [f"{c}.0" for c in made.train["target"]]
    return made.write(to, truth)


@CASES.right()
def names_with_slashes_commas_and_quotes(to: Path) -> Truth:
    made = make(("LARCENY/THEFT", "BAD, CHECKS", 'THE "OTHER"'), label="Category")
    return made.write(to, made.proba())


@CASES.either(r"(?i)driving|sample_submission")
def columns_with_underscores_and_capitals(to: Path) -> Truth:
    made = make(("driving drunk", "theft", "vehicle fire"))
    spelling = {c: c.upper().replace(" ", "_") for c in made.classes}
    return made.write(to, made.proba(**spelling))


@CASES.right()
def sixty_classes_of_a_few_rows(to: Path) -> Truth:
    """Some have two training rows, others six: places in eight dimensions, far apart."""
    made = make(tuple(f"species_{k:02d}" for k in range(60)), rows=240, columns=60)
    rng = np.random.default_rng(5)
    places = dict(zip(made.classes, rng.normal(size=(60, 8)) * 6, strict=True))
    for part, y in ((made.train, made.y), (made.test, made.answers)):
        X = np.array([places[c] for c in y]) + rng.normal(size=(len(y), 8)) / 2
        for j in range(60):
            del part[f"x{j + 1}"]
        part |= {f"x{j + 1}": [f"{v:.4f}" for v in X[:, j]] for j in range(8)}
    return made.write(to, made.proba())


@CASES.refused(r"target|sample_submission")
def words_for_a_sample_of_numbers(to: Path) -> None:
    """male and female in the training file, 0 and 1 in the sample: nobody can know which."""
    made = make(("female", "male"))
    made.sample = {"id": made.test["id"], "target": ["0"] * 60}
    made.write(to)


@CASES.refused(r"sample_submission|Class_?|\b0\b")
def numbers_that_are_off_by_one(to: Path) -> None:
    made = make(("1", "2", "3"))
    made.proba()
    made.sample = {"id": made.test["id"], **{c: ["0.3333"] * 60 for c in ("0", "1", "2")}}
    made.write(to)


@CASES.right()
def a_category_that_no_row_has_in_parquet(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.write(to, truth)
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(part).with_columns(pl.col("x1", "x2", "x3").cast(pl.Float64))
        if name == "train":
            kinds = pl.Enum(["blue", "green", "red", "unseen"])
            frame = frame.with_columns(pl.col("target").cast(kinds))
        frame.write_parquet(to / f"{name}.parquet")
    return truth


@CASES.either(
    r"target|label", says=r"(?i)no label|without a label|unlabel|label is missing|missing"
)
def blanks_for_labels(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    for row in (3, 30, 90):
        made.train["target"][row] = "   "
    return made.write(to, truth)


@pytest.mark.parametrize("case", CASES.parameters())
def test_the_table_of_classes(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
