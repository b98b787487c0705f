"""Which rows a system gets: those given where they will do, made ones elsewhere."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audio.sounds import collection
from systems.toys import toy
from worlds import write_small

from harness.competition import Block, Competition
from harness.competitions._find import find_spec
from harness.competitions._load import load
from harness.errors import DataError, UsageError
from harness.systems import _data
from harness.systems._data import Finder
from harness.systems._given import absolute, offers
from harness.systems._system import Rows, System


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes take longer to start than these songs to extract."""
    monkeypatch.setenv("HARNESS_CORES", "1")


def _finder(system: System, out: Path, *given: Path, effort="small") -> Finder:
    return Finder(system, given, out, effort, 0, lambda step: None)


def _table(folder: Path, columns: list[str], rows: int = 24) -> Path:
    """A labelled CSV with these columns, as GTZAN's."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    with (folder / "features_30_sec.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["filename", *columns, "label"])
        for k in range(rows):
            genre = ("blues", "rock", "jazz")[k % 3]
            values = rng.normal(size=len(columns)).round(4)
            lines.writerow([f"{genre}.{k:05d}.wav", *values, genre])
    return folder


GTZAN = ["chroma_stft_mean", "chroma_stft_var", "rms_mean", "tempo", "mfcc1_mean", "mfcc1_var"]


def test_a_table_is_narrowed_to_the_reports_columns(tmp_path: Path) -> None:
    place = _table(tmp_path / "given", GTZAN)
    found = _finder(toy("s0"), tmp_path / "out", place).all()["table"]
    assert found.competition.columns == ("chroma_stft_mean", "rms_mean", "mfcc1_mean")
    assert not found.stands_in
    assert "3 of its 6 columns" in found.told


def test_narrowed_rows_load_again_from_their_folder(tmp_path: Path) -> None:
    place = _table(tmp_path / "given", GTZAN)
    found = _finder(toy("s0"), tmp_path / "out", place).all()["table"]
    assert load(find_spec(found.data)).fingerprint == found.competition.fingerprint


def test_a_table_without_such_columns_is_taken_whole(tmp_path: Path) -> None:
    place = write_small(tmp_path / "given")
    found = _finder(toy("s0"), tmp_path / "out", place).all()["table"]
    assert len(found.competition.columns) == 6


def test_audio_is_extracted(tmp_path: Path) -> None:
    place = collection(tmp_path / "given", songs=2)
    found = _finder(toy("s0"), tmp_path / "out", place).all()["table"]
    assert len(found.competition.columns) == 26
    assert set(found.competition.classes) == {"jazz", "rock"}


def test_small_effort_takes_some_songs_of_each_genre(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(_data, "MOST_SONGS", 2)
    place = collection(tmp_path / "given", songs=4)
    found = _finder(toy("s0"), tmp_path / "out", place).all()["table"]
    assert found.competition.counts.tolist() == [2, 2]
    assert "4 of 8 clips" in found.told


def test_full_effort_takes_all_songs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(_data, "MOST_SONGS", 2)
    place = collection(tmp_path / "given", songs=3)
    found = _finder(toy("s0"), tmp_path / "out", place, effort="full").all()["table"]
    assert found.competition.counts.tolist() == [3, 3]


def test_clips_shorter_than_a_sequence_are_shown_as_far_as_they_go(tmp_path: Path) -> None:
    place = collection(tmp_path / "given", songs=2, seconds=1.5)
    system = toy("s3")
    only = replace(system, rows=(system.rows_called("sequences"),))
    found = _finder(only, tmp_path / "out", place).all()["sequences"]
    assert found.competition.blocks[0].shape == (1 + round(1.5 * 22_050) // 1024, 13)


def test_nothing_given_is_made(tmp_path: Path) -> None:
    found = _finder(toy("s0"), tmp_path / "out").all()["table"]
    assert found.stands_in
    assert found.competition.class_names == ("made-01", "made-02", "made-03")


def test_rows_that_are_not_given_are_made_beside_those_that_are(tmp_path: Path) -> None:
    place = _table(tmp_path / "given", GTZAN)
    found = _finder(toy("s3"), tmp_path / "out", place).all()
    assert {name: one.stands_in for name, one in found.items()} == {
        "table": False,
        "images": True,
        "sequences": True,
    }


def test_pictures_in_an_npz_file_are_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, (12, 20, 24), dtype=np.uint8)
    (tmp_path / "given").mkdir()
    np.savez(tmp_path / "given" / "pictures.npz", X=X, y=np.array(["a", "b"] * 6))
    found = _finder(toy("s3"), tmp_path / "out", tmp_path / "given").all()
    assert not found["images"].stands_in
    assert found["table"].stands_in


def test_a_folder_given_in_vain_is_refused(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(DataError, match="nothing that this system could learn from"):
        _finder(toy("s1"), tmp_path / "out", tmp_path / "given").all()


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="there is nothing"):
        _finder(toy("s1"), tmp_path / "out", tmp_path / name)


def _with_block(block: Block) -> Competition:
    width = block.stop
    zeros = np.zeros((4, width), np.float32)
    names = tuple(map(str, range(width)))
    y = np.array([0, 1, 0, 1])
    return Competition(
        "one", Path(), ("a", "b"), ("a", "b"), names, zeros, y, None, (), "", blocks=(block,)
    )


@pytest.mark.parametrize(
    ("block", "takes"),
    [
        (Block("mel", 0, 640, (20, 32)), "image"),
        (Block("mfcc-seq", 0, 520, (40, 13)), "sequence"),
        # Statistics x bands are no picture of a spectrogram.
        (Block("rhythm", 0, 168, (7, 24)), "table"),
        (Block("plain", 0, 10), "table"),
    ],
)
def test_what_a_block_offers(block: Block, takes: str) -> None:
    competition = _with_block(block)
    offered = [t for t in ("table", "image", "sequence") if offers(competition, Rows("x", (), t))]
    assert offered == [takes]


def test_an_absolute_spec_reads_the_same_rows_from_anywhere(tmp_path: Path) -> None:
    spec = find_spec(write_small(tmp_path / "given"))
    moved = replace(absolute(spec), root=tmp_path / "elsewhere")
    assert load(moved).fingerprint == load(spec).fingerprint
    assert load(moved).answers is not None


def test_songs_nobody_has_seen_are_none_of_those_trained_on(tmp_path: Path) -> None:
    finder = _finder(toy("s0"), tmp_path / "out")
    trained = set(finder.all()["table"].competition.train_ids)
    unseen = finder.unseen()
    assert {genre for genre, _ in unseen} == {"made-01", "made-02", "made-03"}
    assert not trained & {f"{genre}/{path.name}" for genre, path in unseen}
