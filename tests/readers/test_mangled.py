"""Files that were mangled: the same table, or an error of the house that names the file."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import DataError
from harness.readers import ALL, column_names, csv, inspect, read_table

QUICK = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEAD = ["id", "kind", "x", "y"]
ROWS = [[str(k), ("red", "light blue", "grün")[k % 3], f"{k}.5", f"-{k}e2"] for k in range(1, 25)]


def zipped(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", data)
    return held.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}


@given(
    pack=st.sampled_from(sorted(PACK)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]),
    end=st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t", "|", ", "]),
    before=st.sampled_from([[], ["# made by hand"], ["A report", ""], [""], ["# a", "# b, c"]]),
    inside=st.lists(st.sampled_from(["", "# a remark", "header", " "]), max_size=3),
    tail=st.booleans(),
    quoted=st.booleans(),
    last_end=st.booleans(),
    size=st.sampled_from([64, 1 << 20]),
    small=st.sampled_from([0, 1 << 40]),
)
@QUICK
def test_the_same_table_in_every_dress(
    pack: str,
    encoding: str,
    end: str,
    delimiter: str,
    before: list[str],
    inside: list[str],
    tail: bool,
    quoted: bool,
    last_end: bool,
    size: int,
    small: int,
    tmp_path: Path,
) -> None:
    def line(cells: list[str]) -> str:
        cells = [f'"{cell}"' for cell in cells] if quoted else cells
        return delimiter.join(cells) + delimiter.strip(" ") * tail

    lines = [line(HEAD), *map(line, ROWS)]
    for at, more in enumerate(inside):
        lines.insert(3 + 5 * at, line(HEAD) if more == "header" else more)
    text = end.join([*before, *lines]) + end * last_end
    path = tmp_path / "train.csv"
    path.write_bytes(PACK[pack](text.encode(encoding)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv, "SIZE", size)
        patch.setattr(csv, "SMALL", small)
        table = read_table(path, header=True, text=("kind",))
    assert table.columns == tuple(HEAD) == column_names(path, header=True)
    assert table.text["kind"].tolist() == [row[1] for row in ROWS]
    np.testing.assert_array_equal(
        table.numbers, np.array([[row[0], *row[2:]] for row in ROWS]).astype(np.float32)
    )
    peek = inspect(path)
    assert (peek.header, peek.rows, peek.columns) == (True, len(ROWS), tuple(HEAD))


def good() -> dict[str, bytes]:
    """Good files of every kind that is read."""
    text = "\n".join(map(",".join, [HEAD, *ROWS])) + "\n"
    frame = pl.read_csv(io.StringIO(text))
    frame = frame.with_columns(pl.Series("l", [[k] for k in range(frame.height)]))
    files = {name: pack(text.encode()) for name, pack in PACK.items()}
    files["semicolons"] = text.replace(",", ";").encode()
    files["utf-16"] = text.encode("utf-16")
    files["matrix"] = b"\n".join(b"%d %d.5 -3e2" % (k, k) for k in range(20))
    files["lines"] = "\n".join(map(json.dumps, frame.to_dicts())).encode()
    files["records"] = json.dumps(frame.to_dicts()).encode()
    for name, write in (("parquet", frame.write_parquet), ("feather", frame.write_ipc)):
        held = io.BytesIO()
        write(held)
        files[name] = held.getvalue()
    held = io.BytesIO()
    frame.drop("l").write_csv(held, compression="zstd")
    files["zstandard"] = held.getvalue()
    for name, arrays in (("npz", True), ("npy", False)):
        held = io.BytesIO()
        X = np.arange(60, dtype=np.float32).reshape(20, 3)
        np.savez(held, X=X, y=np.arange(20)) if arrays else np.save(held, X)
        files[name] = held.getvalue()
    return files


GOOD = good()


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(GOOD)))
    data = bytearray(GOOD[name])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        how = draw(st.sampled_from(["change", "cut", "drop", "double", "insert", "other"]))
        length = draw(st.integers(1, 40))
        if how == "change":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif how == "cut":
            del data[at:]
        elif how == "drop":
            del data[at : at + length]
        elif how == "double":
            data[at:at] = data[max(0, at - length) : at]
        elif how == "insert":
            some = [b'"', b"\0", b"\r", b"\n", b",", b";", b"\xff\xfe", b"#", b"\n\n", b"\xe9"]
            data[at:at] = draw(st.sampled_from(some) | st.binary(max_size=9))
        else:
            data[at:at] = GOOD[draw(st.sampled_from(sorted(GOOD)))][: 4 * length]
    return name, bytes(data)


def opened(path: Path) -> list[Any]:
    """Every way of opening a file: what came out, or the error."""
    ways: list[Callable[[], Any]] = [
        lambda: inspect(path),
        lambda: column_names(path, header=True),
        lambda: column_names(path, header=False),
        lambda: read_table(path, header=True, text=("kind",)),
        lambda: read_table(path, header=False, infinite=True),
        lambda: read_table(path, header=True, text=ALL),
    ]
    found: list[Any] = []
    for way in ways:
        try:
            found.append(way())
        except DataError as error:
            found.append(error)
    return found


@given(file=mangled(), small=st.sampled_from([0, 1 << 40]), suffix=st.sampled_from(["csv", "pq"]))
@settings(QUICK, max_examples=300)
def test_whatever_was_done_to_it_the_answer_is_ours(
    file: tuple[str, bytes], small: int, suffix: str, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    path = tmp_path / f"train.{suffix}"
    path.write_bytes(file[1])
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setattr(csv, "SMALL", small)
        for answer in opened(path):
            if isinstance(answer, DataError):
                assert str(path) in str(answer.where)
                assert answer.todo
                assert "\n" not in answer.what or "faults" in answer.what
    assert capfd.readouterr() == ("", "")


@given(data=st.binary(max_size=300))
@settings(QUICK, max_examples=150)
def test_any_bytes_at_all(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(data)
    for answer in opened(path):
        if isinstance(answer, DataError):
            assert str(path) in str(answer.where)


@given(text=st.text(alphabet="ab1.,;\t| \"\n\r#%/'é\0-", max_size=120))
@settings(QUICK, max_examples=300)
def test_any_text_at_all(text: str, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(text.encode())
    found = []
    for small in (0, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv, "SMALL", small)
            found.append(list(map(shown, opened(path)[3:])))
    # Both parsers make the same of it.
    assert found[0] == found[1]


def shown(answer: Any) -> str:
    if isinstance(answer, DataError):
        return str(answer)
    words = {name: cells.tolist() for name, cells in answer.text.items()}
    return repr((answer.columns, answer.numbers.tolist(), words, answer.notes))
