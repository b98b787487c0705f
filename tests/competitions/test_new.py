"""`harness new`: what is inferred from a folder's files, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from folders import gtzan, gtzan_split, mlbp2018, titanic

from harness.cli.app import main
from harness.competition import Competition
from harness.competitions._find import SPEC, find
from harness.competitions._infer import Wishes, infer
from harness.competitions._infer_files import role_of
from harness.competitions._new import describe
from harness.competitions._spec import GroupSpec, Spec, SplitSpec
from harness.errors import DataError, UsageError
from harness.evaluate import splits


def wrote(folder: Path, **wishes: str) -> Competition:
    """What the description loads, and `find` by it again."""
    made = describe(folder, wishes).competition
    assert find(folder).fingerprint == made.fingerprint
    return made


def table(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def rows(*columns: object, header: str = "") -> str:
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([header] * bool(header) + lines) + "\n"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("train.csv", "train"),
        ("train_data.csv.gz", "train"),
        ("X_train.npy", "train"),
        ("test.parquet", "test"),
        ("test_data.csv", "test"),
        ("train_labels.csv", "labels"),
        ("y.npy", "labels"),
        ("y_train.csv", "labels"),
        ("test_labels.csv", "answers"),
        ("solution.csv", "answers"),
        ("sample_submission.csv", "samples"),
        ("sampleSubmission.csv", "samples"),
        ("gender_submission.csv", "samples"),
        ("dummy_solution_accuracy.csv", "samples"),
        ("flowers.csv", "other"),
        ("contest.csv", "other"),
    ],
)
def test_roles(name: str, role: str) -> None:
    assert role_of(Path(name)) == role


def test_kaggle_style(tmp_path: Path) -> None:
    made = wrote(titanic(tmp_path))
    assert made.columns == ("Pclass", "Sex", "Age", "Fare", "Embarked")
    assert made.text == {1: ("female", "male"), 4: ("C", "Q", "S")}
    assert made.classes == ("0", "1")
    assert made.test_ids[:2] == ("101", "102")
    assert np.isnan(made.X).any()
    board = made.board("accuracy")
    assert board.header == ("PassengerId", "Survived")
    assert board.sample == tmp_path / "gender_submission.csv"


def test_built_in_ones_are_known(tmp_path: Path) -> None:
    made = wrote(mlbp2018(tmp_path / "m"))
    assert made.name == "mlbp2018"
    assert made.board("logloss").metric == "logloss-cells"
    gtzan_split(gtzan(tmp_path / "g"))
    made = wrote(tmp_path / "g")
    assert made.part_names == ("valid", "test")
    assert made.groups is not None


def test_matrices_without_headers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savetxt(tmp_path / "train_data.csv", rng.normal(size=(30, 4)), delimiter=",")
    np.savetxt(tmp_path / "test_data.csv", rng.normal(size=(5, 4)), delimiter=",")
    np.savetxt(tmp_path / "train_labels.csv", np.arange(30) % 12 + 1, fmt="%d")
    made = wrote(tmp_path)
    assert made.classes == tuple(str(k) for k in range(1, 13))
    assert made.X.shape == (30, 4)
    assert made.test_ids[0] == "1"
    assert [str(board) for board in made.leaderboards] == ["accuracy", "logloss"]


def test_numpy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "X_train.npy", np.eye(6, 3, dtype=np.float32))
    np.save(tmp_path / "y_train.npy", np.array([3, 1, 2, 3, 1, 2]))
    np.save(tmp_path / "X_test.npy", np.ones((2, 3)))
    made = wrote(tmp_path)
    assert made.classes == ("1", "2", "3")
    assert made.y.tolist() == [2, 0, 1, 2, 0, 1]
    assert made.X_test is not None


def test_parquet(tmp_path: Path) -> None:
    import polars as pl

    frame = pl.DataFrame({"key": ["a", "b", "c"], "x": [1.5, None, 3.0], "genre": ["u", "v", "u"]})
    frame.write_parquet(tmp_path / "train.parquet")
    frame.drop("genre").write_parquet(tmp_path / "test.parquet")
    made = wrote(tmp_path)
    assert made.columns == ("x",)
    assert made.classes == ("u", "v")
    assert made.test_ids == ("a", "b", "c")
    assert np.isnan(made.X[1, 0])


def test_class_columns_give_the_classes_their_order(tmp_path: Path) -> None:
    labels = [1, 2, 10, 1]
    train = rows(range(4), [0.5] * 4, labels, header="id,x,label")
    test = rows([7, 8], [0.5] * 2, header="id,x")
    sample = rows([7, 8], [0] * 2, [0] * 2, [1] * 2, header="id,class_1,class_10,class_2")
    made = wrote(table(tmp_path, train=train, test=test, sample_submission=sample))
    assert made.classes == ("1", "10", "2")
    assert made.y.tolist() == [0, 2, 1, 0]
    assert made.board("logloss").header == ("id", "class_1", "class_10", "class_2")


def test_ids_of_the_test_rows_by_the_sample(tmp_path: Path) -> None:
    train = rows([1.5, 2.5, 3.5], ["u", "v", "u"], header="x,y")
    sample = rows(["q", "r"], ["u", "u"], header="key,y")
    folder = table(
        tmp_path, train=train, test=rows([1.5, 2.5], header="x"), sample_submission=sample
    )
    assert wrote(folder).test_ids == ("q", "r")
    (tmp_path / "competition.toml").unlink()
    table(tmp_path, sample_submission=rows([0, 1], ["u", "u"], header="key,y"))
    assert wrote(folder).test_ids == ("0", "1")


def test_groups_and_folds_are_proposed(tmp_path: Path) -> None:
    train = rows(
        ["a", "a", "b", "b"],
        ["1", "2", "1", "2"],
        ["x", "y", "x", "z"],
        [1.5, 2.5, 3.5, 4.5],
        ["u", "v", "u", "v"],
        header="artist,fold,track,loudness,genre",
    )
    spec = infer(table(tmp_path, train=train)).spec
    assert spec.groups == GroupSpec(column="artist")
    assert spec.split == SplitSpec(column="fold", train=())
    assert spec.label_column == "genre"
    assert spec.drop == ("track",), "it says where a row comes from"
    spec = infer(tmp_path, Wishes(groups="track")).spec
    assert spec.groups == GroupSpec(column="track")


def test_a_training_part_is_noticed(tmp_path: Path) -> None:
    train = rows(["train", "valid", "train"], [1, 2, 3], ["u", "v", "u"], header="split,x,label")
    made = wrote(table(tmp_path, train=train))
    assert made.part_names == ("valid",)
    assert made.predefined is not None
    assert made.predefined.tolist() == [-1, 0, -1]


def test_blocks_from_names(tmp_path: Path) -> None:
    names = [f"chroma{k}" for k in range(4)] + [f"mfcc{k}" for k in range(5)]
    train = rows(*[[1, 2, 3]] * 9, ["u", "v", "u"], header=",".join([*names, "label"]))
    made = wrote(table(tmp_path, train=train))
    assert [(b.name, b.start, b.stop) for b in made.blocks] == [("chroma", 0, 4), ("mfcc", 4, 9)]


def test_columns_that_the_test_file_lacks_are_dropped(tmp_path: Path) -> None:
    train = rows([1, 2, 3], [4, 5, 6], ["u", "v", "u"], header="x,later,label")
    spec = infer(table(tmp_path, train=train, test=rows([1], header="x"))).spec
    assert spec.drop == ("later",)


def test_options_go_before_guesses(tmp_path: Path) -> None:
    train = rows(
        ["p", "q", "r"], ["k", "l", "m"], [1, 2, 1], ["u", "v", "u"], header="id,key,n,label"
    )
    table(tmp_path, train=train)
    assert infer(tmp_path).spec.id_column == "id"
    assert infer(tmp_path, Wishes(id="key")).spec.id_column == "key"
    assert infer(tmp_path, Wishes(label="n")).spec.classes == ("1", "2")
    with pytest.raises(DataError, match="no column is called 'nn'"):
        infer(tmp_path, Wishes(label="nn"))


def test_every_guess_has_a_reason(tmp_path: Path) -> None:
    found = infer(titanic(tmp_path)).reasons
    keys = {reason.key for reason in found}
    assert {"train.label", "train.id", "columns.text", "columns.drop", "classes.values"} <= keys
    assert all(reason.why for reason in found)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "holds no table"),
        ({"one": "1,2\n", "two": "1,2\n"}, "one.csv, two.csv could all hold the training rows"),
        ({"test": "1,2\n", "labels": "1\n"}, "none of labels.csv, test.csv holds the training"),
        ({"train": "1.5,2.5\n3.5,4.5\n"}, "no column looks like the labels"),
        ({"train": "x,label\n1,a\n2,a\n"}, "holds one class only, 'a'"),
        (
            {"train": "x,label\n1,0.5\n2,0.7\n"},
            "is regression, and harness does classification only",
        ),
        ({"train": "label\na\nb\n"}, "has no feature columns beside label"),
        (
            {"train": rows(range(300), [f"c{k}" for k in range(300)], header="x,label")},
            "300 different values",
        ),
        ({"train": rows(range(300), range(300), header="x,label")}, "is regression"),
    ],
)
def test_what_can_not_be_inferred(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(DataError) as raised:
        describe(table(tmp_path, **files))
    assert told in str(raised.value)
    assert not (tmp_path / "competition.toml").exists()


def test_a_description_that_is_there_stays(tmp_path: Path) -> None:
    titanic(tmp_path)
    (tmp_path / "competition.toml").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        describe(tmp_path)
    assert (tmp_path / "competition.toml").read_text() == "mine"
    assert describe(tmp_path, force=True).competition.classes == ("0", "1")


def test_specs_name_no_folder(tmp_path: Path) -> None:
    describe(titanic(tmp_path))
    assert str(tmp_path) not in (tmp_path / "competition.toml").read_text()


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as raised:
        main([str(argument) for argument in arguments])
    return int(raised.value.code or 0)


class TestCommand:
    def test_says_what_and_why(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("new", titanic(tmp_path)) == 0
        out = capsys.readouterr().out
        assert "train.label" in out
        assert "the sample submission asks for it" in out
        assert "100 rows, 5 features, 2 classes, 50 test rows" in out

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("new", titanic(tmp_path), "--json", "--label", "Survived") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["classes"] == ["0", "1"]
        assert {"key": "train.label", "value": "Survived", "why": "you said so"} in said["inferred"]

    def test_named_files(self, tmp_path: Path) -> None:
        table(tmp_path, one=rows([1, 2, 3], header="x"), two=rows(["u", "v", "u"], header="label"))
        assert run("new", tmp_path, "--train", tmp_path / "one.csv") == 1
        arguments = ["--train", tmp_path / "one.csv", "--labels", tmp_path / "two.csv"]
        assert run("new", tmp_path, *arguments) == 0
        assert find(tmp_path).y.tolist() == [0, 1, 0]

    @pytest.mark.parametrize("where", ["nowhere", "."])
    def test_wrong_use(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
    ) -> None:
        titanic(tmp_path)
        (tmp_path / "competition.toml").touch()
        assert run("new", tmp_path / where) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert len(error.splitlines()) <= 2


@pytest.mark.real
def test_real_features_of_many_segments(tmp_path: Path, shared_data: Path) -> None:
    name = "emotify_aalto264_15s.csv"
    (tmp_path / name).symlink_to(shared_data / "emotify" / name)
    made = wrote(tmp_path)
    assert made.X.shape[0] == 1588
    assert made.classes == ("classical", "electronic", "pop", "rock")
    assert made.groups is not None


def test_a_spec_is_plain_data() -> None:
    spec = Spec(root=Path(), name="x", train="t", classes=("a", "b"))
    assert spec == Spec(root=Path(), name="x", train="t", classes=("a", "b"))


def test_a_number_of_a_songs_part_is_no_feature(tmp_path: Path) -> None:
    n = range(40)
    text = rows(
        [k // 4 for k in n],
        [k % 4 for k in n],
        [k % 2 for k in n],
        [k / 7 for k in n],
        [k // 8 % 2 for k in n],
        header="track,segment,clip,a,label",
    )
    made = wrote(table(tmp_path, train=text))
    # `clip` counts from 0 as well: it may as well be a part's number.
    assert made.columns == ("a",)
    assert len(made.group_names) == 10


def test_without_groups_a_segment_is_a_feature(tmp_path: Path) -> None:
    n = range(40)
    text = rows([k % 4 for k in n], [k / 7 for k in n], [k // 20 for k in n], header="segment,a,y")
    assert wrote(table(tmp_path, train=text)).columns == ("segment", "a")


@pytest.mark.real
def test_tracks_that_every_genre_counts_anew_are_refused_until_they_are_groups(
    tmp_path: Path, shared_data: Path
) -> None:
    source = shared_data / "emotify" / "emotify_aalto264_15s.csv"
    (tmp_path / source.name).symlink_to(source)
    made = describe(tmp_path).competition
    assert len(made.columns) == 264
    assert splits.default_for(made) == "stratified-group"
    text = (tmp_path / SPEC).read_text()
    (tmp_path / SPEC).write_text(text.replace('[groups]\ncolumn = "track"\n', ""))
    with pytest.raises(DataError, match="nearly always 4 of one value") as refused:
        splits.refuse_leak(find(tmp_path), "stratified")
    assert "--groups track" in str(refused.value)
    assert "--allow-leak" in str(refused.value)
    splits.refuse_leak(find(tmp_path, groups="track"), "stratified-group")


@pytest.mark.parametrize("out", [None, "elsewhere"])
def test_after_a_refusal_nothing_is_left(tmp_path: Path, out: str | None) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.csv").write_text(
        "id,a,b,y\n" + "".join(f"{k},{k},1.5,{k % 2}\n" for k in range(9))
    )
    (data / "test.csv").write_text("id,a,b\n1,2,3\n1,2,4\n")
    where = tmp_path / out if out else None
    before = sorted(path.name for path in data.iterdir())
    with pytest.raises(DataError) as caught:
        describe(data, {"label": "y", "id": "id"}, out=where)
    assert "competition.toml" not in (caught.value.todo or "")
    assert sorted(path.name for path in data.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
