"""Which entry is best: one rule, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import small

from harness import entries
from harness.competition import Competition
from harness.errors import EntryError
from harness.evaluate.leaks import leak_of
from harness.leaderboard import how_of, standings
from harness.ranking import ranking, set_aside

Add = Callable[..., entries.Entry]
GROUPED = replace(
    small(), groups=np.arange(120) // 4, group_names=tuple(map(str, range(30))), fingerprint="g"
)


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """Make an entry whose probabilities lean to the truth by `skill`, on some of the rows."""

    def make(
        name: str,
        skill: float,
        *,
        of: Competition = GROUPED,
        split: str = "stratified-group",
        rows: np.ndarray | None = None,
        **receipt: Any,
    ) -> entries.Entry:
        rows = np.arange(len(of.y)) if rows is None else rows
        leaning = np.exp(
            np.random.default_rng(3).normal(size=(len(rows), 3)) + skill * np.eye(3)[of.y[rows]]
        )

        def fill(part: Path) -> dict[str, Any]:
            np.save(part / "rows.npy", rows)
            np.save(part / "y.npy", of.y[rows])
            np.save(part / "oof.npy", leaning / leaning.sum(axis=1, keepdims=True))
            np.save(part / "folds.npy", np.arange(len(rows)) % 5)
            made = {
                "model": "knn",
                "competition": {"name": of.name, "fingerprint": of.fingerprint},
                "split": {"kind": split, "folds": 5},
                "scores": {},
            }
            return made | receipt

        return entries.write(tmp_path, name, fill, numbered=False)

    return make


def test_a_leaky_split_is_told_from_an_honest_one() -> None:
    assert leak_of(GROUPED, "stratified-group") == ""
    assert leak_of(GROUPED, "stratified") == "rows of one group stood on both sides"
    assert leak_of(small(), "stratified") == ""
    # What isn't known tells nothing.
    assert leak_of(GROUPED, "") == leak_of(GROUPED, "of-my-own") == ""


def test_a_leaky_entry_is_never_best_while_an_honest_one_exists(add: Add, tmp_path: Path) -> None:
    add("honest", 0.5)
    add("leaky", 3.0, split="stratified")
    ranked, _ = ranking(GROUPED, tmp_path, "logloss")
    assert [one.entry.name for one in ranked] == ["honest", "leaky"]
    table = standings(GROUPED, tmp_path, "logloss")
    best, last = table.rows[1:]
    assert (best.name, best.best, best.leak) == ("honest", True, "")
    assert (last.best, last.gap, last.tied) == (False, None, False)
    assert "one group" in last.leak
    # The luck of the best is its luck among those that it can be compared with.
    assert (table.compared, table.optimism) == (1, 0)
    assert table.set_aside == "leaky (leaky split)"


def test_the_best_of_leaky_entries_alone_is_marked(add: Add, tmp_path: Path) -> None:
    add("leaky", 3.0, split="stratified")
    (row,) = standings(GROUPED, tmp_path, "logloss").rows[1:]
    assert row.best
    assert row.leak


@pytest.mark.parametrize("metric", ["logloss", "accuracy"])
def test_scores_on_some_rows_come_after_those_on_all(add: Add, tmp_path: Path, metric: str) -> None:
    add("all", 0.5)
    add("some", 5.0, split="holdout:0.1", rows=np.arange(12))
    add("worse", 0.1)
    table = standings(GROUPED, tmp_path, metric)
    assert [row.name for row in table.rows] == ["prior", "all", "worse", "some"]
    assert table.rows[2].gap is not None
    assert table.rows[3].gap is None
    assert (table.rows[3].judged, table.compared) == (12, 2)
    assert table.set_aside == "some (judged on 12 of 120 rows)"


def test_nothing_is_set_aside_that_scores_worse(add: Add, tmp_path: Path) -> None:
    add("all", 2.0)
    add("some", 0.1, split="holdout:0.1", rows=np.arange(12))
    add("leaky", 0.1, split="stratified")
    ranked, _ = ranking(GROUPED, tmp_path, "logloss")
    assert set_aside(ranked, "logloss", 120) == ""


def test_the_prior_comes_after_every_honest_model(add: Add, tmp_path: Path) -> None:
    add("prior-001", 5.0, model="prior")
    add("some", 0.5, rows=np.arange(12))
    add("leaky", 3.0, split="stratified")
    ranked, _ = ranking(GROUPED, tmp_path, "logloss")
    assert [one.entry.name for one in ranked] == ["some", "prior-001", "leaky"]


def test_repeats_of_all_rows_compare_with_one_pass(add: Add, tmp_path: Path) -> None:
    add("once", 1.0)
    add("thrice", 1.5, rows=np.repeat(np.arange(120), 3))
    table = standings(GROUPED, tmp_path, "logloss")
    gap = table.rows[2].gap
    assert (table.rows[2].name, table.compared) == ("once", 2)
    assert gap is not None
    assert gap.value == pytest.approx(
        table.rows[2].scores["logloss"] - table.rows[1].scores["logloss"]
    )


def test_rows_of_a_group_are_one_observation(add: Add, tmp_path: Path) -> None:
    errors = []
    for of in (small(), GROUPED):
        add(f"one-{of.fingerprint}", 1.0, of=of)
        add(f"other-{of.fingerprint}", 1.5, of=of)
        gap = standings(of, tmp_path, "logloss").rows[2].gap
        errors.append(gap.error if gap else None)
    assert errors[0] != errors[1]


def test_what_cannot_be_used_is_left_out_and_named(add: Add, tmp_path: Path) -> None:
    add("good", 0.5)
    add("bad", 3.0)

    def refuse(entry: entries.Entry) -> None:
        if entry.name == "bad":
            raise EntryError("no", where="bad")

    ranked, warnings = ranking(GROUPED, tmp_path, "logloss", usable=refuse)
    assert [one.entry.name for one in ranked] == ["good"]
    assert warnings == ["left out: bad: no"]


@pytest.mark.parametrize(
    ("blend", "how"),
    [
        ({"method": "greedy", "members": [{"name": "a", "weight": 1}, {"name": "b", "weight": 2}]},
         "greedy of 2 members"),
        ({"method": "greedy", "members": [{"name": "a", "weight": 1}, {"name": "b", "weight": 0}]},
         "a alone"),
        ({"method": "greedy", "members": "damaged"}, ""),
        (7, ""),
    ],
)  # fmt: skip
def test_a_blend_tells_its_members(add: Add, blend: Any, how: str) -> None:
    assert how_of(add("blend-001", 1.0, model="blend", blend=blend)) == how


@pytest.mark.parametrize("value", ["good", None, True, float("nan"), float("inf"), [1]])
def test_an_expected_score_must_be_a_number(add: Add, value: Any) -> None:
    entry = add("odd", 1.0, expected={"logloss": {"score": value, "low": 0, "high": 1}})
    assert entry.expected("accuracy") is None
    with pytest.raises(EntryError, match="what it expects of logloss is no number: score"):
        entry.expected("logloss")
