"""The checker: each way to spoil a good file is named, with its line; good files pass."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import CLASSES, small

from harness import submission
from harness.competition import Competition, Leaderboard
from harness.errors import FileProblem, SubmissionError, UnknownNameError
from harness.submission import _file
from harness.submission._faults import Faults

ROWS = 12
WORLD = small(test_rows=ROWS)
ACCURACY, LOGLOSS = WORLD.leaderboards
HEADER = "Sample_id,Class_1,Class_2,Class_3"
PROBA = "\n".join([HEADER, *(f"{i},0.5,0.25,0.25" for i in range(1, ROWS + 1))]) + "\n"
LABELS = "\n".join(["Sample_id,Sample_label", *(f"{i},{i % 3 + 1}" for i in range(1, 13))]) + "\n"


def faults(
    folder: Path, content: str | bytes, board: Leaderboard, profile: str = "kaggle"
) -> list[submission.Fault]:
    path = folder / "s.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return submission.check(path, WORLD, board, profile)


def line(number: int, text: str) -> Callable[[str], str]:
    """A change: line `number` becomes `text`."""

    def change(good: str) -> str:
        lines = good.splitlines()
        lines[number - 1] = text
        return "\n".join(lines) + "\n"

    return change


def cut(good: str) -> str:
    return "".join(good.splitlines(keepends=True)[:-1])


def reordered(good: str) -> str:
    return "\n".join(
        ",".join(cells[k] for k in (0, 2, 1, 3))
        for cells in (row.split(",") for row in good.splitlines())
    )


def each_row(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """A change of every row below the header."""

    def apply(good: str) -> str:
        header, *rows = good.splitlines()
        return "\n".join([header, *(",".join(change(row.split(","))) for row in rows)]) + "\n"

    return apply


# The change, the code it must get, the line it must be found on, and a piece of Kaggle's words.
SPOILED_PROBA = [
    (lambda g: "# " + g, "header-comment", 1, "'# Sample_id' (Line 1, Column 1)"),
    (lambda g: "\ufeff" + g, "bom", 1, ""),
    (lambda g: g.partition("\n")[2], "no-header", 1, "Unexpected Column: '1'"),
    (line(1, "Sample_id, Class_1, Class_2, Class_3"), "header-spaces", 1, "Unexpected"),
    (line(1, "sample_id,Class_1,class 2,Class.3"), "header-spelling", 1, "Unexpected"),
    (line(1, "Sample_id,Class_1,Class_2,Rap"), "header-name", 1, "'Rap' (Line 1, Column 4)"),
    (line(1, "Sample_id,Class_1,Class_2,Class_2"), "header-twice", 1, ""),
    (line(1, "Sample_id,Class_1,Class_2"), "missing-column", 1, "'Class_3' could not be found"),
    (each_row(lambda c: [*c, "7"]), "ragged", 1, ""),
    (lambda g: g.replace("\n", ",\n"), "extra-column", 1, "Unexpected Column: ''"),
    (
        lambda g: "".join(f",{r}\n" if r == HEADER else f"0,{r}\n" for r in g.splitlines()),
        "index-column",
        1,
        "Unexpected Column: ''",
    ),
    (
        lambda g: "\n".join(r.partition(",")[2] for r in g.splitlines()),
        "no-id-column",
        1,
        "ID column Sample_id not found",
    ),
    (lambda g: g.replace(",", ";"), "delimiter", 1, ""),
    (lambda g: g.replace(",", "\t"), "delimiter", 1, ""),
    (cut, "row-count", None, "must have 12 rows"),
    (lambda g: g + "13,0.5,0.25,0.25\n", "row-count", None, "must have 12 rows"),
    (cut, "id-missing", None, "values for Sample_id do not match"),
    (line(4, "99,0.5,0.25,0.25"), "id-unknown", 4, "do not match"),
    (line(4, "7,0.5,0.25,0.25"), "id-twice", 8, "do not match"),
    (line(4, ",0.5,0.25,0.25"), "null", 4, "null values"),
    (each_row(lambda c: [str(int(c[0]) - 1), *c[1:]]), "id-base", 2, "do not match"),
    (line(13, "0,0.5,0.25,0.25"), "id-unknown", 13, "do not match"),
    (each_row(lambda c: [c[0] + ".0", *c[1:]]), "id-form", 2, "do not match"),
    (line(11, "1e+01,0.5,0.25,0.25"), "id-form", 11, "do not match"),
    (line(5, "4,0.5,,0.25"), "null", 5, "Submission contains null values"),
    (line(5, "4,0.5,NaN,0.25"), "null", 5, "null values"),
    (line(5, "4,0.5,NA,0.25"), "null", 5, "null values"),
    (line(5, "4,0.5,inf,0.25"), "infinite", 5, ""),
    (line(5, "4,0.5,1e999,0.25"), "infinite", 5, ""),
    (line(5, "4,0.5,x,0.25"), "not-a-number", 5, "not in a correct format"),
    (line(5, "4,0.5,25%,0.25"), "not-a-number", 5, "not in a correct format"),
    (line(5, '4,0.5,"0,25",0.25'), "decimal-comma", 5, "not in a correct format"),
    (line(5, "4,0.5,0.25"), "ragged", 5, ""),
    (line(5, "4,0.5,0.25,0.25,0.25"), "ragged", 5, ""),
    (line(5, '4,"0.5,0.25,0.25'), "quotes", 5, ""),
    (lambda g: b"\x00\x01\x02" + g.encode(), "not-text", 1, ""),
    (lambda g: g.encode("utf-16"), "encoding", 1, ""),
    (line(5, "4\xe9,0.5,0.25,0.25"), "id-unknown", 5, ""),
    (lambda g: "", "empty-file", None, ""),
    (lambda g: " \n\n", "empty-file", None, ""),
    (lambda g: b"PK\x03\x04" + g.encode(), "not-text", None, ""),
    (lambda g: gzip.compress(g.encode())[:-9], "not-text", None, ""),
]
SPOILED_LABELS = [
    (lambda g: "# " + g, "header-comment", 1, "'# Sample_id'"),
    (lambda g: g.partition("\n")[2], "no-header", 1, "Unexpected Column"),
    (each_row(lambda c: [c[0], c[1] + ".0"]), "label-form", 2, "not in a correct format"),
    (line(5, "4,3.0"), "label-form", 5, "not in a correct format"),
    (each_row(lambda c: [c[0], str(int(c[1]) - 1)]), "label-base", 2, ""),
    (line(5, "4,4"), "label-unknown", 5, ""),
    (line(5, "4,2.5"), "label-unknown", 5, ""),
    (line(5, "4,Jazz"), "label-name", 5, ""),
    (line(5, "4,"), "null", 5, "null values"),
    (line(5, "4,nan"), "null", 5, "null values"),
]
# Accepted by Kaggle, refused by stricter graders.
STRICT_ONLY = [
    (line(5, "4,-0.25,0.75,0.5"), LOGLOSS, "range", 5),
    (line(5, "4,1.5,-0.25,-0.25"), LOGLOSS, "range", 5),
    (line(5, "4,0.04,0.02,0.02"), LOGLOSS, "row-sum", 5),
    (line(5, "4,0.5,0.3,0.25"), LOGLOSS, "row-sum", 5),
    (each_row(lambda c: [c[0], "3.1", "3.1", "3.1"]), LOGLOSS, "row-sum", 2),
    (lambda g: reordered(g), LOGLOSS, "column-order", 1),
    (line(5, "4, 0.5,0.25,0.25"), LOGLOSS, "spaces", 5),
    (line(5, "4, 1"), ACCURACY, "spaces", 5),
]


@pytest.mark.parametrize(("change", "code", "at", "kaggle"), SPOILED_PROBA)
def test_a_spoiled_probability_file_is_refused_with_the_fault_named(
    tmp_path: Path, change: Callable, code: str, at: int | None, kaggle: str
) -> None:
    found = [f for f in faults(tmp_path, change(PROBA), LOGLOSS) if f.code == code]
    assert {f.line for f in found} == {at}
    assert found[0].refused
    assert kaggle in found[0].kaggle


@pytest.mark.parametrize(("change", "code", "at", "kaggle"), SPOILED_LABELS)
def test_a_spoiled_label_file_is_refused_with_the_fault_named(
    tmp_path: Path, change: Callable, code: str, at: int | None, kaggle: str
) -> None:
    found = [f for f in faults(tmp_path, change(LABELS), ACCURACY) if f.code == code]
    assert {f.line for f in found} == {at}
    assert found[0].refused
    assert kaggle in found[0].kaggle


@pytest.mark.parametrize(("change", "board", "code", "at"), STRICT_ONLY)
def test_what_only_strict_graders_refuse(
    tmp_path: Path, change: Callable, board: Leaderboard, code: str, at: int
) -> None:
    content = change(PROBA if board is LOGLOSS else LABELS)
    strict = [f for f in faults(tmp_path, content, board, "strict") if f.code == code]
    assert [(f.line, f.refused) for f in strict] == [(at, True)]
    assert [f.refused for f in faults(tmp_path, content, board) if f.code == code] == [False]


@pytest.mark.parametrize(
    "change",
    [
        lambda g: g,
        lambda g: g.rstrip("\n"),
        lambda g: g.replace("\n", "\r\n"),
        lambda g: g.replace("\n", "\r"),
        lambda g: "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in g.splitlines()),
        lambda g: gzip.compress(g.encode()),
        lambda g: g.replace("0.25", "2.5E-01"),
        lambda g: g.replace("0.25", ".25"),
    ],
)
@pytest.mark.parametrize("profile", submission.PROFILES)
def test_other_ways_to_write_the_same_file_pass(
    tmp_path: Path, change: Callable, profile: str
) -> None:
    assert faults(tmp_path, change(PROBA), LOGLOSS, profile) == []


def test_rows_in_any_order_are_matched_by_id(tmp_path: Path) -> None:
    header, *rows = LABELS.splitlines()
    (tmp_path / "s.csv").write_text("\n".join([header, *reversed(rows)]))
    labels = submission.read(tmp_path / "s.csv", WORLD, ACCURACY, "strict")
    assert np.array_equal(labels, np.arange(1, 13) % 3)


def test_columns_in_another_order_are_matched_by_name(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("Class_2,Sample_id,Class_1,Class_3\n")
    with (tmp_path / "s.csv").open("a") as file:
        file.writelines(f"0.2,{i},0.7,0.1\n" for i in range(1, 13))
    assert submission.read(tmp_path / "s.csv", WORLD, LOGLOSS)[0].tolist() == [0.7, 0.2, 0.1]


def test_columns_sorted_as_text_are_told_so(tmp_path: Path) -> None:
    names = [f"Class_{k}" for k in range(1, 11)]
    world = replace(
        WORLD,
        classes=tuple(map(str, range(1, 11))),
        leaderboards=(Leaderboard("logloss", ("id", *names)),),
    )
    row = ",".join(["0.1"] * 10)
    lines = [",".join(["id", *sorted(names)]), *(f"{i},{row}" for i in range(1, 13))]
    (tmp_path / "s.csv").write_text("\n".join(lines))
    (fault,) = submission.check(tmp_path / "s.csv", world, world.leaderboards[0], "strict")
    assert "sorted as text: 1, 10, 2, ..." in fault.words


def test_classes_that_are_numbers_are_no_data_in_a_header(tmp_path: Path) -> None:
    board = Leaderboard("logloss", ("id", *CLASSES))
    rows = [f"{i},0.5,0.25,0.25" for i in range(1, 13)]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["id,1,2,3", *rows]))
    assert submission.check(path, WORLD, board, "strict") == []
    path.write_text("\n".join(rows))
    assert [f.code for f in submission.check(path, WORLD, board)] == ["no-header"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    content = "# " + line(5, "4,0.5,x,0.25")(line(9, "99,0.5,,0.25")(PROBA))
    path = tmp_path / "s.csv"
    path.write_text(content)
    with pytest.raises(SubmissionError) as caught:
        submission.read(path, WORLD, LOGLOSS)
    told = str(caught.value)
    assert "5 faults" in told
    for piece in ("line 1: ", "line 5: Class_2: 'x'", "line 9: no test row", "id 8", "Sample_id,"):
        assert piece in told


def test_a_fault_on_every_line_is_told_once(tmp_path: Path) -> None:
    content = each_row(lambda c: [c[0], c[1] + ".0"])(LABELS)
    (fault,) = faults(tmp_path, content, ACCURACY)
    assert fault.lines == tuple(range(2, 14))
    assert fault.words.startswith("12 labels aren't written as whole numbers; the first: ")


def test_a_missing_label_does_not_hide_that_all_count_from_zero(tmp_path: Path) -> None:
    shifted = each_row(lambda c: [c[0], str(int(c[1]) - 1)])(LABELS)
    found = faults(tmp_path, line(5, "4,")(shifted), ACCURACY)
    assert [(f.code, f.line) for f in found] == [("label-base", 2), ("null", 5)]


@pytest.mark.parametrize(("zero", "code"), [("0.0000", "rounded"), ("0", "zero"), ("0.0", "zero")])
def test_zeros_are_mentioned_with_what_they_cost(tmp_path: Path, zero: str, code: str) -> None:
    (found,) = faults(tmp_path, line(5, f"4,{zero},0.5,0.5")(PROBA), LOGLOSS)
    assert (found.code, found.line, found.refused) == (code, 5, False)
    # ln(1e15) / 12 rows.
    assert "costs 2.9 of logloss where that class is true" in found.words


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_a_file_that_was_rounded_is_told_by_its_sums(tmp_path: Path, decimals: int) -> None:
    unsure, sure = ",".join([f"{1 / 3:.{decimals}f}"] * 3), "1.0,0.0,0.0"
    content = each_row(lambda c: [c[0], unsure if int(c[0]) % 2 else sure])(PROBA)
    sums, zeros = faults(tmp_path, content, LOGLOSS)
    told = "1 decimal" if decimals == 1 else f"{decimals} decimals"
    assert f"6 rows don't sum to 1, as rounding to {told} leaves them" in sums.words
    assert zeros.code == "rounded"
    assert f"12 cells were rounded to zero (the file has {told}), each costs 2.9" in zeros.words


def test_decisions_written_as_probabilities_are_named(tmp_path: Path) -> None:
    content = each_row(lambda c: [c[0], "0", "1", "0"])(PROBA)
    (found,) = faults(tmp_path, content, LOGLOSS)
    assert (found.code, found.refused) == ("zero", False)
    assert "only 0 and 1 are written: each row of another class costs 2.9" in found.words


def test_a_zero_costs_nothing_where_no_logarithm_is_taken(tmp_path: Path) -> None:
    board = Leaderboard("brier", LOGLOSS.header)
    assert faults(tmp_path, line(5, "4,0,0.5,0.5")(PROBA), board) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="named pipe, not an ordinary file"):
        submission.check(tmp_path / "pipe", WORLD, LOGLOSS)


def test_certain_faults_still_give_the_intended_values(tmp_path: Path) -> None:
    shifted = each_row(lambda c: [str(int(c[0]) - 1), f"{int(c[1]) - 1}"])(LABELS)
    path = tmp_path / "s.csv"
    path.write_text("\ufeff# " + shifted)
    examined = submission.examine(path, WORLD, ACCURACY)
    assert all(fault.certain for fault in examined.refused)
    assert np.array_equal(examined.values, np.arange(1, 13) % 3)


def test_blank_lines_are_passed_over_and_the_lines_after_them_counted_right(
    tmp_path: Path,
) -> None:
    found = faults(tmp_path, PROBA.replace("\n3,", "\n\n3,").replace("\n7,", "\nx,"), LOGLOSS)
    lines = {f.code: f.line for f in found}
    assert lines["blank-line"] == 4
    assert lines["id-unknown"] == 9


@pytest.mark.parametrize("content", [None, "folder"])
def test_a_file_that_cannot_be_read_is_one_answer(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "s.csv"
    if content:
        path.mkdir()
    with pytest.raises(FileProblem, match=r"no such file|can't be read"):
        submission.check(path, WORLD, LOGLOSS)


def test_an_unknown_profile_is_answered(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="kaggle, strict"):
        faults(tmp_path, PROBA, LOGLOSS, "kagle")


CELL = st.text(alphabet="0123456789.-eE xé\t", max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=6))
def test_both_roads_to_the_cells_lead_to_the_same_cells(rows: list[list[str]]) -> None:
    text = "".join(",".join(row) + "\n" for row in rows)
    found = Faults("kaggle", id_column="", rows=0)
    quick, careful = _file._quick(text.encode(), ","), _file._careful(text, ",", found)
    assert quick.first == careful.first == rows[0]
    assert quick.frame.rows() == careful.frame.rows() == [tuple(row) for row in rows[1:]]
    assert quick.lines.tolist() == careful.lines.tolist() == list(range(2, len(rows) + 1))
    assert found.found == []


NOT_IN_A_GOOD_CELL = st.sampled_from(["", "x", "nan", "-1", "7", "1.5.2", "0x1", "١", "0.5 0.5"])


@settings(max_examples=80, deadline=None)
@given(
    row=st.integers(2, ROWS + 1),
    column=st.integers(0, 3),
    cell=NOT_IN_A_GOOD_CELL,
    board=st.sampled_from([ACCURACY, LOGLOSS]),
)
def test_any_spoiled_cell_is_reported_on_its_line(
    tmp_path_factory: pytest.TempPathFactory, row: int, column: int, cell: str, board: Leaderboard
) -> None:
    lines = (PROBA if board is LOGLOSS else LABELS).splitlines()
    cells = lines[row - 1].split(",")
    column %= len(cells)
    if column == 0 and cell == "7":
        cell = "77"
    cells[column] = cell
    lines[row - 1] = ",".join(cells)
    path = tmp_path_factory.mktemp("spoiled")
    found = faults(path, "\n".join(lines), board, "strict")
    assert row in {f.line for f in found if f.refused}


@settings(max_examples=80, deadline=None)
@given(content=st.one_of(st.binary(max_size=60), st.text(alphabet=',;"\n\r#1.a\t ', max_size=60)))
def test_no_content_is_too_odd_to_be_answered(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    found = faults(tmp_path_factory.mktemp("odd"), content, LOGLOSS)
    assert any(fault.refused for fault in found)


def mlbp(shared: Path) -> Competition:
    """The real competition's two leaderboards, with nothing but their samples."""
    folder = shared / "aalto_mlbp"
    header = ("Sample_id", *(f"Class_{k}" for k in range(1, 11)))
    return replace(
        WORLD,
        classes=tuple(map(str, range(1, 11))),
        X_test=None,
        test_ids=(),
        leaderboards=(
            Leaderboard(
                "accuracy", ("Sample_id", "Sample_label"), folder / "dummy_solution_accuracy.csv"
            ),
            Leaderboard("logloss-cells", header, folder / "dummy_solution_logloss.csv"),
        ),
    )


@pytest.mark.real
@pytest.mark.parametrize("profile", submission.PROFILES)
def test_the_organisers_samples_pass(shared_data: Path, profile: str) -> None:
    world = mlbp(shared_data)
    for board in world.leaderboards:
        # They are decisions, which is worth a word, but no reason to refuse them.
        found = submission.check(board.sample, world, board, profile)
        assert {fault.code for fault in found} <= {"zero"}
        assert not any(fault.refused for fault in found)
        assert len(submission.read(board.sample, world, board)) == 6544
        counted = replace(world, test_ids=tuple(map(str, range(1, 6545))))
        found = submission.check(board.sample, counted, board, profile)
        assert {fault.code for fault in found} <= {"zero"}
        assert submission.board_of(board.sample, world) == board


def test_a_line_without_end_is_named_and_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "one_line.csv"
    path.write_bytes(b"1," * 500_000)
    faults = Faults("kaggle", id_column="id", rows=30)
    assert _file.open_sheet(path, [4], faults) is None
    (fault,) = faults.in_order()
    assert "the first line has 500,001 cells" in str(fault)
