"""Checkpoints of the package musicnn: found, checked, kept, loaded."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pretrained import tiny

from harness.errors import DataError, FileProblem, HarnessError, UnknownNameError, UsageError
from harness.pretrained import _kept, musicnn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny checkpoints of two networks."""
    root = tmp_path_factory.mktemp("checkpoints")
    tiny.checkpoint(root / "MSD_musicnn", tiny.musicnn())
    tiny.checkpoint(root / "MSD_vgg", tiny.vgg())
    return root


@pytest.fixture
def wheel(folder: Path, tmp_path: Path) -> Path:
    nasty = {"../outside.txt": b"out", "/tmp/absolute.txt": b"out", "musicnn/models.py": b"1 / 0"}
    networks = {name: folder / name for name in ("MSD_musicnn", "MSD_vgg")}
    return tiny.wheel(tmp_path / "musicnn-0.1.0-py3-none-any.whl", networks, **nasty)


def _kept_files() -> list[str]:
    return sorted(path.name for path in Path(os.environ["HARNESS_CACHE"]).rglob("*"))


def test_a_checkpoint_becomes_plain_arrays_without_its_optimiser(folder: Path) -> None:
    (brought,) = musicnn.bring(folder, ["MSD_musicnn"])
    found = musicnn.load("MSD_musicnn", brought.identity)
    wanted = tiny.musicnn()
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
    assert not brought.published
    with pytest.raises(ValueError, match="read-only"):
        found["dense/bias"][0] = 1


@pytest.mark.parametrize("place", ["", "MSD_musicnn"])
def test_a_folder_may_be_of_all_networks_or_of_one(folder: Path, place: str) -> None:
    assert musicnn.bring(folder / place, ["MSD_musicnn"])[0].path.is_file()


def test_a_wheel_gives_the_same_and_nothing_else_of_it_is_touched(
    folder: Path, wheel: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.parent.rglob("*.txt"))
    (of_wheel,) = musicnn.bring(wheel, ["MSD_vgg"])
    (of_folder,) = musicnn.bring(folder, ["MSD_vgg"])
    assert of_wheel.identity == of_folder.identity
    assert _kept_files() == [f"{of_wheel.identity}.npz", "weights"]
    assert sorted(tmp_path.parent.rglob("*.txt")) == before


def test_what_is_kept_is_the_same_bytes_every_time(folder: Path) -> None:
    (brought,) = musicnn.bring(folder, ["MSD_vgg"])
    first = brought.path.read_bytes()
    brought.path.unlink()
    assert musicnn.bring(folder, ["MSD_vgg"])[0].path.read_bytes() == first


def test_only_the_published_files_count_as_published(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="is not the published MSD_vgg"):
        musicnn.bring(folder, ["MSD_vgg"], published=True)
    assert not _kept_files()
    (brought,) = musicnn.bring(folder, ["MSD_vgg"])
    row = replace(musicnn.NETWORKS["MSD_vgg"], identity=brought.identity)
    monkeypatch.setitem(musicnn.NETWORKS, "MSD_vgg", row)
    assert musicnn.bring(folder, ["MSD_vgg"], published=True)[0].published
    assert musicnn.here("MSD_vgg")
    assert musicnn.load("MSD_vgg") is musicnn.load("MSD_vgg", brought.identity)


def test_where_weights_are_missing_it_is_said_what_to_do() -> None:
    with pytest.raises(DataError) as told:
        musicnn.load("MSD_musicnn")
    lines = str(told.value).splitlines()
    assert lines[0] == "MSD_musicnn: its pretrained weights are not here"
    assert "`harness weights musicnn`" in lines[1]
    assert "--weights PATH" in lines[1]
    assert len(lines) == 2
    with pytest.raises(DataError, match="with the hash 0123456789ab are not here"):
        musicnn.load("MSD_musicnn", "0123456789ab" + "0" * 52)
    with pytest.raises(UnknownNameError, match="did you mean MSD_vgg"):
        musicnn.load("MSD_vg")


