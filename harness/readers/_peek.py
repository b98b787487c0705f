"""A look at a file before anybody has said what it is; `harness new` asks for it."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path

from harness.readers._cells import is_missing, to_number
from harness.readers._guess import guess_header
from harness.readers._table import Kind, Peek

MOST_DISTINCT = 200


def inspect(path: Path) -> Peek:
    """See `harness.readers.inspect`."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    text = raw.decode("utf-8-sig")
    hashed = text.startswith("# ")
    lines = io.StringIO(text[2:] if hashed else text, newline="")
    rows = [row for row in csv.reader(lines, skipinitialspace=True) if row]
    header, reason = guess_header(rows[:200], hashed=hashed)
    names = [n.strip() for n in rows[0]] if header else [str(i) for i in range(len(rows[0]))]
    body = rows[1:] if header else rows
    kinds: dict[str, Kind] = {}
    distinct: dict[str, tuple[str, ...]] = {}
    missing: dict[str, int] = {}
    for name, column in zip(names, zip(*body, strict=True), strict=True):
        numbers = [to_number(cell) for cell in column]
        there = [n for n in numbers if n is not None and not math.isnan(n)]
        if any(n is None for n in numbers) or not there:
            kinds[name] = "text"
            values = [cell.strip() for cell in column if cell.strip()]
        else:
            kinds[name] = "integer" if all(n.is_integer() for n in there) else "number"
            values = [cell.strip() for cell in column if not is_missing(cell)]
        missing[name] = len(column) - len(values)
        found = tuple(dict.fromkeys(values))
        if len(found) <= MOST_DISTINCT:
            distinct[name] = found
    return Peek(path, "csv", header, reason, tuple(names), len(body), kinds, distinct, missing)
