"""Text in other encodings: read where it is certain, else named with the command that mends it."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from harness.errors import DataError
from harness.readers import ALL, Table, csv, inspect, read_table

TEXT = "id,genre,x\n1,Peña,0.5\n2,niño,1.5\n3,plain,2.5\n"


@pytest.fixture(params=["python", "polars"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SMALL", 0 if request.param == "polars" else 1 << 40)


def put(folder: Path, data: bytes, name: str = "train.csv") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def read(path: Path) -> Table:
    return read_table(path, header=True, text=("genre",))


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_certain_is_read(encoding: str, end: str, packed: bool, tmp_path: Path) -> None:
    # Without a mark 32 bits look like 16.
    marked = "\ufeff" if encoding == "utf-32-be" else ""
    data = (marked + TEXT.replace("\n", end)).encode(encoding)
    table = read(put(tmp_path, gzip.compress(data) if packed else data))
    assert table.text["genre"].tolist() == ["Peña", "niño", "plain"]
    assert table.numbers[:, 1].tolist() == [0.5, 1.5, 2.5]
    assert [note for note in table.notes if "written as text twice" not in note] == []
    assert bool(table.notes) == (end == "\r\r\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n"])
def test_pieces_may_part_characters_and_line_ends(
    encoding: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.readers._encoding.HEAD", 63)
    monkeypatch.setattr(csv, "SIZE", 17)
    text = "id,genre,x\n" + "".join(f"{k},ñ{k}€,{k}.5\n" for k in range(50))
    table = read(put(tmp_path, text.replace("\n", end).encode(encoding)))
    assert table.text["genre"].tolist() == [f"ñ{k}€" for k in range(50)]
    assert table.numbers[:, 1].tolist() == [k + 0.5 for k in range(50)]


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("latin-1", TEXT, "line 2 has the byte 0xf1); is it Latin-1?"),
        ("cp1252", TEXT.replace("plain", "5 €"), "is it Windows-1252?"),
        ("latin-1", "id,genre,año\n1,a,2\n", "line 1 has the byte 0xf1); is it Latin-1?"),
    ],
)
@pytest.mark.parametrize("name", ["train.csv", "it's here.csv"])
def test_the_command_that_is_named_mends_it(
    encoding: str, text: str, said: str, name: str, tmp_path: Path
) -> None:
    path = put(tmp_path, text.encode(encoding), name)
    for opened in (read, inspect):
        with pytest.raises(DataError) as caught:
            opened(path)
        assert caught.value.where == str(path)
        assert said in caught.value.what
    command = str(caught.value.todo).removeprefix("convert it: ")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    assert read(path).text["genre"].tolist()[0] in text


def test_packed_latin_1(tmp_path: Path) -> None:
    path = put(tmp_path, gzip.compress(TEXT.encode("latin-1")), "train.csv.gz")
    with pytest.raises(DataError, match="Latin-1") as caught:
        read(path)
    command = str(caught.value.todo).removeprefix("convert it: ")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    assert read(tmp_path / "train.csv").text["genre"].tolist()[0] == "Peña"


def test_other_alphabets_are_not_called_latin(tmp_path: Path) -> None:
    text = "id,genre,x\n1,музыка,1\n2,песня,2\n"
    with pytest.raises(DataError) as caught:
        read(put(tmp_path, text.encode("cp1251")))
    assert "Latin" not in str(caught.value)
    assert re.search("iconv -f ENCODING .*, with its encoding", str(caught.value.todo))


def test_one_damaged_line_of_utf8(tmp_path: Path) -> None:
    data = (TEXT + "4,naïve,1\n").encode() + b"5,ca\xe9,1\n"
    with pytest.raises(DataError, match=r"UTF-8 text but for some bytes \(line 6 has") as caught:
        read(put(tmp_path, data))
    assert "iconv" not in str(caught.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not text"):
        read(put(tmp_path, b"1,2\n3,\x004\n"))
    late = TEXT.encode() * 500 + b"1,a\0b,2\n"
    with pytest.raises(DataError, match="line 2001 holds a zero byte"):
        read_table(put(tmp_path, late), header=True, text=ALL)
    with pytest.raises(DataError, match="is damaged UTF-16 text"):
        read(put(tmp_path, TEXT.encode("utf-16")[:-1]))
