"""Ids that training file, test file, label file and sample hold in their own ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Columns, Truth, make, order, put, shuffled

CASES = Corpus()


def _renamed(columns: Columns, old: str, new: str) -> Columns:
    return {(new if name == old else name): cells for name, cells in columns.items()}


@CASES.right()
def train_has_no_id(to: Path) -> Truth:
    made = make().name_ids(None, [f"T{i}" for i in shuffled(60)])
    truth = made.labels()
    del made.train["id"]
    return made.write(to, truth)


@CASES.right()
def animal_id_and_id(to: Path) -> Truth:
    made = make(id="ID", label="OutcomeType")
    made.name_ids([f"A{671945 + i * 13}" for i in range(150)], [str(i + 1) for i in range(60)])
    truth = made.proba()
    made.train = _renamed(made.train, "ID", "AnimalID")
    return made.write(to, truth)


@CASES.right()
def ids_with_thousands_separators(to: Path) -> Truth:
    made = make().name_ids(
        [f"{i + 1000:,}" for i in range(150)], [f"{i + 2000:,}" for i in shuffled(60)]
    )
    return made.write(to, made.labels())


@CASES.right()
def ids_with_signs_and_underscores(to: Path) -> Truth:
    made = make().name_ids([f"+{i}" for i in range(150)], [f"1_{i:03d}" for i in shuffled(60)])
    return made.write(to, made.proba())


@CASES.either(r"sample_submission\.csv")
def a_sample_that_a_spreadsheet_saved(to: Path) -> Truth:
    """00150 became 150 in the sample: the same ids, written otherwise."""
    made = make().name_ids([f"{i:05d}" for i in range(150)], [f"{i + 150:05d}" for i in range(60)])
    truth = made.labels()
    made.sample["id"] = truth.ids = [str(int(i)) for i in made.sample["id"]]
    return made.write(to, truth)


@CASES.either(r"sample_submission\.csv")
def a_sample_with_exponents_for_long_ids(to: Path) -> Truth:
    """1.0E+17 in every row: the sample's own ids are lost, the test file's are not."""
    ids = [str(100_000_000_000_000_000 + i) for i in range(210)]
    made = make().name_ids(ids[:150], ids[150:])
    truth = made.labels()
    made.sample["id"] = ["1.0E+17"] * 60
    truth.sample_passes = False
    return made.write(to, truth)


@CASES.right()
def a_sample_sorted_as_text(to: Path) -> Truth:
    made = make().name_ids([str(i) for i in range(1000, 1150)], [str(i) for i in range(60, 120)])
    truth = made.labels()
    rows = sorted(range(60), key=lambda row: made.test["id"][row])
    made.sample = order(made.sample, rows)
    truth.ids, truth.answers = made.sample["id"], [truth.answers[row] for row in rows]
    return made.write(to, truth)


@CASES.refused(r"^(?!.*twice).*test\.csv.*\brow 13\b")
def a_test_id_is_missing(to: Path) -> None:
    made = make()
    made.labels()
    made.sample["id"][12] = "162"
    made.test["id"][12] = ""
    made.write(to)


@CASES.refused(r"sample_submission\.csv.*\b(?:155|twice|6)\b|twice")
def a_sample_id_twice(to: Path) -> None:
    made = make()
    made.labels()
    made.sample["id"][9] = made.sample["id"][5]
    made.write(to)


@CASES.right()
def labels_in_a_file_without_ids(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    own = {"target": made.train.pop("target")}
    made.write(to, truth)
    put(to / "train_labels.csv", own)
    return truth


def _set(to: Path, names: tuple[str, str, str, str], ids: bool = True) -> Truth:
    """Features, labels and test rows in three files, as some hosts name them."""
    made = make()
    truth = made.labels()
    own = {"id": list(made.train["id"]), "target": made.train.pop("target")}
    own = order(own, shuffled(150)) if ids else {"target": own["target"]}
    for name, part in zip(names, (made.train, own, made.test, made.sample), strict=True):
        put(to / name, part)
    truth.sample = names[3]
    return truth


@CASES.right()
def values_labels_and_format(to: Path) -> Truth:
    return _set(
        to,
        (
            "training_set_values.csv",
            "training_set_labels.csv",
            "test_set_values.csv",
            "SubmissionFormat.csv",
        ),
    )


@CASES.right()
def x_train_and_y_train(to: Path) -> Truth:
    return _set(to, ("X_train.csv", "y_train.csv", "X_test.csv", "sample_submission.csv"))


@CASES.right()
def x_train_and_y_train_without_ids(to: Path) -> Truth:
    return _set(to, ("X_train.csv", "y_train.csv", "X_test.csv", "sample_submission.csv"), False)


@CASES.right()
def train_features_and_train_labels(to: Path) -> Truth:
    names = ("train_features.csv", "train_labels.csv", "test_features.csv", "submission_format.csv")
    return _set(to, names)


@CASES.right()
def capital_train_and_test(to: Path) -> Truth:
    made = make(id="ID", label="Target")
    made.write(to, truth := made.labels(), sample="SampleSubmission.csv")
    for name in ("train", "test"):
        (to / f"{name}.csv").rename(to / f"{name.title()}.csv")
    return truth


@CASES.right()
def notes_and_locks_beside(to: Path) -> Truth:
    made = make()
    to.mkdir(parents=True)
    (to / "data_description.txt").write_text("x1: the first\nx2: the second\n", encoding="utf-8")
    (to / ".~lock.train.csv#").write_text(",user,host,01.01.2024;", encoding="utf-8")
    (to / "baseline.ipynb").write_text('{"cells": []}', encoding="utf-8")
    return made.write(to, made.labels())


@CASES.either(r"train_1\.csv|train_2\.csv")
def training_rows_in_two_parts(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    (to / "train.csv").unlink()
    for part, rows in ((1, slice(0, 100)), (2, slice(100, 150))):
        put(to / f"train_{part}.csv", {n: c[rows] for n, c in made.train.items()})
    return truth


@CASES.right()
def a_table_beside_that_hangs_on_the_id(to: Path) -> Truth:
    """More about some rows, many lines an id: not used, and in nobody's way."""
    made = make()
    ids = [str(i % 210) for i in range(500)]
    put(to / "visits.csv", {"id": ids, "minutes": [f"{i % 23}" for i in range(500)]})
    return made.write(to, made.labels())


@pytest.mark.parametrize("case", CASES.parameters())
def test_identity_across_files(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
