"""Comma-separated text, plain or gzipped."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import numpy as np
import polars as pl

from harness.readers._table import Table


def read(path: Path, *, header: bool, text: Collection[str] = (), missing: bool = True) -> Table:
    """Parse a CSV file; columns named in `text` stay text, all others must be numbers."""
    frame = pl.read_csv(path, has_header=header, infer_schema=False)
    columns = tuple(frame.columns if header else map(str, range(frame.width)))
    frame.columns = list(columns)
    number_columns = tuple(c for c in columns if c not in text)
    numbers = frame.select(pl.col(list(number_columns)).str.strip_chars().cast(pl.Float32))
    return Table(
        path=path,
        columns=columns,
        numbers=np.ascontiguousarray(numbers.to_numpy()),
        number_columns=number_columns,
        text={c: frame[c].fill_null("").to_numpy() for c in columns if c in text},
        fingerprint=hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest(),
    )
