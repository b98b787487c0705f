"""Tables in another writing: R's row names are read; Markdown and libsvm are named, with a command
that makes a table of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.errors import DataError
from harness.readers import column_names, inspect, read_table

ROWS = [(str(i), f"{i * 7 % 11 - 5}.25", f"{i % 5}.5", "ab"[i % 2]) for i in range(1, 31)]
NAMES = ("x1", "x2", "label")


def r_table(delimiter: str, quote: str, rows: list[tuple[str, ...]] = ROWS) -> str:
    lines = [delimiter.join(f"{quote}{name}{quote}" for name in NAMES)]
    lines += [
        f"{quote}{i}{quote}{delimiter}{a}{delimiter}{b}{delimiter}{quote}{c}{quote}".replace(
            delimiter, delimiter
        )
        for i, a, b, c in rows
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("delimiter", [" ", "\t", ",", ";", "|"])
@pytest.mark.parametrize("quote", ['"', ""])
def test_r_writes_row_names_without_a_name(tmp_path: Path, delimiter: str, quote: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(r_table(delimiter, quote))
    peek = inspect(path)
    assert peek.columns == ("Unnamed: 0", *NAMES)
    assert peek.header
    assert "names of the rows, as R writes them" in " ".join(peek.notes)
    table = read_table(path, header=True, text=["label", "Unnamed: 0"])
    assert column_names(path, header=True) == table.columns == peek.columns
    assert list(table.text["Unnamed: 0"]) == [row[0] for row in ROWS]
    assert list(table.text["label"]) == [row[3] for row in ROWS]
    np.testing.assert_array_equal(table.numbers[:, 0], [float(row[1]) for row in ROWS])


def test_some_of_r_s_rows_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(r_table(",", '"', ROWS[::-2]))
    table = read_table(path, header=True, text=["label", "Unnamed: 0"])
    assert table.text["Unnamed: 0"][0] == "30"


@pytest.mark.parametrize("header", ["id,x1,x2", "a,b,c"])
def test_a_header_that_lacks_another_name_is_a_fault(tmp_path: Path, header: str) -> None:
    path = tmp_path / "train.csv"
    rows = ROWS if header.startswith("id") else [("7", *row[1:]) for row in ROWS]
    path.write_text(header + "\n" + "".join(",".join(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="4 cells, but the header has 3"):
        read_table(path, header=True, text=[header.split(",")[0]])


def barred(start: str, rule: str, end: str) -> str:
    lines = [start + " | ".join(row) + end for row in [("id", *NAMES), *ROWS]]
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


WRITINGS = {
    "markdown": barred("| ", "|---|---|---:|:--:|", " |"),
    "no-bars-at-the-ends": barred("", "--- | --- | --- | ---", ""),
    "org-mode": barred("| ", "|----+----+----+---|", " |"),
    "psql": barred(" ", "----+------+------+-----", ""),
    "mysql": "+--+--+--+--+\n" + barred("| ", "+--+--+--+--+", " |") + "+--+--+--+--+\n",
    "windows": barred("| ", "|---|---|---|---|", " |").replace("\n", "\r\n"),
}
LIBSVM = {
    "plain": [f"{'+1' if c == 'a' else '-1'} 1:{a} 2:{b}" for _, a, b, c in ROWS],
    "sparse": [f"{'ab'.index(c)} " + f"1:{a} 2:{b}" * (int(i) % 4 > 0) for i, a, b, c in ROWS],
    "queries": [f"{'ab'.index(c)} qid:{i} 1:{a} 2:{b} # {i}" for i, a, b, c in ROWS],
}


def step(path: Path, kind: str) -> str:
    with pytest.raises(DataError, match=f"is {kind}, which harness doesn't read") as raised:
        read_table(path, header=True)
    return str(raised.value.todo).partition(": ")[2]


@pytest.mark.parametrize("name", ["train.csv", "my table.txt"])
@pytest.mark.parametrize("writing", WRITINGS)
def test_a_table_drawn_with_bars_is_named_and_its_step_makes_one(
    tmp_path: Path, writing: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(WRITINGS[writing].encode())
    command = step(path, "a (Markdown table|table drawn with bars and rules)")
    subprocess.run(command, shell=True, check=True, timeout=60)
    table = read_table(path, header=True, text=["label"])
    assert table.columns == ("id", *NAMES)
    assert list(table.text["label"]) == [row[3] for row in ROWS]


@pytest.mark.parametrize("name", ["train.csv", "my table.txt"])
def test_libsvm_s_pairs_are_named_and_the_step_makes_a_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("\n".join(LIBSVM["plain"]) + "\n")
    command = step(path, "libsvm's sparse text").replace("python ", f"{sys.executable} ")
    subprocess.run(command, shell=True, check=True, timeout=120)
    table = read_table(path.with_suffix(".csv"), header=True, text=["label"])
    assert table.columns == NAMES
    assert list(table.text["label"]) == ["1" if row[3] == "a" else "-1" for row in ROWS]


@pytest.mark.parametrize("writing", LIBSVM)
def test_libsvm_is_known_in_its_forms(tmp_path: Path, writing: str) -> None:
    path = tmp_path / "train.txt"
    path.write_text("\n".join(LIBSVM[writing]) + "\n")
    assert "load_svmlight_file" in step(path, "libsvm's sparse text")


@pytest.mark.parametrize(
    "text",
    [
        "5 12:30 13:45\n6 11:20 14:50\n",
        "x y\n1 2\n3 4\n",
        "a|b|label\n1|2|x\n3|4|y\n",
        "a|b|label\n-|-|x\n--|--|y\n1|2|z\n",
        "1\n0\n1\n0\n",
    ],
)
def test_others_are_taken_for_none_of_these(tmp_path: Path, text: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(text)
    inspect(path)
