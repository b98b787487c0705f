"""Files that are wrong: one clear answer, with the place and the next step."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import DataError, FileProblem
from harness.readers import ALL, csv, inspect, read_table

GOOD = "1,2,3\n4,5,6\n7,8,9\n"


@pytest.fixture(params=["python", "polars"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SMALL", 0 if request.param == "polars" else 1 << 40)


def answer(folder: Path, data: str | bytes, name: str = "a.csv", **options: object) -> str:
    """What is said about a file with these bytes, without its path."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(DataError) as caught:
        read_table(path, **{"header": False, **options})  # type: ignore[arg-type]
    assert caught.value.where == str(path)
    assert caught.value.todo
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("data", ["", "\n", " \n\n", b"\xef\xbb\xbf"])
def test_empty(data: str | bytes, tmp_path: Path) -> None:
    assert answer(tmp_path, data).startswith("is empty")


@pytest.mark.parametrize("data", ["a,b\n", "a,b"])
def test_header_only(data: str, tmp_path: Path) -> None:
    assert answer(tmp_path, data, header=True).startswith("holds a header and no rows")


@pytest.mark.parametrize("data", ["1,5;2,5\n3,5;4,5\n", "a;b\n1,5;2,5\n", "1,5\t2,5\n3,5\t4,5\n"])
def test_decimal_commas(data: str, tmp_path: Path) -> None:
    said = answer(tmp_path, data, header=data.startswith("a"))
    assert "with decimal commas" in said


def test_spaces_after_commas_are_not_taken_for_the_delimiter(tmp_path: Path) -> None:
    assert "line 1, column 2: 'inf' is infinite" in answer(tmp_path, "1, inf, 3\n4, 5, 6\n")


def test_ragged_rows_are_all_named(tmp_path: Path) -> None:
    said = answer(tmp_path, "1,2,3\n4,5\n7,8,9,10\n,,\n1,2,\n")
    assert "2 faults" in said
    assert "line 2: 2 cells, but line 1 has 3" in said
    assert "line 3: 4 cells, but line 1 has 3" in said


def test_a_short_row_whose_last_cell_might_be_missing(tmp_path: Path) -> None:
    assert "line 2: 1 cell, but the header has 2" in answer(tmp_path, "a,b\n1\n", header=True)


def test_many_ragged_rows_are_one_sentence(tmp_path: Path) -> None:
    said = answer(tmp_path, "a,b,c\n" + "1,2,3,4\n" * 50, header=True)
    assert said.startswith("lines 2, 3, 4, 5, 6 and 45 more: 4 cells, but the header has 3\n")


def test_text_in_a_number_column(tmp_path: Path) -> None:
    said = answer(tmp_path, "g,mfcc1,mfcc2\na,1,2\nb,3,abc\n", header=True, text=("g",))
    assert said.startswith("line 3, column 3 (mfcc2): 'abc' is not a number\n")


@pytest.mark.parametrize("cell", ["1_000", "١", "0x10", "1.5.2", "1e", "--1", "1 2"])
def test_what_looks_like_a_number_and_is_none(cell: str, tmp_path: Path) -> None:
    assert f"column 2: {cell!r} is not a number" in answer(tmp_path, f"1,{cell},3\n4,5,6\n")


def test_a_column_of_text_is_one_sentence(tmp_path: Path) -> None:
    said = answer(tmp_path, "".join(f"{i},rock\n" for i in range(30)))
    assert said.startswith("lines 1, 2, 3, 4, 5 and 25 more, column 2: 'rock' is not a number\n")
    assert "`text`" in said


def test_infinity_and_numbers_beyond_float32(tmp_path: Path) -> None:
    said = answer(tmp_path, "1,inf,3\n-Infinity,1e39,1e400\n")
    assert "line 1, column 2: 'inf' is infinite" in said
    assert "line 2, column 1: '-Infinity' is infinite" in said
    assert "line 2, column 2: '1e39' is beyond what float32 holds" in said
    assert "line 2, column 3: '1e400' is beyond" in said
    assert 'infinite = "missing"' in said


def test_missing_cells_where_none_may_be(tmp_path: Path) -> None:
    said = answer(tmp_path, "a,b\nx,1\n,NA\n", header=True, text=("a",), missing=False)
    assert "line 3, column 1 (a): no value" in said
    assert "line 3, column 2 (b): no value" in said
    assert "missing = true" in said


def test_faults_of_all_kinds_at_once(tmp_path: Path) -> None:
    said = answer(tmp_path, "1,2,3\n4,5\nx,inf,7\n,1e40,8\n", missing=False)
    order = ["line 2: 2 cells", "'x' is not", "'inf' is infinite", "'1e40'", "no value"]
    assert "5 faults" in said
    assert sorted(order, key=said.index) == order


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a,b,a\n1,2,3\n", "line 1: columns 1, 3 are all called 'a'"),
        ("a,,c\n1,2,3\n", "line 1: no name for column 2"),
        ("a,b,\n1,2,3\n", "comma at the end of the line"),
        (",,\n1,2,3\n", "no name for column 1, 2, 3"),
    ],
)
def test_headers_that_name_badly(data: str, said: str, tmp_path: Path) -> None:
    assert said in answer(tmp_path, data, header=True)


