"""Writing: nothing is lost, nothing is left behind, and what is written is what is graded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from worlds import small

from harness import submission
from harness.competition import Leaderboard
from harness.errors import DataError, FileProblem
from harness.evaluate import metrics

ROWS = 12
WORLD = small(test_rows=ROWS)
ACCURACY, LOGLOSS = WORLD.leaderboards


def proba(seed: int = 0, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(3, 0.3), rows)


@st.composite
def probabilities(draw: st.DrawFn) -> np.ndarray:
    """Rows over 300 orders of magnitude, sums as float64 arithmetic leaves them."""
    raw = draw(arrays(np.float64, (ROWS, 3), elements=st.floats(-700, 0)))
    p = np.exp(raw - raw.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@settings(max_examples=40, deadline=None)
@given(p=probabilities())
def test_what_is_written_reads_back_to_the_bit_under_both_profiles(
    tmp_path_factory: pytest.TempPathFactory, p: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("out") / "s.csv"
    submission.write(path, WORLD, LOGLOSS, p)
    for profile in submission.PROFILES:
        back = submission.read(path, WORLD, LOGLOSS, profile)
        assert np.array_equal(back.view(np.int64), p.view(np.int64))


@settings(max_examples=20, deadline=None)
@given(p=probabilities(), y=arrays(np.int64, ROWS, elements=st.integers(0, 2)))
def test_the_grade_of_what_is_written_is_the_score(
    tmp_path_factory: pytest.TempPathFactory, p: np.ndarray, y: np.ndarray
) -> None:
    folder = tmp_path_factory.mktemp("out")
    for board in WORLD.leaderboards:
        path = folder / f"{board.name}.csv"
        submission.write(path, WORLD, board, p)
        assert submission.grade(path, WORLD, board, y) == metrics.score(board.metric, y, p)


def test_tiny_probabilities_are_not_rounded_to_zero(tmp_path: Path) -> None:
    p = np.tile([1 - 3e-13, 1e-13, 2e-13], (ROWS, 1))
    submission.write(tmp_path / "s.csv", WORLD, LOGLOSS, p)
    assert (submission.read(tmp_path / "s.csv", WORLD, LOGLOSS) > 0).all()


def test_float32_dust_is_rescaled_to_sums_of_one(tmp_path: Path) -> None:
    dusty = proba().astype(np.float32)
    dusty[0] += np.float32(2e-7)
    submission.write(tmp_path / "s.csv", WORLD, LOGLOSS, dusty)
    back = submission.read(tmp_path / "s.csv", WORLD, LOGLOSS, "strict")
    assert np.abs(back.sum(axis=1) - 1).max() < 1e-9


def test_the_file_is_plain_text_with_lf_and_no_bom(tmp_path: Path) -> None:
    submission.write(tmp_path / "s.csv", WORLD, LOGLOSS, np.tile([0.5, 0.25, 0.25], (ROWS, 1)))
    data = (tmp_path / "s.csv").read_bytes()
    assert data.startswith(b"Sample_id,Class_1,Class_2,Class_3\n1,0.5,0.25,0.25\n")
    assert b"\r" not in data


def test_the_same_probabilities_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        submission.write(tmp_path / name, WORLD, LOGLOSS, proba())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_labels_are_written_as_the_competition_writes_them(tmp_path: Path) -> None:
    world = replace(WORLD, classes=("rock, hard", 'the "jazz"', "rap"))
    labels = np.arange(ROWS) % 3
    submission.write(tmp_path / "s.csv", world, ACCURACY, labels)
    assert submission.check(tmp_path / "s.csv", world, ACCURACY, "strict") == []
    assert np.array_equal(submission.read(tmp_path / "s.csv", world, ACCURACY), labels)


def test_a_leaderboard_of_labels_gets_the_most_probable_class(tmp_path: Path) -> None:
    submission.write(tmp_path / "s.csv", WORLD, ACCURACY, proba())
    labels = submission.read(tmp_path / "s.csv", WORLD, ACCURACY)
    assert np.array_equal(labels, proba().argmax(axis=1))


def spoiled(row: int, column: int, value: float) -> np.ndarray:
    p = proba()
    p[row, column] = value
    return p


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (spoiled(3, 1, np.nan), "id 4: probabilities are not finite"),
        (spoiled(0, 0, np.inf), "id 1: probabilities are not finite"),
        (spoiled(5, 2, -0.1), "id 6: probabilities are outside"),
        (proba() * 9.3, "outside"),
        (proba() * 0.08, "12 faults"),
        (proba()[:-1], "11 x 3 probabilities for 12 test rows and 3 classes"),
        (proba()[:, :2], "12 x 2"),
        (proba()[0], "3 probabilities"),
    ],
)
def test_bad_probabilities_are_refused_before_anything_is_written(
    tmp_path: Path, values: np.ndarray, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        submission.write(tmp_path / "s.csv", WORLD, LOGLOSS, values)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "labels", [np.full(ROWS, 3), np.full(ROWS, -1), np.zeros(ROWS), np.zeros(3, dtype=int)]
)
def test_bad_labels_are_refused_before_anything_is_written(
    tmp_path: Path, labels: np.ndarray
) -> None:
    with pytest.raises(DataError):
        submission.write(tmp_path / "s.csv", WORLD, ACCURACY, labels)
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_does_not_fit_the_classes_is_refused(tmp_path: Path) -> None:
    board = Leaderboard("logloss", ("id", "Class_1", "Class_1", "Class_2"))
    with pytest.raises(DataError, match="4 different names"):
        submission.write(tmp_path / "s.csv", WORLD, board, proba())


def test_an_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileProblem, match="can't be written"):
        submission.write(tmp_path / "file" / "s.csv", WORLD, LOGLOSS, proba())


def test_without_test_rows_the_sample_tells_the_ids(tmp_path: Path) -> None:
    sample = tmp_path / "sample.csv"
    sample.write_bytes(b"Sample_id,Sample_label\r\na1,1\r\nb2,1\r\n")
    board = Leaderboard("accuracy", ("Sample_id", "Sample_label"), sample)
    world = replace(WORLD, X_test=None, test_ids=())
    assert submission.expected_ids(world, board) == ("a1", "b2")


def test_without_test_rows_and_sample_there_is_an_answer() -> None:
    with pytest.raises(DataError, match="no test rows"):
        submission.expected_ids(replace(WORLD, X_test=None, test_ids=()), ACCURACY)
