"""Pictures in an npz file are a competition by themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.competition import Block
from harness.competitions._find import SPEC, find, find_spec
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.competitions._write import to_toml
from harness.errors import DataError
from harness.evaluate import splits
from harness.readers import npz


def pictures(rows: int = 24, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, 5, 4, 3), dtype=np.uint8)


def write(path: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    labels = np.array(["rock", "jazz"] * (len(X) // 2))
    names = np.array([f"{k}.png" for k in range(len(X))])
    np.savez_compressed(path, **({"X": X, "y": labels, "name": names} | more))
    return path


def test_a_file_or_its_folder_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "covers.npz", pictures())
    for place in (path, tmp_path):
        competition = find(place)
        assert competition.name == "covers"
        assert competition.classes == ("jazz", "rock")
        assert competition.blocks == (Block("image", 0, 60, (5, 4, 3)),)
        assert competition.train_ids[:2] == ("0.png", "1.png")
        assert competition.groups is None
        np.testing.assert_array_equal(competition.X, pictures().reshape(24, 60))
        assert competition.y[:2].tolist() == [1, 0]


def test_grey_pictures_without_names(tmp_path: Path) -> None:
    X = np.random.default_rng(0).random((10, 4, 6))
    np.savez(tmp_path / "a.npz", images=X, label=np.arange(10) % 2)
    competition = find(tmp_path)
    assert competition.blocks[0].shape == (4, 6)
    assert competition.classes == ("0", "1")
    np.testing.assert_allclose(competition.X, X.reshape(10, 24).astype(np.float32))


def test_equal_pictures_are_never_parted(tmp_path: Path) -> None:
    X = pictures(40)
    X[17] = X[3]
    write(tmp_path / "a.npz", X)
    competition = find(tmp_path)
    assert competition.groups is not None
    assert competition.groups[17] == competition.groups[3]
    assert len(competition.group_names) == 39
    assert any("copies are kept together" in note for note in competition.notes)
    assert splits.default_for(competition) == "stratified-group"


def test_copies_join_the_groups_that_there_are(tmp_path: Path) -> None:
    X = pictures(40)
    X[17] = X[3]
    write(tmp_path / "a.npz", X, artist=np.arange(40) // 2)
    groups = find(tmp_path).groups
    assert groups is not None
    assert len({int(groups[row]) for row in (2, 3, 16, 17)}) == 1
    assert len(np.unique(groups)) == 19


def test_test_pictures_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "train.npz", pictures())
    np.savez(tmp_path / "test.npz", X=pictures(6, seed=1), name=np.array(list("abcdef")))
    competition = find(tmp_path)
    assert competition.X_test is not None
    np.testing.assert_array_equal(competition.X_test, pictures(6, seed=1).reshape(6, 60))
    assert competition.test_ids == tuple("abcdef")


def test_test_pictures_without_names_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "train.npz", pictures())
    np.savez(tmp_path / "test.npz", X=pictures(6, seed=1))
    assert find(tmp_path).test_ids == ("1", "2", "3", "4", "5", "6")


def test_test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "train.npz", pictures())
    np.savez(tmp_path / "test.npz", X=pictures(6)[:, :4])
    with pytest.raises(DataError, match="has 48 feature columns"):
        find(tmp_path)


def test_its_description_can_be_written_and_read(tmp_path: Path) -> None:
    write(tmp_path / "a.npz", pictures())
    spec = find_spec(tmp_path)
    (tmp_path / SPEC).write_text(to_toml(spec), encoding="utf-8")
    again = read_spec(tmp_path / SPEC)
    assert again == replace(spec, source=again.source)
    assert load(again).fingerprint == load(spec).fingerprint


@pytest.mark.parametrize("kind", ["no labels", "one class", "a table", "objects"])
def test_other_archives_are_left_to_others(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    X, y = pictures(), np.arange(24) % 2
    given = {
        "no labels": {"X": X},
        "one class": {"X": X, "y": np.zeros(24)},
        "a table": {"X": X.reshape(24, -1), "y": y},
        "objects": {"X": np.array([X[0], None], dtype=object), "y": y[:2]},
    }
    np.savez(path, **given[kind])
    with pytest.raises(DataError):
        find(tmp_path)


def test_a_large_archive_is_mapped_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.npz", pictures())
    plain = npz.read(path, header=False, text=["y"])
    monkeypatch.setattr(npz, "MAPPED_BYTES", 1)
    for _ in range(2):
        mapped = npz.read(path, header=False, text=["y"])
        assert isinstance(mapped.numbers.base, np.memmap)
        np.testing.assert_array_equal(mapped.numbers, plain.numbers)
        assert (mapped.columns, mapped.fingerprint) == (plain.columns, plain.fingerprint)
        assert mapped.text["y"].tolist() == plain.text["y"].tolist()


def test_where_nothing_can_be_cached_it_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.npz", pictures())
    monkeypatch.setattr(npz, "MAPPED_BYTES", 1)
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("HARNESS_CACHE", str(blocked))
    np.testing.assert_array_equal(npz.read(path, header=False).numbers, pictures().reshape(24, 60))


@pytest.mark.real
def test_the_real_pictures(shared_data: Path) -> None:
    competition = find(shared_data / "gtzan_spec_images")
    assert competition.X.shape == (1000, 49152)
    assert competition.counts.tolist() == [100] * 10
    assert len(competition.group_names) == 985
