"""The museum: every leak shows beside its honest twin, and writes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import worlds

from harness.cli.app import main
from harness.competition import Competition
from harness.errors import UnknownNameError
from harness.museum._exhibit import Exhibit, honest_folds
from harness.museum._tour import EXHIBITS, tour


def show(data: Competition, name: str) -> Exhibit:
    return next(tour(data, [name]))


def songs(parts: int = 4) -> Competition:
    """Songs of nearly equal parts, their classes hard to tell."""
    whole = worlds.small(rows=120)
    random = np.random.default_rng(0)
    X = np.repeat(random.normal(size=whole.X.shape) + 0.2 * whole.X, parts, axis=0)
    return replace(
        whole,
        X=(X + random.normal(scale=0.01, size=X.shape)).astype(np.float32),
        y=np.repeat(whole.y, parts),
        groups=np.repeat(np.arange(120), parts),
        group_names=tuple(map(str, range(120))),
    )


def test_every_exhibit_says_in_its_first_line_what_it_shows() -> None:
    assert all(EXHIBITS.summary(name) for name in EXHIBITS.names())


def test_a_carried_net_flatters_itself() -> None:
    # Rows without any sense: only those seen before can be known.
    data = worlds.small(rows=120)
    noise = np.random.default_rng(0).normal(size=(120, 40)).astype(np.float32)
    data = replace(data, X=noise, X_test=None, columns=tuple(map(str, range(40))), blocks=())
    accuracy = show(data, "carried-over").comparisons[0]
    assert accuracy.metric == "accuracy"
    assert accuracy.wrong > 0.6
    assert accuracy.honest < 0.5


def test_parts_of_a_song_are_recognised() -> None:
    accuracy = show(songs(), "segment-split").comparisons[0]
    assert accuracy.error is not None
    assert accuracy.gap > 4 * accuracy.error


@pytest.mark.parametrize(
    ("groups", "said"),
    [(None, "no groups are declared"), (np.arange(120), "every row is a group of its own")],
    ids=["none", "single"],
)
def test_without_groups_the_exhibit_says_why_it_is_not_shown(
    groups: np.ndarray | None, said: str
) -> None:
    exhibit = show(replace(worlds.small(), groups=groups), "segment-split")
    assert said in exhibit.absent
    assert exhibit.comparisons == ()


def test_copied_rows_are_remembered_and_balanced_data_are_thinned_first() -> None:
    exhibit = show(worlds.small(rows=300), "oversample-then-split")
    balanced = exhibit.comparisons[0]
    assert "balanced" in exhibit.explanation
    assert balanced.error is not None
    assert balanced.gap > 2 * balanced.error


def test_grouped_rows_are_oversampled_one_a_group() -> None:
    exhibit = show(songs(), "oversample-then-split")
    assert "One row of each group was taken" in exhibit.explanation


def test_noise_chosen_before_the_split_scores_like_knowledge() -> None:
    noise = show(worlds.small(rows=150), "select-before-split").comparisons[2]
    assert "pure noise" in noise.what
    assert noise.wrong > 0.6
    assert noise.honest < 0.5


def test_labels_beside_other_rows_answers_are_chance() -> None:
    by_name = {
        (one.what, one.metric): one
        for one in show(worlds.small(rows=300), "scaler-on-test").comparisons
    }
    mixed = by_name["labels beside other rows' answers", "accuracy"]
    assert mixed.wrong == pytest.approx(1 / 3, abs=0.12)
    assert mixed.honest > 0.6


def test_a_random_split_is_shown_beside_the_competitions_own() -> None:
    # Every artist has a sound of its own, and one genre; the own split holds whole artists out.
    random = np.random.default_rng(0)
    artist = np.repeat(np.arange(60), 8)
    X = 3 * random.normal(size=(60, 6))[artist] + random.normal(size=(480, 6))
    data = replace(
        worlds.small(),
        X=X.astype(np.float32),
        y=artist % 3,
        predefined=np.where(artist < 15, 0, -1),
        part_names=("test",),
    )
    accuracy = show(data, "random-split").comparisons[0]
    assert accuracy.gap > 0
    assert "120 rows" in accuracy.what


def test_small_classes_make_fewer_folds_and_groups_stay_whole() -> None:
    data = songs()
    fold = honest_folds(data, 10, seed=0)
    assert data.groups is not None
    assert all(len(np.unique(fold[data.groups == g])) == 1 for g in range(120))
    few = replace(worlds.small(), y=np.r_[[2] * 3, np.arange(117) % 2])
    assert honest_folds(few, 10, seed=0).max() == 2


def test_an_unknown_exhibit_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="carried-over"):
        next(tour(worlds.small(), ["carried"]))


def test_the_command_marks_what_is_wrong_on_purpose_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worlds.write_small(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["audit", "--museum", "select-before-split", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert not ended.value.code
    assert told["exhibits"][0]["wrong_on_purpose"] is True
    assert told["exhibits"][0]["comparisons"][0]["gap"] == pytest.approx(
        told["exhibits"][0]["comparisons"][0]["wrong"]
        - told["exhibits"][0]["comparisons"][0]["honest"]
    )
    assert sorted(tmp_path.rglob("*")) == before
