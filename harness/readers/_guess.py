"""Is a CSV file's first line a header? A guess with its reason, from the first lines alone."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from harness.readers._cells import is_missing, to_number

# Names that label, list and submission files give their columns.
USUAL_NAMES = (
    *("id", "ids", "sample_id", "label", "labels", "class", "classes", "target", "y", "category"),
    *("genre", "genres", "artist", "track", "song", "album", "tag", "tags", "prediction"),
    *("name", "filename", "file", "path", "split", "fold", "part", "group"),
)


def guess_header(rows: Sequence[Sequence[str]], *, hashed: bool = False) -> tuple[bool, str]:
    """Whether `rows[0]` names the columns, and why one thinks so.

    Parameters
    ----------
    rows : sequence of rows of cells
        The file's first lines, all of one length.
    hashed : bool
        Whether line 1 began with ``# ``, as numpy.savetxt writes its header.
    """
    if hashed:
        return True, "line 1 starts with '# ', as numpy.savetxt writes a header"
    first, below = [cell.strip() for cell in rows[0]], rows[1:]
    if all(to_number(cell) is not None for cell in first):
        if len(first) > 1 and first == [str(i) for i in range(len(first))]:
            return True, "line 1 counts the columns from 0, as pandas writes nameless columns"
        return False, "line 1 holds numbers, as data does"
    if len(first) > 1 and len(set(first)) == len(first):
        # Tables that were put one below the other bring their headers along.
        again = [row for row in below if [cell.strip() for cell in row] == first]
        rest = [row for row in below if row not in again]
        if again and any(map(numbers, zip(*rest, strict=True))):
            below = rest
    columns = list(zip(*below, strict=True)) if below else [()] * len(first)
    for place, name in enumerate(first):
        if to_number(name) is None and numbers(columns[place]):
            return True, f"line 1 holds text ({name!r}) above a column of numbers"
    if any(not _text(name) for name in first):
        return False, "line 1 holds numbers or empty cells, as data does"
    if len(set(first)) < len(first):
        return False, "line 1 holds the same text twice"
    if any(name.casefold() in USUAL_NAMES for name in first):
        named = next(name for name in first if name.casefold() in USUAL_NAMES)
        return True, f"line 1 holds {named!r}, a usual name for a column"
    if not below:
        return True, "the only line holds text"
    for name, column in zip(first, columns, strict=True):
        values = [cell.strip() for cell in column]
        if name in values:
            return False, f"{name!r} of line 1 appears again below it"
        if _shape(name) in {_shape(value) for value in values}:
            return False, f"{name!r} of line 1 is written like the cells below it"
    return True, "line 1 is written unlike the lines below it"


def _text(cell: str) -> bool:
    number = to_number(cell)
    return number is None or (math.isnan(number) and not is_missing(cell))


def numbers(column: Sequence[str]) -> bool:
    """Numbers throughout, and at least one."""
    found = [to_number(cell) for cell in column]
    return all(n is not None for n in found) and any(
        n is not None and not math.isnan(n) for n in found
    )


def _shape(cell: str) -> str:
    """How a cell is written: runs of letters become ``a``, runs of digits ``0``."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", cell))
