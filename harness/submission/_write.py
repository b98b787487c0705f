"""Writing submissions so that nothing is lost: what is read back has the same bits.

Each probability is written with the fewest digits that read back as the same float64 (up to 17), so
none is rounded to zero and rows keep their sums. Small ones have an exponent (``1.2e-7``): Kaggle,
pandas, R and spreadsheets read it, and without it a float64 can take 300 digits. Lines end in LF;
there is no BOM.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness.atomic import replacing
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.errors import DataError, FaultsError
from harness.submission._ids import expected_ids, file_order, refuse_unwritable

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
        For another shape, values that are not finite or outside [0, 1], rows that don't sum to 1,
        or a leaderboard whose submissions can't be written. Nothing is written then.
    FileProblem
        When the disk is full or the folder can't be written.
    """
    with replacing(path) as part:
        write_into(part, competition, board, values)


def write_into(
    part: Path, competition: Competition, board: Leaderboard, values: Probabilities | Labels
) -> None:
    """`write` straight to `part`, which somebody else gives its name."""
    refuse_unwritable(board)
    ids = expected_ids(competition, board)
    file_order(competition, board)
    given: NDArray = np.asarray(values)
    eats_labels = board.holds == "labels"
    width = competition.n_classes + 1 if board.holds == "probabilities" else 2
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
    order = file_order(competition, board)
    answers = _answers(competition, board, values[order])
    ids = expected_ids(competition, board)
    columns: dict[str, object] = {}
    for name in board.columns:
        if name in answers:
            columns[name] = answers[name]
        elif name == board.header[0]:
            columns[name] = [ids[row] for row in order]
        else:
            at = board.kept.index(name)
            columns[name] = [row[at] for row in board.rows]
    frame = pl.DataFrame(columns)
    # Opened here: polars takes no path that is no UTF-8.
    with path.open("wb") as file:
        file.write(_lines([frame.columns], board.delimiter))
        if frame.width > 1:
            frame.write_csv(
                file, separator=board.delimiter, include_header=False, line_terminator="\n"
            )
        else:
            file.write(_lines(frame.iter_rows(), board.delimiter))


def _lines(rows: Iterable[Sequence[object]], delimiter: str) -> bytes:
    """Rows as the standard library writes them: an empty name is empty, a lone one is quoted."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _answers(
    competition: Competition, board: Leaderboard, values: Probabilities | Labels
) -> dict[str, object]:
    """The columns beside the ids, rows in the file's order."""
    labels = np.array(board.spelling or competition.classes, dtype=object)
    if board.holds == "labels":
        return {board.header[1]: list(labels[values.astype(np.int64)])}
    if board.holds == "probability":
        return {board.header[1]: values[:, competition.classes.index(str(board.positive))]}
    if board.holds == "ranks":
        best = np.argsort(-values, axis=1, kind="stable")[:, : board.top]
        # Below zero stand labels that a file which was read doesn't have.
        cells = [
            board.separator.join(labels[k] for k in ranked if row[k] >= 0)
            for ranked, row in zip(best, values, strict=True)
        ]
        return {board.header[1]: cells}
    return {name: values[:, k] for k, name in enumerate(board.header[1:])}


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
