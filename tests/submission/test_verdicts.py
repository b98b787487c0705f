"""What is said of files that are wrong as a whole: rows, ends of lines, sums, shares, order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drafts import ACCURACY, LOGLOSS, PROBA, WORLD, label_draft, proba_draft

from harness import submission
from harness.competition import Competition, Leaderboard
from harness.submission import Fault


def faults(tmp_path: Path, content: bytes | str, board: Leaderboard) -> list[Fault]:
    path = tmp_path / "s.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return submission.check(path, WORLD, board)


@pytest.mark.parametrize("kept", [1, 5, 23])
@pytest.mark.parametrize("board", [ACCURACY, LOGLOSS])
@pytest.mark.parametrize("header", [True, False])
def test_missing_rows_are_counted_first(
    tmp_path: Path, kept: int, board: Leaderboard, header: bool
) -> None:
    draft = label_draft() if board is ACCURACY else proba_draft()
    draft = replace(draft, rows=draft.rows[:kept], header=draft.header if header else None)
    found = [f for f in faults(tmp_path, draft.bytes(), board) if f.code == "row-count"]
    assert [f.words for f in found] == [f"{kept} row{'s' * (kept > 1)} instead of 24 rows"]


def test_labels_without_ids_are_counted(tmp_path: Path) -> None:
    for content in ("1\n" * 23, "label\n" + "1\n" * 23, "a,b,c\n" + "1,2,3\n" * 23):
        found = faults(tmp_path, content, ACCURACY)
        assert "23 rows instead of 24 rows" in [f.words for f in found]


@pytest.mark.parametrize("rows", [1362, 6543])
def test_rows_of_another_file_are_counted(tmp_path: Path, rows: int) -> None:
    ids = tuple(str(i) for i in range(1, 6545))
    world = replace(WORLD, test_ids=ids)
    text = "Sample_id,Sample_label\n" + "".join(f"{i},1\n" for i in range(1, rows + 1))
    (tmp_path / "s.csv").write_text(text)
    found = submission.check(tmp_path / "s.csv", world, ACCURACY)
    assert f"{rows} rows instead of 6544 rows" in [f.words for f in found]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("name", ["0", "Sample_label", "label"])
def test_an_unnamed_index_is_read_as_the_ids(tmp_path: Path, first: int, name: str) -> None:
    good = label_draft()
    rows = tuple((str(int(i) - 1 + first), label) for i, label in good.rows)
    path = tmp_path / "s.csv"
    path.write_bytes(replace(good, header=("", name), rows=rows).bytes())
    fixed = submission.fix(path, WORLD, ACCURACY)
    assert fixed.path is not None, fixed.left
    assert fixed.path.read_bytes() == good.bytes()


def test_an_unnamed_index_beside_class_columns_is_read_as_the_ids(tmp_path: Path) -> None:
    good = proba_draft()
    rows = tuple((str(int(row[0]) - 1), *row[1:]) for row in good.rows)
    path = tmp_path / "s.csv"
    path.write_bytes(replace(good, header=("", *map(str, range(10))), rows=rows).bytes())
    fixed = submission.fix(path, WORLD, LOGLOSS)
    assert fixed.path is not None, fixed.left
    assert np.array_equal(submission.read(fixed.path, WORLD, LOGLOSS), PROBA)


def test_an_index_of_too_few_rows_is_named_by_their_count(tmp_path: Path) -> None:
    found = faults(tmp_path, ",0\n" + "".join(f"{i},1\n" for i in range(23)), ACCURACY)
    assert "23 rows instead of 24 rows" in [f.words for f in found]


@pytest.mark.parametrize("each", ["0.56", "1.0", "0.93"])
def test_rows_that_claim_more_than_all_are_no_certain_repair(tmp_path: Path, each: str) -> None:
    values = np.full((24, 10), float(each))
    path = tmp_path / "s.csv"
    path.write_bytes(proba_draft(values).bytes())
    fixed = submission.fix(path, WORLD, LOGLOSS)
    assert fixed.path is None
    (fault,) = [f for f in fixed.left if f.code == "row-sum"]
    assert "strict" in fault.refused_by
    assert f"sum to {10 * float(each):g}" in fault.words


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_rounding_alone_warns(tmp_path: Path, decimals: int) -> None:
    values = np.random.default_rng(0).dirichlet(np.full(10, 3.0), 24)
    lines = [
        f"{i + 1}," + ",".join(f"{p:.{decimals}f}" for p in row) for i, row in enumerate(values)
    ]
    found = faults(tmp_path, "\n".join([",".join(LOGLOSS.header), *lines]) + "\n", LOGLOSS)
    (fault,) = [f for f in found if f.code == "sum-rounding"]
    assert f"rounding to {decimals} decimals" in fault.words
    assert not any(f.refused_by for f in found)


def test_sums_that_rounding_cannot_explain_are_refused(tmp_path: Path) -> None:
    values = np.round(np.random.default_rng(0).dirichlet(np.full(10, 3.0), 24), 3)
    values[5, 2] += 0.2
    found = faults(tmp_path, proba_draft(values).bytes(), LOGLOSS)
    assert "row-sum" in [f.code for f in found]


def test_doubled_line_ends_are_named_by_their_cause(tmp_path: Path) -> None:
    good = label_draft()
    found = faults(tmp_path, replace(good, end="\r\r\n").bytes(), ACCURACY)
    assert [f.code for f in found] == ["line-ends"]
    assert "text mode" in found[0].words
    assert "newline=''" in found[0].words
    fixed = submission.fix(tmp_path / "s.csv", WORLD, ACCURACY)
    assert fixed.path is not None
    assert fixed.path.read_bytes() == good.bytes()


def world(seed: int = 0, rows: int = 2000, tests: int = 1500, k: int = 5) -> Competition:
    """Classes of uneven shares whose rows lie in clouds."""
    random = np.random.default_rng(seed)
    shares = np.array([0.5, 0.2, 0.15, 0.1, 0.05])[:k]
    middles = random.normal(size=(k, 4)) * 1.5
    y = random.choice(k, size=rows + tests, p=shares / shares.sum())
    X = (middles[y] + random.normal(size=(rows + tests, 4))).astype(np.float32)
    names = tuple("abcde"[:k])
    return replace(
        WORLD,
        classes=names,
        class_names=names,
        columns=("1", "2", "3", "4"),
        X=X[:rows],
        y=y[:rows].astype(np.int64),
        X_test=X[rows:],
        test_ids=tuple(str(i) for i in range(tests)),
        fingerprint=f"clouds-{seed}-{rows}-{tests}-{k}",
        leaderboards=(
            Leaderboard("accuracy", ("id", "label")),
            Leaderboard("logloss", ("id", *names)),
        ),
    )


def honest(competition: Competition, *, balanced: bool = False) -> np.ndarray:
    """Probabilities by the classes' means and one spread: what an LDA with equal axes gives."""
    X, y = np.asarray(competition.X, float), competition.y
    k = competition.n_classes
    middles = np.array([X[y == c].mean(axis=0) for c in range(k)])
    spread = np.mean([X[y == c].var(axis=0) for c in range(k)])
    logs = -((competition.X_test[:, None] - middles) ** 2).sum(axis=2) / 2 / spread
    logs += 0 if balanced else np.log(competition.counts / len(y))
    proba = np.exp(logs - logs.max(axis=1, keepdims=True))
    return proba / proba.sum(axis=1, keepdims=True)


