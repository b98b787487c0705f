"""`check-submission` and `grade` of many files, and of what there are no data for."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from standins import Run

from harness import submission
from harness.competition import Competition
from harness.competitions import mlbp2018
from harness.competitions._form import builtin_form

LABELS = np.arange(60) % 3


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def several(run: Run, world: Competition) -> list[str]:
    """A folder of three: a good file, one that must be refused, and probabilities."""
    folder = Path("class")
    (folder / "b").mkdir(parents=True)
    submission.write(folder / "a.csv", world, world.board("accuracy"), LABELS)
    spoiled = (folder / "a.csv").read_text().replace("\n5,2\n", "\n5,9\n")
    (folder / "b" / "bad.csv").write_text(spoiled)
    proba = np.full((60, 3), 0.25) + np.eye(3)[LABELS] * 0.25
    submission.write(folder / "c.csv", world, world.board("logloss"), proba)
    return ["class/a.csv", "class/b/bad.csv", "class/c.csv"]


@pytest.mark.parametrize("named", [["class"], ["class/a.csv", "class/b", "class/c.csv", "class"]])
def test_a_table_for_all_and_the_worst_decides(
    run: Run, several: list[str], named: list[str]
) -> None:
    code, out, err = run("check-submission", *named)
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0].split() == ["file", "verdict", "faults", "the", "first"]
    assert sorted(line.split()[0] for line in lines[1:4]) == several
    (bad,) = [line for line in lines if "bad.csv" in line]
    assert "refused" in bad
    assert "line 6: the label '9' is no class" in bad
    assert lines[-1] == "3 files: 2 accepted by kaggle and strict, 1 not"


def test_good_files_alone_are_exit_0(run: Run, several: list[str]) -> None:
    assert run("check-submission", several[0], several[2])[0] == 0


def test_details_tell_each_file_as_if_it_were_alone(run: Run, several: list[str]) -> None:
    alone = run("check-submission", several[1])[1]
    assert alone in run("check-submission", "class", "--details")[1]


def test_as_json_many_are_a_list_and_one_is_none(run: Run, several: list[str]) -> None:
    told = json.loads(run("check-submission", "class", "--json")[1])
    one = json.loads(run("check-submission", several[0], "--json")[1])
    assert [Path(each["file"]).name for each in told] == ["a.csv", "c.csv", "bad.csv"]
    assert told[0] == one
    assert told[2]["accepted"] == {"kaggle": False, "strict": False}


def test_nothing_in_a_folder_is_passed_over_in_silence(run: Run, several: list[str]) -> None:
    Path("class/late.xlsx").write_bytes(zipped({"[Content_Types].xml": b"<Types/>"}))
    Path("class/readme.md").write_text("mine")
    for command in ("check-submission", "grade"):
        _, out, err = run(command, "class")
        assert "late.xlsx" in out
        assert "this is a spreadsheet (Excel or the like): save it as CSV" in out
        assert err.count("not looked at, no submission by its name: class/readme.md") == 1


def test_what_an_entry_keeps_is_no_submission(run: Run, several: list[str]) -> None:
    Path("class/b/receipt.json").write_text("{}")
    assert run("check-submission", "class")[2] == ""


def test_a_repair_that_is_certain_is_proposed_and_works(run: Run, several: list[str]) -> None:
    text = Path(several[0]).read_text()
    Path("class/d.csv").write_text(text.replace(",", ";"))
    assert (
        "all of it can be put right with certainty: add --fix"
        in run("check-submission", "class/d.csv")[1]
    )
    assert (
        "1 of them can be put right with certainty: add --fix"
        in run("check-submission", "class")[1]
    )
    assert run("check-submission", "class/d.csv", "--fix")[0] == 0
    assert Path("class/d-fixed.csv").read_text() == text


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        (("a.csv",), ""),
        (("a.csv", "__MACOSX/._a.csv"), ""),
        (("a.csv", "b.csv"), "the zip archive holds 2 files: pack the submission alone"),
        ((), "the zip archive holds 0 files: pack the submission alone"),
    ],
)
def test_a_zip_of_one_file_is_that_file(
    run: Run, several: list[str], inside: tuple[str, ...], told: str
) -> None:
    good = Path(several[0]).read_bytes()
    content = zipped(dict.fromkeys(inside, good)) if inside else zipped({"d/": b""})
    Path("s.zip").write_bytes(content)
    code, out, _ = run("check-submission", "s.zip", "--metric", "accuracy")
    assert (code, told in out) == (int(bool(told)), True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty"),
        ("\n<!DOCTYPE html><html><body>Sign in</body></html>", "this is a web page"),
        ('[{"id": 1, "label": 2}]', "this is JSON: write it as CSV"),
        ("PAR1...", "this is a Parquet file: write it as CSV"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(
    run: Run, several: list[str], content: str, told: str
) -> None:
    Path("class/late.csv").write_text(content)
    (line,) = [x for x in run("check-submission", "class")[1].splitlines() if "late" in x]
    assert told in line
    assert "refused " in line


def test_a_damaged_zip_is_named(run: Run, several: list[str]) -> None:
    Path("s.zip").write_bytes(zipped({"a.csv": Path(several[0]).read_bytes()})[:60])
    code, out, _ = run("check-submission", "s.zip", "--metric", "accuracy")
    assert (code, "the zip archive can't be unpacked" in out) == (1, True)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run: Run, several: list[str]) -> None:
    code, out, _ = run("check-submission", "none.csv", *several)
    assert code == 1
    assert "none.csv" in out
    assert "there is no such file" in out
    assert "4 files: 2 accepted" in out


def test_a_name_that_nobody_bears_is_one_answer_and_not_one_a_file(
    run: Run, several: list[str]
) -> None:
    code, out, err = run("check-submission", "class", "--metric", "acuracy")
    assert (code, out) == (2, "")
    assert "did you mean accuracy?" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["empty"], "holds no submission"),
        (["class", "--fix", "--out", "x.csv"], "is one file, for several"),
        (["class", "--data", "data", "--competition", "mlbp2018"], "say the same thing"),
        (["class", "--competition", "mlbp2008"], "did you mean mlbp2018?"),
        (["class", "--competition", "gtzan"], "its files alone"),
    ],
)
def test_what_cannot_be_asked(
    run: Run, several: list[str], arguments: list[str], told: str
) -> None:
    Path("empty").mkdir()
    code, out, err = run("check-submission", *arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_each_is_repaired_beside_itself(run: Run, several: list[str]) -> None:
    text = Path(several[0]).read_text()
    Path("class/d.csv").write_text("# " + text)
    code, out, _ = run("check-submission", several[0], "class/d.csv", "--fix")
    assert code == 0
    assert "repaired" in out
    assert Path("class/d-fixed.csv").read_text() == text


def test_grades_are_ranked_board_by_board(run: Run, several: list[str], world: Competition) -> None:
    submission.write(Path("class/z.csv"), world, world.board("accuracy"), np.zeros(60, np.int64))
    code, out, _ = run("grade", "class")
    assert code == 1
    assert "accuracy leaderboard, 60 rows" in out
    assert "logloss leaderboard, 60 rows" in out
    assert "bad.csv  line 6: the label '9' is no class" in out
    assert out.splitlines()[-1] == "4 files: 3 graded, 1 not"
    told = json.loads(run("grade", "class", "--json")[1])
    scores = {Path(one["file"]).name: one.get("score") for one in told}
    order = [line.split()[-1] for line in out.splitlines() if line.endswith(("a.csv", "z.csv"))]
    wanted = sorted(["class/a.csv", "class/z.csv"], key=lambda name: -scores[Path(name).name])
    assert order == wanted
    assert scores["bad.csv"] is None


def test_one_grade_is_told_as_ever(run: Run, several: list[str]) -> None:
    code, out, _ = run("grade", several[0])
    assert code == 0
    assert out.startswith("class/a.csv: 60 rows for the accuracy leaderboard")
    assert run("grade", several[0], "--json")[1].startswith("{")


def sample(path: Path, header: str, row: str, ids: range = range(1, 61)) -> Path:
    path.write_text("\n".join([header, *(f"{i},{row}" for i in ids)]) + "\n")
    return path


def test_a_sample_is_enough_for_probabilities(run: Run, tmp_path: Path) -> None:
    sample(tmp_path / "s.csv", "id,p_a,p_b,p_c", "0.2,0.3,0.5")
    sample(tmp_path / "good.csv", "id,p_a,p_b,p_c", "0.1,0.3,0.6")
    sample(tmp_path / "named.csv", "id,a,b,c", "0.1,0.3,0.6")
    sample(tmp_path / "short.csv", "id,p_a,p_b,p_c", "0.1,0.3,0.6", range(1, 60))
    assert run("check-submission", "good.csv", "--sample", "s.csv")[0] == 0
    assert run("check-submission", "s.csv", "--sample", "s.csv")[0] == 0
    code, out, _ = run("check-submission", "named.csv", "short.csv", "--sample", "s.csv")
    assert code == 1
    assert "class columns are called by their classes" in out
    assert "59 rows instead of 60" in out
    assert not Path("data").exists()


def test_a_sample_is_enough_for_labels(run: Run, tmp_path: Path) -> None:
    sample(tmp_path / "s.csv", "id,label", "1")
    sample(tmp_path / "good.csv", "id,label", "3")
    sample(tmp_path / "words.csv", "id,label", "rock")
    sample(tmp_path / "empty.csv", "id,label", "")
    assert run("check-submission", "good.csv", "--sample", "s.csv")[0] == 0
    code, out, _ = run("check-submission", "words.csv", "empty.csv", "--sample", "s.csv")
    assert code == 1
    assert "'rock' is no class" in out
    assert "the label is empty" in out


def test_which_labels_a_sample_alone_tells_is_said(run: Run, tmp_path: Path) -> None:
    sample(tmp_path / "s.csv", "id,label", "1")
    sample(tmp_path / "mine.csv", "id,label", "11")
    code, _, err = run("check-submission", "mine.csv", "--sample", "s.csv")
    told = "note: of the labels s.csv shows 1; others that look like them are taken too\n"
    assert (code, err) == (0, told)


def test_class_columns_without_ids_still_tell_the_leaderboard(run: Run, several: list[str]) -> None:
    lines = Path("class/c.csv").read_text().splitlines()
    Path("n.csv").write_text("\n".join(line.split(",", 1)[1] for line in lines))
    code, out, _ = run("check-submission", "n.csv")
    assert (code, "there is no column 'Sample_id'" in out) == (1, True)


def test_labels_beside_a_sample_of_whole_numbers_are_whole_numbers(
    run: Run, tmp_path: Path
) -> None:
    sample(tmp_path / "s.csv", "id,label", "1")
    for cell, told in (
        ("2.0", "the label '2.0' should be written as '2'"),
        ("Jazz", "60 labels are no class (classes are whole numbers, such as 1)"),
    ):
        sample(tmp_path / "mine.csv", "id,label", cell)
        code, out, _ = run("check-submission", "mine.csv", "--sample", "s.csv")
        assert (code, told in out) == (1, True)


def test_a_sample_is_enough_for_one_probability(run: Run, tmp_path: Path) -> None:
    sample(tmp_path / "s.csv", "id,target", "0.5")
    sample(tmp_path / "good.csv", "id,target", "0.87")
    sample(tmp_path / "percent.csv", "id,target", "87.0")
    assert run("check-submission", "good.csv", "--sample", "s.csv")[0] == 0
    assert run("check-submission", "percent.csv", "--sample", "s.csv")[0] == 1


@pytest.mark.parametrize("row", ["0.5,0.5,0.5", "0,0,0", "1,1,1"])
def test_what_the_sample_itself_does_is_no_fault(run: Run, tmp_path: Path, row: str) -> None:
    sample(tmp_path / "s.csv", "id,a,b,c", row)
    code, out, _ = run("check-submission", "s.csv", "--sample", "s.csv")
    assert code == 0
    assert "kaggle: accepted" in out


@pytest.mark.parametrize("text", ["1,2\n3,4\n", "id,a\n1,5.5\n", "id,x,y,z,w\n1,a,b,0.5,0.5\n"])
def test_what_is_no_sample_is_said(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    code, _, err = run("check-submission", "x.csv", "--sample", "s.csv")
    assert code == 1
    assert "--sample s.csv: " in err
    assert "--data DIR" in err


def test_a_built_in_competition_needs_no_data(run: Run, tmp_path: Path) -> None:
    header = ",".join(["Sample_id", *(f"Class_{k}" for k in range(1, 11))])
    row = "0.1," * 9 + "0.1"
    sample(tmp_path / "a.csv", header, row, range(1, 6545))
    sample(tmp_path / "b.csv", header, row, range(1, 6544))
    assert run("check-submission", "a.csv", "--competition", "mlbp2018")[0] == 0
    code, out, _ = run("check-submission", "b.csv", "--competition", "mlbp2018")
    assert code == 1
    assert "6543 rows instead of 6544" in out
    assert not Path("data").exists()


def test_the_built_in_form_is_that_of_the_files(shared_data: Path) -> None:
    form = builtin_form("mlbp2018")
    labels = (shared_data / "aalto_mlbp" / "train_labels.csv").read_text().split()
    assert form.counts.tolist() == [labels.count(c) for c in mlbp2018.CLASSES]
    for name in mlbp2018.SAMPLES.values():
        path = shared_data / "aalto_mlbp" / name
        board = submission.board_of(path, form)
        assert not submission.examine(path, form, board).refused


READING = [
    ["check"],
    ["check-submission", "x.csv"],
    ["grade", "x.csv"],
    ["entries"],
    ["explore"],
    ["report"],
    ["audit"],
    ["predict", "x.csv"],
    ["submit"],
    ["blend", "all"],
    ["verify", "x"],
]


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_what_only_reads_makes_nothing(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "x.csv").write_text("id,label\n1,1\n")
    code, out, err = run(*arguments)
    assert code > 0, out
    assert err.startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("command", ["check", "check-submission", "grade", "explore", "entries"])
def test_a_folder_that_is_empty_stays_so(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "mine").mkdir()
    named = ["x.csv"] if command in ("check-submission", "grade") else []
    (tmp_path / "x.csv").write_text("id,label\n1,1\n")
    assert run(command, *named, "--data", "mine")[0] == 2
    assert not list((tmp_path / "mine").iterdir())


def test_a_check_loads_no_library_that_learns(world: Competition, several: list[str]) -> None:
    script = (
        "import sys; from harness.cli.app import main\n"
        "try: main(['check-submission', *sys.argv[1:]])\n"
        "except SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'imblearn', 'scipy', 'lightgbm', 'pandas'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "class", "--data", str(world.root)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
