"""Every kind of split: what it holds out, what it keeps together, what it refuses."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_splits import competition_of

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition
from harness.errors import DataError, UsageError
from harness.evaluate import splits
from harness.evaluate.songs import parts_of_songs


def grouped(songs: int = 40, parts: int = 4, classes: int = 4) -> Competition:
    """Songs of several rows each, one class a song, rows shuffled."""
    order = np.random.default_rng(0).permutation(songs * parts)
    groups = np.repeat(np.arange(songs), parts)[order]
    toy = competition_of(groups % classes, classes)
    return replace(toy, groups=groups, group_names=tuple(map(str, range(songs))))


def listed() -> Competition:
    """A published split: 40 rows train, 20 valid, 30 test, 10 in no list."""
    parts = np.repeat([ALWAYS_TRAINS, 0, 1, LEFT_OUT], [40, 20, 30, 10])
    toy = competition_of(np.arange(100) % 2, 2)
    return replace(toy, predefined=parts, part_names=("valid", "test"))


@pytest.mark.parametrize("kind", ["group", "stratified-group", "holdout"])
@settings(max_examples=20, deadline=None)
@given(songs=st.integers(20, 60), parts=st.integers(1, 5), seed=st.integers(0, 99))
def test_no_group_stands_on_both_sides(kind: str, songs: int, parts: int, seed: int) -> None:
    toy = grouped(songs, parts)
    fold = splits.make(toy, kind, folds=4, seed=seed)[0]
    for group in np.unique(toy.groups):
        assert len(np.unique(fold[toy.groups == group])) == 1


@pytest.mark.parametrize(
    "kind", ["stratified", "repeated", "group", "stratified-group", "leave-one-out"]
)
def test_every_row_is_held_out_once_a_repeat(kind: str) -> None:
    toy = grouped()
    for fold in splits.make(toy, kind, folds=4, seed=0):
        assert fold.min() == 0
        assert set(fold) == set(range(fold.max() + 1))


def test_repeats_shuffle_anew() -> None:
    folds = splits.make(grouped(), "repeated:4", folds=4, seed=0)
    assert folds.shape == (4, 160)
    assert len({fold.tobytes() for fold in folds}) == 4


def test_a_published_split_tests_on_its_test_list_and_trains_on_its_train_list() -> None:
    fold = splits.make(listed(), "predefined", folds=5, seed=0)[0]
    assert np.array_equal(np.flatnonzero(fold == 0), np.arange(60, 90))
    assert np.array_equal(np.flatnonzero(fold == ALWAYS_TRAINS), np.arange(40))


def test_another_part_can_be_named() -> None:
    fold = splits.make(listed(), "predefined:valid", folds=5, seed=0)[0]
    assert np.array_equal(np.flatnonzero(fold == 0), np.arange(40, 60))


def test_an_unknown_part_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="valid, test"):
        splits.make(listed(), "predefined:tset", folds=5, seed=0)


def test_numbered_parts_are_held_out_in_turn() -> None:
    toy = replace(
        competition_of(np.arange(12) % 2, 2),
        predefined=np.arange(12) // 4,
        part_names=("1", "2", "3"),
    )
    assert set(splits.make(toy, "predefined", folds=5, seed=0)[0]) == {0, 1, 2}


@pytest.mark.parametrize(
    ("text", "share"), [("holdout", 0.2), ("holdout:0.5", 0.5), ("holdout:0.25", 0.25)]
)
def test_a_holdout_holds_out_its_share(text: str, share: float) -> None:
    toy = competition_of(np.arange(200) % 4, 4)
    assert (splits.make(toy, text, folds=5, seed=0) == 0).mean() == pytest.approx(share)


@pytest.mark.parametrize("text", ["holdout:2", "holdout:x", "repeated:1", "stratified:3", "grup"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        splits.make(grouped(), text, folds=5, seed=0)


@pytest.mark.parametrize("text", ["group", "stratified-group"])
def test_without_groups_the_option_is_named(text: str) -> None:
    with pytest.raises(DataError, match="--groups"):
        splits.make(competition_of(np.arange(20) % 2, 2), text, folds=5, seed=0)


def test_without_a_split_of_its_own_the_way_out_is_named() -> None:
    with pytest.raises(DataError, match=r"\[split\]"):
        splits.make(competition_of(np.arange(20) % 2, 2), "predefined", folds=5, seed=0)


def test_groups_are_kept_whole_unless_told_otherwise() -> None:
    assert splits.default_for(grouped()) == "stratified-group"
    assert splits.default_for(grouped(parts=1)) == "stratified"
    assert splits.default_for(competition_of(np.arange(20) % 2, 2)) == "stratified"


@pytest.mark.parametrize("text", ["stratified", "repeated", "leave-one-out"])
def test_a_split_that_parts_groups_is_refused_with_the_one_to_use(text: str) -> None:
    with pytest.raises(DataError, match="--split stratified-group"):
        splits.refuse_leak(grouped(), text)


@pytest.mark.parametrize("text", ["group", "stratified-group", "holdout"])
def test_a_split_that_keeps_groups_is_not_refused(text: str) -> None:
    splits.refuse_leak(grouped(), text)


def test_ids_that_differ_in_a_part_number_are_recognised() -> None:
    toy = replace(
        competition_of(np.repeat(np.arange(40) % 4, 4), 4),
        train_ids=tuple(f"song{s:05d}.{p}.wav" for s in range(40) for p in range(4)),
    )
    with pytest.raises(DataError, match="song00000"):
        splits.refuse_leak(toy, "stratified")


@pytest.mark.parametrize(
    "pattern",
    ["clips/{s:04d}/{p}.wav", "{s:04d}_{p}30s.wav", "song{s:04d}_take{p}.wav", "{s:04d}x{p}"],
)
def test_parts_are_recognised_however_ids_name_them(pattern: str) -> None:
    """And although one label in 320 is wrong."""
    y = np.repeat(np.arange(40) % 4, 8)
    y[5] = (y[5] + 1) % 4
    ids = tuple(pattern.format(s=s, p=p) for s in range(40) for p in range(8))
    with pytest.raises(DataError, match="320 ids share 40 stems"):
        splits.refuse_leak(replace(competition_of(y, 4), train_ids=ids), "stratified")


@pytest.mark.parametrize("pattern", ["{k}_{i}", "clip{i}.wav", "{k}/{i:05d}.mp3", "{h}"])
def test_ids_that_only_count_or_name_the_class_are_no_songs(pattern: str) -> None:
    y = np.arange(400) % 4
    rng = np.random.default_rng(0)
    ids = tuple(pattern.format(k="abcd"[k], i=i, h=rng.bytes(8).hex()) for i, k in enumerate(y))
    splits.refuse_leak(replace(competition_of(y, 4), train_ids=ids), "stratified")


def test_a_track_number_among_the_features_is_recognised() -> None:
    toy = competition_of(np.repeat(np.arange(40) % 4, 4), 4)
    toy = replace(toy, X=np.repeat(np.arange(40, dtype=np.float32), 4)[:, None], columns=("track",))
    with pytest.raises(DataError, match="--groups track"):
        splits.refuse_leak(toy, "stratified")


def counted_anew(parts: list[int], tracks: int = 30) -> Competition:
    """Every class counts its tracks from 0; track t has parts[t % len(parts)] rows in a class."""
    classes = 4
    times = np.resize(parts, tracks * classes)
    track = np.repeat(np.tile(np.arange(tracks), classes), times)
    order = np.random.default_rng(0).permutation(len(track))
    y = np.repeat(np.repeat(np.arange(classes), tracks), times)[order]
    toy = competition_of(y, classes)
    return replace(toy, X=track[order, None].astype(np.float32), columns=("c",))


def test_a_number_that_every_class_counts_anew_is_recognised_by_its_even_counts() -> None:
    toy = replace(counted_anew([4]), columns=("clip_no",))
    with pytest.raises(DataError, match="30 values over 480 rows, nearly always 4 of one value"):
        splits.refuse_leak(toy, "stratified")


def test_the_songs_of_such_a_number_are_its_values_in_each_class() -> None:
    found = parts_of_songs(counted_anew([4, 4, 4, 3]))
    assert len(np.unique(found.group_of)) == 30 * 4


def test_a_number_with_uneven_counts_is_recognised_by_its_name() -> None:
    toy = counted_anew([2, 9, 5, 14, 3])
    splits.refuse_leak(toy, "stratified")
    with pytest.raises(DataError, match="--groups track_id with --split stratified-group"):
        splits.refuse_leak(replace(toy, columns=("track_id",)), "stratified")


@pytest.mark.parametrize("name", ["x1", "c", "price", "file_size", "song_length", "grid", "Part"])
def test_figures_without_a_name_that_says_so_are_a_hint_that_stops_nothing(name: str) -> None:
    """A quantity whose values lie within one class, or stand evenly in all, is no song."""
    within = competition_of(np.repeat(np.arange(40) % 4, 4), 4)
    within = replace(within, X=np.repeat(np.arange(40, dtype=np.float32), 4)[:, None])
    for toy in (within, counted_anew([4])):
        toy = replace(toy, columns=(name,))
        splits.refuse_leak(toy, "stratified")
        found = parts_of_songs(toy)
        assert found is not None
        assert not found.sure


@pytest.mark.parametrize("name", ["Track", "user_id", "clip number", "patient", "songId", "id"])
def test_a_column_called_like_a_unit_comes_before_one_that_only_looks_so(name: str) -> None:
    toy = competition_of(np.repeat(np.arange(40) % 4, 4), 4)
    X = np.repeat(np.arange(40, dtype=np.float32), 4)[:, None]
    toy = replace(toy, X=np.hstack([X + 3, X]), columns=("x1", name))
    with pytest.raises(DataError, match=f"column {name} repeats 40 values") as raised:
        splits.refuse_leak(toy, "stratified")
    assert shlex.quote(name) in str(raised.value.todo)


def test_a_quantity_named_like_a_track_raises_no_alarm() -> None:
    rng = np.random.default_rng(0)
    toy = competition_of(rng.integers(2, size=6000), 2)
    X = rng.integers(25, size=(6000, 1)).astype(np.float32)
    splits.refuse_leak(replace(toy, X=X, columns=("track",)), "stratified")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(60, 900), mean=st.floats(0.3, 8))
def test_counts_that_chance_deals_out_are_never_even(seed: int, rows: int, mean: float) -> None:
    rng = np.random.default_rng(seed)
    toy = competition_of(rng.integers(3, size=rows), 3)
    X = rng.integers(max(2, round(rows / 3 / mean)), size=(rows, 1)).astype(np.float32)
    splits.refuse_leak(replace(toy, X=X, columns=("c",)), "stratified")


@pytest.mark.parametrize(
    "ids",
    [
        [f"rock_{i}.wav" for i in range(160)],
        [str(i) for i in range(160)],
        [f"blues.{i:05d}.au" for i in range(160)],
        [],
    ],
)
def test_ordinary_ids_raise_no_alarm(ids: list[str]) -> None:
    toy = replace(competition_of(np.arange(160) // 40, 4), train_ids=tuple(ids))
    splits.refuse_leak(toy, "stratified")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), values=st.integers(2, 200))
def test_a_column_of_counts_raises_no_alarm(seed: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    toy = competition_of(rng.integers(3, size=300), 3)
    X = rng.integers(values, size=(300, 2)).astype(np.float32)
    splits.refuse_leak(replace(toy, X=X, columns=("a", "b")), "stratified")
