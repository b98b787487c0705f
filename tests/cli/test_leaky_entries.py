"""What commands say of scores that can't be expected: of leaky splits, and of other rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import write_small

from harness.competition import Competition
from harness.competitions._find import find

KEPT = {"logloss": {"score": 0.5, "low": 0.4, "high": 0.6, "rows": 60, "metric": "logloss"}}
LEAKY = {"split": {"kind": "stratified", "folds": 5}, "expected": KEPT}
HONEST = {"split": {"kind": "stratified-group", "folds": 5}, "expected": KEPT}


@pytest.fixture
def grouped(tmp_path: Path) -> Competition:
    """The small competition, four rows a group."""
    folder = write_small(tmp_path / "data")
    np.savetxt(folder / "train_groups.csv", np.arange(120) // 4, fmt="g%d")
    with (folder / "competition.toml").open("a") as file:
        file.write('\n[groups]\nfile = "train_groups.csv"\n')
    return find(folder)


def test_submit_takes_the_honest_entry_and_says_why(run: Run, grouped: Competition) -> None:
    add(grouped, "knn", 1.0, **HONEST)
    add(grouped, "lda", 3.0, **LEAKY)
    code, out, _ = run("submit")
    assert code == 0
    assert "from knn-001 (best of 2 by out-of-fold logloss" in out
    assert "set aside: lda-001 (leaky split)" in out
    assert "expect 0.5000" in out


def test_a_leaky_entry_is_submitted_without_an_expected_score(
    run: Run, grouped: Competition
) -> None:
    add(grouped, "lda", 3.0, **LEAKY)
    out = run("submit")[1]
    assert "expect 0.5" not in out
    assert "what to expect can't be told: rows of one group stood on both sides" in out
    told = json.loads(run("submit", "--json")[1])["expected"]
    assert told["leak"] == "rows of one group stood on both sides"
    graded = run("grade", "submissions/lda-001/submission-logloss.csv")[1]
    assert "0.50000 was of a leaky split" in graded
    assert "inside" not in graded


def test_entries_marks_what_is_leaky_and_what_is_of_some_rows(
    run: Run, grouped: Competition
) -> None:
    add(grouped, "knn", 1.0, **HONEST)
    add(grouped, "lda", 3.0, **LEAKY)
    out = run("entries")[1].splitlines()
    assert next(line for line in out if " knn-001 " in line).split()[4] == "best"
    assert next(line for line in out if " lda-001 " in line).split()[4] == "leaky"
    assert "not the best, whatever they score: lda-001 (leaky split)" in out
    rows = json.loads(run("entries", "--json")[1])["rows"]
    assert [bool(row["leak"]) for row in rows] == [False, False, True]


def test_fit_never_says_what_to_expect_of_a_leaky_split(run: Run, grouped: Competition) -> None:
    code, out, _ = run("fit", "--model", "lda", "--split", "stratified", "--allow-leak")
    assert code == 0
    assert ": expect" not in out
    assert "logloss leaderboard: can't be told; " in out
    assert "Leaky split: rows of one group stood on both sides. No score of it" in out
    assert run("entries", "--posted", "lda-001", "0.9")[2].endswith(
        "noted: lda-001 got 0.90000 on logloss; nothing could be expected of its leaky split\n"
    )
    assert "logloss, posted 1: 1 of a leaky split, not counted" in run("entries")[1]


def test_allowing_a_leak_where_there_is_none_changes_nothing(run: Run, world: Competition) -> None:
    out = run("fit", "--model", "lda", "--allow-leak")[1]
    assert "logloss leaderboard: expect " in out


def test_every_command_picks_the_same_entry(run: Run, world: Competition) -> None:
    add(world, "knn", 0.5)
    entry = add(world, "lda", 3.0)
    for name in ("y", "oof", "folds"):
        path = entry.path / f"{name}.npy"
        np.save(path, np.load(path)[:12])
    np.save(entry.path / "rows.npy", np.arange(12))
    assert "from knn-001 (the only" not in (said := run("submit")[1])
    assert "set aside: lda-001 (judged on 12 of 120 rows)" in said
    table = run("entries")[1]
    assert "12 rows only" in table
    best = [row["name"] for row in json.loads(run("entries", "--json")[1])["rows"] if row["best"]]
    assert best == ["knn-001"]
    assert "submissions/knn-001/report" in run("report")[1]


def test_a_receipt_without_numbers_is_no_fault_of_harness(run: Run, world: Competition) -> None:
    odd = {"logloss": {"score": "good", "low": 0, "high": 1}}
    add(world, "lda", 3.0, expected=odd)
    for words in (["submit"], ["submit", "--entry", "lda-001"]):
        code, _, err = run(*words)
        assert code == 1
        assert "what it expects of logloss is no number: score 'good'" in err
        assert "fault of harness" not in err
    code, _, err = run("entries", "--posted", "lda-001", "0.5")
    assert (code, "is no number" in err) == (1, True)
    # Others are taken meanwhile.
    add(world, "knn", 1.0)
    code, out, err = run("submit")
    assert code == 0
    assert "from knn-001" in out
    assert "left out: " in err


def test_what_was_posted_is_taken_back(run: Run, world: Competition) -> None:
    add(world, "lda", 1.0, expected=KEPT)
    assert "posted 1: 0.0500 worse than" in run("entries", "--posted", "lda-001", "0.55")[1]
    code, out, err = run("entries", "--forget", "lda-001")
    assert code == 0
    assert "taken back: lda-001 got 0.55000 on logloss" in err
    assert "posted" not in out
    assert run("entries", "--forget", "lda-001")[0] == 2


def test_a_board_alone_is_a_mistake(run: Run, world: Competition) -> None:
    code, _, err = run("entries", "--board", "logloss")
    assert code == 2
    assert "--posted" in err


def test_a_blend_tells_its_members(run: Run, world: Competition) -> None:
    members = [{"name": "lda-001", "weight": 1.0}, {"name": "knn-001", "weight": 0.5}]
    add(world, "blend", 1.0, blend={"method": "stacking", "members": members})
    assert "stacking of 2 members" in run("entries")[1]
