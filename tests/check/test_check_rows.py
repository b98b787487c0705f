"""Faults planted in rows and labels: copies, contradictions, order, songs, classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spoiled import clean, findings, only, outcome, with_column, with_rows

from harness.check._finding import Severity
from harness.check._sheet import Sheet
from harness.competition import Competition
from harness.competitions._find import find


def test_copies_within_train() -> None:
    world = clean()
    found = only("duplicates", with_rows(world, world.X[[4, 4, 9]], world.y[[4, 4, 9]]))
    assert found.severity is Severity.WARN
    assert found.data["sets"] == [[5, 601, 602], [10, 603]]
    assert "--write-groups" in found.todo


def test_many_copies_are_bad() -> None:
    world = clean()
    found = only("duplicates", with_rows(world, world.X[:60], world.y[:60]))
    assert found.severity is Severity.BAD


def test_copies_are_seen_behind_a_row_number() -> None:
    world = clean()
    world = with_rows(world, world.X[[4]], world.y[[4]])
    assert only("duplicates", with_column(world, np.arange(601))).data["sets"] == [[5, 601]]


def test_copies_may_differ_in_the_sign_of_zero_and_have_gaps() -> None:
    world = clean()
    row = clean(1).X[[4]].copy()
    row[0, :2] = 0.0, np.nan
    world = with_rows(with_rows(world, row, [0]), np.where(row == 0, -0.0, row), [0])
    assert only("duplicates", world).data["sets"] == [[601, 602]]


@pytest.mark.parametrize("columns", [6, 12, 24])
@pytest.mark.parametrize("encodings", [1, 2])
@pytest.mark.parametrize("kind", ["fractions", "codes", "texts"])
def test_nearly_unique_encodings_do_not_hide_copies(
    columns: int, encodings: int, kind: str
) -> None:
    world = clean(columns=columns)
    world = with_rows(world, world.X[:40], world.y[:40])
    rng = np.random.default_rng(0)
    for k in range(encodings):
        cells = rng.random(640) if kind == "fractions" else rng.permutation(640)
        cells[:20] = cells[20:40]
        world = with_column(world, cells, name=f"code {k}")
        if kind == "texts":
            vocabulary = tuple(f"t{code:04d}" for code in range(640))
            world = replace(world, text={**world.text, columns + k: vocabulary})
    found = only("duplicates", world)
    assert found.data["kind"] == "near"
    assert sorted(found.data["pairs"]) == [[k + 1, 601 + k] for k in range(40)]


def test_rows_of_one_maker_are_no_copies() -> None:
    """Half of the columns describe the artist, whose rows share them."""
    world = clean(columns=6)
    artist = np.arange(600) // 2
    for k in range(5):
        world = with_column(world, np.random.default_rng(k).random(300)[artist], name=f"a{k}")
    assert not [one for one in findings("duplicates", world) if "pairs" in one.data]


@pytest.mark.parametrize("noise", [1e-6, 1e-3, 1e-2])
def test_near_copies(noise: float) -> None:
    world = clean()
    X = world.X[[4, 9]] * (1 + noise * np.random.default_rng(0).normal(size=(2, 12)))
    found = only("duplicates", with_rows(world, X, world.y[[4, 9]]))
    assert found.data["kind"] == "near"
    assert sorted(found.data["pairs"]) == [[5, 601], [10, 602]]


def test_a_copy_with_another_cell_in_one_column_is_near() -> None:
    world = clean(columns=40)
    row = world.X[[4]].copy()
    row[0, 7] += 100
    found = only("duplicates", with_rows(world, row, world.y[[4]]))
    assert (found.data["pairs"], found.data["same"]) == ([[5, 601]], [0.975])


def test_copies_with_different_labels() -> None:
    world = clean()
    found = only("contradictions", with_rows(world, world.X[[4]], (world.y[[4]] + 1) % 4))
    assert (found.severity, found.data["sets"]) == (Severity.BAD, [[5, 601]])


def test_near_copies_with_different_labels() -> None:
    world = clean()
    found = only("contradictions", with_rows(world, world.X[[4]] * 1.0001, (world.y[[4]] + 1) % 4))
    assert (found.severity, found.data["pairs"]) == (Severity.WARN, [[5, 601]])


@pytest.mark.parametrize(("factor", "kind"), [(1.0, "exact"), (1.0001, "near")])
def test_a_test_row_copied_from_train(factor: float, kind: str) -> None:
    world = clean()
    X_test = np.vstack([world.X_test[:7], world.X[[4]] * np.float32(factor), world.X_test[8:]])
    found = only("copies-in-test", replace(world, X_test=X_test))
    assert (found.data["kind"], found.data["pairs"]) == (kind, [{"train_row": 5, "test_id": "t8"}])


def test_proposed_groups_are_connected_components() -> None:
    world = clean()
    # A copy of row 5, a near copy of that copy, and a known group that holds one of them.
    world = with_rows(world, world.X[[4]], [0])
    world = with_rows(world, world.X[[4]] * 1.0001, [0])
    groups = np.arange(602)
    groups[[600, 99]] = 600
    found = Sheet(replace(world, groups=groups)).twins.groups
    assert found is not None
    assert set(np.flatnonzero(found == found[4])) == {4, 99, 600, 601}
    assert len(np.unique(found)) == 599


def test_without_copies_no_groups_are_proposed() -> None:
    assert Sheet(clean()).twins.groups is None


def test_copies_in_one_group_are_only_told() -> None:
    world = clean()
    world = with_rows(world, world.X[[4]], world.y[[4]])
    groups = np.arange(601)
    groups[600] = 4
    found = only("duplicates", replace(world, groups=groups))
    assert found.severity is Severity.INFO


def test_more_rows_than_can_be_compared_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.check._near.MOST_PAIRS", 100 * 1600)
    world = clean()
    world = with_rows(world, world.X * 1.0001, world.y)
    found = only("duplicates", world)
    assert "of 100 rows looked at" in found.how_bad
    # Some of the hundred are copies of each other.
    assert 85 < len(found.data["pairs"]) <= 100
    assert found.severity is Severity.BAD


def test_matrices_larger_than_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("_sheet", "_copies", "_near"):
        monkeypatch.setattr(f"harness.check.{module}.ROWS_AT_ONCE", 64)
    world = clean()
    world = with_rows(world, world.X[[4]] * 1.0001, world.y[[4]])
    assert only("duplicates", world).data["pairs"] == [[5, 601]]


def _sorted(world: Competition) -> Competition:
    order = np.argsort(world.y, kind="stable")
    return replace(world, X=world.X[order], y=world.y[order])


def test_rows_sorted_by_class() -> None:
    found = only("order", _sorted(clean()))
    assert found.what == "the rows are sorted by class"
    assert found.severity is Severity.INFO


def _segments(seed: int = 0) -> Competition:
    """150 songs of four rows each, one after the other."""
    world = clean(seed, rows=600, test_rows=0)
    rng = np.random.default_rng(seed)
    X = np.repeat(world.X[:150], 4, axis=0)
    X[:, 3:] += 1.2 * rng.normal(size=(600, 9))
    X[:, :3] *= np.exp(0.6 * rng.normal(size=(600, 3)))
    return replace(world, X=X.astype(np.float32), y=np.repeat(world.y[:150], 4))


def test_rows_that_follow_each_other_are_alike() -> None:
    told = [f for f in findings("order", _segments()) if "share" in f.data]
    assert [f.severity for f in told] == [Severity.BAD]
    assert "[groups]" in told[0].todo


def test_that_is_not_told_within_known_groups() -> None:
    world = replace(_segments(), groups=np.repeat(np.arange(150), 4))
    assert not [f for f in findings("order", world) if "share" in f.data]


def test_parts_of_one_song_by_their_ids() -> None:
    ids = tuple(f"song{row // 4:03d}.{row % 4}.wav" for row in range(600))
    found = only("songs", replace(_segments(), train_ids=ids))
    assert found.severity is Severity.BAD
    assert found.data["songs"] == 150


def test_a_column_that_only_looks_like_a_number_of_songs_is_a_note() -> None:
    world = _segments()
    X = np.repeat(np.arange(150, dtype=np.float32), 4)
    world = replace(world, X=np.column_stack([X, world.X[:, 1:]]))
    found = only("songs", world)
    assert found.severity is Severity.INFO
    assert f"--groups {world.columns[0]}" in str(found.todo)


def test_songs_are_not_asked_for_where_groups_are_declared() -> None:
    world = replace(_segments(), groups=np.repeat(np.arange(150), 4))
    assert outcome("songs", world).skipped


def _relabelled(**counts: Any) -> Competition:
    world = clean()
    y = np.zeros(600, dtype=np.int64)
    start = 0
    for k, count in enumerate(counts.values(), start=1):
        y[start : start + count] = k
        start += count
    return replace(world, y=y)


def test_a_class_smaller_than_the_folds() -> None:
    found = only("classes", _relabelled(jazz=100, rap=100, blues=3), cv=5)
    assert (found.severity, found.data["classes"]) == (Severity.WARN, ["Blues"])
    assert found.data["counts"] == [3]


def test_a_class_of_one_row() -> None:
    found = only("classes", _relabelled(jazz=100, rap=100, blues=1))
    assert "near 0" in found.todo


def test_a_class_without_rows() -> None:
    found = only("classes", _relabelled(jazz=100, rap=100))
    assert found.data["classes"] == ["Blues"]


def test_a_class_too_small_for_the_samplers() -> None:
    found = only("classes", _relabelled(jazz=100, rap=100, blues=6))
    assert (found.severity, found.data["counts"]) == (Severity.INFO, [6])


def test_classes_are_counted_in_groups_where_there_are_any() -> None:
    world = _relabelled(jazz=100, rap=100, blues=40)
    groups = np.where(world.y == 3, 1000 + np.cumsum(world.y == 3) // 21, np.arange(600))
    found = only("classes", replace(world, groups=groups))
    assert (found.data["of"], found.data["counts"]) == ("groups", [2])


def test_copies_across_groups_are_told_without_those_within() -> None:
    world = clean()
    world = with_rows(world, world.X[[4, 9]], world.y[[4, 9]])
    world = with_rows(world, world.X[[20, 30]] * 1.0001, world.y[[20, 30]])
    groups = np.arange(604)
    groups[[600, 602]] = 4, 20
    exact, near = findings("duplicates", replace(world, groups=groups))
    assert (exact.severity, exact.data["sets"]) == (Severity.WARN, [[10, 602]])
    assert (near.severity, near.data["pairs"]) == (Severity.WARN, [[31, 604]])


def test_saturated_columns_do_not_hide_a_near_copy() -> None:
    world = clean(columns=40, test_rows=0)
    X = world.X.copy()
    # As chroma: a third of the columns are positive and stand at their maximum in most rows.
    X[:, :14] = np.abs(X[:, :14])
    X[:, :14] = np.minimum(X[:, :14], np.quantile(X[:, :14], 0.4, axis=0))
    world = with_rows(replace(world, X=X), X[[4]] * 1.001, world.y[[4]])
    assert only("duplicates", world).data["pairs"] == [[5, 601]]


@pytest.mark.real
def test_emotify_without_its_groups_is_seen_through(shared_data: Path) -> None:
    world = find(shared_data / "emotify" / "emotify_aalto264_15s.csv")
    told = [f for f in findings("order", replace(world, groups=None)) if "share" in f.data]
    assert [f.severity for f in told] == [Severity.BAD]
