"""What a file seems to be, before anybody has said."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness.errors import DataError
from harness.readers import Peek, _chunks, _peek, inspect, read_table


def look(folder: Path, data: str | bytes) -> Peek:
    path = folder / "a.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return inspect(path)


@pytest.mark.parametrize(
    ("data", "header", "why"),
    [
        ("1,2\n3,4\n", False, "line 1 holds numbers, as data does"),
        ("a,b\n1,2\n", True, "line 1 holds text ('a') above a column of numbers"),
        ("name,x\nq,1\nr,\n", True, "line 1 holds text ('x') above a column of numbers"),
        ("# a,b\n1,2\n", True, "numpy.savetxt"),
        ("0,1,2\n5,6,7\n", True, "as pandas writes"),
        ("5\n4\n", False, "numbers"),
        ("label\nrock\njazz\n", True, "'label', a usual name"),
        ("rock\njazz\nrock\n", False, "'rock' of line 1 appears again"),
        ("a/a.00001.wav\na/a.00002.wav\n", False, "written like the cells below"),
        ("x.wav,1\ny.wav,2\n", False, "numbers"),
        ("Song No\nA-1\nB-2\n", True, "unlike"),
        ("rock\n", True, "the only line"),
    ],
)
def test_the_guess_about_the_header(data: str, header: bool, why: str, tmp_path: Path) -> None:
    peek = look(tmp_path, data)
    assert (peek.header, peek.rows) == (header, data.count("\n") - header)
    assert why in peek.header_reason


def test_columns_and_what_they_hold(tmp_path: Path) -> None:
    peek = look(tmp_path, 'file,n,x,y,e\n"a,b",1,0.5,NA,\nc,2.0,,?,\na,1,2,1e3,\n')
    assert peek.kind == "csv"
    assert peek.columns == ("file", "n", "x", "y", "e")
    assert dict(peek.kinds) == {
        "file": "text",
        "n": "integer",
        "x": "number",
        "y": "integer",
        "e": "number",
    }
    assert dict(peek.missing) == {"file": 0, "n": 0, "x": 1, "y": 2, "e": 3}
    assert peek.distinct["file"] == ("a,b", "c", "a")
    assert peek.distinct["n"] == ("1", "2.0")
    assert peek.distinct["y"] == ("1e3",)
    assert peek.distinct["e"] == ()


def test_a_text_column_keeps_its_none(tmp_path: Path) -> None:
    peek = look(tmp_path, "genre,x\nnone,1\nrock,2\n,3\n")
    assert peek.distinct["genre"] == ("none", "rock")
    assert peek.missing["genre"] == 1


@pytest.mark.parametrize("size", [1 << 20, 64])
def test_many_values_are_not_listed(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_chunks.Chunks.__init__, "__defaults__", (size,))
    rows = "".join(f"{i},{i % 200},{i % 201},{'x' if i == 390 else i},\n" for i in range(400))
    peek = look(tmp_path, "a,b,c,d,e\n" + rows)
    assert set(peek.distinct) == {"b", "e"}
    assert peek.distinct["b"] == tuple(map(str, range(200)))
    assert peek.kinds["d"] == "text"
    assert peek.rows == 400


def test_pieces_of_numbers_are_read_as_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_chunks.Chunks.__init__, "__defaults__", (4096,))
    seen = []
    frame = _peek._frame
    monkeypatch.setattr(_peek, "_frame", lambda *a: seen.append(frame(*a)) or seen[-1])
    rows = [f"{i},{i / 4},{'' if i == 2900 else i * 2}" for i in range(3000)]
    peek = look(tmp_path, "\n".join(rows))
    assert seen[-1].dtypes == [pl.Float64] * 3
    assert dict(peek.kinds) == {"0": "integer", "1": "number", "2": "integer"}
    assert peek.missing["2"] == 1


def test_gzip_bom_and_line_ends(tmp_path: Path) -> None:
    peek = look(tmp_path, gzip.compress(b"\xef\xbb\xbfa,b\r\n1,2\r\n"))
    assert (peek.header, peek.columns, peek.rows) == (True, ("a", "b"), 1)


def test_arrays_and_parquet(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1, 0.5], [2, np.nan]]))
    pl.DataFrame({"g": ["x", None], "n": [3, 4], "b": [True, False]}).write_parquet(
        tmp_path / "a.parquet"
    )
    array, frame = inspect(tmp_path / "a.npy"), inspect(tmp_path / "a.parquet")
    assert (array.kind, array.header, array.columns) == ("npy", False, ("0", "1"))
    assert dict(array.missing) == {"0": 0, "1": 1}
    assert dict(array.kinds) == {"0": "integer", "1": "number"}
    assert (frame.kind, frame.header, frame.rows) == ("parquet", True, 2)
    assert frame.distinct["g"] == ("x",)
    assert frame.kinds["n"] == "integer"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a,b\n1,2\n3\n", "line 3: 1 cell, but the header has 2"),
        ("", "is empty"),
        ("x,x\n1,2\n", "called 'x'"),
        (b"\x80\x04\x95aaaa", "pickle"),
    ],
)
def test_bad_files(data: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        look(tmp_path, data)


def test_an_array_that_is_no_table(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2, 2)))
    with pytest.raises(DataError, match="not a table"):
        inspect(tmp_path / "a.npy")


CELLS = st.sampled_from(["1", "2.5", "x", "", "NA", " 3 ", '"q,r"', "1e2", "-1", "1_0", "é"])


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=8), header=st.booleans())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_called_text_is_what_the_reader_refuses(
    rows: list[tuple[str, str]], header: bool, tmp_path: Path
) -> None:
    lines = ([("p", "q")] if header else []) + rows
    # Columns of one name or of none are another matter, and so are commas at every line end.
    assume(len({cell.strip() for cell in lines[0]} - {""}) == 2)
    peek = look(tmp_path, "\n".join(map(",".join, lines)))
    assume(peek.header or any(last for _, last in lines))
    text = [name for name, kind in peek.kinds.items() if kind == "text"]
    table = read_table(peek.path, header=peek.header, text=text)
    assert table.columns == peek.columns
    assert table.rows == peek.rows
    numbers = zip(table.number_columns, table.numbers.T, strict=True)
    missing = {name: int(np.isnan(cells).sum()) for name, cells in numbers}
    missing |= {name: int((cells == "").sum()) for name, cells in table.text.items()}
    assert missing == dict(peek.missing)


@pytest.mark.real
def test_real_files(shared_data: Path) -> None:
    gtzan = inspect(shared_data / "gtzan30/features_30_sec.csv")
    labels = inspect(shared_data / "aalto_mlbp/train_labels.csv")
    split = inspect(shared_data / "gtzan30/split/fault_filtered_test.txt")
    assert (gtzan.header, gtzan.rows, len(gtzan.distinct["label"])) == (True, 1000, 10)
    assert (labels.header, labels.rows, len(labels.distinct["0"])) == (False, 4363, 10)
    assert (split.header, split.rows, split.kinds["0"]) == (False, 290, "text")
