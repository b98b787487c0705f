"""The cells of the host's sample: one probability, other names, floats, booleans, blank lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Truth, make, put, text

CASES = Corpus()


@CASES.either(r"prediction|probabilit")
def a_column_called_prediction(to: Path) -> Truth:
    made = make(("0", "1"), label="clicked")
    return made.write(to, made.one("1", "prediction"))


@CASES.either(r"TARGET|probabilit")
def zeros_for_a_rare_event(to: Path) -> Truth:
    """A sample of 0 for a binary label: labels or probabilities, either is what it takes."""
    made = make(("0", "1"), label="TARGET", id="ID")
    return made.write(to, made.labels(first="0"))


@CASES.either(r"probabilit|target")
def classes_one_and_two_for_one_probability(to: Path) -> Truth:
    made = make(("1", "2"))
    return made.write(to, made.one("2"))


@CASES.either(r"probabilit|y\b")
def a_probability_of_yes_without_an_article(to: Path) -> Truth:
    made = make(("no", "yes"), label="y")
    return made.write(to, made.one("yes", cell="0.1207"))


@CASES.right()
def another_name_for_the_label(to: Path) -> Truth:
    """`Id,Category` asks for the column `class`: its cells are the classes."""
    made = make(("cat", "dog", "owl"), id="Id", label="class")
    truth = made.labels()
    made.sample = {"Id": made.sample["Id"], "Category": made.sample["class"]}
    truth.header = ["Id", "Category"]
    return made.write(to, truth)


@CASES.either(r"0\.0|Survived|sample_submission")
def labels_as_floats_in_the_sample(to: Path) -> Truth:
    made = make(("0", "1"), label="Survived")
    return made.write(to, made.labels({"0": "0.0", "1": "1.0"}))


@CASES.right()
def false_in_every_row(to: Path) -> Truth:
    made = make(("False", "True"), id="PassengerId", label="Transported")
    made.name_ids(
        [f"{i // 2:04d}_{i % 2 + 1:02d}" for i in range(150)],
        [f"{i // 2 + 80:04d}_{i % 2 + 1:02d}" for i in range(60)],
    )
    return made.write(to, made.labels())


@CASES.right()
def a_blank_line_behind_the_sample(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    body = text(made.sample) + "\n\n"
    (to / "sample_submission.csv").write_text(body, encoding="utf-8")
    return truth


@CASES.right()
def eleven_columns_sorted_as_text(to: Path) -> Truth:
    """Class_1, Class_10, Class_11, Class_2, ...: sorted as texts, learned as numbers."""
    made = make(tuple(str(k) for k in range(1, 12)), rows=220)
    order = tuple(sorted(made.classes))
    return made.write(to, made.proba("Class_", order=order))


@CASES.right()
def a_letter_before_each_number(to: Path) -> Truth:
    made = make(("1", "2", "3", "4"))
    return made.write(to, made.proba("c"))


@CASES.right()
def booleans_behind_the_label_s_name(to: Path) -> Truth:
    made = make(("False", "True"))
    return made.write(to, made.proba("target_"))


@CASES.either(r"Yes|sample_submission|case")
def a_sample_that_spells_yes_with_a_capital(to: Path) -> Truth:
    made = make(("no", "yes"), label="bought")
    return made.write(to, made.labels({"no": "No", "yes": "Yes"}, first="Yes"))


@CASES.refused(r"sample_submission|green")
def a_column_for_all_classes_but_one(to: Path) -> None:
    """Three classes, two columns: no row's probabilities could sum to 1."""
    made = make()
    made.proba(order=("red", "blue"))
    made.write(to)


@CASES.refused(r"test")
def a_sample_and_no_test_file(to: Path) -> None:
    made = make()
    made.labels()
    made.write(to)
    (to / "test.csv").unlink()


@CASES.either(r"sample_submission")
def a_single_row_number_column_in_front(to: Path) -> Truth:
    """The sample was saved with its index: `,id,target`."""
    made = make()
    truth = made.labels()
    made.sample = {"": [str(row) for row in range(60)], **made.sample}
    truth.header, truth.id_at, truth.label_at = ["", "id", "target"], 1, 2
    return made.write(to, truth)


@CASES.right()
def two_samples_for_two_boards(to: Path) -> Truth:
    made = make()
    labels = made.labels()
    put(to / "sample_submission_accuracy.csv", made.sample)
    made.proba()
    put(to / "sample_submission_logloss.csv", made.sample)
    made.sample = {}
    made.write(to)
    labels.free = True
    return labels


@pytest.mark.parametrize("case", CASES.parameters())
def test_the_cells_of_a_sample(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