def test_damaged_weights_in_the_cache_are_named(folder: Path) -> None:
    (brought,) = musicnn.bring(folder, ["MSD_vgg"])
    brought.path.write_bytes(brought.path.read_bytes()[:1000])
    _kept.load.cache_clear()
    with pytest.raises(DataError, match="is damaged"):
        musicnn.load("MSD_vgg", brought.identity)


def _spoil(folder: Path, tmp_path: Path, how: str) -> Path:
    """A folder or file that can't be used."""
    place = tmp_path / "MSD_vgg"
    place.mkdir()
    for path in (folder / "MSD_vgg").iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    index, data = place / ".index", place / ".data-00000-of-00001"
    if how == "no data":
        data.unlink()
    elif how == "cut data":
        data.write_bytes(data.read_bytes()[:50])
    elif how == "changed data":
        data.write_bytes(b"\x7f" * len(data.read_bytes()))
    elif how == "words":
        index.write_bytes(b"words and more words" * 20)
    elif how == "empty":
        index.write_bytes(b"")
    elif how == "two":
        (place / "other.index").write_bytes(b"")
    elif how == "another network":
        for path in (folder / "MSD_musicnn").iterdir():
            (place / path.name).write_bytes(path.read_bytes())
    elif how == "no checkpoint":
        index.unlink()
    elif how == "no wheel":
        place = tmp_path / "x.whl"
        place.write_bytes(b"words")
    elif how == "other wheel":
        place = tiny.wheel(tmp_path / "x.whl", {}, other=b"")
    elif how == "cut wheel":
        whole = tiny.wheel(tmp_path / "x.whl", {"MSD_vgg": folder / "MSD_vgg"}).read_bytes()
        place = tmp_path / "y.whl"
        place.write_bytes(whole[:100] + bytes(50) + whole[150:])
    elif how == "nowhere":
        place = tmp_path / "nowhere"
    return place


@pytest.mark.parametrize(
    ("how", "kind", "told"),
    [
        ("no data", FileProblem, "can't be read"),
        ("cut data", DataError, "no checkpoint of TensorFlow, or a damaged one"),
        ("changed data", DataError, "no checkpoint of TensorFlow, or a damaged one"),
        ("words", DataError, "no checkpoint of TensorFlow, or a damaged one"),
        ("empty", DataError, "no checkpoint of TensorFlow, or a damaged one"),
        ("two", DataError, "holds 2 checkpoints"),
        ("another network", DataError, "is no checkpoint of MSD_vgg: it lacks 1CNN/kernel"),
        ("no checkpoint", DataError, "no checkpoint of MSD_vgg is there"),
        ("no wheel", FileProblem, "is no wheel that can be read"),
        ("other wheel", DataError, "holds no musicnn/MSD_vgg"),
        ("cut wheel", HarnessError, "wheel|damaged"),
        ("nowhere", UsageError, "no such file or folder"),
    ],
)
def test_what_cant_be_used_is_refused(
    folder: Path, tmp_path: Path, how: str, kind: type[HarnessError], told: str
) -> None:
    with pytest.raises(kind, match=told) as raised:
        musicnn.bring(_spoil(folder, tmp_path, how), ["MSD_vgg"])
    assert len(str(raised.value).splitlines()) <= 2
    assert not [name for name in _kept_files() if name.endswith(".npz")]


def test_a_member_that_claims_to_be_huge_is_refused(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(musicnn, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="far too large"):
        musicnn.bring(wheel, ["MSD_vgg"])
    with zipfile.ZipFile(wheel) as file:
        for ending in (".index", ".data-00000-of-00001"):
            file.extract(f"musicnn/MSD_vgg/{ending}", wheel.parent)
    with pytest.raises(DataError, match="far too large"):
        musicnn.bring(wheel.parent, ["MSD_vgg"])
