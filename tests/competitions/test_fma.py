"""FMA's own features as a competition; GTZAN+ as one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from competitions.folders import GENRES
from musics import fma, gtzan_plus

from harness.competition import ALWAYS_TRAINS, Block
from harness.competitions._find import find
from harness.competitions.fma import write
from harness.errors import DataError, FaultsError, UsageError
from harness.readers import _fma


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_small_subset_and_its_top_genres(tmp_path: Path) -> None:
    made = find(fma(tmp_path / "fma_metadata"))
    assert made.name == "fma-small"
    assert made.classes == ("Hip-Hop", "Rock")
    # Ten tracks are small; two of them have no top genre.
    assert made.train_ids == ("2", "5", "8", "11", "17", "20", "23", "26")
    assert made.y.tolist() == [1, 0, 1, 0, 0, 1, 0, 1]
    assert made.notes == ("FMA small: 8 tracks; passed over: 2 without a top genre",)
    assert made.groups is not None
    assert [made.group_names[k] for k in made.groups] == list("00011222")


def test_its_features_are_those_of_the_tracks(tmp_path: Path) -> None:
    home = fma(tmp_path)
    made = find(home)
    lines = (home / "features.csv").read_text().splitlines()
    row = next(line for line in lines if line.startswith("8,"))
    wanted = np.array(row.split(",")[1:], dtype=np.float32)
    np.testing.assert_array_equal(made.X[2], wanted)
    assert made.columns[0] == "chroma_stft_kurtosis_01"
    assert made.columns[-1] == "zcr_std_01"
    assert made.blocks == (
        Block("chroma_stft", 0, 84, (7, 12)),
        Block("mfcc", 84, 224, (7, 20)),
        Block("zcr", 224, 231, None),
    )


def test_its_own_split(tmp_path: Path) -> None:
    made = find(fma(tmp_path))
    assert made.part_names == ("test", "validation")
    assert made.predefined is not None
    assert made.predefined.tolist() == [ALWAYS_TRAINS, -1, 1, 0, -1, 1, 0, -1]


def test_it_is_found_beside_the_audio_and_a_second_time(tmp_path: Path) -> None:
    fma(tmp_path / "fma_metadata")
    first, second = find(tmp_path), find(tmp_path)
    assert first.fingerprint == second.fingerprint
    assert first.root == tmp_path
    fma(tmp_path / "fma_metadata", seed=1)
    assert find(tmp_path).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("subset", "level", "classes", "rows", "told"),
    [
        ("medium", "top", ("Hip-Hop", "Rock"), 12, "3 without a top genre"),
        ("full", "1", ("Hip-Hop", "Rock"), 16, "4 with several genres at level 1"),
        ("large", "2", ("Alternative Hip-Hop", "Punk"), 20, ""),
    ],
)
def test_subsets_and_levels(
    tmp_path: Path, subset: str, level: str, classes: tuple[str, ...], rows: int, told: str
) -> None:
    notes = write(fma(tmp_path / "meta"), tmp_path / "out", subset=subset, level=level)
    made = find(tmp_path / "out")
    assert (made.classes, len(made.y)) == (classes, rows)
    assert told in "".join(notes)


def test_tracks_without_a_genre_at_a_level_are_counted(tmp_path: Path) -> None:
    home = fma(tmp_path)
    chosen = _fma.choose(home, "full", "3")
    assert {label for _, label in chosen.tracks} == {"Garage"}
    assert chosen.passed == {"with no genre at level 3": 10}
    with pytest.raises(DataError, match="of 1 classes"):
        write(home, tmp_path / "out", subset="full", level="3")


def test_tracks_without_features_are_counted(tmp_path: Path) -> None:
    made = find(fma(tmp_path, without_features=[2, 5]))
    assert len(made.y) == 6
    assert "2 without features" in made.notes[0]


def test_two_genres_of_one_title_are_told_apart(tmp_path: Path) -> None:
    home = fma(tmp_path)
    replaced(home / "genres.csv", "Krautrock", "Punk")
    assert {g.title for g in _fma.read_genres(home / "genres.csv").values()} >= {
        "Punk (25)",
        "Punk (66)",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("tracks.csv", "track_id", "id", "header lines lack track_id"),
        ("tracks.csv", "subset", "sub", "header lines lack set subset"),
        ("tracks.csv", "\n5,", "\nfive,", "track_id 'five' is no number"),
        ("tracks.csv", "\n5,", "\n2,", "track 2 stands there already"),
        ("tracks.csv", "small", "tiny", "subset 'tiny' is none of"),
        ("tracks.csv", '"[12, 25, 85]"', "rock", "genres_all 'rock' is no list"),
        ("tracks.csv", "\n5,", "\n1\n5,", "1 cells, not 16"),
        ("genres.csv", "parent", "above", "its header lacks parent"),
        ("genres.csv", "85,3,25", "85,3,85", "genre 85 has no way up to a root"),
        ("genres.csv", "85,3,25", "85,3,7", "genre 85 has no way up to a root"),
        ("genres.csv", "85,3,25", "85,3,x", "parent 'x'"),
        ("features.csv", "statistics", "stats", "first four lines start with feature, stats"),
        ("features.csv", "\n5,", "\n5,word", "can't be read"),
    ],
)
def test_tables_that_are_not_as_they_should_be(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    replaced(fma(tmp_path) / file, old, new)
    with pytest.raises(DataError, match=told) as caught:
        find(tmp_path)
    assert file in str(caught.value)


def test_every_wrong_line_is_named_and_where_it_is(tmp_path: Path) -> None:
    home = fma(tmp_path)
    for _ in range(2):
        replaced(home / "tracks.csv", "large", "huge")
    with pytest.raises(FaultsError) as caught:
        find(home)
    # Every track takes two lines, its artist's biography having two.
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["line 35", "line 37"]


@pytest.mark.parametrize(("subset", "level"), [("tiny", "top"), ("small", "4"), ("small", "up")])
def test_what_there_is_not(tmp_path: Path, subset: str, level: str) -> None:
    with pytest.raises(UsageError, match=f"{subset if subset == 'tiny' else level}"):
        write(fma(tmp_path), tmp_path / "out", subset=subset, level=level)


class TestGtzanPlus:
    FIVE = ("bamileke", "bikutsi", "makossa", "salsa", "zouk")

    def test_fifteen_genres(self, tmp_path: Path) -> None:
        made = find(gtzan_plus(tmp_path, [*GENRES, *self.FIVE]))
        assert made.name == "gtzan-plus"
        assert made.X.shape == (45, 26)
        assert made.classes == tuple(sorted([*GENRES, *self.FIVE]))
        assert [(b.name, b.start, b.stop) for b in made.blocks] == [
            ("spectral", 0, 6),
            ("mfcc", 6, 26),
        ]

    def test_the_ten_alone_by_the_file(self, tmp_path: Path) -> None:
        made = find(gtzan_plus(tmp_path, GENRES) / "data.csv")
        assert (made.name, made.n_classes) == ("gtzan-26", 10)
