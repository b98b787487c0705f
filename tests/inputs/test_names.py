"""Names that need care, of columns and classes: quotes, brackets, other alphabets, clashes."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Columns, Truth, make, put

CASES = Corpus()


def _features(to: Path, first: str, second: str) -> Truth:
    """Columns x1 and x2 under other names."""
    made = make()
    truth = made.labels()
    made.train, made.test = (
        {{"x1": first, "x2": second}.get(n, n): c for n, c in part.items()}
        for part in (made.train, made.test)
    )
    return made.write(to, truth)


@CASES.right()
def quotes_and_commas_in_column_names(to: Path) -> Truth:
    return _features(to, 'size, "real"', "it's")


@CASES.right()
def line_breaks_in_column_names(to: Path) -> Truth:
    return _features(to, "weight\n(kg)", "tab\there")


@CASES.right()
def brackets_in_column_names(to: Path) -> Truth:
    return _features(to, "x[1] <m/s²>", "a.b=c#d")


@CASES.right()
def backslashes_and_braces_in_column_names(to: Path) -> Truth:
    return _features(to, "C:\\temp\\new", "{x:>10}")


@CASES.right()
def numbers_as_column_names(to: Path) -> Truth:
    return _features(to, "0", "1")


@CASES.right()
def columns_called_nan_and_true(to: Path) -> Truth:
    return _features(to, "nan", "True")


@CASES.right()
def columns_called_as_words_of_ours(to: Path) -> Truth:
    return _features(to, "label", "features")


@CASES.right()
def a_feature_called_as_a_class(to: Path) -> Truth:
    """A column `red` beside the class red, which has a column of that name in the sample."""
    made = make()
    truth = made.proba()
    for part in (made.train, made.test):
        part["red"] = part.pop("x1")
    if "target" in made.train:
        made.train["target"] = made.train.pop("target")
    return made.write(to, truth)


@CASES.right()
def cyrillic_everywhere(to: Path) -> Truth:
    made = make(("да", "нет", "может быть"), id="номер", label="ответ")
    return made.write(to, made.proba())


@CASES.right()
def a_label_column_with_quotes(to: Path) -> Truth:
    made = make(label='the "real" label')
    return made.write(to, made.labels())


@CASES.right()
def classes_with_backslashes_and_hashes(to: Path) -> Truth:
    made = make(("C:\\n", "#1", "[x]"))
    return made.write(to, made.labels())


@CASES.right()
def classes_of_pictures(to: Path) -> Truth:
    made = make(("😀", "😡", "🤷‍♀️"), label="mood")
    return made.write(to, made.proba())


@CASES.right()
def a_class_like_a_formula(to: Path) -> Truth:
    made = make(("=1+1", "@home", "-"), label="answer")
    return made.write(to, made.labels())


@CASES.right()
def classes_that_begin_alike(to: Path) -> Truth:
    """Rock, Rock_Pop and Pop: a prefix of one is no prefix of all."""
    made = make(("Rock", "Rock_Pop", "Pop"))
    return made.write(to, made.proba("Rock_"))


@CASES.right()
def classes_that_are_numbers_within_names(to: Path) -> Truth:
    made = make(("1", "11", "111"))
    return made.write(to, made.proba("p1"))


@CASES.right()
def a_label_called_id(to: Path) -> Truth:
    """The speaker is called `id`, the clip `file`: the sample says which is which."""
    made = make(("anna", "bert", "cleo"), id="file", label="id")
    made.name_ids([f"a{i}.wav" for i in range(150)], [f"b{i}.wav" for i in range(60)])
    return made.write(to, made.labels())


@CASES.right()
def a_feature_called_id_number(to: Path) -> Truth:
    """A number that tells all, under a name like an id's."""
    made = make(key=True)
    truth = made.labels()
    made.train, made.test = (
        {("station_id" if n == "x1" else n): c for n, c in part.items()}
        for part in (made.train, made.test)
    )
    return made.write(to, truth)


@CASES.right()
def a_very_long_column_name(to: Path) -> Truth:
    return _features(to, "x" * 3000, "y" * 300)


@CASES.either(r"target|sample_submission")
def a_sample_with_a_column_twice(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    rows = "".join(f"{i},red,red\n" for i in made.test["id"])
    (to / "sample_submission.csv").write_text(f"id,target,target\n{rows}", encoding="utf-8")
    truth.header = ["id", "target", "target"]
    return truth


@CASES.either(r"confidence|sample_submission")
def a_sample_that_asks_for_a_confidence_too(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.sample["confidence"] = ["1.0"] * 60
    truth.header = list(made.sample)
    return made.write(to, truth)


def _twice(columns: Columns) -> Columns:
    return {name: cells + cells[:5] for name, cells in columns.items()}


@CASES.refused(r"test\.csv")
def rows_of_test_given_twice(to: Path) -> None:
    made = make()
    made.write(to, made.labels())
    put(to / "test.csv", _twice(made.test))


@pytest.mark.parametrize("case", CASES.parameters())
def test_names(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
