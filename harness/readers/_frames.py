"""From frames to a `Table`: what the formats share whose columns have names and types."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
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


def read(
    path: Path,
    load: Callable[[Path], pl.DataFrame],
    *,
    text: Collection[str],
    missing: bool,
    infinite: bool,
) -> Table:
    """The table of a file that `load` gives as a frame; refused if it changes meanwhile."""
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
        infinite=infinite,
        fingerprint=fingerprint,
    )
    if not _source.unchanged(path, state):
        raise _source.changed(path)
    return table


@contextmanager
def opening(path: Path, name: str) -> Iterator[None]:
    """Say what polars raises on a damaged file as one sentence of the house."""
    import polars as pl

    try:
        ordinary.check(path)
        with _no_panic_shown():
            yield
    except (
        pl.exceptions.PolarsError,
        OSError,
        ValueError,
        pl.exceptions.PanicException,
    ) as problem:
        if isinstance(problem, DataError):
            raise
        reason = str(problem).partition("\n")[0]
        raise DataError(
            f"is a damaged {name} file ({reason})",
            where=str(path),
            todo="fetch or write it again",
        ) from problem


@contextmanager
def _no_panic_shown() -> Iterator[None]:
    """Keep what polars' threads print of a panic off the user's screen: the error says it."""
    try:
        kept = os.dup(2)
    except OSError:  # There is no stderr to keep clean.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Durations and times of day as seconds, moments as their zone writes them."""
    return frame.with_columns(
        told for column in frame.iter_columns() if (told := _plain(column)) is not None
    )


def _plain(column: pl.Series) -> pl.Series | None:
    import polars as pl

    kind = column.dtype
    if isinstance(kind, pl.Duration):
        return column.dt.total_nanoseconds().cast(pl.Float64) / 1e9
    if kind == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return column.dt.replace_time_zone(None)
    return None


def nested(kind: pl.DataType) -> str:
    """What a type holds that is neither numbers nor text; "" for all others."""
    import polars as pl

    names = {pl.List: "lists", pl.Array: "lists", pl.Struct: "records", pl.Binary: "bytes"}
    names |= {pl.Object: "objects"}
    return next((name for one, name in names.items() if kind == one), "")


def _columns(frame: pl.DataFrame, layout: Layout, path: Path) -> Iterator[NDArray[np.generic]]:
    import polars as pl

    for place, column in enumerate(frame.iter_columns()):
        kind = column.dtype
        if held := nested(kind):
            if not layout.is_text[place]:
                raise _no_cells(column.name, place, held, path)
            # Set aside: it holds nothing that can be an id, a label or a feature.
            yield np.full(frame.height, f"({held})", dtype=object)
        elif layout.is_text[place]:
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
                todo="name it under `dates`, `text` or `drop` in competition.toml",
            )


def _no_cells(name: str, place: int, held: str, path: Path) -> DataError:
    return DataError(
        f"column {place + 1} ({name}) holds {held}, neither numbers nor text",
        where=str(path),
        todo=f"leave it out: `drop = [{_quoted(name)}]` under [columns] in competition.toml",
    )


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
