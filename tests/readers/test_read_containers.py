"""What a file is, by its content: read through, or named with one next step."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness.errors import DataError
from harness.readers import Table, column_names, inspect, read_table

TEXT = "id,x,kind\n1,0.5,red\n2,1.5,blue\n"
FRAME = pl.DataFrame({"id": [1, 2], "x": [0.5, 1.5], "kind": ["red", "blue"]})


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return held.getvalue()


def zstd(text: str) -> bytes:
    held = io.BytesIO()
    pl.read_csv(text.encode(), infer_schema=False).write_csv(held, compression="zstd")
    return held.getvalue()


def put(folder: Path, data: bytes, name: str = "train.csv") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def is_the_table(path: Path) -> bool:
    table = read_table(path, header=True, text=("kind",))
    peek = inspect(path)
    assert peek.columns == column_names(path, header=True) == table.columns == ("id", "x", "kind")
    assert (peek.header, peek.rows) == (True, 2)
    assert table.text["kind"].tolist() == ["red", "blue"]
    return table.numbers.tolist() == [[1, 0.5], [2, 1.5]]


PACKED = {
    "gzip": gzip.compress(TEXT.encode()),
    "bzip2": bz2.compress(TEXT.encode()),
    "xz": lzma.compress(TEXT.encode()),
    "zstandard": zstd(TEXT),
    "zip": zipped(train__csv=TEXT),
    "zip of a Mac": zipped(train__csv=TEXT, **{"__MACOSX/._train.csv": "\0\0"}),
    "zip of UTF-16": zipped(train__csv=TEXT),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
@pytest.mark.parametrize("name", ["train.csv", "train.zip", "train"])
def test_packed_tables_are_read_under_any_name(data: bytes, name: str, tmp_path: Path) -> None:
    assert is_the_table(put(tmp_path, data, name))


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstandard", "zip"])
@pytest.mark.parametrize("cut", [8, 14, 30])
def test_damaged_ones_are_named(name: str, cut: int, tmp_path: Path) -> None:
    path = put(tmp_path, PACKED[name][:-cut])
    for opened in (inspect, lambda path: read_table(path, header=True)):
        with pytest.raises(DataError) as caught:
            opened(path)
        assert caught.value.where == str(path)
        assert "damaged" in caught.value.what or "zstd -d" in str(caught.value.todo)


def test_many_files_in_one_zip(tmp_path: Path) -> None:
    path = put(tmp_path, zipped(train__csv=TEXT, test__csv=TEXT), "all.zip")
    with pytest.raises(DataError, match=r"a zip archive of 2 files \(train.csv, test.csv\)") as e:
        read_table(path, header=True)
    assert e.value.todo == f"unzip it: unzip {path} -d {tmp_path}"


def test_an_empty_zip(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is an empty zip archive"):
        inspect(put(tmp_path, zipped()))


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_what_is_packed_may_not_be_text(name: str, tmp_path: Path) -> None:
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}[name]
    FRAME.write_parquet(tmp_path / "a.parquet")
    ending = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz"}[name]
    data = pack((tmp_path / "a.parquet").read_bytes())
    (tmp_path / "a.parquet").unlink()
    path = put(tmp_path, data, "a.parquet" + ending)
    with pytest.raises(DataError, match=f"is an? {name} file with a Parquet file in it") as caught:
        inspect(path)
    command = str(caught.value.todo).removeprefix("unpack it: ")
    subprocess.run(["sh", "-c", command], check=True)
    assert is_the_table(tmp_path / "a.parquet")


def test_feather_and_parquet_under_any_name(tmp_path: Path) -> None:
    FRAME.write_ipc(tmp_path / "train.feather", compression="lz4")
    assert is_the_table(tmp_path / "train.feather")
    FRAME.write_ipc(tmp_path / "train.csv", compression="zstd")
    assert is_the_table(tmp_path / "train.csv")
    FRAME.write_parquet(tmp_path / "train.csv")
    assert is_the_table(tmp_path / "train.csv")


RECORDS = FRAME.to_dicts()
JSON = {
    "lines": "\n".join(map(json.dumps, RECORDS)),
    "lines and blanks": "\n\n".join(map(json.dumps, RECORDS)) + "\n\n",
    "records": json.dumps(RECORDS),
    "records, indented": json.dumps(RECORDS, indent=2),
    "columns": json.dumps(FRAME.to_dict(as_series=False)),
    "pandas": json.dumps({c: dict(enumerate(FRAME[c].to_list())) for c in FRAME.columns}),
    "split": json.dumps({"columns": FRAME.columns, "index": [0, 1], "data": FRAME.rows()}),
}


@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
@pytest.mark.parametrize("packed", [False, True])
def test_json(text: str, packed: bool, tmp_path: Path) -> None:
    data = text.encode()
    assert is_the_table(put(tmp_path, gzip.compress(data) if packed else data, "train.json"))


def test_cells_of_json(tmp_path: Path) -> None:
    records = [
        {"a": 1, "b": None, "c": True, "d": "x", "e": [1], "f": 2**70},
        {"a": 2.5, "b": 3, "c": False, "d": 7, "e": None, "f": 1},
    ]
    path = put(tmp_path, "\n".join(map(json.dumps, records)).encode())
    table = read_table(path, header=True, text=("d", "e"))
    np.testing.assert_array_equal(
        table.numbers, np.float32([[1, np.nan, 1, 2**70], [2.5, 3, 0, 1]])
    )
    assert table.text["d"].tolist() == ["x", "7"]
    assert inspect(path).nested == {"e": "lists"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"code": 401, "message": "Unauthorized"}', r"is JSON \(with code, message\), but no t"),
        ('{"a": [1, 2], "b": [1]}', "is JSON, but no table"),
        ("[[1, 2], [3]]", "is JSON, but no table"),
        ("[]", "is JSON, but no table"),
        ('{"a": 1}\n{"a": 2', "line 2 is not JSON, or the file is cut off"),
        ('[{"a": 1},', "is not JSON, or the file is cut off"),
        ("[[" * 100_000, "is JSON, but no table|not JSON"),
    ],
)
def test_json_that_is_no_table(text: str, said: str, tmp_path: Path) -> None:
    path = put(tmp_path, text.encode())
    for opened in (inspect, lambda path: read_table(path, header=True)):
        with pytest.raises(DataError, match=said):
            opened(path)


def sheet() -> bytes:
    return zipped(**{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "db") as connection:
        connection.execute("create table t (a)")
    connection.close()
    return (folder / "db").read_bytes()


def tarred() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("train.csv"))
    return held.getvalue()


FOREIGN = [
    (sheet(), "a spreadsheet", "save it as CSV"),
    (zipped(mimetype="x", **{"content.xml": "<x/>"}), "a spreadsheet", "save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel sheet", "save it as CSV"),
    (b"%PDF-1.7\n", "a PDF", "CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "CSV"),
    (pickle.dumps([1, 2]), "a pickle", "never does"),
    (pickle.dumps({"a": 1}, protocol=2), "a pickle", "never does"),
    (gzip.compress(pickle.dumps([1, 2])), "a gzip file with a pickle in it", "never does"),
    (tarred(), "a tar archive", "tar -xf"),
    (b"<!DOCTYPE html>\n<html><title>Sign in</title>", "a web page, not a table", "signed in"),
    (b"\n\n<html>\n", "a web page, not a table", "signed in"),
    (gzip.compress(b"<html>"), "a gzip file with a web page", "signed in"),
    (zipped(train__csv="<html></html>"), "a zip archive with a web page", "signed in"),
    (b'<?xml version="1.0"?>\n<rows/>', "an XML document", "CSV"),
    (b"% remark\n@RELATION iris\n", "an ARFF file", "CSV"),
    (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS", "git lfs pull"),
    (b"\x89PNG\r\n\x1a\n", "a picture", "table"),
    (b"FEA1....", "Feather file of the first version", "newer pandas"),
]


@pytest.mark.parametrize(("data", "what", "todo"), FOREIGN, ids=[what for _, what, _ in FOREIGN])
@pytest.mark.parametrize("name", ["train.csv", "train"])
def test_what_is_not_read_is_named(
    data: bytes, what: str, todo: str, name: str, tmp_path: Path
) -> None:
    path = put(tmp_path, data, name)
    for opened in (inspect, lambda path: read_table(path, header=True)):
        with pytest.raises(DataError) as caught:
            opened(path)
        assert caught.value.where == str(path)
        assert what in caught.value.what
        assert todo in str(caught.value.todo)
        assert len(str(caught.value).splitlines()) == 2


def test_a_database_and_its_command(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="an SQLite database") as caught:
        inspect(put(tmp_path, database(tmp_path)))
    assert "sqlite3 -csv -header" in str(caught.value.todo)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.parquet", "a.feather"])
def test_a_name_that_promises_something_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="or a damaged one: it starts with"):
        inspect(put(tmp_path, b"junk,junk\n1,2\n", name))


def test_columns_of_lists_and_bytes(tmp_path: Path) -> None:
    frame = FRAME.with_columns(
        pl.Series("l", [[1.0], [2.0]]), pl.Series("b", [b"\xff", b"b"]), pl.struct("id").alias("s")
    )
    for path, write in ((tmp_path / "a.parquet", frame.write_parquet),
                        (tmp_path / "a.feather", frame.write_ipc)):  # fmt: skip
        write(path)
        assert inspect(path).nested == {"l": "lists", "b": "bytes", "s": "records"}
        with pytest.raises(DataError, match=r"column 4 \(l\) holds lists") as caught:
            read_table(path, header=True, text=("kind",))
        assert '`drop = ["l"]`' in str(caught.value.todo)
        # What is dropped is set aside as text.
        table: Table = read_table(path, header=True, text=("kind", "l", "b", "s"))
        assert table.number_columns == ("id", "x")
