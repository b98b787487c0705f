"""The demo competition's files: whole, repeatable, and the answers kept apart."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from harness import atomic
from harness.competitions import demo, mlbp2018
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.errors import DataError, FileProblem, UsageError

DATA = ("train_data.csv", "train_labels.csv", "test_data.csv", "competition.toml")
SAMPLES = ("dummy_solution_accuracy.csv", "dummy_solution_logloss.csv")
ANSWERS = ("answers/best.json", "answers/test_labels.csv", "answers/test_posterior.npy")


def small(folder: Path, *, seed: int = 0) -> demo.World:
    return demo.make(folder, seed=seed, train_rows=40, test_rows=30, population_rows=100)


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_every_file_of_the_competition_is_there_and_nothing_else(tmp_path: Path) -> None:
    small(tmp_path)
    assert sorted(contents(tmp_path)) == sorted((*DATA, *SAMPLES, *ANSWERS))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    small(tmp_path / "one", seed=4)
    small(tmp_path / "other", seed=4)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_other_seeds_write_other_bytes(tmp_path: Path) -> None:
    small(tmp_path / "one", seed=4)
    small(tmp_path / "other", seed=5)
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert {name for name in one if one[name] == other[name]} == set(SAMPLES)


def test_the_files_load_as_what_was_drawn(tmp_path: Path) -> None:
    world = small(tmp_path)
    competition = load(read_spec(tmp_path / "competition.toml"))
    assert competition.name == "demo"
    np.testing.assert_array_equal(competition.X, world.X)
    np.testing.assert_array_equal(competition.y, world.y)
    np.testing.assert_array_equal(competition.X_test, world.X_test)
    assert competition.class_names == mlbp2018.NAMES
    assert competition.test_ids[0] == "1"
    assert [(b.name, b.start, b.stop, b.shape) for b in competition.blocks] == [
        ("rhythm", 0, 168, (7, 24)),
        ("chroma", 168, 216, (4, 12)),
        ("mfcc", 216, 264, (4, 12)),
    ]


def test_the_leaderboards_are_those_of_the_real_competition(tmp_path: Path) -> None:
    small(tmp_path)
    competition = load(read_spec(tmp_path / "competition.toml"))
    accuracy, logloss = competition.leaderboards
    assert (accuracy.metric, logloss.metric) == ("accuracy", "logloss")
    assert accuracy.header == ("Sample_id", "Sample_label")
    assert logloss.header == ("Sample_id", *(f"Class_{k}" for k in range(1, 11)))


def test_the_description_says_that_it_is_made_and_which_world(tmp_path: Path) -> None:
    small(tmp_path, seed=12)
    assert "synthetic" in read_spec(tmp_path / "competition.toml").title
    assert "12" in read_spec(tmp_path / "competition.toml").title
    assert json.loads((tmp_path / "answers/best.json").read_text())["seed"] == 12


def test_best_json_holds_the_best_scores(tmp_path: Path) -> None:
    world = small(tmp_path)
    best = json.loads((tmp_path / "answers/best.json").read_text())
    assert best["exact_posterior_on_these_test_rows"] == vars(world.best.test)
    assert best["best_expected_over_the_population"] == vars(world.best.population)
    assert best["standard_error_of_the_expectation"] == vars(world.best.population_error)


def test_the_stored_answers_are_the_worlds(tmp_path: Path) -> None:
    world = small(tmp_path)
    stored = np.load(tmp_path / "answers/test_posterior.npy", allow_pickle=False)
    np.testing.assert_array_equal(stored, world.posterior_test)
    lines = (tmp_path / "answers/test_labels.csv").read_text().splitlines()
    assert lines == [str(k + 1) for k in world.y_test]


def test_only_the_answers_table_names_the_answers(tmp_path: Path) -> None:
    small(tmp_path)
    before, _, after = (tmp_path / "competition.toml").read_text().partition("\n[answers]\n")
    code = [line for line in before.splitlines() if not line.startswith("#")]
    assert "answers" not in "\n".join(code)
    assert "test_labels" in after


def test_what_fit_reads_is_the_same_whatever_the_answers(tmp_path: Path) -> None:
    """Take the answers away: the competition loads as before, so nothing in it needs them."""
    small(tmp_path)
    before = load(read_spec(tmp_path / "competition.toml"))
    for name in ANSWERS:
        (tmp_path / name).write_bytes(b"")
    after = load(read_spec(tmp_path / "competition.toml"))
    np.testing.assert_array_equal(before.X_test, after.X_test)
    assert before.fingerprint == after.fingerprint


def test_no_number_in_the_files_has_more_than_seven_digits(tmp_path: Path) -> None:
    small(tmp_path)
    for line in (tmp_path / "test_data.csv").read_text().splitlines():
        for cell in line.split(","):
            digits = cell.partition("e")[0].replace(".", "").strip("-0")
            assert len(digits) <= 7, cell


@pytest.mark.real
@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_the_organisers(tmp_path: Path, shared_data: Path, name: str) -> None:
    demo.make(tmp_path, train_rows=10, population_rows=100)
    theirs = (shared_data / "aalto_mlbp" / name).read_text().splitlines()
    assert (tmp_path / name).read_text().splitlines() == theirs


# ---- kills and other people's files


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a make that nothing disturbs writes."""
    folder = tmp_path_factory.mktemp("clean")
    small(folder)
    return contents(folder)


def stopping(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """From now on, Ctrl-C comes when so many files have appeared."""
    appeared = 0
    replace = os.replace

    def stop(source: Path, target: Path) -> None:
        nonlocal appeared
        if appeared == after:
            raise KeyboardInterrupt
        appeared += 1
        replace(source, target)

    monkeypatch.setattr(atomic.os, "replace", stop)


@pytest.mark.parametrize("after", range(9))
@pytest.mark.parametrize("old", [False, True], ids=["fresh", "over an old demo"])
def test_a_make_that_was_stopped_leaves_no_competition_and_can_be_made_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clean: dict[str, bytes],
    after: int,
    old: bool,
) -> None:
    if old:
        small(tmp_path, seed=1)
    with monkeypatch.context() as patch:
        stopping(patch, after)
        with pytest.raises(KeyboardInterrupt):
            small(tmp_path)
    assert not (tmp_path / "competition.toml").exists()
    if after < 8:
        assert mlbp2018.recognise(tmp_path) is None
    small(tmp_path)
    assert contents(tmp_path) == clean


def test_a_new_demo_replaces_an_old_one(tmp_path: Path) -> None:
    small(tmp_path / "one", seed=1)
    small(tmp_path / "one", seed=2)
    small(tmp_path / "two", seed=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("name", [*DATA, *SAMPLES, "answers/test_labels.csv"])
def test_other_peoples_files_stay(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(DataError, match=name):
        small(tmp_path)
    assert contents(tmp_path) == {name: b"mine"}


def test_a_place_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(FileProblem, match="demo"):
        small(tmp_path / "demo")
    assert (tmp_path / "demo").read_text() == "mine"


def test_a_seed_that_can_not_be_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed"):
        small(tmp_path / "demo", seed=-1)
    assert not (tmp_path / "demo").exists()
