"""A submission file's bytes become rows of text cells with their line numbers, and faults.

Two roads lead to the same result. A file whose lines all have the same number of delimiters, and no
quotes, goes through polars; every other one through Python, which can say what is wrong on which
line. A million rows take the first road in seconds.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import FileProblem
from harness.submission._faults import Faults

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
# How files begin that students take for a CSV, in small letters.
_NO_TABLES = {
    b"<!doctype html": "a web page, not the file behind it: download that",
    b"<html": "a web page, not the file behind it: download that",
    b'[{"': "JSON: write it as CSV",
    b'{"': "JSON: write it as CSV",
    b"par1": "a Parquet file: write it as CSV",
}
# Larger than any grader takes; a file without an end isn't read until memory is full.
MOST_CELLS = 250_000
MOST_BYTES = 4 << 30
_ENCODED = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Sheet:
    """The cells of a file.

    Attributes
    ----------
    first : list of str
        The first line's cells.
    frame : polars.DataFrame of str
        The cells of every line after it; as many columns as most lines have.
    lines : int64 array
        The file's line that each row of `frame` stands on, from 1.
    whole : bool array
        False for rows that have too many or too few cells; they are cut or filled with "".
    """

    first: list[str]
    frame: pl.DataFrame
    lines: NDArray[np.int64]
    whole: NDArray[np.bool_]
    first_line: int = 1

    def with_first_as_data(self) -> Sheet:
        """The same file without a header: its first line is data too."""
        width = self.frame.width
        cells = (self.first + [""] * width)[:width]
        row = pl.DataFrame([cells], schema=self.frame.schema, orient="row")
        return Sheet(
            first=[],
            frame=pl.concat([row, self.frame]),
            lines=np.concatenate([[self.first_line], self.lines]),
            whole=np.concatenate([[len(self.first) == width], self.whole]),
        )


def open_sheet(
    path: Path, widths: Collection[int], faults: Faults, *, delimiter: str = ","
) -> Sheet | None:
    """Read a file as cells; None where it holds none.

    Parameters
    ----------
    widths : collection of int
        How many columns the leaderboards ask for: helps to recognise the delimiter.
    delimiter : str
        What has to part the cells.

    Raises
    ------
    FileProblem
        When there is no such file, or it can't be read.
    """
    data = _text_bytes(_bytes(path), faults)
    if data is None:
        return None
    if not data.strip():
        faults.add("empty-file", "the file is empty")
        return None
    end = data.find(b"\n")
    cells = 1 + max(data.count(d.encode(), 0, end if end >= 0 else len(data)) for d in DELIMITERS)
    if cells > MOST_CELLS:
        told = f"the first line has {cells:,} cells: were the line ends lost?"
        faults.add("ragged", told, line=1)
        return None
    first = data[: end if end >= 0 else len(data)].decode()
    found = _delimiter(first, widths, faults, delimiter)
    return _quick(data, found) or _careful(data.decode(), found, faults)


def _bytes(path: Path) -> bytes:
    try:
        return ordinary.read_bytes(path, most=MOST_BYTES)
    except OSError as problem:
        raise FileProblem(
            "there is no such file"
            if isinstance(problem, FileNotFoundError)
            else f"can't be read ({problem.strerror or problem})",
            where=str(path),
            todo="name a submission file, such as submissions/ENTRY/submission-logloss.csv",
        ) from problem


def _unzipped(data: bytes, faults: Faults) -> bytes | None:
    """The one file of a zip archive, which the graders take as well; None where it isn't one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [
                info
                for info in archive.infolist()
                if not info.is_dir() and not info.filename.startswith("__MACOSX/")
            ]
            names = {info.filename for info in inside}
            if names & {"[Content_Types].xml", "content.xml"}:
                faults.add("not-text", "this is a spreadsheet (Excel or the like): save it as CSV")
            elif len(inside) != 1:
                told = f"the zip archive holds {len(inside)} files: pack the submission alone"
                faults.add("not-text", told)
            elif inside[0].file_size > MOST_BYTES:
                faults.add("not-text", f"what the zip archive holds is over {MOST_BYTES:,} bytes")
            else:
                return archive.read(inside[0])
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError):
        # RuntimeError: a password; NotImplementedError, one of its kind: an odd compression.
        faults.add("not-text", "the zip archive can't be unpacked: pack it again, or send the CSV")
    return None


