"""Rows in every dress: delimiters, lines that hold no row, empty last cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import DataError
from harness.readers import ALL, Table, column_names, csv, inspect, read_table

HEAD = ["id", "f0", "f1", "kind"]
ROWS = [["1", "0.5", "-2", "red"], ["2", "1.5", "7", "blue"], ["3", "2.5", "9", "red"]]


@pytest.fixture(params=["python", "polars"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SMALL", 0 if request.param == "polars" else 1 << 40)


def written(delimiter: str = ",", *, header: bool = True) -> list[str]:
    return [delimiter.join(row) for row in ([HEAD] * header + ROWS)]


def read(folder: Path, data: str, **options: object) -> Table:
    path = folder / "train.csv"
    path.write_bytes(data.encode())
    options = {"header": True, "text": ("kind",), **options}
    return read_table(path, **options)  # type: ignore[arg-type]


def is_the_table(table: Table) -> bool:
    """And what `inspect` and `column_names` say of the file is what was read."""
    peek = inspect(table.path)
    assert (peek.header, peek.rows, peek.columns) == (True, 3, tuple(HEAD))
    assert peek.notes == table.notes
    assert column_names(table.path, header=True) == tuple(HEAD)
    assert table.columns == tuple(HEAD)
    assert table.text["kind"].tolist() == ["red", "blue", "red"]
    return table.numbers.tolist() == [[1, 0.5, -2], [2, 1.5, 7], [3, 2.5, 9]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "   ", ", ", ";  "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str, tmp_path: Path) -> None:
    table = read(tmp_path, end.join(written(delimiter)) + end)
    assert is_the_table(table)
    assert table.notes == ()


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
def test_matrices_without_a_header(delimiter: str, tmp_path: Path) -> None:
    text = "\n".join(delimiter.join(row[:3]) for row in ROWS)
    table = read(tmp_path, text, header=False, text=())
    assert table.numbers.tolist() == [[1, 0.5, -2], [2, 1.5, 7], [3, 2.5, 9]]


def test_columns_that_blanks_line_up(tmp_path: Path) -> None:
    lines = [f"  {a:>4} {b:>6}   {c:>8}  {d:<6}" for a, b, c, d in [HEAD, *ROWS]]
    assert is_the_table(read(tmp_path, "\n".join(lines)))


def test_numpys_own_layout(tmp_path: Path) -> None:
    matrix = np.array([[1.5, 2, 3], [4, 5, -6e-8]])
    np.savetxt(tmp_path / "a.csv", matrix, header="u v w")
    table = read_table(tmp_path / "a.csv", header=True)
    assert table.columns == ("u", "v", "w")
    np.testing.assert_array_equal(table.numbers, matrix.astype(np.float32))
    np.savetxt(tmp_path / "a.csv", matrix, header="made by me\nu,v,w", delimiter=",")
    assert read_table(tmp_path / "a.csv", header=True).columns == ("u", "v", "w")


@pytest.mark.parametrize(
    "text",
    [
        "classical music\nhip hop\nhip hop\n",
        "track 1\ntrack 2\n",
        "genre name\nrock\nhip hop\n",
        "a, b\nc\n",
        "tags\nrock;pop\njazz;blues\n",
        "made by hand\n# 1\n# 2\n",
    ],
)
def test_words_are_one_column(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text.replace(", ", " "))
    table = read_table(tmp_path / "a.csv", header=False, text=ALL)
    assert table.columns == ("0",)
    assert table.text["0"].tolist() == text.replace(", ", " ").split("\n")[:-1]


def test_commas_and_tabs_inside_text(tmp_path: Path) -> None:
    tabs = "id\ttext\tx\n1\tgood, better, best\t1\n2\tnone\t2\n"
    table = read(tmp_path, tabs, text=("text",))
    assert table.text["text"].tolist() == ["good, better, best", "none"]
    table = read(tmp_path, 'id,text,x\n1,a;b,1\n2,"c;d",2\n', text=("text",))
    assert table.text["text"].tolist() == ["a;b", "c;d"]
    table = read(tmp_path, 'id;text;x\n1;"a;b";1\n2;"c\nd";2\n', text=("text",))
    assert table.text["text"].tolist() == ["a;b", "c\nd"]


def test_the_last_cells_of_a_table_with_tabs_may_be_empty(tmp_path: Path) -> None:
    table = read(tmp_path, "a\tb\tc\n1\t2\t3\n4\t5\t\n", text=())
    assert np.isnan(table.numbers[1, 2])
    assert table.rows == 2


@pytest.mark.parametrize("mark", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_excels_mark_of_the_delimiter(mark: str, tmp_path: Path) -> None:
    table = read(tmp_path, "\n".join([mark, *written(";")]))
    assert is_the_table(table)
    assert table.notes == (f"line 1 ({mark}) is Excel's mark of the delimiter and was passed over",)
    assert is_the_table(read(tmp_path, "\n".join(["sep=,", *written()])))


@pytest.mark.parametrize(
    "before",
    [
        ["# exported 2024-01-01 by lab"],
        ["# exported by lab, room 7"],
        ["#exported", "#by lab, now", ""],
        ["Report of the laboratory"],
        ["Report of the laboratory", "", "Version 2"],
        ["Report,,,", ",,,"],
        ["% a remark", "% another"],
        ["Laboratory,7", "Date,2024-01-01", ""],
        ["", ""],
    ],
)
def test_lines_before_the_header(before: list[str], tmp_path: Path) -> None:
    table = read(tmp_path, "\n".join([*before, *written()]))
    assert is_the_table(table)
    if any(before):
        lines = f"lines 1 to {len(before)} stand" if len(before) > 1 else "line 1 stands"
        assert table.notes[0].startswith(f"{lines} before the table and w")
        assert repr(before[0].replace(",", ""))[:12] in table.notes[0].replace(",", "")


def test_a_fault_below_a_preamble_has_the_files_own_line(tmp_path: Path) -> None:
    text = "\n".join(["# one", "# two", *written(), "4,x,7,red"])
    with pytest.raises(DataError, match=r"line 7, column 2 \(f0\): 'x' is not a number"):
        read(tmp_path, text)


def test_remarks_inside(tmp_path: Path) -> None:
    lines = written()
    lines.insert(2, "# calibrated anew")
    table = read(tmp_path, "\n".join(lines))
    assert is_the_table(table)
    assert table.notes == ("line 3 is a remark and was passed over",)


def test_blank_lines(tmp_path: Path) -> None:
    lines = written()
    lines[2:2] = ["", "  "]
    table = read(tmp_path, "\n".join(lines) + "\n\n \n")
    assert is_the_table(table)
    assert table.notes == ("lines 3, 4 are blank and were passed over",)


def test_a_header_again(tmp_path: Path) -> None:
    lines = written()
    lines[3:3] = lines[:1]
    table = read(tmp_path, "\n".join(lines))
    assert is_the_table(table)
    assert table.notes == ("line 4 repeats the header and was passed over",)


def test_a_header_again_where_every_column_is_text(tmp_path: Path) -> None:
    lines = written()
    lines[3:3] = lines[:1]
    assert read(tmp_path, "\n".join(lines), text=ALL).rows == 3


def test_a_cell_that_is_its_columns_name_is_a_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("label\nlabel\nrock\n")
    assert read_table(tmp_path / "a.csv", header=True, text=ALL).rows == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
def test_a_delimiter_at_every_line_end(delimiter: str, header: bool, tmp_path: Path) -> None:
    lines = [line + delimiter for line in written(delimiter)]
    lines[0] = lines[0] if header else lines[0].removesuffix(delimiter)
    table = read(tmp_path, "\n".join(lines) + "\n")
    assert is_the_table(table)
    assert "empty last column was passed over" in table.notes[0]


def test_a_last_column_without_a_name_that_holds_something(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no name for column 5"):
        read(tmp_path, "id,f0,f1,kind,\n1,2,3,red,\n2,3,4,red,5\n")
    late = "id,f0,f1,kind,\n" + "1,2,3,red,\n" * 100 + "1,2,3,red,9\n"
    with pytest.raises(DataError, match="line 102: 5 cells, but the header has 4"):
        read(tmp_path, late)


def test_row_numbers_without_a_name(tmp_path: Path) -> None:
    table = read(tmp_path, ",id,f0\n0,7,1\n1,8,2\n", text=())
    assert table.columns == ("Unnamed: 0", "id", "f0")
    assert "first column has no name" in table.notes[0]
    assert inspect(table.path).columns == table.columns
    assert read(tmp_path, ",0,1\n0,2,3\n", text=()).columns == ("Unnamed: 0", "0", "1")


@pytest.mark.parametrize("quote", ["", '"'])
def test_cells_as_long_as_they_like(quote: str, tmp_path: Path) -> None:
    long = "ACGT" * 40_000
    table = read(tmp_path, f"id,seq\n1,{quote}{long}{quote}\n2,AC\n", text=("seq",))
    assert table.text["seq"].tolist() == [long, "AC"]
    assert column_names(table.path, header=True) == ("id", "seq")


def test_infinite_cells_may_count_as_missing(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,inf\n-Infinity,2\n", text=(), infinite=True)
    np.testing.assert_array_equal(table.numbers, np.float32([[1, np.nan], [np.nan, 2]]))
    assert inspect(table.path).infinite == {"a": 1, "b": 1}
    with pytest.raises(DataError, match="beyond what float32 holds"):
        read(tmp_path, "a,b\n1,1e39\n", text=(), infinite=True)
    with pytest.raises(DataError, match="no value"):
        read(tmp_path, "a,b\n1,inf\n", text=(), infinite=True, missing=False)


def test_notes_come_from_the_cache_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.readers._cache.FROM_BYTES", 0)
    text = "\n".join(["# a remark", *written()])
    first, again = read(tmp_path, text), read(tmp_path, text)
    assert first.notes == again.notes != ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2,3\n4,5,6\n", "lines 2, 3|2 faults"),
        ("a;b;c\n1;2;3\n4;5\n6;7;8\n9;1;2\n3;4;5\n", "line 3: 2 cells, but the header has 3"),
        ("a,b,c\n1,2,3\nTotal: 1 row\n", "line 3: 1 cell, but the header has 3"),
        ("a,b,c\n1,2,3\n4,5\n6,7,8,9\n", "2 faults"),
    ],
)
def test_ragged_lines_are_told(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, text, text=())
