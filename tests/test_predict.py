"""Saved models asked again: an entry's own test rows give its own test probabilities."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import worlds
from audio.sounds import collection, music, write

from harness import entries, saved
from harness.auto import AutoSettings, auto
from harness.blend import blend
from harness.competition import Competition
from harness.competitions._find import find
from harness.entries import Entry
from harness.errors import DataError, EntryError, UsageError
from harness.extract import extract
from harness.fit import FitSettings, fit, plan
from harness.portfolio import Row
from harness.predict import audio_plan, of_files, of_rows
from harness.saved import probabilities

DATA = worlds.small(rows=90)
PORTFOLIO = {"lda": Row("lda"), "knn": Row("knn", None, {"n_neighbors": 9})}


def made(folder: Path, **settings: object) -> Entry:
    return fit(plan(DATA, FitSettings(**{"model": "lda", "cv": 3, **settings})), folder)  # type: ignore[arg-type]


def automatic(folder: Path) -> Entry:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness._auto.PORTFOLIO", PORTFOLIO)
        patch.setattr("harness._auto.cores", lambda: 1)
        return auto(DATA, AutoSettings(effort="small", cv=3), folder)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Entries of every kind, made once."""
    folder = tmp_path_factory.mktemp("entries")
    blend(DATA, [made(folder), made(folder, model="logistic")], folder)
    automatic(folder)
    return folder


@pytest.fixture
def folder(ready: Path, tmp_path: Path) -> Path:
    """The same, to be spoiled."""
    shutil.copytree(ready, tmp_path / "entries")
    return tmp_path / "entries"


def same_as_kept(entry: Entry, competition: Competition = DATA) -> None:
    entry = entries.read(entry.path)
    assert competition.X_test is not None
    assert entry.test is not None
    asked = probabilities(entry, competition, competition.X_test)
    np.testing.assert_allclose(asked, entry.test, atol=1e-6, rtol=0)
    for metric in ("logloss", "accuracy"):
        asked = probabilities(entry, competition, competition.X_test, metric=metric)
        np.testing.assert_allclose(asked, entry.test_for(metric), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"model": "logistic", "parameters": {"C": 1e-4}},
        {"model": "knn", "balance": "smote"},
        {"final": "bag"},
        {"model": "logistic", "parameters": {"C": 1e-4}, "final": "bag"},
        {"model": "knn", "final": "bag", "split": "repeated:2", "balance": "over"},
        {"model": "dense", "parameters": {"hidden": (8,), "epochs": 2}},
    ],
    ids=["refit", "calibrated", "sampled", "bag", "calibrated-bag", "repeated-bag", "keras"],
)
def test_a_fit_says_of_its_test_rows_what_it_said(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    entry = made(tmp_path, **settings)
    if "C" in str(settings):
        assert entry.receipt["calibration"]["accepted"]
    same_as_kept(entry)


def test_an_automatic_fit_says_what_it_said(ready: Path) -> None:
    same_as_kept(entries.find(ready, "auto-001"))


def test_a_blend_says_what_it_said_and_so_does_a_blend_of_blends(folder: Path) -> None:
    every = [entries.find(folder, name) for name in ("blend-001", "auto-001")]
    same_as_kept(every[0])
    every.append(made(folder, model="logistic", parameters={"C": 1e-4}))
    same_as_kept(blend(DATA, every, folder, method="average"))


def test_a_blend_whose_probabilities_were_calibrated_calibrates_again(tmp_path: Path) -> None:
    poor = [
        made(tmp_path, model="logistic", parameters={"C": c}, balance="over") for c in (1e-4, 2e-4)
    ]
    entry = blend(DATA, poor, tmp_path, method="average")
    kept = json.loads((entry.path / "blend.json").read_text())
    assert {"calibrator", "shares", "created"} <= kept.keys()
    same_as_kept(entry)


def test_what_stands_raw_for_a_metric_is_blended_raw(tmp_path: Path) -> None:
    poor = made(tmp_path, model="logistic", parameters={"C": 1e-4})
    path = poor.path / entries.RECEIPT
    receipt = json.loads(path.read_text())
    receipt["calibration"]["raw_for"] = ["logloss"]
    path.write_text(json.dumps(receipt))
    poor = entries.read(poor.path)
    assert poor.stands_raw("logloss")
    assert not np.array_equal(poor.test, poor.raw_test)
    same_as_kept(poor)
    same_as_kept(blend(DATA, [poor, made(tmp_path)], tmp_path))


def test_a_bag_that_lost_a_model_is_refused(tmp_path: Path) -> None:
    entry = made(tmp_path, final="bag")
    shutil.rmtree(entry.path / "models" / "fold-3")
    with pytest.raises(EntryError, match="models/fold-3: is missing"):
        probabilities(entry, DATA, DATA.X)


def test_an_automatic_fit_that_lost_a_model_is_refused(folder: Path) -> None:
    entry = entries.find(folder, "auto-001")
    one = next(iter(sorted((entry.path / "models").glob("*/repeat-1/fold-2"))))
    shutil.rmtree(one)
    with pytest.raises(EntryError, match=r"5 of 6 models are there"):
        probabilities(entry, DATA, DATA.X)


def test_a_blend_without_its_members_is_refused(folder: Path) -> None:
    entry = entries.find(folder, "blend-001")
    shutil.rmtree(folder / entry.members[0])
    with pytest.raises(EntryError, match=rf"its member {entry.members[0]} can't be asked"):
        probabilities(entry, DATA, DATA.X)


def test_a_member_made_anew_is_refused(folder: Path) -> None:
    entry = entries.find(folder, "blend-001")
    path = folder / entry.members[0] / entries.RECEIPT
    path.write_text(json.dumps({**json.loads(path.read_text()), "created": "another day"}))
    with pytest.raises(EntryError, match="made anew"):
        probabilities(entry, DATA, DATA.X)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"weights": [1.0]}, "don't have the same number"),
        ({"weights": [0, 0]}, "no weights"),
        ({"method": "magic"}, "no method"),
        ({"temperatures": [0, 1]}, "above 0"),
        ({"members": [1, 2]}, "no names"),
        ({"calibrator": {"name": "magic", "learned": []}}, "can't be used"),
        ({"created": None}, "blend its entries again"),
        ({"shares": ["a"]}, "can't be used"),
    ],
)
def test_a_damaged_blend_is_named(folder: Path, changes: dict[str, object], told: str) -> None:
    entry = entries.find(folder, "blend-001")
    path = entry.path / "blend.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(EntryError, match=told) as caught:
        probabilities(entry, DATA, DATA.X)
    assert "blend.json" in str(caught.value)


