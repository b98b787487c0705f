"""Files that aren't where one looks for them: the nearest is named, and naming it helps."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from harness.competitions._find import find
from harness.competitions._new import describe
from harness.competitions._sample import read_sample
from harness.errors import DataError, FaultsError, HarnessError, UsageError

ROWS = "".join(f"{i},{i * 7 % 5},{'ab'[i % 2]}\n" for i in range(40))
FILES = {
    "train.csv": "id,x,y\n" + ROWS,
    "test.csv": "id,x\n90,1\n91,2\n",
    "sample_submission.csv": "id,y\n90,a\n91,a\n",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("data")


def put(folder: Path, **at: str) -> Path:
    """The files, each where `at` says for its stem."""
    for name, text in FILES.items():
        path = folder / at.get(name.removesuffix(".csv"), name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def refused(*arguments: object, **more: object) -> HarnessError:
    with pytest.raises(HarnessError) as raised:
        describe(*arguments, **more)  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize("folder", ["{0}.csv", "{0}"])
def test_a_folder_of_its_file_s_name_is_that_file(here: Path, folder: str) -> None:
    at = {n: f"{folder.format(n)}/{n}.csv" for n in ("train", "test", "sample_submission")}
    made = describe(put(here, **at), {}).competition
    assert len(made.y) == 40
    assert made.test_ids == ("90", "91")
    assert made.leaderboards[0].header == ("id", "y")
    assert find(here).fingerprint == made.fingerprint


def test_a_folder_of_a_file_s_name_that_holds_more_is_no_file(here: Path) -> None:
    put(here, train="train/train.csv")
    (here / "train" / "more.csv").write_text("a\n1\n")
    told = refused(here, {})
    assert told.todo == "name the file: --train data/train/train.csv"
    assert len(describe(here, {}, {"train": here / "train" / "train.csv"}).competition.y) == 40


@pytest.mark.parametrize("name", ["competition", "my files"])
def test_files_one_folder_down_are_named_with_the_command(here: Path, name: str) -> None:
    (here / name).mkdir(parents=True)
    put(here / name)
    todo = str(refused(here, {}).todo)
    words = shlex.split(re.search("`(.*)`", todo)[1])  # type: ignore[index]
    assert words[:2] == ["harness", "new"]
    assert len(describe(Path(words[2]), {}).competition.y) == 40


@pytest.mark.parametrize("given", ["data/trian.csv", "train.csv", "data/train.cvs", "Train.csv"])
def test_a_mistyped_file_is_answered_with_the_nearest(here: Path, given: str) -> None:
    put(here)
    told = refused(here, {}, {"train": Path(given)})
    assert isinstance(told, UsageError)
    assert told.todo == "did you mean --train data/train.csv?"


def test_a_file_like_none_there_is_answered_with_the_tables(here: Path) -> None:
    put(here)
    told = refused(here, {}, {"train": here / "flowers.parquet"})
    assert told.todo == "the tables in its folder: sample_submission.csv, test.csv, train.csv"


def test_a_folder_for_a_file_is_answered_with_what_it_holds(here: Path) -> None:
    put(here, train="features/train.csv")
    with pytest.raises(UsageError, match=r"--train data/features/train\.csv"):
        find(train=here / "features")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (range(39), "add them to this file, or remove every such training row from its own"),
        ([*range(40), 77], "take out the rows that belong to none"),
        ([*range(39), 77], "both files must hold the same ids"),
    ],
)
def test_a_label_file_of_other_rows_names_a_step(here: Path, lines: list[int], told: str) -> None:
    put(here)
    (here / "train.csv").write_text("id,x\n" + re.sub(r",[ab]\n", "\n", ROWS))
    (here / "train_labels.csv").write_text(
        "id,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in lines)
    )
    assert told in str(refused(here, {}).todo)


@pytest.mark.parametrize(
    ("ids", "told", "todo"),
    [
        (["", "91"], "row 1: no id", "fill in the ids that are missing"),
        (["", ""], "rows 1, 2: no id", "fill in the ids that are missing"),
        (["9", "9"], "id '9' is on rows 1, 2", "take out the rows that are there twice"),
    ],
)
def test_ids_that_are_missing_and_ids_twice_have_their_own_advice(
    here: Path, ids: list[str], told: str, todo: str
) -> None:
    put(here)
    (here / "test.csv").write_text("id,x\n" + "".join(f"{i},1\n" for i in ids))
    problem = refused(here, {})
    assert isinstance(problem, FaultsError)
    assert told in str(problem)
    assert problem.todo == f"every row needs an id of its own: {todo}"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_sample_s_names_are_as_it_writes_them(tmp_path: Path, end: str, encoding: str) -> None:
    path = tmp_path / "sample_submission.csv"
    path.write_bytes(f"id , y{end}90,a{end}91,b{end}".encode(encoding))
    assert dict(read_sample(path).written) == {"id": "id ", "y": " y"}


def test_no_table_anywhere_is_said_so(here: Path) -> None:
    (here / "notes").mkdir(parents=True)
    with pytest.raises(DataError, match="put the competition's files there"):
        describe(here, {})
