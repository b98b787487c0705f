"""Parquet files, whose columns have names and types."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from harness import ordinary
from harness.readers import _frames
from harness.readers._table import Table

if TYPE_CHECKING:
    import polars as pl


def read(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read a Parquet file; nulls are missing cells.

    Parameters
    ----------
    path, header, text, missing, infinite
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them for columns that are neither numbers nor text, such as lists.
    """
    return _frames.read(path, load, text=text, missing=missing, infinite=infinite)


def column_names(path: Path, *, header: bool) -> tuple[str, ...]:
    """The columns' names, from the file's description of itself."""
    import polars as pl

    with _frames.opening(path, "Parquet"):
        return tuple(pl.read_parquet_schema(ordinary.for_polars(path)))


def load(path: Path) -> pl.DataFrame:
    """The whole file as a frame."""
    import polars as pl

    with _frames.opening(path, "Parquet"):
        return _frames.plain(
            pl.read_parquet(ordinary.for_polars(path), glob=False, hive_partitioning=False)
        )