def _text_bytes(data: bytes, faults: Faults) -> bytes | None:
    """Unpacked, UTF-8, without a BOM, lines ended by LF; None where it can't be made so."""
    if data.startswith(b"\x1f\x8b"):
        # The graders take gzip, so it is no fault.
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as problem:
            faults.add("not-text", f"the gzip archive is damaged ({problem})")
            return None
    if data.startswith(b"PK\x03\x04"):
        unpacked = _unzipped(data, faults)
        if unpacked is None:
            return None
        data = unpacked
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for begins, what in _NO_TABLES.items():
        if start.startswith(begins):
            faults.add("not-text", f"this is {what}")
            return None
    if encoding := _ENCODED.get(data[:2]):
        try:
            data = data.decode(encoding).encode()
        except UnicodeError:
            faults.add("not-text", "this is neither UTF-8 nor UTF-16 text")
            return None
        faults.add("encoding", "the text is UTF-16: save it as UTF-8", line=1)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        faults.add(
            "bom", "the file starts with a byte order mark: save as UTF-8 without BOM", line=1
        )
    if b"\0" in data:
        faults.add("not-text", "this is no text file", line=data[: data.index(0)].count(b"\n") + 1)
        return None
    if doubled := data.count(b"\r\r\n"):
        faults.add(
            "line-ends",
            f"{doubled} lines end in \\r\\r\\n: text with \\r\\n was written in text mode on "
            "Windows (open the file with newline='')",
            line=data[: data.index(b"\r\r\n")].count(b"\n") + 1,
        )
        data = data.replace(b"\r\r\n", b"\n")
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        faults.add("encoding", "the text isn't UTF-8", line=line)
        data = data.decode("cp1252", errors="replace").encode()
    return data


def _delimiter(first: str, widths: Collection[int], faults: Faults, wanted: str) -> str:
    counts = {delimiter: first.count(delimiter) for delimiter in [wanted, *DELIMITERS]}
    if counts[wanted] + 1 in widths:
        return wanted
    if any(count for delimiter, count in counts.items() if delimiter != " "):
        # Spaces may stand beside any other delimiter.
        counts[" "] = 0
    fitting = [d for d, count in counts.items() if count and count + 1 in widths]
    if not fitting and not counts[wanted]:
        fitting = [d for d, count in counts.items() if count]
    if not fitting:
        return wanted
    delimiter = fitting[0]
    by = DELIMITERS.get(wanted, repr(wanted))
    faults.add("delimiter", f"the cells are parted by {DELIMITERS[delimiter]}, not by {by}", line=1)
    return delimiter


def _quick(data: bytes, delimiter: str) -> Sheet | None:
    """The cells of a file without any fault of structure; None for every other."""
    if b'"' in data:
        return None
    if not data.endswith(b"\n"):
        data += b"\n"
    letters = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    marks = np.flatnonzero(letters == ord(delimiter))
    per_line = np.diff(np.searchsorted(marks, ends), prepend=0)
    if len(ends) < 2 or per_line.min() != per_line.max() or per_line[0] == 0:
        return None
    head, _, body = data.partition(b"\n")
    first = head.decode().split(delimiter)
    frame = pl.read_csv(
        body,
        has_header=False,
        new_columns=[str(i) for i in range(len(first))],
        schema={str(i): pl.String for i in range(len(first))},
        separator=delimiter,
        quote_char=None,
    ).fill_null("")
    if len(frame) != len(ends) - 1:
        return None
    lines = np.arange(2, len(frame) + 2)
    return Sheet(first, frame, lines, np.ones(len(frame), dtype=bool))


def _careful(text: str, delimiter: str, faults: Faults) -> Sheet | None:
    rows, lines, blank = _rows(text, delimiter, faults)
    if blank:
        faults.on_lines("blank-line", blank, lambda i: "the line is empty", "lines are empty")
    if not rows:
        return None
    widths = np.array([len(row) for row in rows])
    # What most lines have is meant; for two lines the first decides, as it is the header.
    width = int(np.bincount(widths[1:]).argmax()) if len(rows) > 2 else len(rows[0])
    wrong = np.flatnonzero(widths[1:] != width) + 1
    if len(rows[0]) != width and len(rows) > 2:
        faults.add(
            "ragged",
            f"the header has {len(rows[0])} cells, the lines below it have {width}",
            line=lines[0],
        )
    faults.on_lines(
        "ragged",
        [lines[i] for i in wrong],
        lambda i: f"the line has {widths[wrong[i]]} cells instead of {width}",
        f"lines don't have {width} cells",
    )
    cells = [(row + [""] * width)[:width] for row in rows[1:]]
    frame = pl.DataFrame(
        {str(k): [row[k] for row in cells] for k in range(width)},
        schema={str(k): pl.String for k in range(width)},
    )
    number = np.array(lines[1:], dtype=np.int64)
    return Sheet(rows[0], frame, number, widths[1:] == width, first_line=lines[0])


def _rows(
    text: str, delimiter: str, faults: Faults
) -> tuple[list[list[str]], list[int], list[int]]:
    """Rows of cells, the line each starts on, and the lines that are blank."""
    rows: list[list[str]] = []
    lines: list[int] = []
    blank: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
            else:
                blank.append(start)
            start = reader.line_num + 1
    except csv.Error as problem:
        faults.add("quotes", f"the line can't be parsed as CSV ({problem})", line=start)
        return [], [], []
    return rows, lines, blank
