"""How the rows of a text file are written: delimiter, lines before the header, empty last cells.

All of it is told from the file's start, and only what is certain: every line that is looked at
must fit. Where nothing fits, commas are taken, and the faults are told by their lines.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.readers._cells import to_number
from harness.readers._guess import numbers

HEAD = 1 << 18
"""Bytes of the start that are looked at, or the first lines if those are longer."""

LOOKED_AT = 60
"""Rows that are looked at."""

MOST_BEFORE = 30
"""Lines that may stand before the header."""

MOST_CELL = (1 << 31) - 1
NAMES = {",": "commas", ";": "semicolons (;)", "\t": "tabs", "|": "bars (|)", " ": "blanks"}
COMMENTS = ("#", "%", "//")
SEP = re.compile(r'\ufeff?"?sep=(.|\\t)"?[,;\t ]*\s*', re.IGNORECASE)
Rows = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    r"""How rows are written.

    Attributes
    ----------
    delimiter : str
        Stands between the cells.
    blanks : bool
        Whether that is any run of blanks; `squeeze` makes tabs of them, and `delimiter` is ``\t``.
    skip : int
        Lines before the first row.
    tail : int
        Empty cells at the ends of rows, beyond the last column.
    notes : tuple of str
        What was passed over.
    row_names : bool
        Whether the header lacks the first column's name, which names the rows: R writes so.
    """

    delimiter: str = ","
    blanks: bool = False
    skip: int = 0
    tail: int = 0
    notes: tuple[str, ...] = ()
    row_names: bool = False


COMMAS = Dialect()


def reader(text: str, delimiter: str, *, strict: bool = False) -> Any:
    """Python's reader over rows; cells may be as long as they like."""
    csv.field_size_limit(MOST_CELL)
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=strict)


def squeeze(data: bytes) -> bytes:
    """Runs of blanks as one tab, none at the ends of lines."""
    data = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", data)
    return re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^#[ \t]+", b"#", data))


def is_comment(row: Sequence[str]) -> bool:
    """Whether a line is a remark."""
    return bool(row) and row[0].lstrip().startswith(COMMENTS)


def is_blank(row: Sequence[str]) -> bool:
    """Whether a line holds nothing; a line of delimiters is a row of nothing."""
    return not row or (len(row) == 1 and not row[0].strip())


def sniff(data: bytes, *, whole: bool) -> Dialect:
    """How the rows of a file that starts with `data` are written.

    Parameters
    ----------
    data : bytes
        UTF-8.
    whole : bool
        Whether that is all of it: else its last line may be cut.
    """
    head, cut = _start(data)
    text = head.decode("utf-8", "replace")
    whole = whole and not cut
    if match := SEP.fullmatch(text.partition("\n")[0]):
        delimiter = match[1].replace("\\t", "\t")
        rows = _Looked(text.partition("\n")[2], delimiter, whole=whole)
        note = f"line 1 ({match[0].strip()}) is Excel's mark of the delimiter and was passed over"
        return rows.dialect(before=1, notes=(note,))
    return _best(text, whole=whole).dialect()


def _start(data: bytes) -> tuple[bytes, bool]:
    """The start that is looked at: at least two lines."""
    if len(data) <= HEAD:
        return data, False
    end = HEAD
    for _ in range(2):
        end = max(end, data.find(b"\n", end) + 1 or len(data))
        if data.count(b"\n", 0, end) > 2:
            break
    return data[:end], end < len(data)


def _best(text: str, *, whole: bool) -> _Looked:
    """The rows parted by what fits."""
    first = "\n".join(itertools.islice(text.splitlines(), MOST_BEFORE + 2))
    commas = _Looked(text, ",", whole=whole)
    others = [_Looked(text, d, whole=whole) for d in ("\t", ";", "|") if d in first]
    fitting = [other for other in others if other.fits]
    if commas.fits:
        # Decimal commas part cells where semicolons or blanks do.
        if " " in first:
            fitting.append(_Looked(text, " ", whole=whole))
        if not fitting or commas.of_numbers:
            return commas
        return next((o for o in fitting if o.fits and o.of_numbers), commas)
    if fitting:
        return fitting[0]
    if commas.width == 1:
        blanks = _Looked(text, " ", whole=whole)
        if (blanks.fits and blanks.is_matrix and '"' not in text) or (
            blanks.row_names and blanks.quotes_whole and (blanks.quoted or blanks.is_matrix)
        ):
            return blanks
    if commas.width > 1 and 2 * commas.alike >= len(commas.body):
        return commas
    ragged = [o for o in others if o.width > 1 and 5 * o.alike >= 4 * len(o.body) > 4]
    return max(ragged, key=lambda other: other.alike, default=commas)


