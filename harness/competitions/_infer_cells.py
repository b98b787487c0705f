"""What label cells hold that is no label: amounts, dates, masks, boxes, outlines, lists."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection

from harness.errors import DataError
from harness.readers._dates import DAY_FIRST, read_date
from harness.readers._numbers import read_number

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MASKED = re.compile(r"(?i)pixel|mask|rle|segment")
OUTLINE = re.compile(r"(?i)(SRID=\d+;)?(MULTI)?(POINT|POLYGON|LINESTRING)\s*(Z\s*)?\(")
# Of the cells that hold something, so many must be of a kind.
NEARLY_ALL = 0.9
# What rows without a mask or a box have.
NOTHING = {"", "-1", "0", "1 0", "[]", "{}", "nan", "none", "no finding"}


def refuse_cells(cells: Collection[str], column: str, where: str) -> None:
    """Raise where a column's cells are no labels, each its own: say what they are.

    Raises
    ------
    DataError
    """
    held = Counter(cells)
    for cell in [cell for cell in held if cell.casefold() in NOTHING]:
        del held[cell]
    if not held:
        return
    # Runs of two may be boxes as well; the column's name tells.
    masks = MASKED.search(column) is not None
    for fits, what, kind in sorted(KINDS, key=lambda one: not (masks and one[0] is _is_mask)):
        if sum(n for cell, n in held.items() if fits(cell)) < NEARLY_ALL * held.total():
            continue
        # A few vectors or lists, again and again, may be how classes are written; lists of
        # one and of several aren't.
        mixed = kind == SEVERAL and len({len(_items(cell)) for cell in held}) > 1
        if not mixed and 2 * len(held) <= held.total():
            continue
        first = next(iter(held))
        shown = first if len(first) <= 40 else first[:37] + "..."
        raise DataError(
            f"column {column!r} holds {what} ({shown!r}): that is {kind}, and harness gives each"
            " row one class",
            where=where,
            todo="take a library for that; or name a column of classes: --label COLUMN",
        )


def _words(cell: str) -> list[str]:
    """What a cell is parted into by blanks, semicolons, or commas in brackets."""
    if _is_list(cell):
        return re.sub(r"[\[\](){},;]", " ", cell).split()
    return re.split(r",?\s+|;\s*", cell)


def _is_amount(cell: str) -> bool:
    """A number, however it is written: $1,200 or 3,5 kg."""
    return any(read_number(cell, mark) is not None for mark in ".,")


def _is_date(cell: str) -> bool:
    return read_date(cell, DAY_FIRST) is not None


def _is_mask(cell: str) -> bool:
    """Starts and lengths of runs of pixels, the starts rising."""
    words = [] if _is_list(cell) else _words(cell)
    if len(words) % 2 or not words or not all(map(str.isdecimal, words)):
        return False
    starts = [int(word) for word in words[::2]]
    return all(a < b for a, b in itertools.pairwise(starts))


def _is_boxes(cell: str) -> bool:
    """Four numbers each, with a class or a confidence before or after them."""
    words = _words(cell)
    for size in (4, 5, 6):
        if len(words) % size == 0:
            boxes = [words[at : at + size] for at in range(0, len(words), size)]
            if all(sum(map(_is_number, box)) >= min(size, 5) for box in boxes):
                return True
    return False


def _is_number(word: str) -> bool:
    return NUMBER.fullmatch(word) is not None


def _is_list(cell: str) -> bool:
    return (cell[:1], cell[-1:]) in {("[", "]"), ("(", ")"), ("{", "}")}


def _items(cell: str) -> list[str]:
    return [item for item in cell[1:-1].split(",") if item.strip()]


def _is_record(cell: str) -> bool:
    return _is_list(cell) and re.search(r"[\"']\s*:", cell) is not None


def _is_vector(cell: str) -> bool:
    words = _words(cell)
    return len(words) > 1 and all(map(_is_number, words))


SEVERAL = "several labels a row"
KINDS: tuple[tuple[Callable[[str], bool], str, str], ...] = (
    (lambda cell: OUTLINE.match(cell) is not None, "outlines", "segmentation"),
    (_is_amount, "numbers", "regression"),
    (_is_date, "dates", "forecasting"),
    (_is_record, "records", "a structured answer"),
    (_is_boxes, "boxes", "detection of objects"),
    (_is_mask, "masks, as runs of pixels", "segmentation"),
    (_is_vector, "lists of numbers", "several numbers a row"),
    (_is_list, "lists", SEVERAL),
)
