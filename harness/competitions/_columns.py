"""A file's column names, without reading its rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from harness.errors import FileProblem


def columns_of(path: Path, *, header: bool) -> tuple[str, ...]:
    """Column names as `read_table` gives them: ``"0"``, ``"1"``, ... where nothing names them."""
    if not path.is_file():
        raise FileProblem("there is no such file", where=str(path), todo="see competition.toml")
    frame = pl.read_csv(path, has_header=header, infer_schema=False, n_rows=1)
    return tuple(frame.columns if header else map(str, range(frame.width)))


def named(columns: tuple[str, ...]) -> bool:
    """Whether a file names its columns, rather than their positions."""
    return columns != tuple(map(str, range(len(columns))))