def test_a_header_where_none_was_said(tmp_path: Path) -> None:
    said = answer(tmp_path, "filename,f0,f1\na,1,2\nb,3,4\n")
    assert "line 1: holds names ('filename', 'f0', 'f1') where numbers should be" in said
    assert "line 2, column 1: 'a' is not a number" in said
    assert "header = true" in said


def test_one_bad_cell_in_line_1_is_no_header(tmp_path: Path) -> None:
    assert "line 1, column 2: 'x' is not a number" in answer(tmp_path, "1,x,3\n4,5,6\n")


@pytest.mark.parametrize("data", ["1.5,2\n3,4\n", "1\n2\n3\n", "3,1,2\n4,5,6\n"])
def test_no_header_where_one_was_said(data: str, tmp_path: Path) -> None:
    said = answer(tmp_path, data, header=True, text=ALL)
    assert said.startswith("line 1 holds numbers")
    assert "header = false" in said


def test_quotes_that_do_not_match(tmp_path: Path) -> None:
    opened = answer(tmp_path, 'a,b\nz,1\n"x,2\ny,3\n', header=True, text=("a",))
    after = answer(tmp_path, 'a,b\n"x"y,2\nz,1\n', header=True, text=("a",))
    assert opened.startswith("line 3: a quote is opened and never closed")
    assert after.startswith("line 2: text follows a closing quote")


@pytest.mark.parametrize("cut", [5, 15, 100])
def test_damaged_gzip(cut: int, tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"{i},{i * i}\n" for i in range(999)).encode())
    assert answer(tmp_path, packed[:-cut]).startswith("the gzip data is damaged")
    flipped = packed[:200] + bytes([packed[200] ^ 255]) + packed[201:]
    assert "damaged" in answer(tmp_path, flipped)


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    said = answer(tmp_path, "genre,b\n1,2\n", header=True, text=("gener",))
    assert "no column is called 'gener'" in said
    assert "did you mean genre?" in said


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "train_data.csv").write_text(GOOD)
    with pytest.raises(FileProblem, match=r"did you mean train_data\.csv\?"):
        read_table(tmp_path / "train_dat.csv", header=False)
    with pytest.raises(FileProblem, match=r"the tables in that folder: train_data\.csv"):
        read_table(tmp_path / "zzz", header=False)
    with pytest.raises(FileProblem, match="nor does its folder"):
        read_table(tmp_path / "no" / "a.csv", header=False)
    with pytest.raises(FileProblem, match="doesn't exist"):
        read_table(tmp_path / "train_data.csv" / "a.csv", header=False)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(GOOD)
    with pytest.raises(FileProblem, match=r"is a folder, not a file\n  name a file in it.*x\.csv"):
        read_table(tmp_path, header=False)


def test_what_is_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="is not an ordinary file"):
        read_table(tmp_path / "pipe", header=False)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD)

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileProblem, match=r"can't be read \(Permission denied\)"):
        read_table(path, header=False)


@given(
    rows=st.integers(2, 60),
    row=st.integers(1, 10**6),
    column=st.integers(0, 3),
    damage=st.sampled_from(["text", "inf", "short", "long", "huge"]),
    size=st.sampled_from([32, 256, 1 << 20]),
    header=st.booleans(),
)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_anywhere_is_told_with_its_line(
    rows: int, row: int, column: int, damage: str, size: int, header: bool, tmp_path: Path
) -> None:
    lines = [[f"{r}.5", f"-{r}e2", str(r), f" {r}"] for r in range(rows)]
    # Line 1 without a header sets the width.
    at = 1 + row % (rows - 1)
    cell = {"text": "oops", "inf": "-inf", "huge": "-4e38"}.get(damage)
    if cell:
        lines[at][column] = cell
    else:
        lines[at] = lines[at][:-1] if damage == "short" else [*lines[at], "1"]
    text = "\n".join(map(",".join, ([["a", "b", "c", "d"]] if header else []) + lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv, "SIZE", size)
        said = answer(tmp_path, text, header=header)
    place = f"line {at + 1 + header}"
    if cell:
        name = f" ({'abcd'[column]})" if header else ""
        place += f", column {column + 1}{name}: {cell!r}"
    assert said.startswith(place)


def test_only_so_many_faults_are_looked_for(tmp_path: Path) -> None:
    said = answer(tmp_path, "1,2\n" + "x,y\n" * 5000)
    assert said.endswith("reading stopped after 1000 faults")


def test_a_line_without_end_is_no_table_of_a_million_columns(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(b"a," * 300_000)
    with pytest.raises(DataError, match="has 300,001 cells; at most 250,000"):
        inspect(tmp_path / "wide.csv")
    with pytest.raises(DataError, match="has 300,001 cells"):
        read_table(tmp_path / "wide.csv", header=False)


def test_an_array_of_no_rows_is_looked_at(tmp_path: Path) -> None:
    np.save(tmp_path / "none.npy", np.zeros((0, 5)))
    assert inspect(tmp_path / "none.npy").rows == 0
