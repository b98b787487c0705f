"""What a message proposes is done as it says, and must get past the error to a right file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Truth, make, put, text

CASES = Corpus()


def _again(file: str, change: Callable[[str], str], encoding: str = "utf-8") -> Callable:
    """A step that rewrites a file of the competition."""

    def step(data: Path) -> None:
        path = data / file
        path.write_bytes(change(path.read_bytes().decode(encoding)).encode())

    return step


def _renamed(data: Path) -> None:
    for name in ("train.csv", "test.csv"):
        _again(name, lambda t: t.replace("x1,x1", "x1,x9", 1))(data)


def _headed(data: Path) -> None:
    _again("train.csv", lambda t: "id,x1,x2,x3,target\n" + t)(data)
    _again("test.csv", lambda t: "id,x1,x2,x3\n" + t)(data)


def _without(*columns: str) -> Callable:
    """A step that does what a `[columns] drop` asks for, in the file `new` wrote."""

    def step(data: Path) -> bool:
        path = data / "competition.toml"
        if not path.exists():
            for name in ("train.csv", "test.csv"):
                with (data / name).open(encoding="utf-8", newline="") as file:
                    rows = list(csv.DictReader(file))
                kept = [c for c in rows[0] if c not in columns]
                put(data / name, {c: [row[c] for row in rows] for c in kept})
            return False
        line = f"drop = {list(columns)}".replace("'", '"')
        before = path.read_text(encoding="utf-8")
        if "[columns]" in before:
            before = before.replace("[columns]", f"[columns]\n{line}")
        else:
            before += f"\n[columns]\n{line}\n"
        path.write_text(before, encoding="utf-8")
        return True

    return step


@CASES.right(steps=((r"--label", ("--label", "genre")),))
def two_columns_could_be_the_label(to: Path) -> Truth:
    made = make(("folk", "jazz", "rock"), label="genre")
    truth = made.labels()
    truth.free, made.sample = True, {}
    made.train["mood"] = [("calm", "wild")[row % 2] for row in range(150)]
    made.write(to)
    return truth


@CASES.right(steps=((r"--label", ("--label", "c4")),))
def a_label_column_that_test_has_too(to: Path) -> Truth:
    """A column c4 of words in both files; in the test file it is empty."""
    made = make(label="c4")
    truth = made.labels()
    truth.free, made.sample = True, {}
    made.test["c4"] = [""] * 60
    made.write(to)
    return truth


@CASES.right(
    steps=(
        (r"--train.*--test|--test.*--train", ("--train", "data/a.csv", "--test", "data/b.csv")),
        (r"--train", ("--train", "data/a.csv")),
        (r"--test", ("--train", "data/a.csv", "--test", "data/b.csv")),
    )
)
def files_with_names_that_say_nothing(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.write(to, truth)
    (to / "train.csv").rename(to / "a.csv")
    (to / "test.csv").rename(to / "b.csv")
    return truth


@CASES.right(steps=((r"--test", ("--test", "data/unseen.csv")),))
def a_test_file_called_unseen(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    made.write(to, truth)
    (to / "test.csv").rename(to / "unseen.csv")
    return truth


@CASES.right(steps=((r"--force", ("--force",)),))
def a_description_is_there_already(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    (to / "competition.toml").write_text('name = "older"\n', encoding="utf-8")
    return truth


@CASES.right(steps=((r"genre", ("--label", "genre")),), new=("--label", "gerne"))
def a_label_mistyped(to: Path) -> Truth:
    made = make(("folk", "jazz", "rock"), label="genre")
    return made.write(to, made.labels())


@CASES.right(steps=((r"\bid\b", ("--id", "id")),), new=("--id", "Idd"))
def an_id_mistyped(to: Path) -> Truth:
    made = make()
    return made.write(to, made.labels())


@CASES.right(
    steps=((r"train\.csv", ("--train", "data/train.csv")),), new=("--train", "data/trian.csv")
)
def a_file_mistyped(to: Path) -> Truth:
    made = make()
    return made.write(to, made.labels())


@CASES.right(steps=((r"length", _without("length")),))
def a_feature_that_test_lacks(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.train["length"] = [str(row % 17) for row in range(150)]
    return made.write(to, truth)


@CASES.right(steps=((r"loudness", _without("loudness")),))
def a_feature_that_train_lacks(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.test["loudness"] = [f"{row / 7:.3f}" for row in range(60)]
    return made.write(to, truth)


@CASES.right(
    steps=(
        (
            r"(?s)train\.csv.*\bx1\b|\bx1\b.*train\.csv",
            _renamed,
        ),
    )
)
def a_column_name_twice(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name in ("train.csv", "test.csv"):
        body = (to / name).read_text(encoding="utf-8")
        (to / name).write_text(body.replace("x1,x2", "x1,x1", 1), encoding="utf-8")
    return truth


def _recode(data: Path) -> None:
    for name in ("train.csv", "test.csv"):
        _again(name, lambda t: t, "cp1252")(data)


@CASES.right(steps=((r"(?i)iconv|utf-?8", _recode),))
def quotes_of_windows(to: Path) -> Truth:
    made = make(key=True)
    truth = made.labels()
    for part in (made.train, made.test):
        part["note"] = [
            ("“loud”", "naïve – soft", "œuvre")[row % 3] for row in range(len(part["id"]))
        ]
    made.write(to, truth)
    (to / "train.csv").write_bytes(text(made.train).encode("cp1252"))
    (to / "test.csv").write_bytes(text(made.test).encode("cp1252"))
    return truth


@CASES.right(
    steps=((r"line 41\b", _again("train.csv", lambda t: t.replace("loud, very", "loud"))),)
)
def a_comma_that_needs_quotes(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    for part in (made.train, made.test):
        part["note"] = ["soft"] * len(part["id"])
    made.train["note"][39] = "LOUD"
    made.write(to, truth)
    _again("train.csv", lambda t: t.replace("LOUD", "loud, very"))(to)
    return truth


@CASES.right(
    steps=((r"line 31\b", _again("train.csv", lambda t: t.replace('"12 inch', "12 inch"))),)
)
def a_quote_that_is_never_closed(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    for part in (made.train, made.test):
        part["note"] = ["7 inch"] * len(part["id"])
    made.train["note"][29] = "QUOTE"
    made.write(to, truth)
    _again("train.csv", lambda t: t.replace("QUOTE", '"12 inch'))(to)
    return truth


@CASES.right(
    steps=(
        (
            r"(?i)header",
            _headed,
        ),
    )
)
def no_headers_but_a_sample_with_one(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name in ("train.csv", "test.csv"):
        _again(name, lambda t: t.split("\n", 1)[1])(to)
    return truth


@CASES.right(
    steps=(
        (r"sample_submission_v2\.csv", lambda data: (data / "sample_submission_v2.csv").unlink()),
    )
)
def two_samples_of_two_formats(to: Path) -> Truth:
    made = make()
    made.labels()
    put(to / "sample_submission_v2.csv", {"id": made.sample["id"], "colour": ["0.5"] * 60})
    return made.write(to, made.labels())


@CASES.right(
    steps=(
        (r"--train", ("--train", "data/train.csv")),
        (r"train_extra\.csv", lambda data: (data / "train_extra.csv").unlink()),
    )
)
def two_training_files(to: Path) -> Truth:
    made = make()
    put(to / "train_extra.csv", {n: c[:80] for n, c in make(seed=0).train.items()})
    return made.write(to, made.labels())


@CASES.right()
def a_small_table_beside_that_is_no_label_file(to: Path) -> Truth:
    made = make()
    put(
        to / "classes.csv",
        {"target": ["red", "green", "blue"], "colour_code": ["#f00", "#0f0", "#00f"]},
    )
    (to / "README.txt").write_text("Have fun.\n", encoding="utf-8")
    return made.write(to, made.labels())


@CASES.right(
    steps=(
        (
            r"(?i)target.*(?:remove|leave|drop|delete|label)",
            _again(
                "train.csv", lambda t: "\n".join(r for r in t.split("\n") if not r.endswith(",N/A"))
            ),
        ),
    )
)
def rows_whose_label_is_n_a(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    for row in range(4, 150, 30):
        made.train["target"][row] = "N/A"
    return made.write(to, truth)


@CASES.right(
    steps=((r"--test", ("--test", "data/test.csv")), (r"test_public", ("--test", "data/test.csv")))
)
def two_test_files(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    put(to / "test_public.csv", {name: cells[:30] for name, cells in made.test.items()})
    return made.write(to, truth)


@pytest.mark.parametrize("case", CASES.parameters())
def test_advice(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