def doubts(tmp_path: Path, competition: Competition, values: np.ndarray) -> dict[str, str]:
    board = competition.leaderboards[int(values.ndim == 2)]
    submission.write(tmp_path / "s.csv", competition, board, values)
    found = submission.examine(tmp_path / "s.csv", competition, board, doubt=True).faults
    assert not any(fault.refused_by for fault in found)
    shares = ("one-answer", "class-order", "classes-alike", "rows-shuffled")
    return {fault.code: fault.words for fault in found if fault.code in shares}


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_an_honest_file_raises_no_doubt(
    tmp_path: Path, seed: int, labels: bool, balanced: bool
) -> None:
    competition = world(seed)
    proba = honest(competition, balanced=balanced)
    assert doubts(tmp_path, competition, proba.argmax(axis=1) if labels else proba) == {}


@pytest.mark.parametrize("labels", [False, True])
def test_one_answer_for_all_is_said(tmp_path: Path, labels: bool) -> None:
    competition = world()
    values = np.zeros(1500, dtype=np.int64) if labels else np.full((1500, 5), 0.2)
    told = doubts(tmp_path, competition, values)
    assert list(told) == ["one-answer"]
    assert not labels or "50" in told["one-answer"]


@pytest.mark.parametrize("turn", [1, 2, 4])
def test_rotated_class_columns_are_noticed(tmp_path: Path, turn: int) -> None:
    competition = world()
    told = doubts(tmp_path, competition, np.roll(honest(competition), turn, axis=1))
    assert f"shifted by {min(turn, 5 - turn)}" in told["class-order"]


