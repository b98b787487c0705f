"""Writing submissions so that nothing is lost: what is read back has the same bits.

Each probability is written with the fewest digits that read back as the same float64 (up to 17), so
none is rounded to zero and rows keep their sums. Small ones have an exponent (``1.2e-7``): Kaggle,
pandas, R and spreadsheets read it, and without it a float64 can take 300 digits. Lines end in LF;
there is no BOM.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness.atomic import replacing
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, FaultsError
from harness.evaluate import metrics
from harness.submission._ids import expected_ids

# Row sums this near to 1 are left as they are, bit for bit.
EXACT = 1e-9
# What float32 arithmetic leaves; rows further off were no probabilities.
DUST = 1e-4


def write(
    path: Path, competition: Competition, board: Leaderboard, values: Probabilities | Labels
) -> None:
    """Write test probabilities or labels in the format that `board` takes.

    Parameters
    ----------
    path : Path
        Appears whole or not at all.
    values : float64 array, shape (m, K), or int64 array, shape (m,)
        Probabilities, columns in the class order; or, for a leaderboard that takes labels, also
        classes 0..K-1. Such a leaderboard gets the most probable class of each row. Rows whose sum
        is off by more than 1e-9 (float32 dust) are rescaled.

    Raises
    ------
    DataError
        For another shape, values that are not finite or outside [0, 1], or rows that don't sum to
        1. Nothing is written then.
    FileProblem
        When the disk is full or the folder can't be written.
    """
    with replacing(path) as part:
        write_into(part, competition, board, values)


def write_into(
    part: Path, competition: Competition, board: Leaderboard, values: Probabilities | Labels
) -> None:
    """`write` straight to `part`, which somebody else gives its name."""
    ids = expected_ids(competition, board)
    given: NDArray = np.asarray(values)
    eats_labels = metrics.metric(board.metric).eats == "labels"
    width = 2 if eats_labels else competition.n_classes + 1
    if len(set(board.header)) != width:
        raise DataError(
            f"its header must have {width} different names, but is {','.join(board.header)}",
            where=f"leaderboard {board.name}",
            todo="put it right under [[leaderboards]] in competition.toml",
        )
    check_values = _checked_labels if eats_labels else checked
    put(part, competition, board, check_values(given, competition, ids))


def put(
    path: Path, competition: Competition, board: Leaderboard, values: Probabilities | Labels
) -> None:
    """Write values as they are: unchecked, and straight to `path`."""
    columns: dict[str, object] = {board.header[0]: list(expected_ids(competition, board))}
    if values.ndim == 1:
        columns[board.header[1]] = competition.decode(values.astype(np.int64))
    else:
        columns |= {name: values[:, k] for k, name in enumerate(board.header[1:])}
    # Opened here: polars takes no path that is no UTF-8.
    with path.open("wb") as file:
        pl.DataFrame(columns).write_csv(file, line_terminator="\n", include_bom=False)


def checked(values: NDArray, competition: Competition, ids: tuple[str, ...]) -> Probabilities:
    """Probabilities that can be submitted, float64, rows summing to 1 within 1e-9."""
    shape = (len(ids), competition.n_classes)
    if values.shape != shape:
        raise DataError(
            f"{_times(values.shape)} probabilities for {shape[0]} test rows and {shape[1]} classes",
            where=competition.name,
        )
    proba: NDArray = values.astype(np.float64)
    _refuse(~np.isfinite(proba).all(axis=1), "probabilities are not finite", competition, ids)
    outside = (proba < -EXACT) | (proba > 1 + EXACT)
    _refuse(outside.any(axis=1), "probabilities are outside [0, 1]", competition, ids)
    # Adding zero turns -0.0 into 0.0.
    proba = np.clip(proba, 0, 1) + 0.0
    off = np.abs(proba.sum(axis=1) - 1)
    _refuse(off > DUST, "probabilities don't sum to 1", competition, ids)
    rescale = off > EXACT
    proba[rescale] /= proba[rescale].sum(axis=1, keepdims=True)
    return proba


def _checked_labels(values: NDArray, competition: Competition, ids: tuple[str, ...]) -> Labels:
    if values.ndim == 2:
        return checked(values, competition, ids).argmax(axis=1)
    if values.shape != (len(ids),) or values.dtype.kind not in "iu":
        raise DataError(
            f"{_times(values.shape)} {values.dtype} labels for {len(ids)} test rows",
            where=competition.name,
        )
    wrong: NDArray = (values < 0) | (values >= competition.n_classes)
    _refuse(wrong, f"labels are outside 0..{competition.n_classes - 1}", competition, ids)
    return values.astype(np.int64)


def _refuse(wrong: Any, what: str, competition: Competition, ids: tuple[str, ...]) -> None:
    if wrong.any():
        raise FaultsError(
            [f"id {ids[i]}: {what}" for i in np.flatnonzero(wrong)],
            where=competition.name,
            todo="nothing was written; fit the entry again",
        )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "0-dimensional"