class _Looked:
    """The first rows, parted by one delimiter."""

    def __init__(self, text: str, delimiter: str, *, whole: bool) -> None:
        self.delimiter = delimiter
        self.rows: Rows = []
        self.lines: list[int] = []
        for row, line in _parted(text, delimiter):
            if len(self.rows) == LOOKED_AT:
                break
            self.rows.append([cell.strip() for cell in row])
            self.lines.append(line)
        else:
            if not whole and len(self.rows) > 1:
                self.rows.pop()
        filled = [row for row in self.rows if not is_blank(row)]
        counts = Counter(map(len, filled))
        self.width = max(counts, key=lambda width: (counts[width], width), default=1)
        if len(filled) == 2:
            self.width = max(counts)
        self.before = self._before()
        self.body = [
            row
            for row in self.rows[self.before :]
            if not is_blank(row) and not (is_comment(row) and len(row) != self.width)
        ] or filled[:1]
        self.tail = self._tail()
        widths = range(self.width - self.tail, self.width + 1)
        self.alike = sum(len(row) in widths for row in self.body)
        self.quoted = text.lstrip("\ufeff \t\r\n").startswith('"')
        self.row_names = self._row_names()

    @property
    def fits(self) -> bool:
        """Whether every row has as many cells, two at least."""
        return self.width - self.tail > 1 and self.alike == len(self.body)

    @property
    def of_numbers(self) -> bool:
        """Whether every cell below the first row is a number, be it with a decimal comma."""
        rows = self.body[1:] or self.body
        return all(decimal(cell) for row in rows for cell in row[: self.width - self.tail])

    @property
    def is_matrix(self) -> bool:
        """Whether runs of blanks are sure to be delimiters: numbers, with one column of words."""
        below = self.body[1:] or self.body
        columns = list(zip(*below, strict=True))
        words = sum(not numbers(column) for column in columns)
        return not words or (len(columns) > 3 and words == 1 and len(below) > 1)

    def dialect(self, *, before: int = 0, notes: tuple[str, ...] = ()) -> Dialect:
        """What was found."""
        skip = self.lines[self.before - 1] if self.before else 0
        told = list(notes)
        texts = ["".join(row).strip() for row in self.rows[: self.before]]
        if any(texts):
            shown = next(text for text in texts if text)
            shown = repr(shown if len(shown) <= 40 else shown[:37] + "...")
            first = before + 1
            which = f"line {first}" if skip == 1 else f"lines {first} to {before + skip}"
            verb = "stands" if skip == 1 else "stand"
            was = "was" if skip == 1 else "were"
            told.append(f"{which} {verb} before the table and {was} passed over: {shown}")
        if self.tail:
            told.append("its lines end with a delimiter; the empty last column was passed over")
        if self.row_names:
            told.append(
                "its header has a name less than its rows have cells: the first are taken for the "
                "names of the rows, as R writes them"
            )
        blanks = self.delimiter == " "
        return Dialect(
            "\t" if blanks else self.delimiter,
            blanks,
            before + skip,
            self.tail,
            tuple(told),
            self.row_names,
        )

    def _before(self) -> int:
        """How many rows stand before the table."""
        rows, width = self.rows, self.width
        at = 0
        while at < min(len(rows) - 1, MOST_BEFORE):
            comment = is_comment(rows[at])
            remark = comment and (len(rows[at]) != width or self._names(at + 1))
            if not (remark or is_blank(rows[at])):
                break
            at += 1
        if width < 2:
            # A column of words: nothing tells a title from one of them.
            return at if any(is_comment(row) for row in rows[:at]) and self._names(at) else 0
        for place in range(at, min(len(rows) - 1, MOST_BEFORE)):
            if self._names(place):
                return place
            if len(rows[place]) >= width and _filled(rows[place]) > max(1, width // 3):
                break
        return at

    def _names(self, place: int) -> bool:
        """Whether a row names the columns: words of their own, above numbers."""
        if place >= len(self.rows):
            return False
        row = self.rows[place]
        given = [cell for cell in row if cell]
        if len(row) != self.width or len(given) < max(1, self.width // 2) or is_comment(row):
            return False
        if len(set(given)) < len(given) or any(to_number(cell) is not None for cell in given):
            return False
        # The same line again is no row either.
        below = [o for o in self.rows[place + 1 :] if len(o) == self.width and o != row]
        return any(numbers(column) for column in zip(*below, strict=True))

    @property
    def quotes_whole(self) -> bool:
        """Whether quotes stand around whole cells, where blanks part them."""
        cells = [cell for row in self.body for cell in row if '"' in cell]
        return all(len(c) > 1 and c[0] == c[-1] == '"' and c.count('"') == 2 for c in cells)

    def _row_names(self) -> bool:
        """Whether the first row is one name short, and the first column names the rows."""
        first, below = self.body[0] if self.body else [], self.body[1:]
        names = [cell.strip('"') for cell in first]
        if len(below) < 2 or not names or len(names) != self.width - 1:
            return False
        if any(not name or to_number(name) is not None for name in names):
            return False
        # A header that has the ids' name lacks another.
        if len(set(names)) < len(names) or names[0].casefold() in ("id", "ids", "index", "key"):
            return False
        if any(len(row) != self.width for row in below):
            return False
        rows = [row[0].strip('"') for row in below]
        counts = rows == [str(place) for place in range(1, len(rows) + 1)]
        return len(set(rows)) == len(rows) and (counts or self.quoted)

    def _tail(self) -> int:
        """Empty cells that end every row."""
        named = _named(self.body[0]) if self.body else 0
        most = max(map(len, self.body), default=0)
        if not named or most <= named or len(self.body) < 2:
            return 0
        if self.width not in (named, most) or any(any(row[named:]) for row in self.body):
            return 0
        self.width = most
        return most - named


def _parted(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Rows, and the line on which each ends."""
    if delimiter == " ":
        for number, line in enumerate(squeeze(text.encode()).decode().split("\n"), start=1):
            yield line.rstrip("\r").split("\t"), number
        return
    rows = reader(text, delimiter)
    while True:
        try:
            row = next(rows)
        except (StopIteration, csv.Error):
            return
        yield row, rows.line_num


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell) for cell in row)


def _named(row: Sequence[str]) -> int:
    """Cells up to the last that holds something."""
    return max((place + 1 for place, cell in enumerate(row) if cell), default=0)


def decimal(cell: str) -> bool:
    """Whether a cell is a number, be it with a decimal comma."""
    cell = cell.strip()
    return to_number(cell.replace(",", ".", 1)) is not None and cell == cell.strip(",")
