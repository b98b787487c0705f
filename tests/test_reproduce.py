"""A report's system from nothing to its page, at toy size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from systems.toys import SMALL, toy
from worlds import write_small

from harness import entries
from harness.atomic import write_text
from harness.errors import UnknownNameError, UsageError
from harness.evaluate.crossval import Fold
from harness.explore.write import Written
from harness.reproduce import Reproduced, reproduce
from harness.systems._system import SYSTEMS

PNG = b"\x89PNG"


def _run(name: str, out: Path, **options) -> Reproduced:
    """The toy, without pictures that other tests look at."""

    def drawn(evidence, paths: dict[str, Path]) -> None:
        for path in paths.values():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(PNG)

    def explored(competition, folder: Path, *, seed: int) -> Written:
        write_text(folder / "index.html", f"{len(competition.columns)} columns")
        return Written(None, folder / "index.html", ())  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SYSTEMS.load(name), "SYSTEM", toy(name))
        patched.setattr("harness.report.write.draw", drawn)
        # Processes take longer to start than these songs to extract.
        patched.setenv("HARNESS_CORES", "1")
        patched.setattr("harness.systems._after.write_exploration", explored)
        # No weights are at hand, whatever the user's Keras has fetched.
        patched.setenv("KERAS_HOME", str(out / "nowhere"))
        return reproduce(name, out, **options)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Reproduced]:
    """Each system run once, when it is first asked for."""

    @cache
    def run(name: str) -> Reproduced:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
            return _run(name, tmp_path_factory.mktemp("out") / "it")

    return run


@pytest.fixture(params=SYSTEMS.names())
def done(request: pytest.FixtureRequest, shelf: Callable[[str], Reproduced]) -> Reproduced:
    return shelf(request.param)


@pytest.fixture
def again(shelf: Callable[[str], Reproduced], tmp_path: Path) -> Path:
    """A folder in which s1 was run before."""
    shutil.copytree(shelf("s1").page.parent, tmp_path / "it")
    return tmp_path / "it"


def test_every_model_is_an_ordinary_entry(done: Reproduced) -> None:
    there = {entry.name for entry in entries.read_all(done.page.parent / "submissions")}
    assert there == {run.name for run in done.system.runs}


def test_every_figure_of_the_report_stands_beside_ours(done: Reproduced) -> None:
    sheet = done.sheets[0]
    assert len(sheet.rows) == len(done.system.figures)
    for row, figure in zip(sheet.rows, done.system.figures, strict=True):
        assert figure.measure in row[0]
        # A tenth fold is more than a toy has.
        assert row[-1] or figure.measure.startswith("fold 10")


def test_the_page_shows_every_table_and_pictures_that_are_there(done: Reproduced) -> None:
    text = done.page.read_text(encoding="utf-8")
    for sheet in done.sheets:
        assert f"## {sheet.title}" in text
    shown = [line.partition("](")[2].rstrip(")") for line in text.splitlines() if "![" in line]
    assert shown
    for name in shown:
        assert (done.page.parent / name).read_bytes().startswith(PNG)


def test_it_says_that_the_data_stand_in(done: Reproduced) -> None:
    assert any("no figure on it is one on real music" in note for note in done.notes)
    assert all(found.stands_in for found in done.found.values())


def test_the_numbers_are_json_and_say_what_the_entries_say(done: Reproduced) -> None:
    told = json.loads(json.dumps(done.as_dict()))
    for outcome in done.outcomes:
        said = told["runs"][outcome.run.name]
        assert np.trace(said["confusion"]) == outcome.confusion.correct.sum()
        assert said["measures"]["accuracy"] == outcome.entry.receipt["fold_mean"]["accuracy"]


def test_matrices_are_written_raw_and_normalised(done: Reproduced) -> None:
    tables = done.page.parent / "tables"
    for run in done.system.runs:
        raw, shares = (
            np.loadtxt(
                tables / f"confusion-{run.name}-{what}.csv",
                delimiter=",",
                skiprows=1,
                usecols=range(1, 1 + len(done.outcomes[0].evidence.names)),
            )
            for what in ("raw", "normalised")
        )
        rows = raw.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(shares, raw / np.where(rows, rows, 1))


def test_no_number_of_a_leaky_original_becomes_an_entry(done: Reproduced) -> None:
    told = done.as_dict()["as_reported"]
    assert (told is not None) == bool(done.system.twin)
    if told is not None:
        assert told["wrong_on_purpose"]
        assert len(entries.read_all(done.page.parent / "submissions")) == len(done.system.runs)


@pytest.mark.parametrize(("name", "columns"), [("s1", 264), ("s4", 21)])
def test_rows_are_drawn_where_the_report_draws_them(shelf, name: str, columns: int) -> None:
    done = shelf(name)
    told = (done.page.parent / "explore" / "index.html").read_text(encoding="utf-8")
    assert told.startswith(f"{columns} columns")
    assert "explore/index.html" in done.page.read_text(encoding="utf-8")


def test_what_is_fitted_already_is_taken(shelf, again: Path) -> None:
    fitted: list[str] = []
    done = _run("s1", again, on_fold=lambda run, fold: fitted.append(run))
    assert not fitted
    assert [one.taken for one in done.outcomes] == [True]
    assert done.sheets == shelf("s1").sheets


def test_other_settings_are_fitted_anew(again: Path, monkeypatch) -> None:
    monkeypatch.setitem(SMALL, "dense", {"hidden": (4,), "epochs": 1})
    done = _run("s1", again)
    assert [(one.taken, one.entry.name) for one in done.outcomes] == [(False, "dense-001")]


def test_another_seed_is_another_world(shelf, again: Path) -> None:
    done = _run("s1", again, seed=5)
    there, first = done.found["table"].competition, shelf("s1").found["table"].competition
    assert there.fingerprint != first.fingerprint
    assert not done.outcomes[0].taken


def test_both_leaderboards_get_a_file_that_the_grader_takes(shelf) -> None:
    out = shelf("s1").page.parent
    heads = {
        path.name: path.read_text(encoding="utf-8").partition("\n")[0]
        for path in out.glob("submission-*.csv")
    }
    assert heads["submission-accuracy.csv"] == "Sample_id,Sample_label"
    assert heads["submission-logloss.csv"].startswith("Sample_id,Class_1,")


def test_new_songs_are_predicted(shelf) -> None:
    assert any("new made song" in note for note in shelf("s0").notes)


def test_data_with_a_split_of_their_own_are_judged_on_it_too(tmp_path: Path) -> None:
    place = write_small(tmp_path / "given", rows=90)
    for part, start in (("train", 0), ("test", 1)):
        ids = [f"{k + 1}" for k in range(90) if (k % 3 == 1) == bool(start)]
        (place / f"{part}.txt").write_text("\n".join(ids), encoding="utf-8")
    (place / "ids.csv").write_text("id\n" + "".join(f"{k + 1}\n" for k in range(90)))
    toml = (place / "competition.toml").read_text(encoding="utf-8")
    toml = toml.replace(
        'labels = "train_labels.csv"', 'labels = "train_labels.csv"\nids = "ids.csv"'
    )
    toml += '\n[split.files]\ntrain = "train.txt"\ntest = "test.txt"\n'
    (place / "competition.toml").write_text(toml, encoding="utf-8")
    done = _run("s1", tmp_path / "it", data=[place])
    assert [one.run.name for one in done.outcomes] == ["dense", "dense-own-split"]
    assert done.outcomes[1].confusion.rows == 30


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match=r"such as thesis\.tex"):
        _run("s1", tmp_path)


def test_a_folder_of_another_system_is_refused(again: Path) -> None:
    with pytest.raises(UsageError, match="holds s1"):
        _run("s0", again)


def test_a_run_that_was_stopped_goes_on_in_its_folder(tmp_path: Path) -> None:
    def stop(run: str, fold: Fold) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run("s1", tmp_path / "it", on_fold=stop)
    assert _run("s1", tmp_path / "it").page.is_file()


def test_weights_mean_nothing_where_no_model_takes_any(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model of this system"):
        _run("s1", tmp_path / "it", weights="imagenet")


def test_weights_that_are_no_file_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        _run("s2", tmp_path / "it", weights="nowhere.h5")
    assert not (tmp_path / "it").exists()


def test_an_effort_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean small"):
        _run("s1", tmp_path / "it", effort="smal")
