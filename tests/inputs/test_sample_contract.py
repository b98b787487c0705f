"""The host's sample is a contract: its header, ids, cells and order are what is written."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Truth, make, order, put, shuffled, text

CASES = Corpus()


@CASES.right()
def column_prefix_of_the_label_s_name(to: Path) -> Truth:
    """A playground's `Status_C,Status_CL,Status_D` for a column Status."""
    made = make(("C", "CL", "D"), label="Status")
    return made.write(to, made.proba("Status_"))


@CASES.right()
def columns_in_descending_order(to: Path) -> Truth:
    made = make(("Class_1", "Class_2", "Class_3", "Class_4"))
    return made.write(to, made.proba(order=("Class_4", "Class_3", "Class_2", "Class_1")))


@CASES.either(r"Acer_Rubrum|Acer Rubrum|sample_submission")
def underscores_for_spaces(to: Path) -> Truth:
    made = make(("Acer Rubrum", "Ilex Cornuta", "Quercus Alnifolia"), label="species")
    spelling = {c: c.replace(" ", "_") for c in made.classes}
    return made.write(to, made.proba(**spelling))


@CASES.right()
def numbers_as_columns(to: Path) -> Truth:
    made = make(("0", "1", "2"), id="image_id")
    return made.write(to, made.proba())


@CASES.right()
def two_columns_of_a_binary_label(to: Path) -> Truth:
    made = make(("0", "1"))
    return made.write(to, made.proba())


@CASES.right()
def text_labels_all_of_one_class(to: Path) -> Truth:
    made = make(("Normal_Weight", "Obesity_Type_I", "Overweight_Level_II"), label="NObeyesdad")
    return made.write(to, made.labels())


@CASES.right()
def gender_submission(to: Path) -> Truth:
    """A sample under a name of its own, its labels varying."""
    made = make(("0", "1"), id="PassengerId", label="Survived")
    truth = made.labels()
    made.sample["Survived"] = ["01"[row % 2] for row in range(60)]
    return made.write(to, truth, sample="gender_submission.csv")


@CASES.right()
def thirds_rounded_to_four_decimals(to: Path) -> Truth:
    made = make()
    return made.write(to, made.proba(cell="0.3333"))


@CASES.right()
def a_half_for_each_of_three(to: Path) -> Truth:
    """A template that nobody normalised: its cells are places, not probabilities of a row."""
    made = make()
    return made.write(to, made.proba(cell="0.5"))


@CASES.right()
def one_for_the_first_and_zero_for_the_others(to: Path) -> Truth:
    made = make(("Class_1", "Class_2", "Class_3"))
    truth = made.proba(cell="0")
    made.sample["Class_1"] = ["1"] * 60
    return made.write(to, truth)


@CASES.right()
def zeros_for_all(to: Path) -> Truth:
    made = make()
    return made.write(to, made.proba(cell="0.0"))


@CASES.either(r"Churn|0\.5|probabilit")
def one_probability_of_text_labels(to: Path) -> Truth:
    made = make(("No", "Yes"), label="Churn")
    return made.write(to, made.one("Yes"))


@CASES.either(r"Exited|probabilit")
def one_probability_that_is_a_mean(to: Path) -> Truth:
    made = make(("0", "1"), label="Exited")
    return made.write(to, made.one("1", cell="0.2113"))


