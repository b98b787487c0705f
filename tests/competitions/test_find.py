"""Which competition a command works on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from folders import mlbp2018, titanic

from harness.competitions import _find, demo
from harness.competitions._find import find, find_spec
from harness.errors import DataError, FileProblem, UsageError

TOML = """\
name = "mine"
[train]
features = "train_data.csv"
labels = "train_labels.csv"
[classes]
values = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
"""


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo without its cost: a description and the files that it names."""

    def make(folder: Path, *, seed: int = 0) -> None:
        mlbp2018(folder)
        (folder / "answers").mkdir()
        (folder / "answers" / "a.csv").write_text("1\n")
        (folder / "competition.toml").write_text(TOML.replace("mine", "demo"))

    monkeypatch.setattr(demo, "make", make)


def test_a_description_goes_first(tmp_path: Path) -> None:
    mlbp2018(tmp_path)
    assert find(tmp_path).name == "mlbp2018"
    (tmp_path / "competition.toml").write_text(TOML)
    assert find(tmp_path).name == "mine"
    assert find(tmp_path / "competition.toml").name == "mine"


def test_the_environment_and_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mlbp2018(tmp_path / "data")
    (mlbp2018(tmp_path / "other") / "competition.toml").write_text(TOML)
    assert find_spec().name == "mlbp2018"
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "other"))
    assert find_spec().name == "mine"
    assert find_spec(tmp_path / "data").name == "mlbp2018"


@pytest.mark.usefixtures("small_demo")
def test_the_demo_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = find(demo=True)
    assert found.name == "demo"
    assert any("made the demo" in note for note in found.notes)
    assert sorted(path.name for path in Path("data").iterdir()) == [
        "answers",
        "competition.toml",
        "test_data.csv",
        "train_data.csv",
        "train_labels.csv",
    ]
    assert find().notes == ()


@pytest.mark.usefixtures("small_demo")
def test_a_readme_and_hidden_files_are_nothing(tmp_path: Path) -> None:
    for name in ("README.md", ".gitkeep"):
        (tmp_path / name).write_text("x")
    assert find(tmp_path, demo=True).name == "demo"
    assert (tmp_path / "README.md").exists()


def test_a_demo_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(folder: Path, *, seed: int = 0) -> None:
        mlbp2018(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "make", make)
    with pytest.raises(KeyboardInterrupt):
        find(tmp_path, demo=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_demo")
def test_the_description_comes_before_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A kill between two renames must not leave three CSV files that look like mlbp2018.
    rename = Path.rename
    moved: list[str] = []

    def renaming(self: Path, target: Path) -> Path:
        moved.append(self.name)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", renaming)
    find(tmp_path, demo=True)
    assert moved[0] == "competition.toml"


def test_data_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--data .*nowhere: there is no such"):
        find(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_files_that_are_no_competition(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(
        DataError, match=r"holds notes.txt, but no competition.toml.*\n.*harness new"
    ):
        find(tmp_path)


def test_one_table(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text("a,b,species,label\n1,2,3,x\n3,4,5,y\n5,6,7,x\n")
    found = find(path)
    assert found.columns == ("a", "b", "species")
    assert found.classes == ("x", "y")


def test_a_folder_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileProblem, match="can't be read"):
        find(tmp_path)


class TestPaths:
    def test_they_need_the_training_file(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--labels: needs --train"):
            find(labels=tmp_path / "x.csv")
        with pytest.raises(UsageError, match="--test: needs --train"):
            find(test=tmp_path / "x.csv")

    def test_they_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"--train .*x.csv: there is no such file"):
            find(train=tmp_path / "x.csv")

    def test_any_competition(self, tmp_path: Path) -> None:
        folder = titanic(tmp_path)
        found = find(train=folder / "train.csv", test=folder / "test.csv")
        assert found.classes == ("0", "1")
        assert found.test_ids[0] == "101"

    def test_labels_beside_features(self, tmp_path: Path) -> None:
        (tmp_path / "f.csv").write_text("1,2\n3,4\n5,6\n")
        (tmp_path / "g.csv").write_text("no\nyes\nno\n")
        found = find(train=tmp_path / "f.csv", labels=tmp_path / "g.csv")
        assert found.classes == ("no", "yes")
        assert found.y.tolist() == [0, 1, 0]


def test_finding_stays_light() -> None:
    # Reading needs numpy and polars; learning comes later.
    code = "import sys, harness.competitions._find; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "sklearn",
        "pandas",
        "tensorflow",
        "keras",
        "lightgbm",
        "matplotlib",
        "scipy",
        "imblearn",
    }
    assert not heavy & set(out.stdout.split())


def test_the_name_of_the_description() -> None:
    assert _find.SPEC == "competition.toml"


def test_an_extraction_that_wasnt_finished_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "comp" / "extracted").mkdir(parents=True)
    (tmp_path / "comp" / "skipped.csv").write_text("path,reason\n", encoding="utf-8")
    with pytest.raises(DataError, match="wasn't finished") as caught:
        find(tmp_path / "comp")
    assert "harness extract" in caught.value.todo