def test_labels_of_other_classes_are_noticed(tmp_path: Path) -> None:
    competition = world()
    labels = (honest(competition).argmax(axis=1) + 1) % 5
    assert "share of the labels" in doubts(tmp_path, competition, labels)["class-order"]


def test_values_shuffled_within_rows_are_noticed(tmp_path: Path) -> None:
    competition = world()
    values = np.random.default_rng(0).permuted(honest(competition), axis=1)
    assert "classes-alike" in doubts(tmp_path, competition, values)


@pytest.mark.parametrize("labels", [False, True])
def test_shuffled_rows_are_noticed_by_their_neighbours(tmp_path: Path, labels: bool) -> None:
    competition = world()
    values = np.random.default_rng(0).permutation(honest(competition), axis=0)
    told = doubts(tmp_path, competition, values.argmax(axis=1) if labels else values)
    assert list(told) == ["rows-shuffled"]


def chances(competition: Competition, holds: np.ndarray) -> tuple[Competition, np.ndarray]:
    """Two classes, one of them rare, and a board of one probability; its values."""
    rare = competition.y == 4
    classes = ("no", "yes")
    board = Leaderboard("logloss", ("id", "yes"), positive="yes")
    two = replace(
        competition,
        classes=classes,
        class_names=classes,
        y=rare.astype(np.int64),
        leaderboards=(board, board),
        fingerprint=competition.fingerprint + "-two",
    )
    return two, np.column_stack([1 - holds[:, 4], holds[:, 4]])


def test_shuffled_chances_of_a_rare_class_are_noticed(tmp_path: Path) -> None:
    competition, values = chances(world(), honest(world()))
    assert doubts(tmp_path, competition, values) == {}
    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(values, axis=0)
        assert list(doubts(tmp_path, competition, shuffled)) == ["rows-shuffled"]


def test_chances_of_the_other_class_are_called_that(tmp_path: Path) -> None:
    competition, values = chances(world(), honest(world()))
    told = doubts(tmp_path, competition, values[:, ::-1])
    assert told["class-order"].endswith("is it the probability of no?")


@pytest.mark.parametrize("cells", ["0", "1", "01"])
def test_labels_in_a_column_of_chances_are_priced(tmp_path: Path, cells: str) -> None:
    competition, values = chances(world(), honest(world()))
    board = competition.leaderboards[0]
    lines = [f"{i},{cells[i % len(cells)]}" for i in range(len(values))]
    (tmp_path / "s.csv").write_text("\n".join(["id,yes", *lines]))
    found = {
        fault.code: fault.words
        for fault in submission.check(tmp_path / "s.csv", competition, board)
    }
    assert found == {
        "zero": "only 0 and 1 are written: each row of the other class costs 0.023 of logloss"
    }


def test_rounded_chances_are_priced(tmp_path: Path) -> None:
    competition, values = chances(world(), honest(world()))
    board = competition.leaderboards[0]
    lines = [f"{i},{p:.1f}" for i, p in enumerate(values[:, 1])]
    (tmp_path / "s.csv").write_text("\n".join(["id,yes", *lines]))
    (fault,) = submission.check(tmp_path / "s.csv", competition, board)
    assert (
        "cells are 0 or 1, each costs 0.023 of logloss where the other class is true" in fault.words
    )


