"""What a single cell means: a number, a missing value, or text."""

from __future__ import annotations

import math
import re

SPACES = " \t\r\n\v\f"
"""Taken off both ends of a cell. Python and polars strip different sets when not told which."""

MISSING = frozenset(["", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "+nan", "null", "none", "?"])
"""Cells without a value in number columns, after stripping and folding case."""

# float() alone would take 1_000 and digits of any script.
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.I)


def is_missing(cell: str) -> bool:
    """Whether a number column's cell holds no value."""
    return cell.strip(SPACES).casefold() in MISSING


def to_number(cell: str) -> float | None:
    """The cell's number, NaN for a missing one, None where it is text."""
    cell = cell.strip(SPACES)
    if NUMBER.fullmatch(cell):
        return float(cell)
    return math.nan if cell.casefold() in MISSING else None
