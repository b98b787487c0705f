"""Parquet files, whose columns have names and types."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import DataError
from harness.readers import _array, _layout, _source
from harness.readers._layout import Layout
from harness.readers._table import Table

if TYPE_CHECKING:
    import polars as pl


def read(path: Path, *, header: bool, text: Collection[str] = (), missing: bool = True) -> Table:
    """Read a Parquet file; nulls are missing cells.

    Parameters
    ----------
    path, header, text, missing
        As in `harness.readers.read_table`; `header` means nothing here.

    Raises
    ------
    FileProblem, DataError, FaultsError
        Among them for columns that are neither numbers nor text, such as lists.
    """
    state = _source.check(path)
    fingerprint, _ = _source.fingerprint(path, state)
    frame = load(path)
    layout = _layout.make(frame.columns, text, path, header=True)
    table = _array.table(
        _columns(frame, layout, path),
        layout,
        path,
        rows=frame.height,
        missing=missing,
        fingerprint=fingerprint,
    )
    if not _source.unchanged(path, state):
        raise _source.changed(path)
    return table


def load(path: Path) -> pl.DataFrame:
    """The whole file as a frame."""
    import polars as pl

    try:
        ordinary.check(path)
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as problem:
        reason = str(problem).partition("\n")[0]
        raise DataError(
            f"is a damaged Parquet file ({reason})",
            where=str(path),
            todo="fetch or write it again",
        ) from problem
    return frame.with_columns(
        plain for column in frame.iter_columns() if (plain := _plain(column)) is not None
    )


def _plain(column: pl.Series) -> pl.Series | None:
    """Durations and times of day as seconds, moments as their zone writes them; else None."""
    import polars as pl

    kind = column.dtype
    if isinstance(kind, pl.Duration):
        return column.dt.total_nanoseconds().cast(pl.Float64) / 1e9
    if kind == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return column.dt.replace_time_zone(None)
    return None


def _columns(frame: pl.DataFrame, layout: Layout, path: Path) -> Iterator[NDArray[np.generic]]:
    import polars as pl

    for place, column in enumerate(frame.iter_columns()):
        kind = column.dtype
        if layout.is_text[place] and not kind.is_nested() and kind != pl.Binary:
            yield column.cast(pl.String).to_numpy()
        elif kind.is_numeric() or kind == pl.Boolean:
            # The widest type first: out of range must be told from infinite.
            yield column.cast(pl.Float64).to_numpy() if kind != pl.Float32 else column.to_numpy()
        elif kind in (pl.String, pl.Categorical, pl.Enum, pl.Null):
            yield column.cast(pl.String).to_numpy()
        else:
            raise DataError(
                f"column {place + 1} ({column.name}) holds {kind}, neither numbers nor text",
                where=str(path),
                todo="name it under `dates`, `text` or `drop` in competition.toml"
                if kind.is_temporal()
                else "turn it into numbers, or name it under `text` or `drop`",
            )