def test_a_blend_of_itself_ends(folder: Path) -> None:
    entry = entries.find(folder, "blend-001")
    path = entry.path / "blend.json"
    itself = {"members": [entry.name] * 2}
    path.write_text(json.dumps({**json.loads(path.read_text()), **itself}))
    with pytest.raises(EntryError, match="blended of itself"):
        probabilities(entry, DATA, DATA.X)


@pytest.mark.parametrize("code", [-1, 2**30, np.nan])
def test_a_model_of_classes_that_there_are_not_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: float
) -> None:
    entry = made(tmp_path, model="lda")
    pipeline = saved.load_pipeline(entry.path / "models" / "final")
    pipeline.classes_ = np.array([0, 1, code])
    monkeypatch.setattr(saved, "load_pipeline", lambda folder: pipeline)
    with pytest.raises(EntryError, match="other classes than the data"):
        probabilities(entry, DATA, DATA.X)


def test_rows_of_the_test_file_give_the_test_probabilities(tmp_path: Path) -> None:
    competition = find(worlds.write_small(tmp_path / "data"))
    entry = fit(plan(competition, FitSettings(model="lda", cv=3)), tmp_path / "entries")
    found = of_rows(entry, competition, tmp_path / "data" / "test_data.csv")
    np.testing.assert_allclose(found.proba, entry.test, atol=1e-6, rtol=0)
    assert found.names == competition.test_ids
    assert [best[0][0] for best in found.top(1)] == found.proba.argmax(axis=1).tolist()
    assert [len(best) for best in found.top(9)] == [3] * 60


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Competition, Entry]:
    """Songs cut into pieces, some of them without a label."""
    folder = tmp_path_factory.mktemp("audio")
    collection(folder / "songs", songs=6, seconds=1.3)
    lines = ["path,label"]
    for path in sorted((folder / "songs").rglob("*.wav")):
        unlabelled = path.stem.endswith("5")
        lines.append(f"{path.relative_to(folder)},{'' if unlabelled else path.parent.name}")
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    made = extract(folder / "list.csv", folder / "data", features=["s0"], segment=0.6, jobs=1)
    settings = FitSettings(model="lda", cv=2)
    return folder, made.competition, fit(plan(made.competition, settings), folder / "entries")


