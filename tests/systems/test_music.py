"""Made music: the same every time, other songs where others are asked for."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from harness.audio import decode
from harness.systems import _music


def test_a_song_is_the_same_every_time() -> None:
    one, again = (_music.song(2, 5, seconds=0.7, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("other", [(1, 5, 3), (2, 6, 3), (2, 5, 4)])
def test_another_genre_number_or_seed_is_another_song(other: tuple[int, int, int]) -> None:
    genre, number, seed = other
    one = _music.song(2, 5, seconds=0.7, seed=3)
    assert not np.array_equal(one, _music.song(genre, number, seconds=0.7, seed=seed))


@pytest.mark.parametrize("seconds", [0.05, 0.7, 2.0])
def test_a_song_has_its_length_and_peak(seconds: float) -> None:
    samples = _music.song(0, 0, seconds=seconds)
    assert samples.shape == (round(seconds * _music.RATE),)
    assert np.abs(samples).max() == pytest.approx(0.8)


def test_files_decode(tmp_path: Path) -> None:
    _music.make(tmp_path, genres=2, songs=2, seconds=0.6)
    paths = sorted(tmp_path.rglob("*.wav"))
    assert [path.name for path in paths] == [
        f"made-{genre}.{number}.wav" for genre in ("01", "02") for number in ("00000", "00001")
    ]
    assert decode.decode(paths[0]).seconds == pytest.approx(0.6)


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    made: list[str] = []
    for _ in range(2):
        _music.make(tmp_path, genres=2, songs=1, seconds=0.3, on_song=made.append)
    assert len(made) == 2


def test_a_make_that_was_stopped_is_made_again(tmp_path: Path) -> None:
    _music.make(tmp_path, genres=2, songs=1, seconds=0.3)
    (tmp_path / _music.MADE).unlink()
    made: list[str] = []
    _music.make(tmp_path, genres=2, songs=1, seconds=0.3, on_song=made.append)
    assert len(made) == 2


def test_a_split_names_every_song_once_and_has_all_parts(tmp_path: Path) -> None:
    source = _music.make(tmp_path, genres=2, songs=10, seconds=0.1, split=True)
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    assert {row["path"] for row in rows} == {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.wav")
    }
    assert {row["split"] for row in rows} == {"training", "validation", "test"}