@CASES.right()
def id_column_last(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.sample = {"target": made.sample["target"], "id": made.sample["id"]}
    truth.header, truth.id_at, truth.label_at = ["target", "id"], 1, 0
    return made.write(to, truth)


@CASES.either(r"Usage")
def usage_column_beside_probabilities(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    made.sample["Usage"] = ["Private" if row % 3 else "Public" for row in range(60)]
    return made.write(to, truth)


@CASES.right()
def gzipped_sample(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    packed = gzip.compress(text(made.sample).encode(), mtime=0)
    made.sample = {}
    made.write(to)
    (to / "sample_submission.csv.gz").write_bytes(packed)
    return truth


@CASES.right()
def old_name_of_the_sample(to: Path) -> Truth:
    made = make(("Class_1", "Class_2", "Class_3"))
    return made.write(to, made.proba(order=made.classes), sample="sampleSubmission.csv")


@CASES.right()
def submission_format(to: Path) -> Truth:
    made = make(("functional", "non functional", "needs repair"), label="status_group")
    return made.write(to, made.labels(), sample="submission_format.csv")


@CASES.right()
def sample_of_another_host(to: Path) -> Truth:
    made = make(("low", "high"), id="ID", label="Target")
    return made.write(to, made.labels(), sample="SampleSubmission.csv")


@CASES.either(r"(?s)(?=.*\b5\b)(?=.*\b60\b)", says=r"\b5 (?:ids|rows|of)")
def first_rows_only(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.sample = {name: cells[:5] for name, cells in made.sample.items()}
    truth.sample_passes = False
    return made.write(to, truth)


@CASES.right()
def ids_in_another_order_than_the_test_file(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    rows = shuffled(60)
    made.sample = order(made.sample, rows)
    truth.ids, truth.answers = made.sample["id"], [truth.answers[row] for row in rows]
    return made.write(to, truth)


@CASES.right()
def everything_quoted(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.write(to, truth)
    put(to / "sample_submission.csv", made.sample, quote=True)
    return truth


@CASES.right()
def byte_order_mark_and_crlf(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    made.write(to, truth)
    marked = b"\xef\xbb\xbf" + text(made.sample, end="\r\n").encode()
    (to / "sample_submission.csv").write_bytes(marked)
    return truth


@CASES.either(r"sample_submission|target")
def space_in_the_header(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    truth.header = ["id", " target"]
    made.sample = {"id": made.sample["id"], " target": made.sample["target"]}
    return made.write(to, truth)


@CASES.right()
def prefix_and_capitals(to: Path) -> Truth:
    made = make(("rock", "jazz", "folk"), label="genre")
    return made.write(to, made.proba("prob_"))


@CASES.either(r"red_prob|sample_submission")
def suffix(to: Path) -> Truth:
    made = make()
    return made.write(to, made.proba(**{c: f"{c}_prob" for c in made.classes}))


@CASES.either(r"sample_submission|user|item")
def two_key_columns(to: Path) -> Truth:
    made = make(id="user")
    truth = made.labels()
    for part in (made.train, made.test, made.sample):
        part["item"] = [str(row % 4) for row in range(len(part["user"]))]
    made.sample = {name: made.sample[name] for name in ("user", "item", "target")}
    truth.header, truth.label_at = list(made.sample), 2
    return made.write(to, truth)


@CASES.right()
def row_numbers_from_one_without_test_ids(to: Path) -> Truth:
    """A digit recogniser: the files have no ids, the sample counts ImageId from 1."""
    made = make(("0", "1", "2"), label="label")
    made.name_ids(None, [str(row + 1) for row in range(60)])
    truth = made.labels()
    truth.header = ["ImageId", "Label"]
    made.sample = {"ImageId": made.sample["id"], "Label": made.sample["label"]}
    made.train = {"label": made.train.pop("label"), **made.train}
    del made.train["id"], made.test["id"]
    return made.write(to, truth)


@CASES.right()
def row_numbers_from_zero_without_test_ids(to: Path) -> Truth:
    made = make()
    made.name_ids(None, [str(row) for row in range(60)])
    truth = made.proba()
    del made.train["id"], made.test["id"]
    return made.write(to, truth)


@CASES.either(r"target|sample_submission")
def zeros_where_text_belongs(to: Path) -> Truth:
    """A placeholder that is no class; what is written are the classes."""
    made = make()
    truth = made.labels(first="0")
    truth.sample_passes = False
    return made.write(to, truth)


@CASES.either(r"target|sample_submission")
def empty_cells(to: Path) -> Truth:
    made = make()
    truth = made.labels(first="")
    made.sample["target"] = [""] * 60
    truth.sample_passes = False
    return made.write(to, truth)


@pytest.mark.parametrize("case", CASES.parameters())
def test_a_sample_as_a_contract(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