class TestAudio:
    def test_pieces_are_the_competitions_own_rows(
        self, world: tuple[Path, Competition, Entry]
    ) -> None:
        folder, competition, entry = world
        unlabelled = [folder / "songs" / genre / f"{genre}.00005.wav" for genre in ("jazz", "rock")]
        found = of_files(entry, competition, unlabelled)
        assert (found.pieces, found.skipped) == ((2, 2), ())
        assert entry.test is not None
        mean = np.log(entry.test).reshape(2, 2, 2).mean(axis=1)
        wanted = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found.proba, wanted, atol=1e-6)

    def test_bad_clips_are_named_and_the_others_predicted(
        self, world: tuple[Path, Competition, Entry], tmp_path: Path
    ) -> None:
        _, competition, entry = world
        good = write(tmp_path / "good.wav", music(1.3))
        half = write(tmp_path / "half.wav", np.concatenate([music(0.6), np.zeros(13_300, "f4")]))
        (tmp_path / "words.wav").write_bytes(b"words")
        silent = write(tmp_path / "silent.wav", np.zeros(30_000, "f4"))
        short = write(tmp_path / "short.wav", music(0.2))
        bad = [tmp_path / "words.wav", silent, short, tmp_path / "nowhere.wav"]
        found = of_files(entry, competition, [bad[0], good, *bad[1:], half])
        assert found.names == (str(good), str(half))
        assert found.pieces == (2, 1)
        assert [one.name for one in found.skipped] == list(map(str, bad))
        silence, shortness = (one.why for one in found.skipped[1:3])
        assert (silence, shortness) == ("is silent", "is too short: 0.20 s of 0.60 s")

    def test_nothing_that_can_be_used_is_no_prediction(
        self, world: tuple[Path, Competition, Entry], tmp_path: Path
    ) -> None:
        found = of_files(world[2], world[1], [tmp_path / "nowhere.wav"])
        assert (found.names, found.proba.shape, len(found.skipped)) == ((), (0, 2), 1)

    def test_a_folder_stands_for_its_files_in_processes(
        self, world: tuple[Path, Competition, Entry], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, competition, entry = world
        monkeypatch.setenv("HARNESS_CORES", "2")
        found = of_files(entry, competition, [folder / "songs"])
        assert len(found.names) == 12
        one = of_files(entry, competition, [folder / "songs" / "rock" / "rock.00001.wav"])
        at = found.names.index(one.names[0])
        np.testing.assert_allclose(found.proba[at], one.proba[0], atol=1e-12)

    def test_a_folder_without_audio_is_refused(
        self, world: tuple[Path, Competition, Entry], tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="no audio"):
            of_files(world[2], world[1], [tmp_path])

    def test_a_competition_of_no_audio_says_so(self, tmp_path: Path) -> None:
        competition = find(worlds.write_small(tmp_path / "data"))
        with pytest.raises(DataError, match="wasn't made of audio"):
            audio_plan(competition)

    @pytest.mark.parametrize("change", ["digest", "set"])
    def test_features_that_are_computed_otherwise_by_now_are_refused(
        self, world: tuple[Path, Competition, Entry], tmp_path: Path, change: str
    ) -> None:
        shutil.copytree(world[0] / "data", tmp_path / "data")
        path = tmp_path / "data" / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["sets"][0][change] = "other"
        path.write_text(json.dumps(manifest))
        with pytest.raises(DataError, match="s0 is computed in another way by now"):
            audio_plan(find(tmp_path / "data"))