def test_small_numbers_with_a_decimal_comma_are_numbers(tmp_path: Path) -> None:
    first, *cells = proba_draft().rows[0]
    rows = ((first, *("5,6e-05" for _ in cells[1:]), "0,999496"), *proba_draft().rows[1:])
    draft = replace(proba_draft(), rows=rows)
    quoted = replace(draft, quote=True).bytes()
    assert {fault.code for fault in faults(tmp_path, quoted, LOGLOSS)} == {"decimal-comma"}


@pytest.mark.parametrize(
    ("cell", "hint"),
    [("no", "not labels"), ("[0.2]", "without brackets"), ("20%", "write 0.5, not 50%")],
)
def test_cells_that_are_no_numbers_are_told_what_to_be(
    tmp_path: Path, cell: str, hint: str
) -> None:
    good = proba_draft()
    first = good.rows[0]
    draft = replace(good, rows=((first[0], cell, *first[2:]), *good.rows[1:]))
    assert [hint in fault.words for fault in faults(tmp_path, draft.bytes(), LOGLOSS)] == [True]


def test_many_columns_that_nobody_asked_for_are_one_fault(tmp_path: Path) -> None:
    many = [f"f{i}" for i in range(20)]
    lines = [f"{i},{','.join(['0.5'] * 20)}" for i in range(1, 25)]
    text = "\n".join([",".join(["Sample_id", *many]), *lines])
    found = faults(tmp_path, text, LOGLOSS)
    assert [(fault.code, fault.words) for fault in found] == [
        ("extra-column", "f0, f1, f2, f3, f4 and 15 more are 20 columns too many"),
        (
            "missing-column",
            "10 columns are missing: Class_1, Class_2, Class_3, Class_4, Class_5 and 5 more",
        ),
    ]


def test_a_spelling_of_two_classes_is_neither(tmp_path: Path) -> None:
    draft = label_draft()
    names = ("hip_hop", "hip hop", *WORLD.classes[2:])
    known = replace(WORLD, classes=names, class_names=names)
    rows = tuple((i, "HIP HOP" if k == 0 else names[5]) for k, (i, _) in enumerate(draft.rows))
    (tmp_path / "s.csv").write_bytes(replace(draft, rows=rows).bytes())
    assert [f.code for f in submission.check(tmp_path / "s.csv", known, ACCURACY)] == [
        "label-unknown"
    ]


def test_a_copy_of_the_sample_is_called_that(tmp_path: Path) -> None:
    sample, copy = tmp_path / "sample.csv", tmp_path / "mine.csv"
    board = replace(LOGLOSS, sample=sample)
    sample.write_bytes(proba_draft().bytes())
    copy.write_bytes(sample.read_bytes())
    found = [submission.examine(path, WORLD, board, doubt=True).faults for path in (sample, copy)]
    assert [[fault.code for fault in faults] for faults in found] == [[], ["the-sample"]]


def test_one_label_for_all_is_said_where_a_sample_shows_no_other(tmp_path: Path) -> None:
    known = replace(WORLD, classes=("1",), class_names=("1",), y=np.empty(0, np.int64))
    draft = label_draft()
    draft = replace(draft, rows=tuple((i, "1") for i, _ in draft.rows))
    (tmp_path / "s.csv").write_bytes(draft.bytes())
    found = submission.examine(tmp_path / "s.csv", known, ACCURACY, doubt=True).faults
    assert [fault.code for fault in found] == ["one-answer"]


def test_where_features_tell_nothing_nothing_is_said_of_the_rows(tmp_path: Path) -> None:
    competition = world()
    noise = np.random.default_rng(5).normal(size=(3500, 4)).astype(np.float32)
    competition = replace(competition, X=noise[:2000], X_test=noise[2000:], fingerprint="noise")
    values = np.random.default_rng(0).permutation(honest(world()), axis=0)
    assert doubts(tmp_path, competition, values) == {}


def test_without_training_rows_shares_say_nothing(tmp_path: Path) -> None:
    bare = replace(world(), X=np.empty((0, 4), np.float32), y=np.empty(0, np.int64), X_test=None)
    assert doubts(tmp_path, bare, np.roll(honest(world()), 1, axis=1)) == {}
