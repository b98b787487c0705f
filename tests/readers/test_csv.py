"""CSV files that are as they should be, in every dress."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.readers import ALL, Table, csv, read_table

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=False)
MATRICES = hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=FLOATS)


@pytest.fixture(params=["python", "polars"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers must give the same: files are small, so polars has to be asked for."""
    monkeypatch.setattr(csv, "SMALL", 0 if request.param == "polars" else 1 << 40)
    return str(request.param)


def write(folder: Path, data: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(folder: Path, data: str | bytes, **options: object) -> Table:
    return read_table(write(folder, data), **{"header": False, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["%r", "%.9g", "%.18e", "%+.12g", "%17.9e"])
@given(matrix=MATRICES, end=st.sampled_from(["\n", "\r\n"]), dress=st.integers(0, 7))
@QUICK
def test_every_float32_comes_back_exactly(
    matrix: np.ndarray, end: str, dress: int, number: str, parser: str, tmp_path: Path
) -> None:
    def cell(value: np.float32) -> str:
        return "" if np.isnan(value) else number % float(value)

    lines = [",".join(map(cell, row)) for row in matrix]
    if matrix.shape[1] == 1:
        # A blank line at the end of the file would be no row.
        lines = [line or "nan" for line in lines]
    header, bom, packed = dress & 1, dress & 2, dress & 4
    if header:
        lines.insert(0, ",".join(f"c{i}" for i in range(matrix.shape[1])))
    data = (end.join(lines) + end).encode("utf-8-sig" if bom else "utf-8")
    if not header and matrix.shape[1] > 1 and np.isnan(matrix[:, -1]).all():
        return
    table = read(tmp_path, gzip.compress(data) if packed else data, header=bool(header))
    np.testing.assert_array_equal(table.numbers, matrix)
    there = ~np.isnan(matrix)
    # -0 too.
    assert np.array_equal(np.signbit(table.numbers[there]), np.signbit(matrix[there]))
    assert table.numbers.dtype == np.float32


@given(number=st.decimals(-(10**8), 10**8, places=18))
@QUICK
def test_both_parsers_round_once(number: object, tmp_path: Path) -> None:
    path = write(tmp_path, f"{number},1\n")
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for small in (0, 1 << 40):
            patch.setattr(csv, "SMALL", small)
            found.append(read_table(path, header=False).numbers[0, 0])
    assert found[0] == found[1]


def test_a_cell_just_above_the_middle_is_rounded_up(parser: str, tmp_path: Path) -> None:
    # 1 + 2**-24 is the middle between two float32 numbers; float64 can't hold the last digit.
    table = read(tmp_path, "1.00000005960464477539062500001,1.000000059604644775390625\n")
    assert table.numbers.tolist() == [[np.nextafter(np.float32(1), np.float32(2)), 1.0]]


@pytest.mark.parametrize(
    "cell", ["", "NA", "N/A", "nan", "NaN", "null", "none", "None", "?", " ", "-nan", " NA "]
)
def test_missing_cells_are_nan(cell: str, parser: str, tmp_path: Path) -> None:
    table = read(tmp_path, f"1,{cell},2\n3,4,5\n")
    assert math.isnan(table.numbers[0, 1])
    assert np.isnan(table.numbers).sum() == 1


@pytest.mark.parametrize("cell", ['"1.5"', " 1.5", "1.5 ", "+1.5", "15e-1", "\t1.5", '" 1.5 "'])
def test_numbers_in_any_dress(cell: str, parser: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"0,{cell},2\n").numbers.tolist() == [[0, 1.5, 2]]


def test_text_columns_keep_what_stands_there(parser: str, tmp_path: Path) -> None:
    data = 'id,x,genre\n1,2,"Pop, Rock"\n2.0,NA,none\n03,4, "say ""no"""\n,5,\n'
    table = read(tmp_path, data, header=True, text=("genre", "id"))
    assert {k: v.tolist() for k, v in table.text.items()} == {
        "id": ["1", "2.0", "03", ""],
        "genre": ["Pop, Rock", "none", 'say "no"', ""],
    }
    assert table.columns == ("id", "x", "genre")
    assert table.number_columns == ("x",)
    np.testing.assert_array_equal(table.numbers, [[2], [np.nan], [4], [5]])


def test_all_columns_as_text(parser: str, tmp_path: Path) -> None:
    table = read(tmp_path, "a b\nc/d.wav\n", text=ALL)
    assert table.text["0"].tolist() == ["a b", "c/d.wav"]
    assert table.numbers.shape == (2, 0)
    assert table.rows == 2


def test_a_line_end_inside_quotes(parser: str, tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n"x\ny",1\n"p\r\nq",2\n', header=True, text=("a",))
    assert table.text["a"].tolist() == ["x\ny", "p\r\nq"]


@pytest.mark.parametrize("size", [8, 64])
def test_pieces_end_where_rows_end(
    size: int, parser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "SIZE", size)
    data = "".join(f'"row\n{i}",{i},{i / 8}\n' for i in range(50))
    table = read(tmp_path, "name,a,b\n" + data + "\n\n", header=True, text=("name",))
    assert table.numbers[:, 0].tolist() == list(range(50))
    assert table.text["name"].tolist() == [f"row\n{i}" for i in range(50)]


@pytest.mark.parametrize("data", ["# a,b\n1,2\n", "#a, b\n1, 2\n", "\n a ,b\n1,2\n\n \n"])
def test_headers_in_any_dress(data: str, parser: str, tmp_path: Path) -> None:
    table = read(tmp_path, data, header=True)
    assert table.columns == ("a", "b")
    assert table.numbers.tolist() == [[1, 2]]


def test_pandas_own_names_are_a_header(parser: str, tmp_path: Path) -> None:
    assert read(tmp_path, "0,1\n5,6\n", header=True).rows == 1


def test_gzip_under_any_name(parser: str, tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(b"1,2\n3,4\n")).numbers.tolist() == [[1, 2], [3, 4]]


def test_old_line_ends(parser: str, tmp_path: Path) -> None:
    assert read(tmp_path, "1,2\r3,4\r").numbers.tolist() == [[1, 2], [3, 4]]


def test_a_blank_line_in_a_single_column_is_a_missing_cell(parser: str, tmp_path: Path) -> None:
    assert read(tmp_path, "a\n\nb\n\n", text=ALL).text["0"].tolist() == ["a", "", "b"]


def test_the_array_is_read_only(parser: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        read(tmp_path, "1,2\n").numbers[0, 0] = 5


def test_the_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    one, two = read(tmp_path, "1,2\n"), read(tmp_path, "1,2\r\n")
    assert one.fingerprint != two.fingerprint
    assert one.fingerprint == read(tmp_path, "1,2\n", text=ALL).fingerprint


CELLS = st.sampled_from(
    [
        *("1", "-2.5", "", "NA", "nan", "x", " 3", "4 ", "inf", "1e39", "1_0", "+.5", "none"),
        *('"q"', '"a,b"', '"a""b"', 'a"b', '"', '"\n"', '"x"y', ' "z"', '""'),
        *("\r", "é", "\t", "#"),
    ]
)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6),
    text=st.sampled_from([(), ("0",), ("0", "1"), ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    missing=st.booleans(),
)
@settings(QUICK, max_examples=400)
def test_the_fast_parser_never_disagrees(
    rows: list[list[str]], text: object, end: str, missing: bool, tmp_path: Path
) -> None:
    path = write(tmp_path, end.join(",".join(row) for row in rows) + end)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for small in (0, 1 << 40):
            patch.setattr(csv, "SMALL", small)
            try:
                table = read_table(path, header=False, text=text, missing=missing)  # type: ignore[arg-type]
            except ValueError as error:
                found.append(str(error))
            else:
                words = {k: v.tolist() for k, v in table.text.items()}
                found.append(repr((table.numbers.tolist(), words)))
    assert found[0] == found[1]


@pytest.mark.real
def test_the_real_competition(shared_data: Path) -> None:
    table = read_table(shared_data / "aalto_mlbp/pca_20.csv", header=False, missing=False)
    labels = read_table(shared_data / "aalto_mlbp/train_labels.csv", header=False, text=ALL)
    assert table.numbers.shape == (4363, 20)
    assert len(set(labels.text["0"])) == 10
