"""`harness check-submission`: every fault, both profiles, exit codes, and the repaired copy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from standins import Run

from harness import submission
from harness.competition import Competition

LABELS = np.arange(60) % 3


@pytest.fixture
def good(world: Competition) -> str:
    submission.write(Path("s.csv"), world, world.board("accuracy"), LABELS)
    return Path("s.csv").read_text()


def spoil(text: str) -> None:
    Path("s.csv").write_text(text)


def test_a_good_file_is_accepted(run: Run, good: str) -> None:
    code, out, err = run("check-submission", "s.csv")
    assert (code, err) == (0, "")
    assert out == ("s.csv, for the accuracy leaderboard\n  kaggle: accepted\n  strict: accepted\n")


def test_every_fault_comes_with_its_line_and_kaggles_words(run: Run, good: str) -> None:
    spoil("# " + good.replace("\n5,2\n", "\n5,\n").replace("\n7,", "\n777,"))
    code, out, err = run("check-submission", "s.csv")
    assert (code, err) == (1, "")
    for piece in (
        "line 1: the header starts with '#'",
        "Kaggle: Unexpected Column: '# Sample_id' (Line 1, Column 1)",
        "line 6: the label is empty",
        "Kaggle: Submission contains null values",
        "line 8: no test row has the id '777'",
        "Kaggle: Solution and submission values for Sample_id do not match",
        "no row has the id 7",
        "kaggle: refused, 4 faults",
        "strict: refused, 4 faults",
    ):
        assert piece in out


@pytest.mark.parametrize(
    ("profile", "code", "said"),
    [("kaggle", 0, "kaggle: accepted"), ("strict", 1, "strict: refused, 1 fault")],
)
def test_one_profile_decides_when_it_is_named(
    run: Run, world: Competition, profile: str, code: int, said: str
) -> None:
    rows = "".join(f"{i},0.04,0.02,0.02\n" for i in range(1, 61))
    spoil("Sample_id,Class_1,Class_2,Class_3\n" + rows)
    ended, out, _ = run("check-submission", "s.csv", "--profile", profile)
    assert ended == code
    assert said in out
    assert out.count("kaggle") == (profile == "kaggle")


def test_the_repaired_copy_passes_and_grades_as_was_meant(run: Run, good: str) -> None:
    spoil("# " + good.replace("\n", ".0\n").replace("label.0", "label"))
    code, out, _ = run("check-submission", "s.csv", "--fix")
    assert code == 0
    assert "s-fixed.csv: the repaired copy, checked" in out
    assert "comment sign taken off the header" in out
    assert "labels written as whole numbers (60 lines from line 2)" in out
    assert Path("s-fixed.csv").read_text() == good
    assert run("check-submission", "s-fixed.csv")[0] == 0


def test_nothing_is_written_where_something_uncertain_would_remain(run: Run, good: str) -> None:
    spoil("# " + good.replace("\n5,2\n", "\n5,4\n"))
    code, out, _ = run("check-submission", "s.csv", "--fix", "--out", "x.csv")
    assert code == 1
    assert "nothing was written" in out
    assert "line 6: the label '4' is no class" in out.partition("nothing was written")[2]
    assert not Path("x.csv").exists()


def test_nothing_to_repair(run: Run, good: str) -> None:
    code, out, _ = run("check-submission", "s.csv", "--fix")
    assert code == 0
    assert "there is nothing to repair" in out
    assert not Path("s-fixed.csv").exists()


def test_as_json(run: Run, good: str) -> None:
    spoil("# " + good)
    code, out, _ = run("check-submission", "s.csv", "--fix", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["accepted"] == {"kaggle": False, "strict": False}
    (fault,) = told["faults"]
    assert (fault["code"], fault["line"], fault["certain"]) == ("header-comment", 1, True)
    assert fault["refused_by"] == ["kaggle", "strict"]
    assert told["fixed"] == {
        "file": "s-fixed.csv",
        "changes": ["comment sign taken off the header"],
        "left": [],
    }
    code, out, _ = run("check-submission", "s.csv", "--json", "--metric", "accuracy")
    assert code == 1
    assert "fixed" not in json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none.csv"], 1, "there is no such file"),
        (["s.csv", "--profile", "kagle"], 2, "did you mean kaggle?"),
        (["s.csv", "--metric", "acuracy"], 2, "did you mean accuracy?"),
        (["s.csv", "--out", "x.csv"], 2, "means nothing without --fix"),
        (["s.csv", "--fix", "--out", "s.csv"], 2, "is the file itself"),
        (["odd.csv"], 2, "say which it is for"),
    ],
)
def test_what_cannot_be_checked_is_one_answer(
    run: Run, good: str, arguments: list[str], code: int, told: str
) -> None:
    Path("odd.csv").write_text("a,b,c,d,e,f,g,h,i\n1,2,3,4,5,6,7,8,9\n")
    ended, out, err = run("check-submission", *arguments)
    assert (ended, out) == (code, "")
    assert told in err


@pytest.mark.parametrize("first", ["Sample_id,3,1,2", ",Sample_id,Class_1,Class_2,Class_3"])
def test_the_leaderboard_is_known_through_odd_headers(
    run: Run, world: Competition, first: str
) -> None:
    row = "0.5,0.25,0.25"
    front = "{i},{i}" if first.startswith(",") else "{i}"
    spoil("\n".join([first, *(f"{front.format(i=i)},{row}" for i in range(1, 61))]) + "\n")
    code, out, _ = run("check-submission", "s.csv", "--fix")
    assert code == 0
    assert "for the logloss leaderboard" in out


@pytest.mark.real
def test_the_organisers_own_files_pass(run: Run, shared_data: Path) -> None:
    folder = shared_data / "aalto_mlbp"
    for name in ("dummy_solution_accuracy.csv", "dummy_solution_logloss.csv"):
        code, out, _ = run("check-submission", str(folder / name), "--data", str(folder))
        assert code == 0
        assert "kaggle: accepted" in out
        assert "strict: accepted" in out
