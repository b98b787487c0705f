"""Classes out of training rows, sample submissions and spellings."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.cli.app import app
from harness.competition import Competition, spelling
from harness.competitions._class_columns import matched
from harness.competitions._find import SPEC, find
from harness.competitions._infer import infer
from harness.competitions._new import describe
from harness.errors import DataError, FaultsError

LABELS = ["rock", "jazz", "pop"] * 8


def folder(
    path: Path,
    labels: list[str],
    *,
    columns: tuple[str, ...] = (),
    label: str = "",
    cell: str = "0.3",
    test_rows: int = 4,
) -> Path:
    """Training and test rows, with a sample of class `columns`, or of one `label`, or none."""
    path.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    lines = [f"{i},{random.normal():.4f},{v}" for i, v in enumerate(labels)]
    (path / "train.csv").write_text("\n".join(["id,x,target", *lines]) + "\n")
    ids = range(1000, 1000 + test_rows)
    (path / "test.csv").write_text("\n".join(["id,x", *(f"{i},0.5" for i in ids)]) + "\n")
    if columns:
        head, row = ",".join(["id", *columns]), ",".join([cell] * len(columns))
        text = "\n".join([head, *(f"{i},{row}" for i in ids)])
        (path / "sample_submission.csv").write_text(text + "\n")
    if label:
        text = "\n".join(["id,target", *(f"{i},{label}" for i in ids)])
        (path / "sample_submission.csv").write_text(text + "\n")
    return path


def made(path: Path, **wishes: object) -> Competition:
    """What the description loads, which `find` loads by it again."""
    found = describe(path, wishes).competition
    assert find(path).fingerprint == found.fingerprint
    return found


def reasons(path: Path) -> dict[str, str]:
    return {reason.key: f"{reason.what}: {reason.why}" for reason in infer(path).reasons}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("1", "2", "10"), ("1", "2", "10")),
        (("Class_10", "Class_1", "Class_2"), ("10", "1", "2")),
        (("c10", "c1", "c2"), ("10", "1", "2")),
        (("Class_1", "Class_2", "Class_3"), ("1", "2")),
        (("p_1", "q_1", "p_2"), ("2",)),
    ],
)
def test_columns_of_numbered_classes(columns: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert tuple(matched(columns, ("1", "2", "10")).values()) == found


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        (("rock", "hard rock"), ("rock", "hard rock")),
        (("Jazz", "ROCK"), ("jazz", "rock")),
        (("Hip_Hop", "R&B"), ("hip-hop", "r&b")),
        (("p_Hard  Rock", "p_Rock"), ("hard rock", "rock")),
        (("a", "A"), ("a", "A")),
    ],
)
def test_columns_of_named_classes(columns: tuple[str, ...], labels: tuple[str, ...]) -> None:
    assert tuple(matched(columns, labels).values()) == labels


@given(
    st.lists(st.text("abcXYZ 19", min_size=1).map(str.strip).filter(bool), unique_by=spelling),
    st.randoms(use_true_random=False),
    st.sampled_from([str, str.upper, str.title, str.lower]),
)
def test_columns_in_any_case_and_order_find_their_own_label(labels, random, style) -> None:
    columns = {style(label): label for label in labels}
    shuffled = random.sample(list(columns), len(columns))
    found = matched(shuffled, labels)
    assert all(found[column] == columns[column] for column in shuffled)


def test_a_class_that_training_rows_lack_is_declared(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", LABELS, columns=("rock", "jazz", "pop", "ghost"))
    competition = made(data)
    assert competition.classes == ("rock", "jazz", "pop", "ghost")
    assert competition.counts.tolist() == [8, 8, 8, 0]
    assert competition.board("logloss").header == ("id", "rock", "jazz", "pop", "ghost")


def test_an_absent_class_has_no_prefix_of_its_column(tmp_path: Path) -> None:
    labels = [str(k) for k in (1, 2, 4)] * 8
    data = folder(tmp_path / "d", labels, columns=("Class_1", "Class_2", "Class_3", "Class_4"))
    assert made(data).classes == ("1", "2", "3", "4")


@pytest.mark.parametrize("columns", [("rock", "jazz"), ("rock", "jazz", "ghost")])
def test_a_sample_without_a_training_class_declares_nothing(
    tmp_path: Path, columns: tuple[str, ...]
) -> None:
    data = folder(tmp_path / "d", LABELS, columns=columns)
    assert infer(data).spec.classes == ("jazz", "pop", "rock")


def test_columns_spelled_otherwise_are_mapped_and_said(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", LABELS, columns=("Jazz", "Pop", "Rock"))
    competition = made(data)
    assert competition.classes == ("jazz", "pop", "rock")
    assert competition.board("logloss").header == ("id", "Jazz", "Pop", "Rock")
    assert "Jazz for jazz" in reasons(data)["leaderboards"]


def test_labels_are_written_as_the_sample_spells_them(tmp_path: Path) -> None:
    competition = made(folder(tmp_path / "d", LABELS, label="Rock"))
    assert competition.classes == ("Jazz", "Pop", "Rock")
    assert competition.counts.tolist() == [8, 8, 8]


MIXED = ["Rock", "rock", "Rock ", "Jazz", "JAZZ", "Pop"] * 4


def test_labels_that_differ_in_case_alone_are_asked_about(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", MIXED, label="Rock")
    with pytest.raises(DataError, match="differ in case alone") as raised:
        describe(data)
    assert "'Rock' (8), 'rock' (4), 'Jazz' (4), 'JAZZ' (4)" in str(raised.value)
    assert f"harness new {data} --ignore-case" in str(raised.value)
    assert not (data / SPEC).exists()


def test_the_answer_makes_one_class_of_them_or_several(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", MIXED)
    assert made(data, ignore_case=True).classes == ("Jazz", "Pop", "Rock")
    (data / SPEC).unlink()
    assert made(data, ignore_case=False).classes == ("JAZZ", "Jazz", "Pop", "Rock", "rock")


@pytest.mark.parametrize(
    ("columns", "classes"),
    [
        (("rock", "JAZZ", "Pop"), ("rock", "JAZZ", "Pop")),
        (("Rock", "rock", "Jazz", "JAZZ", "Pop"), ("Rock", "rock", "Jazz", "JAZZ", "Pop")),
    ],
)
def test_a_sample_decides_whether_case_matters(
    tmp_path: Path, columns: tuple[str, ...], classes: tuple[str, ...]
) -> None:
    assert made(folder(tmp_path / "d", MIXED, columns=columns)).classes == classes


@pytest.mark.parametrize("mark", ["", "NaN", "?", "-1", "NA", "null"])
def test_rows_without_a_label_are_left_out_and_counted(tmp_path: Path, mark: str) -> None:
    data = folder(tmp_path / "d", [*LABELS, mark, mark, mark])
    competition = made(data)
    assert competition.classes == ("jazz", "pop", "rock")
    assert competition.X.shape == (24, 1)
    assert len(competition.train_ids) == len(competition.y) == 24
    assert competition.notes == ("3 of 27 training rows have no label and are left out",)
    assert "3 rows have no label" in reasons(data)["classes.unlabelled"]


def test_a_left_out_row_takes_none_of_another_rows_values(tmp_path: Path) -> None:
    labels = LABELS.copy()
    labels[3] = ""
    with_holes = made(folder(tmp_path / "d", labels))
    whole = made(folder(tmp_path / "e", LABELS))
    kept = [row for row in range(24) if row != 3]
    assert np.array_equal(with_holes.X, whole.X[kept])
    assert with_holes.train_ids == tuple(whole.train_ids[row] for row in kept)


def test_groups_and_parts_lose_the_same_rows(tmp_path: Path) -> None:
    lines = ["id,x,artist,part,target"]
    for i in range(24):
        lines.append(f"{i},{i * 0.5},a{i // 3},{i % 4},{'' if i < 3 else LABELS[i]}")
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    competition = made(tmp_path, label="target", groups="artist")
    assert competition.groups is not None
    assert competition.predefined is not None
    assert competition.groups.tolist() == [i // 3 - 1 for i in range(3, 24)]
    assert competition.group_names == tuple(f"a{k}" for k in range(1, 8))
    assert competition.predefined.tolist() == [i % 4 for i in range(3, 24)]


@pytest.mark.parametrize("labels", [["-1", "1"] * 6, ["-1", "0", "1"] * 6, ["None", "mild"] * 6])
def test_what_may_be_a_class_stays_one(tmp_path: Path, labels: list[str]) -> None:
    competition = made(folder(tmp_path / "d", labels))
    assert set(competition.classes) == set(labels)
    assert len(competition.y) == len(labels)


def test_a_sample_without_minus_one_says_that_it_is_no_class(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["-1", "0", "1", "2"] * 6, columns=("0", "1", "2"))
    assert made(data).classes == ("0", "1", "2")


def test_a_mark_that_the_sample_names_is_a_class(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["NA", "rock", "jazz"] * 6, columns=("NA", "jazz", "rock"))
    assert made(data).classes == ("NA", "jazz", "rock")


def test_without_the_key_missing_labels_are_one_fault_with_the_way_out(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", [*LABELS, "", "", "", ""])
    made(data)
    spec = data / SPEC
    text = spec.read_text()
    spec.write_text(text.replace('unlabelled = [""]\n', ""))
    with pytest.raises(FaultsError, match="missing in 4 rows, the first is row 25") as raised:
        find(data)
    assert len(raised.value.faults) == 1
    assert 'unlabelled = [""]' in str(raised.value)
    spec.write_text(text)
    assert len(find(data).y) == 24


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('ignore_case = true\nvalues = ["a", "A"]', "values differ in case alone"),
        ('unlabelled = ["a"]\nvalues = ["a", "b"]', "'a' is one of the values too"),
        ("unlabelled = 3", "unlabelled"),
        ("ignore_case = 1", "ignore_case"),
    ],
)
def test_keys_that_contradict_themselves(tmp_path: Path, lines: str, told: str) -> None:
    data = folder(tmp_path / "d", LABELS)
    values = "" if "values" in lines else 'values = ["jazz", "pop", "rock"]\n'
    head = f'name = "x"\n[classes]\n{values}{lines}\n'
    train = '[train]\nfeatures = "train.csv"\nheader = true\nlabel = "target"\n'
    (data / SPEC).write_text(head + train)
    with pytest.raises(FaultsError, match=told):
        find(data)


def test_many_classes_of_words_are_taken(tmp_path: Path) -> None:
    labels = [f"sp{k:03d}" for k in range(250)] * 4
    assert made(folder(tmp_path / "d", labels)).n_classes == 250


def test_many_whole_numbers_are_taken_where_the_user_says_so(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", [str(k) for k in range(250)] * 4)
    with pytest.raises(DataError, match="--label target takes them for classes"):
        describe(data)
    assert made(data, label="target").n_classes == 250


def test_a_value_a_row_is_no_class(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", [f"n{k}" for k in range(300)])
    with pytest.raises(DataError, match="too many for classes"):
        describe(data, {"label": "target"})


@pytest.mark.parametrize("option", ["--ignore-case", "--keep-case"])
def test_the_step_that_is_proposed_gets_past_the_question(tmp_path: Path, option: str) -> None:
    data = folder(tmp_path / "a folder", MIXED)
    with pytest.raises(DataError) as raised:
        describe(data, {"label": "target"})
    words = shlex.split(str(raised.value).split("`")[1])
    assert words[-1] == "--ignore-case"
    done = CliRunner().invoke(app, [*words[1:-1], option])
    assert done.exit_code == 0, done.output
    assert find(data).n_classes == (3 if option == "--ignore-case" else 5)
