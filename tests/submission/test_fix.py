"""Repairs: only certain ones, exact, together, and never over the file itself."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drafts import (
    ACCURACY,
    LABELS,
    LOGLOSS,
    NAMES,
    PROBA,
    WORLD,
    Change,
    added,
    as_text,
    both,
    cell,
    cells,
    columns,
    header,
    label_draft,
    lower,
    named,
    on_line,
    proba_draft,
    rows,
    scaled,
    written,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness import submission
from harness.competition import Leaderboard
from harness.errors import FileProblem, SubmissionError, UsageError
from harness.submission import _fix

# Name: (what it changes, the change). Two changes of the same thing exclude each other; what is
# done to the names goes before what is done to the order of columns, and both before the header's
# loss. Row numbers in front are a column more, so they come last but for the way of writing.
BOTH_BOARDS: dict[str, tuple[str, Change]] = {
    "shuffled": ("order", rows(lambda r: r[::-1])),
    "ids from 0": ("ids", cells(lower(), 0)),
    "ids as decimals": ("id form", cells(lambda c: f"{c}.0", 0)),
    "spaces around ids": ("id spaces", cells(lambda c: f" {c}", 0)),
    "lower case": ("names", header(lambda names: tuple(map(str.lower, names)))),
    "spaces in the header": ("name spaces", header(lambda n: (n[0], *(f" {x}" for x in n[1:])))),
    "an index": ("index", added(lambda i: "" if i < 0 else str(i))),
    "an empty last column": ("last", added(lambda i: "", at=-1)),
    "no header": ("header", written(header=None)),
    "a comment sign": ("header", written(before="# ")),
    "tabs": ("delimiter", written(delimiter="\t")),
    "semicolons": ("delimiter", written(delimiter=";")),
    "UTF-16": ("encoding", written(encoding="utf-16")),
    "a byte order mark": ("encoding", written(encoding="utf-8-sig")),
    "blank lines": ("ends", written(end="\n\n")),
}
PROBA_ONLY: dict[str, tuple[str, Change]] = {
    "half": ("sums", cells(scaled(0.5))),
    "one row at an eighth": ("sums", on_line(7, scaled(1 / 8))),
    "class names": ("names", named(*NAMES)),
    "columns from 0": ("names", named(*map(str, range(10)))),
    "another prefix": ("names", named(*(f"prob{k}" for k in range(1, 11)))),
    "sorted as text": ("columns", columns(as_text)),
    "spaces": ("cells", cells(lambda c: f" {c}")),
}
LABELS_ONLY: dict[str, tuple[str, Change]] = {
    "labels from 0": ("labels", cells(lower())),
    "labels as names": ("labels", cells(lambda c: NAMES[int(c) - 1])),
    "labels as decimals": ("label form", cells(lambda c: f"{c}.0")),
    "labels with spaces": ("cells", cells(lambda c: f"{c} ")),
    "another label name": ("names", named("genre")),
}
STEPS = ("order", "ids", "id form", "labels", "label form", "sums", "cells", "id spaces")
STEPS += ("names", "name spaces", "columns", "index", "last", "header", "delimiter")
STEPS += ("encoding", "ends")
# Nobody can tell which column is which without names, nor repair what isn't there.
NOT_WITHOUT_HEADER = {"names", "columns", "last", "name spaces"}
# The second change would meet cells that the first has made something else of.
CLASHES = [{"labels as names", "labels as decimals"}, {"labels as names", "labels with spaces"}]


def may_meet(one: str, other: str, known: dict[str, tuple[str, Change]]) -> bool:
    slots = {known[one][0], known[other][0]}
    loses = "no header" in (one, other) and bool(slots & NOT_WITHOUT_HEADER)
    # An unnamed first column behind a comment sign has a name: the sign.
    comment = "a comment sign" in (one, other) and "index" in slots
    return len(slots) == 2 and not loses and not comment and {one, other} not in CLASHES


def fixed_bytes(folder: Path, content: bytes, board: Leaderboard) -> submission.Fixed:
    path = folder / "s.csv"
    path.write_bytes(content)
    return submission.fix(path, WORLD, board)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), board=st.sampled_from([ACCURACY, LOGLOSS]))
def test_any_two_certain_faults_are_repaired_to_the_very_bits(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, board: Leaderboard
) -> None:
    known = BOTH_BOARDS | (PROBA_ONLY if board is LOGLOSS else LABELS_ONLY)
    one = data.draw(st.sampled_from(sorted(known)))
    others = [name for name in sorted(known) if may_meet(one, name, known)]
    two = data.draw(st.sampled_from(others))
    first, second = sorted((one, two), key=lambda name: STEPS.index(known[name][0]))
    change = both(known[first][1], known[second][1])
    draft = label_draft() if board is ACCURACY else proba_draft()
    fixed = fixed_bytes(tmp_path_factory.mktemp("two"), change(draft).bytes(), board)
    assert fixed.path is not None, [str(fault) for fault in fixed.left]
    values = submission.read(fixed.path, WORLD, board, "strict")
    assert np.array_equal(values, LABELS if board is ACCURACY else PROBA)
    assert submission.check(fixed.path, WORLD, board, "strict") == []


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.lists(st.floats(1e-9, 0.1), min_size=10, max_size=10), min_size=24, max_size=24
    )
)
def test_rows_of_any_sum_up_to_1_keep_their_proportions_and_their_score(
    tmp_path_factory: pytest.TempPathFactory, values: list[list[float]]
) -> None:
    folder = tmp_path_factory.mktemp("sums")
    given_values = np.array(values)
    meant = given_values / given_values.sum(axis=1, keepdims=True)
    fixed = fixed_bytes(folder, proba_draft(given_values).bytes(), LOGLOSS)
    path = fixed.path or folder / "s.csv"
    assert submission.check(path, WORLD, LOGLOSS, "strict") == []
    assert np.allclose(submission.read(path, WORLD, LOGLOSS), meant, rtol=1e-5, atol=0)
    before, after = (submission.grade(p, WORLD, LOGLOSS, LABELS) for p in (folder / "s.csv", path))
    assert after == pytest.approx(before, rel=1e-9)


def test_a_row_that_sums_to_one_keeps_its_bits_beside_one_that_does_not(tmp_path: Path) -> None:
    values = np.random.default_rng(0).dirichlet(np.ones(10), 24)
    values[3] += 1e-8
    values[5] *= 0.5
    fixed = fixed_bytes(tmp_path, proba_draft(values).bytes(), LOGLOSS)
    others = np.arange(24) != 5
    assert np.array_equal(submission.read(fixed.path, WORLD, LOGLOSS)[others], values[others])


@pytest.mark.parametrize(("scale", "written"), [(0.08, False), (1.004, True), (0.996, True)])
def test_where_the_scale_counts_only_rounding_is_certain(
    tmp_path: Path, scale: float, written: bool
) -> None:
    board = replace(LOGLOSS, metric="logloss-cells")
    fixed = fixed_bytes(tmp_path, cells(scaled(scale))(proba_draft(PROBA)).bytes(), board)
    assert (fixed.path is not None) == written
    if not written:
        (fault,) = fixed.left
        assert "logloss-cells scores them as they are" in fault.words


@pytest.mark.parametrize("profile", ["kaggle", "strict"])
def test_values_outside_their_range_are_left_as_they_are(tmp_path: Path, profile: str) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(both(cell(4, 1, "-0.5"), written(before="# "))(proba_draft()).bytes())
    fixed = submission.fix(path, WORLD, LOGLOSS, profiles=[profile])
    if profile == "strict":
        assert fixed.path is None
    else:
        assert [fault.code for fault in fixed.left] == ["range"]
        assert submission.read(fixed.path, WORLD, LOGLOSS)[2, 0] == -0.5


def test_zeros_that_rounding_made_are_left_and_said(tmp_path: Path) -> None:
    change = both(cell(4, 0, "3.0"), on_line(9, lambda c: "0.0000"), cell(9, 1, "1"))
    fixed = fixed_bytes(tmp_path, change(proba_draft()).bytes(), LOGLOSS)
    assert fixed.changes == ("ids written as whole numbers (line 4)",)
    assert [fault.code for fault in fixed.left] == ["rounded"]
    values = submission.read(fixed.path, WORLD, LOGLOSS)
    assert np.array_equal(values[7], np.eye(10)[0])
    assert np.array_equal(np.delete(values, 7, axis=0), np.delete(PROBA, 7, axis=0))


@pytest.mark.parametrize("board", [ACCURACY, LOGLOSS])
def test_no_other_file_is_written_over(tmp_path: Path, board: Leaderboard) -> None:
    draft = label_draft() if board is ACCURACY else proba_draft()
    path, out = tmp_path / "s.csv", tmp_path / "train.csv"
    path.write_bytes(written(before="# ")(draft).bytes())
    for content in ("mine,too\n1,2\n", "\nmine\n"):
        out.write_text(content)
        with pytest.raises(UsageError, match="there is another file, which is no"):
            submission.fix(path, WORLD, board, out=out)
        assert out.read_text() == content
    # An older copy is.
    out.write_text("")
    assert submission.fix(path, WORLD, board, out=out).path == out
    assert submission.fix(path, WORLD, board, out=out).path == out


def test_a_copy_beside_the_file_is_written_over_no_other_file(tmp_path: Path) -> None:
    path, out = tmp_path / "s.csv", tmp_path / "s-fixed.csv"
    path.write_bytes(written(before="# ")(proba_draft()).bytes())
    out.write_text("mine\n")
    with pytest.raises(UsageError, match="--out"):
        submission.fix(path, WORLD, LOGLOSS)
    assert out.read_text() == "mine\n"


def test_a_good_file_needs_no_copy(tmp_path: Path) -> None:
    fixed = fixed_bytes(tmp_path, proba_draft().bytes(), LOGLOSS)
    assert (fixed.path, fixed.changes, fixed.left) == (None, (), ())
    assert len(list(tmp_path.iterdir())) == 1


def test_rows_in_another_order_get_a_copy_in_order(tmp_path: Path) -> None:
    draft = label_draft()
    fixed = fixed_bytes(tmp_path, rows(lambda r: r[::-1])(draft).bytes(), ACCURACY)
    assert fixed.changes == ("rows put in the test rows' order",)
    assert fixed.path.read_bytes() == draft.bytes()


def test_the_file_for_another_leaderboard_is_not_made_one_for_this(tmp_path: Path) -> None:
    fixed = fixed_bytes(tmp_path, label_draft().bytes(), LOGLOSS)
    assert [fault.code for fault in fixed.left] == ["other-leaderboard"]
    assert fixed.path is None


def test_classes_from_0_with_labels_from_1(tmp_path: Path) -> None:
    world = replace(WORLD, classes=("0", "1"), class_names=("no", "yes"))
    path = tmp_path / "s.csv"
    for content, proved in ((lambda i: i % 2 + 1, True), (lambda i: i % 3, False)):
        text = "".join(f"{i},{content(i)}\n" for i in range(1, 25))
        path.write_text("Sample_id,Sample_label\n" + text)
        fixed = submission.fix(path, world, ACCURACY)
        assert (fixed.path is not None) == proved
    assert "label-unknown" in {fault.code for fault in fixed.left}


def test_labels_with_spaces_that_are_words(tmp_path: Path) -> None:
    world = replace(WORLD, classes=NAMES, class_names=NAMES)
    path = tmp_path / "s.csv"
    path.write_bytes(
        cells(lambda c: f" {NAMES[int(c) - 1]}")(label_draft()).bytes(),
    )
    fixed = submission.fix(path, world, ACCURACY)
    assert [fault.code for fault in fixed.examined.faults] == ["label-spaces"]
    assert np.array_equal(submission.read(fixed.path, world, ACCURACY, "strict"), LABELS)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("s.csv", "s-fixed.csv"),
        ("s.csv.gz", "s-fixed.csv"),
        ("my.sub.CSV", "my.sub-fixed.csv"),
        ("s.txt", "s-fixed.csv"),
        ("s", "s-fixed.csv"),
    ],
)
def test_the_copy_stands_beside_the_file(tmp_path: Path, name: str, copy: str) -> None:
    content = written(before="# ")(label_draft()).bytes()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert submission.fix(path, WORLD, ACCURACY).path == tmp_path / copy


def test_never_in_place_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    content = written(before="# ")(label_draft()).bytes()
    path.write_bytes(content)
    (tmp_path / "other.csv").symlink_to(path)
    (tmp_path / "hard.csv").hardlink_to(path)
    for out in ("s.csv", "other.csv", "hard.csv"):
        with pytest.raises(UsageError, match="is the file itself"):
            submission.fix(path, WORLD, ACCURACY, out=tmp_path / out)
    assert path.read_bytes() == content


def test_a_copy_that_would_still_be_refused_is_never_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fix, "_rescaled", lambda values: values)
    with pytest.raises(SubmissionError, match="nothing was written"):
        fixed_bytes(tmp_path, cells(scaled(0.5))(proba_draft()).bytes(), LOGLOSS)
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(written(before="# ")(label_draft()).bytes())
    with pytest.raises(FileProblem, match="can't be written"):
        submission.fix(path, WORLD, ACCURACY, out=path / "s-fixed.csv")


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    content = cells(scaled(0.3))(proba_draft()).bytes()
    first = fixed_bytes(tmp_path, content, LOGLOSS).path.read_bytes()
    assert fixed_bytes(tmp_path, content, LOGLOSS).path.read_bytes() == first


TOKENS = st.sampled_from(
    [
        "",
        " ",
        "0",
        "1",
        "3.0",
        "10",
        "11",
        "0,5",
        "1e0",
        "nan",
        "-1",
        "x",
        "Rap",
        "Class_1",
        "#",
        "7;2",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    spoiled=st.lists(st.tuples(st.integers(1, 25), st.integers(0, 10), TOKENS), max_size=4),
    before=st.sampled_from(["", "# ", "\ufeff", "\n"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    board=st.sampled_from([ACCURACY, LOGLOSS]),
)
# The two odd ids make the ids 0 to 23: not a file that counts from 0.
@example(spoiled=[(4, 0, "0"), (25, 0, "3.0")], before="", delimiter=",", board=ACCURACY)
def test_whatever_is_wrong_a_copy_passes_or_is_not_there(
    tmp_path_factory: pytest.TempPathFactory,
    spoiled: list[tuple[int, int, str]],
    before: str,
    delimiter: str,
    board: Leaderboard,
) -> None:
    draft = label_draft() if board is ACCURACY else proba_draft()
    for line, column, text in spoiled:
        at = column % len(draft.rows[0])
        if line == 1:
            names = draft.header or ()
            draft = replace(draft, header=(*names[:at], text, *names[at + 1 :]))
        else:
            draft = cell(line, at, text)(draft)
    folder = tmp_path_factory.mktemp("any")
    content = replace(draft, before=before, delimiter=delimiter).bytes()
    fixed = fixed_bytes(folder, content, board)
    assert (folder / "s.csv").read_bytes() == content
    if fixed.path is None:
        assert [path.name for path in folder.iterdir()] == ["s.csv"]
        return
    for profile in submission.PROFILES:
        found = submission.check(fixed.path, WORLD, board, profile)
        assert {fault.code for fault in found} <= {"zero"}
    # Rows that nobody touched say what they said.
    values = submission.read(fixed.path, WORLD, board)
    touched = {line - 2 for line, _, _ in spoiled}
    kept = [row for row in range(24) if row not in touched]
    good = LABELS if board is ACCURACY else PROBA
    assert np.array_equal(values[kept], good[kept])
