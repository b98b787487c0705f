"""The built-in competitions, on files in miniature and on the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from folders import GENRES, gtzan, gtzan_split, mlbp2018

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Block
from harness.competitions._find import COMPETITIONS, find, find_spec
from harness.errors import DataError
from harness.evaluate.metrics import METRICS


def test_members() -> None:
    assert {"demo", "gtzan", "mlbp2018"} <= set(COMPETITIONS.names())
    for name in COMPETITIONS.names():
        assert COMPETITIONS.summary(name)


@pytest.mark.parametrize("name", [n for n in COMPETITIONS.names() if n != "demo"])
def test_members_recognise_nothing_in_strange_places(name: str, tmp_path: Path) -> None:
    member = COMPETITIONS.load(name)
    (tmp_path / "some.csv").write_text("a,b\n1,2\n")
    (tmp_path / "train_labels.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "pca_20.csv").mkdir()
    for place in (tmp_path, tmp_path / "some.csv", tmp_path / "nowhere", tmp_path / "pca_20.csv"):
        assert member.recognise(place) is None


class TestMlbp2018:
    def test_three_files(self, tmp_path: Path) -> None:
        made = find(mlbp2018(tmp_path))
        assert made.name == "mlbp2018"
        assert made.X.shape == (30, 264)
        assert made.X_test is not None
        assert made.X_test.shape == (7, 264)
        assert made.classes == ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
        assert made.class_names[0] == "Pop_Rock"
        assert made.class_names[9] == "Blues"
        np.testing.assert_array_equal(made.y[:10], range(10))
        assert made.test_ids == tuple("1234567")
        assert made.blocks == (
            Block("rhythm", 0, 168, (7, 24)),
            Block("chroma", 168, 216, (4, 12)),
            Block("mfcc", 216, 264, (4, 12)),
        )

    def test_leaderboards(self, tmp_path: Path) -> None:
        made = find(mlbp2018(tmp_path))
        accuracy, logloss = made.board("accuracy"), made.board("logloss")
        assert accuracy.header == ("Sample_id", "Sample_label")
        assert logloss.header == ("Sample_id", *(f"Class_{k}" for k in range(1, 11)))
        assert logloss.metric == "logloss-cells"
        assert all(board.metric in METRICS for board in made.leaderboards)

    def test_gzipped_by_another_name_is_another_thing(self, tmp_path: Path) -> None:
        mlbp2018(tmp_path)
        (tmp_path / "train_data.csv").rename(tmp_path / "train_data.txt")
        with pytest.raises(DataError, match="harness new"):
            find(tmp_path)

    def test_test_rows_of_another_width(self, tmp_path: Path) -> None:
        mlbp2018(tmp_path)
        path = tmp_path / "test_data.csv"
        lines = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
        with pytest.raises(DataError, match=r"has 263 feature columns, and .* has 264"):
            find(tmp_path)

    def test_by_paths(self, tmp_path: Path) -> None:
        folder = mlbp2018(tmp_path / "somewhere")
        moved = tmp_path / "else.csv"
        (folder / "train_labels.csv").rename(moved)
        made = find(train=folder / "train_data.csv", labels=moved, test=folder / "test_data.csv")
        assert made.name == "mlbp2018"
        assert made.blocks
        assert find(train=folder / "train_data.csv", labels=moved).X_test is None

    def test_by_paths_and_in_a_folder_are_one_competition(self, tmp_path: Path) -> None:
        folder = mlbp2018(tmp_path)
        files = {name: folder / f"{name}_data.csv" for name in ("train", "test")}
        given = find(labels=folder / "train_labels.csv", **files)
        assert given.fingerprint == find(folder).fingerprint

    @pytest.mark.real
    def test_the_real_components(self, shared_data: Path) -> None:
        made = find(shared_data / "aalto_mlbp")
        assert made.name == "mlbp2018"
        assert made.X.shape == (4363, 20)
        assert made.counts.tolist() == [2178, 618, 326, 253, 214, 260, 141, 195, 92, 86]
        assert made.X_test is None
        assert made.blocks == ()
        for name in ("accuracy", "logloss"):
            board = made.board(name)
            assert board.sample is not None
            assert tuple(board.sample.read_text().split("\n")[0].split(",")) == board.header


class TestGtzan:
    def test_whole_clips(self, tmp_path: Path) -> None:
        made = find(gtzan(tmp_path))
        assert made.name == "gtzan"
        assert made.X.shape == (30, 44)
        assert "length" not in made.columns
        assert made.classes == tuple(GENRES)
        assert made.group_names[0] == "blues.00000"
        assert len(made.group_names) == 30
        assert made.predefined is None
        assert [(b.name, b.start, b.stop, b.shape) for b in made.blocks] == [
            ("chroma", 0, 2, None),
            ("spectral", 2, 4, None),
            ("mfcc", 4, 44, (20, 2)),
        ]

    def test_parts_of_three_seconds_stay_with_their_song(self, tmp_path: Path) -> None:
        made = find(gtzan(tmp_path, parts=4))
        assert made.X.shape == (120, 44)
        assert made.groups is not None
        assert len(made.group_names) == 30
        assert np.bincount(made.groups).tolist() == [4] * 30

    def test_the_published_split(self, tmp_path: Path) -> None:
        gtzan_split(gtzan(tmp_path))
        made = find(tmp_path)
        assert made.part_names == ("valid", "test")
        assert made.predefined is not None
        assert made.predefined[:6].tolist() == [ALWAYS_TRAINS, 0, LEFT_OUT, ALWAYS_TRAINS, 0, 1]

    def test_the_published_split_of_parts(self, tmp_path: Path) -> None:
        gtzan_split(gtzan(tmp_path, parts=2))
        made = find(tmp_path)
        assert made.predefined is not None
        assert made.predefined[:6].tolist() == [-1, -1, 0, 0, LEFT_OUT, LEFT_OUT]

    def test_both_lengths_in_one_folder(self, tmp_path: Path) -> None:
        gtzan(gtzan(tmp_path), parts=2)
        made = find(tmp_path)
        assert len(made.y) == 30
        assert "features_30_sec.csv was taken" in made.notes[0]
        assert len(find(tmp_path / "features_3_sec.csv").y) == 60

    @pytest.mark.real
    def test_the_real_one(self, shared_data: Path) -> None:
        made = find(shared_data / "gtzan30")
        assert made.X.shape == (1000, 57)
        assert made.counts.tolist() == [100] * 10
        assert len(made.group_names) == 1000
        assert made.predefined is not None
        names = [*made.part_names, "left out", "train"]
        found = {names[k]: int((made.predefined == k).sum()) for k in np.unique(made.predefined)}
        assert found == {"train": 443, "valid": 197, "test": 290, "left out": 70}
        assert made.blocks[-1] == Block("mfcc", 17, 57, (20, 2))


def test_specs_are_found_without_reading_the_tables(tmp_path: Path) -> None:
    mlbp2018(tmp_path)
    with (tmp_path / "train_data.csv").open("a") as file:
        file.write("not,a,row\n")
    assert find_spec(tmp_path).name == "mlbp2018"
