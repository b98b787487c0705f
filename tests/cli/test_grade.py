"""`harness grade`: what the leaderboard would say, or everything that is wrong with the file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import TOML, small, write_small

from harness import submission
from harness.competition import Competition, Leaderboard
from harness.competitions._answers import read_answers
from harness.competitions._find import find
from harness.errors import UsageError
from harness.evaluate import metrics

PROBA = np.random.default_rng(1).dirichlet(np.ones(3), 60)


def test_a_probability_file_gets_both_log_losses_and_accuracy(
    run: Run,
    world: Competition,
) -> None:
    submission.write(Path("s.csv"), world, world.board("logloss"), PROBA)
    y = read_answers(world)
    code, out, err = run("grade", "s.csv")
    assert (code, err) == (0, "")
    for name in ("logloss", "logloss-cells", "accuracy"):
        assert f"{metrics.score(name, y, PROBA):.5f}" in out
    (told,) = [line for line in out.splitlines() if "the leaderboard's score" in line]
    assert told.split()[0] == "logloss"


def test_a_label_file_is_known_by_its_header(run: Run, world: Competition) -> None:
    submission.write(Path("s.csv"), world, world.board("accuracy"), PROBA)
    result = json.loads(run("grade", "s.csv", "--json")[1])
    assert result["leaderboard"] == result["metric"] == "accuracy"
    assert result["score"] == (PROBA.argmax(axis=1) == read_answers(world)).mean()
    assert result["entry"] is None


def test_a_board_that_is_scored_otherwise_than_its_name_says_so(
    run: Run,
    tmp_path: Path,
) -> None:
    folder = write_small(tmp_path / "data")
    board = 'name = "logloss"\nmetric = "logloss-cells"'
    (folder / "competition.toml").write_text(TOML.replace('metric = "logloss"', board))
    world = find(folder)
    submission.write(Path("s.csv"), world, world.board("logloss"), PROBA)
    result = json.loads(run("grade", "s.csv", "--metric", "logloss", "--json")[1])
    assert result["metric"] == "logloss-cells"
    assert result["score"] == metrics.score("logloss-cells", read_answers(world), PROBA)
    assert set(result["scores"]) == {"logloss-cells", "logloss", "accuracy"}
    assert json.loads(run("grade", "s.csv", "--metric", "logloss-cells", "--json")[1]) == result


@pytest.mark.parametrize("out", [None, "elsewhere.csv"])
def test_an_entrys_file_gets_its_expected_score_beside(
    run: Run,
    world: Competition,
    out: str | None,
) -> None:
    kept = {"score": 1.5, "low": 0.0, "high": 9.0, "rows": 60, "metric": "logloss"}
    entry = add(world, "lda", 1.0, expected={"logloss": kept})
    run("submit", *(["--out", out] if out else []))
    path = out or str(entry.path / "submission-logloss.csv")
    told = run("grade", path)[1]
    assert "expected from lda-001: 1.50000, 95 % interval 0.00000 to 9.00000" in told
    assert told.rstrip().endswith("inside")
    assert json.loads(run("grade", path, "--json")[1])["expected"] == kept


def test_a_file_changed_by_hand_is_no_longer_the_entrys(
    run: Run,
    world: Competition,
) -> None:
    add(world, "lda", 1.0)
    path = Path(json.loads(run("submit", "--json")[1])["file"])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], "60,0.5,0.25,0.25"]))
    assert json.loads(run("grade", str(path), "--json")[1])["entry"] is None


def test_every_fault_is_told_and_nothing_graded(run: Run, world: Competition) -> None:
    submission.write(Path("s.csv"), world, world.board("logloss"), PROBA)
    text = Path("s.csv").read_text()
    Path("s.csv").write_text("# " + text.replace("\n7,", "\n777,"))
    code, out, err = run("grade", "s.csv")
    assert (code, out) == (1, "")
    assert "s.csv: 3 faults" in err
    assert "line 8: no test row has the id '777'" in err


def test_what_the_grader_accepts_is_noted(run: Run, world: Competition) -> None:
    rows = "".join(f"{i},0.04,0.02,0.02\n" for i in range(1, 61))
    Path("s.csv").write_text("Sample_id,Class_1,Class_2,Class_3\n" + rows)
    code, _, err = run("grade", "s.csv")
    assert code == 0
    assert "note: line 2: 60 rows don't sum to 1; the first: the probabilities sum to 0.08" in err


@pytest.mark.parametrize(
    ("file", "options", "code", "told"),
    [
        ("none.csv", [], 1, "there is no such file"),
        ("s.csv", ["--metric", "acc"], 2, "known: accuracy, logloss"),
        ("odd.csv", [], 2, "say which it is for: --metric accuracy or --metric logloss"),
        ("odd.csv", ["--metric", "accuracy"], 1, "there is no column 'Sample_label'"),
        ("s.csv", ["--metric", "accuracy"], 1, "this is a file for the logloss leaderboard"),
        ("empty.csv", [], 1, "the file is empty"),
        ("empty.csv", ["--metric", "accuracy"], 1, "the file is empty"),
    ],
)
def test_what_cannot_be_graded_is_one_answer(
    run: Run,
    world: Competition,
    file: str,
    options: list[str],
    code: int,
    told: str,
) -> None:
    submission.write(Path("s.csv"), world, world.board("logloss"), PROBA)
    Path("odd.csv").write_text("Sample_id,a,b,c,d,e\n1,2,3,4,5,6\n")
    Path("empty.csv").touch()
    ended, out, err = run("grade", file, *options)
    assert (ended, out) == (code, "")
    assert told in err


def test_without_answers_there_is_nothing_to_grade(run: Run, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data")
    (folder / "competition.toml").write_text(TOML[: TOML.index("[answers]")])
    world = find(folder)
    submission.write(Path("s.csv"), world, world.board("logloss"), PROBA)
    code, _, err = run("grade", "s.csv")
    assert code == 1
    assert "answers of the test rows aren't known" in err


@pytest.mark.parametrize(
    "header",
    [
        "Sample_id,Sample_label",
        "# Sample_id,Sample_label",
        " sample_id ; Sample_Label",
        "\ufeffSample_id,Sample_label",
        "1,3",
        "Sample_label,Sample_id",
    ],
)
def test_a_badly_written_header_still_tells_the_leaderboard(tmp_path: Path, header: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(header + "\n1,1\n", encoding="utf-8")
    assert submission.board_of(path, small()).name == "accuracy"


def test_boards_with_the_same_header_are_told_apart_by_their_order(tmp_path: Path) -> None:
    boards = tuple(Leaderboard(m, ("id", "a", "b", "c")) for m in ("logloss-cells", "logloss"))
    path = tmp_path / "s.csv"
    path.write_text("id,a,b,c\n")
    asked = replace(small(), leaderboards=boards)
    assert submission.board_of(path, asked) == boards[0]


def test_a_competition_without_leaderboards_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("id,a\n")
    with pytest.raises(UsageError, match="no leaderboards"):
        submission.board_of(path, replace(small(), leaderboards=()))


def test_a_class_that_only_the_answers_have_is_added_as_told(run: Run, world: Competition) -> None:
    labels = np.arange(60) % 3
    submission.write(Path("s.csv"), world, world.board("accuracy"), labels)
    answers = Path("data/answers/test_labels.csv")
    lines = answers.read_text().split()
    answers.write_text("\n".join(["4", *lines[1:]]) + "\n")
    code, _, err = run("grade", "s.csv")
    assert code == 1
    assert "label '4' is not one of the declared classes" in err
    assert "a class that only test rows have is added to [classes] values" in err
    toml = TOML.replace('"3"]', '"3", "4"]').replace('"Rap"]', '"Rap", "New"]')
    Path("data/competition.toml").write_text(toml.replace('"Class_3"]', '"Class_3", "Class_4"]'))
    assert run("grade", "s.csv")[0] == 0
