"""Features of frozen networks: computed once, kept whole, and the same bits from the cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import folders
from harness.matrices import Part
from harness.zoo import _frozen
from harness.zoo._frozen import Frozen, key_of

pytestmark = pytest.mark.machine


class Net:
    """Sums and products of a row's numbers; it counts the rows it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        self.asked += len(rows)
        assert rows.dtype == np.float32
        return np.stack([rows.sum(axis=1), (rows**2).sum(axis=1), rows[:, 0]], axis=1)


def rows(count: int, *, seed: int = 0, columns: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)


def kept(key: str = "key") -> list[Path]:
    return sorted((folders.cache_root() / "features" / key).glob("*"))


def test_a_row_is_computed_once_whatever_rows_stand_beside_it() -> None:
    X, net = rows(50), Net()
    plain = Frozen("key", Net()).features(X, cached=False)
    for part in (slice(0, 40), slice(10, 50), slice(None), slice(None, None, -1)):
        found = Frozen("key", net).features(X[part])
        assert found.tobytes() == plain[part].tobytes()
        assert found.dtype == np.float32
    assert net.asked == 50


def test_the_network_is_asked_for_one_row_at_a_time() -> None:
    """Sums of float32 change with the length of a batch: rows never share one."""
    X = rows(_frozen.AT_ONCE + 5)

    def neighbours(batch: np.ndarray) -> np.ndarray:
        return batch * len(batch)

    for given in (X, X[3:4], X[::-1][:20]):
        np.testing.assert_array_equal(Frozen("key", neighbours).features(given), given)
    np.testing.assert_array_equal(Frozen("key", neighbours).features(X, cached=False), X)


def test_without_the_cache_nothing_is_read_or_kept() -> None:
    X, net = rows(30), Net()
    for _ in range(2):
        Frozen("key", net).features(X, cached=False)
    assert net.asked == 60
    assert kept() == []


def test_rows_that_are_alike_are_computed_once() -> None:
    X, net = np.repeat(rows(10), 3, axis=0), Net()
    found = Frozen("key", net).features(X)
    np.testing.assert_array_equal(found, Net()(X))
    assert net.asked == 10


def test_another_network_has_features_of_its_own() -> None:
    X = rows(20)
    first = Frozen("one", Net()).features(X)
    second = Frozen("two", lambda batch: -batch).features(X)
    np.testing.assert_array_equal(second, -X)
    np.testing.assert_array_equal(Frozen("one", Net()).features(X), first)


def test_few_new_rows_are_not_worth_a_file() -> None:
    Frozen("key", Net()).features(rows(_frozen.FROM_ROWS - 1))
    assert kept() == []


def test_features_too_large_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frozen, "MOST_FILE_BYTES", 100)
    Frozen("key", Net()).features(rows(50))
    assert kept() == []


def test_no_rows_have_no_features() -> None:
    assert len(Frozen("key", Net()).features(rows(0))) == 0


def test_rows_on_the_disk_are_read_a_few_at_a_time() -> None:
    X = rows(100, columns=6)
    part = Part(X, np.arange(0, 100, 2), columns=(1, 5))
    found = Frozen("key", Net()).features(part)
    np.testing.assert_array_equal(found, Net()(X[::2, 1:5]))


def test_images_may_have_any_shape() -> None:
    X = rows(12, columns=12).reshape(12, 2, 3, 2)
    found = Frozen("key", lambda batch: batch * 2).features(X)
    np.testing.assert_array_equal(found, X.reshape(12, 12) * 2)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "other array", "one flipped byte"])
def test_a_damaged_file_costs_time_and_no_answer(damage: str) -> None:
    X = rows(40)
    good = Frozen("key", Net()).features(X)
    (path,) = kept()
    raw = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(raw[: len(raw) // 2])
    elif damage == "noise":
        path.write_bytes(bytes(range(256)) * 4)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other array":
        np.savez(path, rows=np.zeros((40, 16), np.uint8))
    else:
        # In the features, which the archive has a sum of.
        at = raw.index(good[3].tobytes())
        raw[at] ^= 255
        path.write_bytes(raw)
    net = Net()
    assert Frozen("key", net).features(X).tobytes() == good.tobytes()
    assert net.asked == 40
    net = Net()
    assert Frozen("key", net).features(X).tobytes() == good.tobytes()
    assert net.asked == 0


def test_where_nothing_can_be_written_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    X = rows(20)
    np.testing.assert_array_equal(Frozen("key", Net()).features(X), Net()(X))


def test_a_killed_writer_leaves_nothing_that_is_read() -> None:
    code = """
import os, numpy as np
from harness.zoo import _frozen
real = np.savez
def half(file, **arrays):
    real(file, **arrays)
    file.flush()
    os._exit(9)
np.savez = half
X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
_frozen.Frozen("key", lambda rows: rows * 7).features(X)
"""
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False)
    assert done.returncode == 9
    assert [path.name[:6] for path in kept()] == [".part-"]
    X, net = rows(40), Net()
    np.testing.assert_array_equal(Frozen("key", net).features(X), Net()(X))
    assert net.asked == 40
    # The next writer sweeps it.
    assert [path.name[:1] != "." for path in kept()] == [True]


def test_the_oldest_files_go_when_there_are_too_many() -> None:
    for seed in range(3):
        Frozen("key", Net()).features(rows(20, seed=seed))
    files = kept()
    hour = time.time() - 3600
    for place, path in enumerate(files):
        os.utime(path, (hour + place, hour + place))
    _frozen.sweep(most_bytes=sum(path.stat().st_size for path in files) - 1)
    assert kept() == files[1:]


def test_use_makes_a_file_new() -> None:
    X = rows(20)
    Frozen("key", Net()).features(X)
    (path,) = kept()
    os.utime(path, (1, 1))
    Frozen("key", Net()).features(X)
    assert path.stat().st_mtime > 1


@pytest.mark.parametrize(
    "other",
    [
        ({"a": np.float32([1, 3])}, "net"),
        ({"b": np.float32([1, 2])}, "net"),
        ({"a": np.float32([[1], [2]])}, "net"),
        ({"a": np.float64([1, 2])}, "net"),
        ({"a": np.float32([1, 2])}, "net", 64),
        ({}, "net"),
    ],
)
def test_a_key_tells_networks_apart(other: tuple[Any, ...]) -> None:
    mine = key_of({"a": np.float32([1, 2])}, "net")
    assert mine == key_of({"a": np.float32([1, 2])}, "net")
    assert key_of(*other) != mine


def test_another_processor_has_features_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = key_of({"a": np.float32([1, 2])}, "net")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "another")
    assert key_of({"a": np.float32([1, 2])}, "net") != mine
