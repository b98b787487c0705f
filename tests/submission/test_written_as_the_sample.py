"""The host's sample is a contract: it passes the check, and submissions are written like it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.competition import Competition, Leaderboard
from harness.competitions import demo
from harness.competitions._find import SPEC, find
from harness.competitions._form import sample_form
from harness.competitions._new import describe
from harness.errors import DataError
from harness.practice import practice
from harness.submission import examine, with_labels_of, write

LABELS = ["red", "green", "blue"]
TRAIN = 24
IDS = ["17", "4", "300", "21", "5"]


def table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    path.write_text(text.getvalue())


def folder(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    labels: Sequence[object] = LABELS,
    ids: Sequence[object] | None = IDS,
    id_name: str = "id",
) -> Path:
    """Training rows of the label column `target`, test rows with `ids`, and a sample."""
    path.mkdir(exist_ok=True, parents=True)
    named = [id_name] if ids is not None else []
    own = [[1000 + i] if ids is not None else [] for i in range(TRAIN)]
    train = [[*own[i], i * 0.5, labels[i % len(labels)]] for i in range(TRAIN)]
    table(path / "train.csv", [*named, "x", "target"], train)
    test = [[i, 0.25] for i in ids] if ids is not None else [[0.25]] * len(IDS)
    table(path / "test.csv", [*named, "x"], test)
    table(path / "sample_submission.csv", header, rows)
    return path


def made(path: Path, **wishes: object) -> Competition:
    describe(path, wishes, force=True)
    return find(path)


def own_rows(rows: int, classes: int) -> np.ndarray:
    """Probabilities that say whose they are: no two rows are alike."""
    random = np.random.default_rng(rows + classes)
    proba = random.random((rows, classes)) ** 3 + 1e-6
    return proba / proba.sum(axis=1, keepdims=True)


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(), newline="")))


def keeps_the_contract(competition: Competition, out: Path) -> Leaderboard:
    """The sample passes; what is written has its header, ids and order, and each row its own."""
    (board,) = competition.leaderboards
    assert not board.unwritable
    assert board.sample is not None
    sample = cells(board.sample)
    assert not examine(board.sample, competition, board, "kaggle").refused
    proba = own_rows(len(competition.test_ids), competition.n_classes)
    write(out, competition, board, proba)
    written = cells(out)
    assert written[0] == [name for name in sample[0] if name not in board.ignored]
    for name in board.kept:
        at, there = written[0].index(name), sample[0].index(name)
        assert [row[at] for row in written] == [row[there] for row in sample]
    examined = examine(out, competition, board, "strict")
    assert not examined.faults
    _has_own_rows(board, competition, proba, examined.values)
    return board


def _has_own_rows(
    board: Leaderboard, competition: Competition, proba: np.ndarray, values: np.ndarray | None
) -> None:
    assert values is not None
    if board.holds == "labels":
        assert np.array_equal(values, proba.argmax(axis=1))
    elif board.holds == "ranks":
        best = np.argsort(-proba, axis=1)[:, : board.top]
        assert np.array_equal(np.argsort(-values, axis=1)[:, : board.top], best)
    elif board.holds == "probability":
        k = competition.classes.index(str(board.positive))
        assert np.array_equal(values[:, k], proba[:, k])
    else:
        assert np.array_equal(values, proba)


def answer(*values: object) -> list[list[object]]:
    return [[i, *values] for i in IDS]


FORMATS: dict[str, tuple[list[str], list[list[object]], list[object]]] = {
    "labels": (["id", "target"], answer("red"), LABELS),
    "classes": (["id", "blue", "green", "red"], answer(0.5, 0.25, 0.25), LABELS),
    "another-order": (["id", "red", "blue", "green"], answer(1, 0, 0), LABELS),
    "another-case": (["id", "RED", "Blue", "green"], answer(0, 0, 0), LABELS),
    "a-prefix": (["id", "p_red", "p_blue", "p_green"], answer(0, 0, 1), LABELS),
    "a-suffix": (["id", "red_prob", "blue_prob", "green_prob"], answer(0, 0, 1), LABELS),
    "in-brackets": (["id", "P(red)", "P(blue)", "P(green)"], answer(0, 0, 1), LABELS),
    "numbers": (["id", "Class_1", "Class_10", "Class_2"], answer(0, 0, 1), [1, 2, 10]),
    "zeros-in-front": (["id", "c01", "c02", "c10"], answer(0, 0, 1), [1, 2, 10]),
    "an-absent-class": (["id", "red", "gold", "blue", "green"], answer(0, 0, 1, 0), LABELS),
    "id-last": (["target", "id"], [["red", i] for i in IDS], LABELS),
    "id-in-the-middle": (["red", "id", "blue", "green"], [[0, i, 0, 1] for i in IDS], LABELS),
    "id-named-otherwise": (["Row", "target"], answer("red"), LABELS),
    "usage": (["id", "target", "Usage"], answer("red", "Public"), LABELS),
    "usage-among-classes": (
        ["id", "Usage", "red", "green", "blue"],
        answer("Private", 1, 0, 0),
        LABELS,
    ),
    "an-index-without-a-name": (["", "target"], answer("red"), LABELS),
    "an-index-beside": (
        ["", "id", "target"],
        [[k, i, "red"] for k, i in enumerate(IDS)],
        LABELS,
    ),
    "a-weight": (["id", "target", "weight"], answer("red", 1), LABELS),
    "two-with-a-comma-and-a-space": (["id", "target"], answer("red, green"), LABELS),
    "a-test-column": (["id", "x", "target"], answer(0.25, "red"), LABELS),
    "true-false": (["id", "target"], answer("False"), ["False", "True"]),
    "TRUE-FALSE": (["id", "target"], answer("FALSE"), ["false", "true"]),
    "0-for-no": (["id", "target"], answer(0), ["no", "yes"]),
    "labels-with-a-point": (["id", "target"], answer("1.0"), [1, 2, 3]),
    "a-probability": (["id", "target"], answer(0.5), [0, 1]),
    "a-probability-of-yes": (["id", "target"], answer(0.5), ["yes", "no"]),
    "a-probability-by-name": (["id", "prob_spam"], answer(0.5), ["spam", "ham"]),
    "three-in-a-cell": (["id", "target"], answer("red green blue"), LABELS),
    "two-with-a-comma": (["id", "target"], answer("red,green"), LABELS),
    "labels-of-two-words": (
        ["id", "target"],
        answer("hip hop rock"),
        ["hip hop", "rock", "hard rock"],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_submissions_are_written_like_the_sample(tmp_path: Path, name: str) -> None:
    header, rows, labels = FORMATS[name]
    competition = made(folder(tmp_path / "d", header, rows, labels=labels))
    keeps_the_contract(competition, tmp_path / "out.csv")


@pytest.mark.parametrize("name", FORMATS)
def test_the_rows_follow_the_samples_order(tmp_path: Path, name: str) -> None:
    header, rows, labels = FORMATS[name]
    competition = made(folder(tmp_path / "d", header, rows[::-1], labels=labels))
    assert list(competition.test_ids) == IDS
    keeps_the_contract(competition, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("header", "row", "labels", "kind"),
    [
        (["target"], ["red"], LABELS, "labels"),
        (["target"], [0.5], [0, 1], "probability"),
        (["red", "green", "blue"], [0.5, 0.25, 0.25], LABELS, "probabilities"),
    ],
)
def test_without_ids_rows_stand_in_the_test_files_order(
    tmp_path: Path, header: list[str], row: list[object], labels: list[object], kind: str
) -> None:
    data = folder(tmp_path / "d", header, [row] * len(IDS), labels=labels, ids=None)
    board = keeps_the_contract(made(data), tmp_path / "out.csv")
    assert not board.has_ids
    assert board.holds == kind


LONG = ["123456789012345679", "123456789012345678"]


@pytest.mark.parametrize(
    ("ids", "written"),
    [
        (["240.0", "241.0", "300.0"], ["240", "241", "300"]),
        (["007", "7", "0007"], ["007", "7", "0007"]),
        (
            ["123456789012345678", "123456789012345679"],
            ["123456789012345679", "123456789012345678"],
        ),
        (["7", "12", "300"], ["0300", "0012", "0007"]),
        (["a b", 'say "x"', "x,y"], ["x,y", "a b", 'say "x"']),
        (["0013_01", "0013_02"], ["0013_02", "0013_01"]),
        (["-3", "4"], ["4", "-3"]),
        (["1e3", "1e4"], ["1000", "10000"]),
    ],
)
def test_ids_are_joined_by_value_and_written_as_the_sample_writes_them(
    tmp_path: Path, ids: list[str], written: list[str]
) -> None:
    rows = [[i, "red"] for i in written]
    competition = made(folder(tmp_path / "d", ["id", "target"], rows, ids=ids))
    keeps_the_contract(competition, tmp_path / "out.csv")


def test_whole_numbers_that_became_floats_are_whole_without_a_sample(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["id", "target"], [], ids=["240.0", "241.0"])
    (data / "sample_submission.csv").unlink()
    assert made(data).test_ids == ("240", "241")


@pytest.mark.parametrize("twice", [True, False])
def test_ids_of_the_test_rows_do_not_depend_on_those_of_the_training_rows(
    tmp_path: Path, twice: bool
) -> None:
    data = folder(tmp_path / "d", ["id", "target"], [[i, "red"] for i in sorted(IDS)])
    if twice:
        text = (data / "train.csv").read_text()
        (data / "train.csv").write_text(text.replace("1003,", "1004,"))
    competition = made(data)
    assert list(competition.test_ids) == IDS
    assert competition.columns == ("x",)
    keeps_the_contract(competition, tmp_path / "out.csv")


@pytest.mark.parametrize("name", ["ID", "Id", "clip", "PassengerId"])
def test_the_test_files_column_of_ids_may_be_its_own(tmp_path: Path, name: str) -> None:
    data = folder(tmp_path / "d", [name, "target"], answer("red"), ids=IDS, id_name="key")
    text = (data / "test.csv").read_text()
    (data / "test.csv").write_text(text.replace("key,", f"{name},", 1))
    competition = made(data)
    assert list(competition.test_ids) == IDS
    assert competition.columns == ("x",)
    keeps_the_contract(competition, tmp_path / "out.csv")


def test_an_id_twice_in_the_test_file_is_refused_by_name(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["id", "target"], answer("red"), ids=["17", "4", "17"])
    with pytest.raises(DataError, match="id '17' is on rows 1, 3"):
        made(data)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([*IDS, "9"], "has 6 ids, the test file 5; not in the test file: 9"),
        (IDS[:3], "has 3 ids, the test file 5; not in sample_submission.csv: 21, 5"),
        ([*IDS[:4], "6"], "not in the test file: 6; not in sample_submission.csv: 5"),
        ([*IDS[:4], IDS[0]], "the id 17 more than once"),
        ([*IDS[:4], ""], "rows without an id"),
    ],
)
def test_a_sample_of_other_rows_is_named_and_nothing_is_written(
    tmp_path: Path, ids: list[str], told: str
) -> None:
    data = folder(tmp_path / "d", ["id", "target"], [[i, "red"] for i in ids])
    description = describe(data)
    competition = description.competition
    assert [told in r.why for r in description.reasons if "CAN'T BE WRITTEN" in r.what] == [True]
    assert not any(told in note for note in competition.notes)
    (board,) = competition.leaderboards
    with pytest.raises(DataError, match="no submission can be written") as raised:
        write(tmp_path / "out.csv", competition, board, own_rows(5, 3))
    assert told in str(raised.value)
    assert not (tmp_path / "out.csv").exists()
    # The next step that the message names.
    text = (data / SPEC).read_text()
    (data / SPEC).write_text(text.replace('sample = "sample_submission.csv"\n', ""))
    competition = find(data)
    write(tmp_path / "out.csv", competition, competition.leaderboards[0], own_rows(5, 3))


UNWRITABLE: dict[str, tuple[list[str], list[list[object]], list[object], str]] = {
    "other-columns": (["id", "a", "b", "c"], answer(0, 0, 1), LABELS, "don't fit the classes"),
    "a-class-too-few": (["id", "red", "blue"], answer(0, 1), LABELS, "no column for green"),
    "a-text-column": (
        ["id", "red", "green", "blue", "why"],
        answer(1, 0, 0, "none"),
        LABELS,
        "its columns why are no class",
    ),
    "numbers-for-names": (["id", "target"], answer(7), LABELS, "holds numbers (7)"),
    "fractions-for-three": (["id", "target"], answer(0.5), LABELS, "regression"),
    "other-words": (["id", "target"], answer("gold"), LABELS, "holds gold"),
    "beyond-1": (["id", "target"], answer(3.5), [0, 1], "neither labels nor probabilities"),
    "ids-alone": (["id"], [[i] for i in IDS], LABELS, "no column beside the ids"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_a_sample_that_cannot_be_followed_is_never_replaced_by_a_header_of_our_own(
    tmp_path: Path, name: str
) -> None:
    header, rows, labels, told = UNWRITABLE[name]
    competition = made(folder(tmp_path / "d", header, rows, labels=labels), label="target")
    (board,) = competition.leaderboards
    assert told in board.unwritable
    assert board.sample is not None
    proba = own_rows(5, competition.n_classes)
    with pytest.raises(DataError, match="can be written"):
        write(tmp_path / "out.csv", competition, board, proba)
    with pytest.raises(DataError, match="can be written"):
        examine(board.sample, competition, board)


def test_a_sample_without_a_header_is_named(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["17", "red"], answer("red")[1:])
    (board,) = made(data, label="target").leaderboards
    assert "no header" in board.unwritable


@pytest.mark.parametrize(
    ("labels", "column", "positive"),
    [
        ([0, 1], "target", "1"),
        ([1, 2], "target", "2"),
        ([-1, 1], "target", "1"),
        (["yes", "no"], "target", "yes"),
        (["True", "False"], "target", "True"),
        (["cat", "dog"], "target", "dog"),
        (["cat", "dog"], "p_cat", "cat"),
    ],
)
def test_whose_probability_one_column_holds(
    tmp_path: Path, labels: list[object], column: str, positive: str
) -> None:
    data = folder(tmp_path / "d", ["id", column], answer(0.5), labels=labels)
    assert keeps_the_contract(made(data), tmp_path / "out.csv").positive == positive


def test_submissions_of_the_users_own_are_no_samples(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["target", "id"], [["red", i] for i in IDS])
    table(data / "my_submission.csv", ["x", "y", "z"], [[1, 2, 3]])
    keeps_the_contract(made(data), tmp_path / "out.csv")
    (data / "sample_submission.csv").rename(data / "SubmissionFormat.csv")
    keeps_the_contract(made(data), tmp_path / "out.csv")


def test_a_header_alone_is_enough(tmp_path: Path) -> None:
    competition = made(folder(tmp_path / "d", ["target", "id"], []))
    (board,) = competition.leaderboards
    write(tmp_path / "out.csv", competition, board, own_rows(5, 3))
    written = cells(tmp_path / "out.csv")
    assert written[0] == ["target", "id"]
    assert [row[1] for row in written[1:]] == IDS


def test_a_header_of_text_above_text_is_a_header(tmp_path: Path) -> None:
    ids = ["0013_01", "0013_02", "0014_01"]
    rows = [[i, "False"] for i in ids]
    data = folder(tmp_path / "d", ["Row", "target"], rows, labels=["False", "True"], ids=ids)
    keeps_the_contract(made(data), tmp_path / "out.csv")


names = st.text("abcdeXYZ 059_-.", min_size=1, max_size=8).map(str.strip).filter(bool)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ids=st.lists(names, min_size=2, max_size=8, unique_by=str.casefold),
    order=st.randoms(use_true_random=False),
    classes=st.permutations(["rock", "hard rock", "r&b", "Pop"]),
    around=st.tuples(st.sampled_from(["", "p_", "Class "]), st.sampled_from(["", "_x", ")"])),
    place=st.integers(0, 4),
)
def test_every_id_keeps_its_own_row(tmp_path, ids, order, classes, around, place) -> None:
    header = [f"{around[0]}{value}{around[1]}" for value in classes]
    header.insert(place, "the id")
    rows = []
    for identity in order.sample(ids, len(ids)):
        row: list[object] = [0.25] * 4
        row.insert(place, identity)
        rows.append(row)
    data = folder(tmp_path / "d", header, rows, labels=sorted(classes), ids=ids, id_name="the id")
    competition = made(data)
    assert list(competition.test_ids) == ids
    keeps_the_contract(competition, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("row", "how"),
    [
        ([0.3333, 0.3333, 0.3333], {}),
        ([0, 0, 0], {}),
        ([1, 1, 1], {}),
        ([0.5, 0.25, 0.25], {"encoding": "utf-8-sig"}),
        ([0.5, 0.25, 0.25], {"newline": "\r\n"}),
    ],
)
def test_the_organisers_own_sample_passes_whatever_it_holds(
    tmp_path: Path, row: list[object], how: dict[str, str]
) -> None:
    data = folder(tmp_path / "d", ["id", *sorted(LABELS)], answer(*row))
    sample = data / "sample_submission.csv"
    sample.write_text(sample.read_text(), **{"encoding": "utf-8"} | how)
    competition = made(data)
    (board,) = competition.leaderboards
    for path in (sample, Path(shutil.copy(sample, tmp_path / "copy.csv"))):
        for profile in ("kaggle", "strict"):
            assert not examine(path, competition, board, profile).refused


def test_the_same_placeholders_in_another_file_are_faults(tmp_path: Path) -> None:
    competition = made(folder(tmp_path / "d", ["id", *sorted(LABELS)], answer(0, 0, 0)))
    (board,) = competition.leaderboards
    table(tmp_path / "other.csv", board.columns, [[i, 1, 1, 1] for i in IDS])
    assert examine(tmp_path / "other.csv", competition, board, "strict").refused


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_cells_are_parted_as_the_samples_are(tmp_path: Path, delimiter: str) -> None:
    data = folder(tmp_path / "d", ["id", *sorted(LABELS)], answer(0.5, 0.25, 0.25))
    sample = data / "sample_submission.csv"
    sample.write_text(sample.read_text().replace(",", delimiter))
    competition = made(data)
    (board,) = competition.leaderboards
    write(tmp_path / "out.csv", competition, board, own_rows(5, 3))
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == delimiter.join(["id", *sorted(LABELS)])
    for path in (sample, tmp_path / "out.csv"):
        assert not examine(path, competition, board, "strict").refused
    (tmp_path / "comma.csv").write_text("\n".join(lines).replace(delimiter, ","))
    faults = examine(tmp_path / "comma.csv", competition, board).faults
    assert "parted by commas, not by" in str(faults[0])


def test_spaces_in_the_samples_header_are_written_too(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", ["id", " target"], answer("red"))
    board = keeps_the_contract(made(data), tmp_path / "out.csv")
    assert board.columns == ("id", " target")


KINDS: dict[str, tuple[list[str], list[list[object]], list[object], str]] = {
    # Training columns beside id and x, their rows, a sample's answers, and what is said.
    "several-labels": (["a", "b"], [["u", "w"], ["v", "z"]], ["u", "w"], "several labels"),
    "several-numbers": (["a", "b"], [[0.5, 1.5], [2.5, 0.1]], [1.5, 1.5], "is regression"),
    "multi-label": (["a", "b"], [[1, 1], [0, 1]], [0.5, 0.5], "that is multi-label"),
    "none-of-them": (["a", "b"], [[1, 0], [0, 0]], [0.5, 0.5], "that is multi-label"),
    "a-price": (["a"], [[0.5 + i * 7] for i in range(24)], [1.25], "is regression"),
    "a-count": (["a"], [[i * 7] for i in range(40)], [12], "is regression"),
    "rings": (["a"], [[i] for i in range(9)], [3.7], "is regression"),
    "tags": (
        ["a"],
        [["sky sea"], ["sky"], ["sea tree"], ["tree sky"], ["sea"]],
        ["tree sea sky"],
        "several labels a cell",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_harness_does_not_do_is_named_and_nothing_is_left_behind(
    tmp_path: Path, name: str
) -> None:
    labels, cells, answers, told = KINDS[name]
    rows = [[1000 + i, i * 0.5, *cells[i % len(cells)]] for i in range(40)]
    table(tmp_path / "train.csv", ["id", "x", *labels], rows)
    table(tmp_path / "test.csv", ["id", "x"], [[i, 0.5] for i in IDS])
    table(tmp_path / "sample_submission.csv", ["id", *labels], answer(*answers))
    with pytest.raises(DataError) as raised:
        describe(tmp_path)
    assert told in str(raised.value)
    assert "another column" not in str(raised.value)
    assert not (tmp_path / SPEC).exists()


@pytest.mark.parametrize("sample", [True, False])
def test_one_hot_labels_are_one_label(tmp_path: Path, sample: bool) -> None:
    hot = [[1000 + i, i * 0.5, *np.eye(3, dtype=int)[i % 3]] for i in range(24)]
    table(tmp_path / "train.csv", ["id", "x", *LABELS], hot)
    table(tmp_path / "test.csv", ["id", "x"], [[i, 0.5] for i in IDS])
    if sample:
        rows = answer(0, 0, 1)
        table(tmp_path / "sample_submission.csv", ["id", "blue", "red", "green"], rows)
    competition = made(tmp_path)
    named = [competition.classes[k] for k in competition.y]
    assert named == [LABELS[i % 3] for i in range(24)]
    assert competition.columns == ("x",)
    if sample:
        keeps_the_contract(competition, tmp_path / "out.csv")
    with pytest.raises(DataError, match="leave --label out"):
        describe(tmp_path, {"label": "red"}, force=True)


def test_two_labels_of_a_row_can_be_learned_one_at_a_time(tmp_path: Path) -> None:
    rows = [[1000 + i, i * 0.5, i % 2, 1] for i in range(24)]
    table(tmp_path / "train.csv", ["id", "x", "toxic", "rude"], rows)
    table(tmp_path / "test.csv", ["id", "x"], [[i, 0.5] for i in IDS])
    table(tmp_path / "sample_submission.csv", ["id", "toxic", "rude"], answer(0.5, 0.5))
    with pytest.raises(DataError, match="--label toxic"):
        describe(tmp_path)
    competition = made(tmp_path, label="toxic")
    assert competition.classes == ("0", "1")
    assert competition.leaderboards[0].unwritable


@pytest.mark.parametrize("swapped", [False, True])
def test_a_table_of_labels_says_how_the_sample_spells_them(tmp_path: Path, swapped: bool) -> None:
    data = folder(tmp_path / "d", ["id", "target"], answer(7))
    names = [["target", "code"], ["green", 7], ["blue", 3], ["red", 1]]
    rows = [row[::-1] for row in names] if swapped else names
    table(data / "target_labels.csv", rows[0], rows[1:])
    board = keeps_the_contract(made(data), tmp_path / "out.csv")
    assert board.spelling == ("3", "7", "1")


@pytest.mark.parametrize(
    "name", ["labels", "classes", "id-last", "usage", "another-order", "a-probability"]
)
def test_a_file_can_be_checked_against_the_sample_alone(tmp_path: Path, name: str) -> None:
    header, rows, labels = FORMATS[name]
    data = folder(tmp_path / "d", header, rows[::-1], labels=labels)
    competition = made(data)
    (board,) = competition.leaderboards
    write(tmp_path / "out.csv", competition, board, own_rows(5, competition.n_classes))
    alone = sample_form(data / "sample_submission.csv")
    alone = with_labels_of(tmp_path / "out.csv", alone)
    assert not examine(tmp_path / "out.csv", alone, alone.leaderboards[0], "strict").faults
    text = (tmp_path / "out.csv").read_text().replace("21", "22")
    (tmp_path / "other.csv").write_text(text)
    assert examine(tmp_path / "other.csv", alone, alone.leaderboards[0]).refused


def _parquet_ids() -> dict[str, pl.Series]:
    days = [dt.date(2026, 1, day) for day in (3, 1, 2)]
    return {
        "int8": pl.Series([3, 1, 2], dtype=pl.Int8),
        "uint64": pl.Series([2**64 - 1, 1, 2**63], dtype=pl.UInt64),
        "floats": pl.Series([240.0, 7.0, 12.0]),
        "float32": pl.Series([240.0, 7.0, 12.0], dtype=pl.Float32),
        "text": pl.Series(["007", "a b", "1e5"]),
        "category": pl.Series(["c", "a", "b"], dtype=pl.Categorical),
        "dates": pl.Series(days),
        "moments": pl.Series([dt.datetime(2026, 1, day, 12) for day in (3, 1, 2)]),
    }


@pytest.mark.parametrize("kind", _parquet_ids())
def test_ids_of_any_type_in_parquet_keep_their_rows(tmp_path: Path, kind: str) -> None:
    ids = _parquet_ids()[kind]
    written = ids.cast(pl.Int64) if kind.startswith("float") else ids
    cells = written.cast(pl.String).to_list()
    if kind == "moments":
        cells = [str(value) for value in ids]
    data = folder(tmp_path / "d", ["id", "target"], [[i, "red"] for i in cells[::-1]])
    for name in ("train", "test"):
        (data / f"{name}.csv").unlink()
    train = {"id": range(100, 124), "x": range(24), "target": LABELS * 8}
    pl.DataFrame(train, strict=False).write_parquet(data / "train.parquet")
    pl.DataFrame({"id": ids, "x": [1, 2, 3]}).write_parquet(data / "test.parquet")
    competition = made(data)
    assert list(competition.test_ids) == cells
    keeps_the_contract(competition, tmp_path / "out.csv")


def _demo(path: Path) -> Competition:
    demo.make(path, seed=0, train_rows=40, test_rows=30, population_rows=100)
    return find(path)


def _practice(path: Path) -> Competition:
    lines = [f"r{k * 37 % 1000},{k * 0.25},{LABELS[k % 3]}" for k in range(90)]
    path.mkdir()
    (path / "set.csv").write_text("\n".join(["row_id,tempo,genre", *lines]) + "\n")
    practice(path / "set.csv", out=path / "made")
    return find(path / "made")


@pytest.mark.parametrize("make", [_demo, _practice])
def test_made_competitions_keep_their_own_contract(
    tmp_path: Path, make: Callable[[Path], Competition]
) -> None:
    competition = make(tmp_path / "d")
    assert competition.leaderboards
    for board in competition.leaderboards:
        alone = replace(competition, leaderboards=(board,))
        if board.sample is not None:
            keeps_the_contract(alone, tmp_path / "out.csv")
            continue
        proba = own_rows(len(competition.test_ids), competition.n_classes)
        write(tmp_path / "out.csv", competition, board, proba)
        assert not examine(tmp_path / "out.csv", competition, board, "strict").faults
