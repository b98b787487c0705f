"""Collections as they are published, found by `harness extract`: which songs, labels, groups."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from audio.sounds import collection, music, write
from musics import fma, fma_tracks, magnatune, touch

from harness.audio.listing import Choice, Listing, find_songs
from harness.competition import ALWAYS_TRAINS, LEFT_OUT
from harness.competitions._find import find
from harness.errors import DataError, FaultsError, UsageError
from harness.extract import extract


def labels(listing: Listing) -> dict[str, int]:
    return dict(Counter(song.label for song in listing.songs))


class TestFolders:
    def test_the_only_folder_with_audio_is_the_collection(self, tmp_path: Path) -> None:
        for k in range(4):
            touch(tmp_path / "Data" / "genres_original" / ("blues", "pop")[k % 2] / f"{k}.wav")
        touch(tmp_path / "Data" / "images_original" / "blues" / "0.png")
        found = find_songs(tmp_path)
        assert labels(found) == {"blues": 2, "pop": 2}
        assert found.songs[0].name == "blues/0.wav"
        assert "genres_original" in found.notes[0]

    def test_a_folder_of_one_genre_stays_one(self, tmp_path: Path) -> None:
        touch(tmp_path / "rock" / "album" / "1.mp3")
        assert labels(find_songs(tmp_path)) == {"rock": 1}
        touch(tmp_path / "rock" / "other album" / "1.mp3")
        touch(tmp_path / "rock" / "loose.mp3")
        assert labels(find_songs(tmp_path)) == {"rock": 3}

    @pytest.mark.real
    def test_emotify(self, shared_data: Path) -> None:
        found = find_songs(shared_data / "emotify")
        assert labels(found) == dict.fromkeys(("classical", "electronic", "pop", "rock"), 100)


class TestSplitFiles:
    @pytest.fixture
    def lists(self, tmp_path: Path) -> Path:
        folder = tmp_path / "split"
        folder.mkdir()
        for part, number in (("train", 0), ("valid", 1), ("test", 2)):
            lines = [f"{genre}/{genre}.{number:05d}.au" for genre in ("jazz", "rock")]
            (folder / f"fault_filtered_{part}.txt").write_text("\n".join(lines) + "\n")
        return folder

    def test_names_find_their_parts_and_the_others_are_left_out(
        self, tmp_path: Path, lists: Path
    ) -> None:
        with (lists / "fault_filtered_train.txt").open("a") as file:
            file.write("jazz/jazz.00054.wav\n")
        source = collection(tmp_path / "songs", songs=4)
        choice = Choice(split_files=lists)
        made = extract(source, tmp_path / "out", features=["s0"], choice=choice, jobs=1)
        competition = find(tmp_path / "out")
        assert competition.part_names == ("test", "valid")
        assert competition.predefined is not None
        assert competition.predefined.tolist() == [ALWAYS_TRAINS, 1, 0, LEFT_OUT] * 2
        assert made.notes == (
            "split: train 2, valid 2, test 2, in none 2;"
            " of its lines 1 name no file here, such as jazz/jazz.00054.wav",
        )

    def test_a_song_in_two_parts_is_a_fault(self, tmp_path: Path, lists: Path) -> None:
        (lists / "fault_filtered_test.txt").write_text("jazz.00000.wav\nrock.00002.wav\n")
        with pytest.raises(FaultsError, match=r"test.txt line 1: jazz.00000.wav is in train"):
            find_songs(collection(tmp_path / "songs"), choice=Choice(split_files=lists))

    def test_lists_of_something_else(self, tmp_path: Path, lists: Path) -> None:
        source = collection(tmp_path / "songs")
        (lists / "fault_filtered_test.txt").write_text("pop.1.wav\n")
        with pytest.raises(DataError, match="names none of the songs"):
            find_songs(source, choice=Choice(split_files=lists))
        (lists / "fault_filtered_train.txt").unlink()
        for place in (lists, tmp_path / "nowhere"):
            with pytest.raises(UsageError, match="one list file for each"):
                find_songs(source, choice=Choice(split_files=place))

    @pytest.mark.real
    def test_the_published_split_of_gtzan(self, tmp_path: Path, shared_data: Path) -> None:
        with (shared_data / "gtzan30" / "features_30_sec.csv").open() as file:
            for row in csv.DictReader(file):
                touch(tmp_path / row["label"] / row["filename"])
        found = find_songs(tmp_path, choice=Choice(split_files=shared_data / "gtzan30" / "split"))
        counts = Counter(song.split for song in found.songs)
        assert counts == {"train": 443, "valid": 197, "test": 290, "": 70}


class TestFma:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        """Metadata, and the audio of all small and medium tracks but one."""
        place = tmp_path / "fma"
        fma(place / "fma_metadata")
        for one in fma_tracks()[1:15]:
            number = f"{one['id']:06d}"
            touch(place / "fma_medium" / number[:3] / f"{number}.mp3")
        return place

    def test_tracks_find_their_audio(self, home: Path) -> None:
        found = find_songs(home)
        assert labels(found) == {"Hip-Hop": 6, "Rock": 5}
        first = found.songs[0]
        assert (first.name, first.label) == ("000/000005.mp3", "Hip-Hop")
        assert (first.group, first.split) == ("0", "training")
        (note,) = found.notes
        assert note == (
            "FMA medium: 11 tracks; passed over: 3 without a top genre, 1 without audio"
        )

    def test_the_subset_and_the_level_are_chosen(self, home: Path) -> None:
        found = find_songs(
            home / "fma_metadata", home / "fma_medium", Choice(subset="small", level="2")
        )
        assert labels(found) == {"Alternative Hip-Hop": 5, "Punk": 4}

    def test_without_any_audio_the_folder_is_asked_for(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="--root fma_small"):
            find_songs(fma(tmp_path))
        with pytest.raises(UsageError, match="is not a folder"):
            find_songs(tmp_path, tmp_path / "nowhere")

    def test_its_own_features_are_a_competition_too(self, home: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        choice = Choice(subset="medium", level="2")
        for _ in range(2):
            made = extract(home, out, features=["fma518"], choice=choice)
        assert made.competition.name == "fma-medium-2"
        assert (made.files, made.competition.X.shape) == (15, (15, 231))
        with pytest.raises(UsageError, match="FMA's metadata only"):
            extract(collection(tmp_path / "songs"), tmp_path / "new", features=["fma518"])

    def test_it_is_extracted(self, tmp_path: Path) -> None:
        fma(tmp_path / "fma" / "fma_metadata")
        for one in fma_tracks():
            number = f"{one['id']:06d}"
            write(
                tmp_path / "fma" / "fma_small" / "000" / f"{number}.mp3", music(1, seed=one["id"])
            )
        made = extract(tmp_path / "fma", tmp_path / "out", features=["s0"], jobs=1).competition
        assert made.classes == ("Hip-Hop", "Rock")
        assert made.part_names == ("test", "validation")
        assert len(made.group_names) == 3


class TestMagnatune:
    def audio(self, folder: Path) -> Path:
        with (folder / "clip_info_final.csv").open(encoding="utf-8", newline="") as file:
            for row in list(csv.DictReader(file, delimiter="\t"))[:-1]:
                touch(folder / row["mp3_path"])
        return folder

    def test_tags_are_classes_and_artists_groups(self, tmp_path: Path) -> None:
        home = self.audio(magnatune(tmp_path))
        found = find_songs(home, choice=Choice(labels=("classical", "rock", "jazz")))
        assert labels(found) == {"classical": 6, "rock": 4}
        assert found.songs[0].group == found.songs[1].group == "Artist 0"
        assert found.songs[0].name == "0/artist_0-album-0-0-29.mp3"
        (note,) = found.notes
        assert note == (
            "Magnatune: 10 clips; passed over: 1 with several genres, 1 without a genre"
        )

    def test_a_column_of_genres_goes_before_tags(self, tmp_path: Path) -> None:
        home = self.audio(magnatune(tmp_path / "a", genre=True))
        found = find_songs(home / "clip_info_final.csv")
        assert labels(found) == {"classical": 6, "rock": 5}
        assert "1 without audio" in found.notes[0]

    def test_the_audio_may_lie_elsewhere(self, tmp_path: Path) -> None:
        meta = magnatune(tmp_path / "meta", genre=True)
        with pytest.raises(DataError, match="--root DIR"):
            find_songs(meta)
        audio = self.audio(magnatune(tmp_path / "audio", genre=True))
        assert len(find_songs(meta, audio).songs) == 11

    def test_mistakes(self, tmp_path: Path) -> None:
        home = self.audio(magnatune(tmp_path))
        with pytest.raises(UsageError, match="no tag is called ambient, country"):
            find_songs(home)
        (home / "annotations_final.csv").unlink()
        with pytest.raises(DataError, match="is missing"):
            find_songs(home)
        path = home / "clip_info_final.csv"
        text = path.read_text(encoding="utf-8").replace("0/artist_0", "../artist_0")
        path.write_text(text.replace('"2"\t', ""), encoding="utf-8")
        fresh = magnatune(tmp_path / "again")
        path.rename(fresh / path.name)
        with pytest.raises(FaultsError) as caught:
            find_songs(fresh, choice=Choice(labels=("rock", "classical")))
        assert [fault.split(": ")[0] for fault in caught.value.faults] == ["line 2"]


@pytest.mark.parametrize(
    "choice", [Choice(subset="small"), Choice(level="2"), Choice(labels=("rock",))], ids=str
)
def test_options_of_collections_mean_nothing_for_folders(tmp_path: Path, choice: Choice) -> None:
    with pytest.raises(UsageError, match="only"):
        find_songs(collection(tmp_path / "songs"), choice=choice)
