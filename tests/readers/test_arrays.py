"""Parquet, npy and npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness.errors import DataError, FaultsError
from harness.readers import ALL, read_table


@pytest.mark.parametrize("kind", ["f4", "f8", "i8", "u1", "?", ">f8"])
def test_npy_of_numbers(kind: str, tmp_path: Path) -> None:
    array = np.arange(6).reshape(3, 2).astype(kind)
    np.save(tmp_path / "a.npy", array)
    table = read_table(tmp_path / "a.npy", header=False)
    np.testing.assert_array_equal(table.numbers, array.astype(np.float32))
    assert table.columns == ("0", "1")
    assert table.numbers.dtype == np.float32
    assert table.numbers.flags.c_contiguous


def test_npy_in_column_order_and_one_dimension(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(np.eye(3)))
    np.save(tmp_path / "b.npy", np.array([3, 1]))
    assert np.array_equal(read_table(tmp_path / "a.npy", header=False).numbers, np.eye(3))
    assert read_table(tmp_path / "b.npy", header=False, text=ALL).text["0"].tolist() == ["3", "1"]


def test_npy_of_strings(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([["rock", "1.5"], ["", "NA"]]))
    table = read_table(tmp_path / "a.npy", header=False, text=("0",))
    assert table.text["0"].tolist() == ["rock", ""]
    np.testing.assert_array_equal(table.numbers, [[1.5], [np.nan]])


def test_the_content_decides_not_the_ending(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.eye(2))
    (tmp_path / "a.npy").rename(tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv", header=True).rows == 2


def test_faults_of_an_array_name_rows_and_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1, -np.inf], [1e39, np.nan]]))
    with pytest.raises(FaultsError) as caught:
        read_table(tmp_path / "a.npy", header=False, missing=False)
    assert caught.value.faults == (
        "row 1, column 2: '-inf' is infinite",
        "row 2, column 1: '1e+39' is beyond what float32 holds (3.4e38)",
        "row 2, column 2: no value",
    )


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.zeros((0, 2)), "holds no rows"),
        (np.zeros(2, "c8"), "complex64"),
        (np.zeros(2, [("a", "f4")]), "type"),
        (np.array([1, None], object), "pickle can run code"),
    ],
)
def test_arrays_that_are_no_tables(array: np.ndarray, said: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=said):
        read_table(tmp_path / "a.npy", header=False)


@pytest.mark.parametrize("length", [4, 8, 60, 130, -8])
def test_damaged_npy(length: int, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.eye(9))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError, match="damaged"):
        read_table(path, header=False)


def test_npz_with_one_matrix_or_x(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", features=np.eye(2), y=np.arange(2))
    np.savez_compressed(tmp_path / "b.npz", X=np.eye(2), other=np.eye(3))
    for name in ("a.npz", "b.npz"):
        assert np.array_equal(read_table(tmp_path / name, header=False).numbers, np.eye(2))


def test_npz_that_leaves_it_open(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.eye(2), b=np.eye(3))
    with pytest.raises(DataError, match=r"holds a \(2, 2\), b \(3, 3\)\n  call the table X"):
        read_table(tmp_path / "a.npz", header=False)


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_damaged_npz(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.arange(9999.0).reshape(-1, 3))
    raw = path.read_bytes()
    path.write_bytes(raw[:-10] if damage == "cut" else raw[:900] + b"abcd" + raw[904:])
    with pytest.raises(DataError, match="damaged"):
        read_table(path, header=False)


def test_npz_of_objects_and_other_archives(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.array([1, None], object))
    with pytest.raises(DataError, match="pickle can run code"):
        read_table(tmp_path / "a.npz", header=False)


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {"id": ["a", None], "x": [1, None], "y": [1.5, 2.5], "z": [True, False]}
    pl.DataFrame({**columns, "w": ["3", ""]}).write_parquet(path)
    table = read_table(path, header=False, text=("id",))
    assert table.columns == ("id", "x", "y", "z", "w")
    assert table.text["id"].tolist() == ["a", ""]
    np.testing.assert_array_equal(table.numbers, [[1, 1.5, 1, 3], [np.nan, 2.5, 0, np.nan]])


def test_faults_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"id": ["a", "2"], "y": [float("inf"), 1e300]}).write_parquet(path)
    with pytest.raises(FaultsError) as caught:
        read_table(path, header=False)
    assert caught.value.faults == (
        "row 1, column 1 (id): 'a' is not a number",
        "row 1, column 2 (y): 'inf' is infinite",
        "row 2, column 2 (y): '1e+300' is beyond what float32 holds (3.4e38)",
    )


def test_parquet_of_lists(tmp_path: Path) -> None:
    pl.DataFrame({"l": [[1], [2]]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column 1 \(l\) holds lists"):
        read_table(tmp_path / "a.parquet", header=False)


@pytest.mark.parametrize(("start", "stop"), [(4, 60), (-60, -4), (0, 4), (-4, None)])
def test_damaged_parquet(start: int, stop: int | None, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"x": list(range(999)), "y": ["a"] * 999}).write_parquet(path)
    raw = bytearray(path.read_bytes())
    raw[start:stop] = b"\xff" * len(raw[start:stop])
    path.write_bytes(raw)
    with pytest.raises(DataError, match="damaged"):
        read_table(path, header=False, text=("y",))


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    found = set()
    for value in (1.0, 2.0):
        np.save(tmp_path / "a.npy", np.full((2, 2), value))
        found.add(read_table(tmp_path / "a.npy", header=False).fingerprint)
    assert len(found) == 2
