"""What a submission's numbers themselves tell: their range, their sums, and how they were made."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.competition import Probabilities
from harness.evaluate.metrics import EPSILON
from harness.submission._faults import TOLD_SINGLY, Faults
from harness.submission._file import Sheet

SUM_TOLERANCE = 1e-6
# Metrics that a row's scale doesn't touch: logloss rescales, the others look at the row's order.
SCALE_FREE = {"logloss", "top-2", "top-3", "map@3", "map@5"}
# Rows this near to 1 were rounded; further off they mean something else where scale matters.
ROUNDING = 0.01
# A zero that was written with more digits than it needs.
ZEROS = r"^\s*0?\.0{2,}\s*$"
# With more decimals than this nobody rounds.
MOST_DECIMALS = 6
# With fewer, rounding could explain any sum.
FEWEST_DECIMALS = 2
# Metrics to which a zero on the true class is nearly infinite.
LOGLOSSES = {"logloss", "logloss-cells"}
# Of the rows, so many must agree before the whole file is taken for something else.
MOSTLY = 0.99


def tell(
    sheet: Sheet,
    columns: Sequence[int],
    names: Sequence[str],
    proba: Probabilities,
    faults: Faults,
    *,
    sums_for: str | None,
) -> None:
    """Record what is wrong with the numbers of a submission.

    Parameters
    ----------
    columns, names
        Positions and names of the class columns that the file has.
    proba : float64 array, shape (rows, columns)
        NaN where a cell tells no number.
    sums_for : str, optional
        The metric, where all class columns are there, so that rows can be summed.
    """
    if sums_for is None:
        _tell_ranges(sheet, names, proba, faults)
        return
    if _tell_scale(sheet, proba, faults):
        return
    decimals = _rounded_to(sheet, columns, proba)
    _tell_ranges(sheet, names, proba, faults)
    _tell_sums(sheet, proba, faults, sums_for, decimals)
    if sums_for in LOGLOSSES:
        _tell_zeros(sheet, columns, names, proba, faults, sums_for, decimals)


def tell_chances(sheet: Sheet, name: str, chances: Probabilities, faults: Faults) -> None:
    """Record what 0 and 1 cost in one column of probabilities, which log-loss scores.

    Parameters
    ----------
    chances : float64 array, shape (rows,)
        NaN where a cell tells no number.
    """
    known = np.isfinite(chances)
    sure = np.flatnonzero(known & np.isin(chances, (0, 1)))
    each = -math.log(EPSILON) / max(len(chances), 1)
    words = f"costs {each:.2g} of logloss"
    if len(sure) and len(sure) == known.sum():
        told = f"only 0 and 1 are written: each row of the other class {words}"
        faults.add("zero", told, lines=sheet.lines[sure])
        return
    faults.on_lines(
        "zero",
        sheet.lines[sure],
        lambda i: f"{name} is {chances[sure[i]]:g}",
        f"cells are 0 or 1, each {words} where the other class is true: write more digits",
    )


def _tell_scale(sheet: Sheet, proba: Probabilities, faults: Faults) -> bool:
    """Whether the whole file is written on another scale, which is one fault and not thousands."""
    known = np.isfinite(proba).all(axis=1)
    rows = proba[known]
    if not len(rows):
        return False
    sums = rows.sum(axis=1)
    percent = (rows >= 0).all(axis=1) & (np.abs(sums - 100) <= 1)
    with np.errstate(over="ignore"):
        logs = (rows <= 0).all(axis=1) & (np.abs(np.exp(rows).sum(axis=1) - 1) <= ROUNDING)
    for code, fits, words in (
        (
            "percentages",
            percent,
            "percentages (rows sum to 100), which graders clip to 1: divide by 100",
        ),
        (
            "log-probabilities",
            logs,
            "log-probabilities, which graders clip to 0: write exp() of them",
        ),
    ):
        if fits.mean() >= MOSTLY:
            faults.add(code, f"these look like {words}", lines=sheet.lines[known])
            return True
    return False


def _tell_ranges(sheet: Sheet, names: Sequence[str], proba: Probabilities, faults: Faults) -> None:
    outside = (proba < 0) | (proba > 1)
    rows = np.flatnonzero(outside.any(axis=1))

    def say(i: int) -> str:
        k = int(outside[rows[i]].argmax())
        return f"{names[k]}: {proba[rows[i], k]:g} is not within [0, 1]"

    faults.on_lines("range", sheet.lines[rows], say, "rows have values outside [0, 1]")


def _tell_sums(
    sheet: Sheet, proba: Probabilities, faults: Faults, metric: str, decimals: int | None
) -> None:
    sums = proba.sum(axis=1)
    empty = (proba == 0).all(axis=1)
    rows = np.flatnonzero((np.abs(sums - 1) > SUM_TOLERANCE) & ~empty)
    rounded = decimals is not None and decimals >= FEWEST_DECIMALS
    # Where a row claims more than all, its numbers may be no probabilities at all.
    most = 1 + ROUNDING
    least = 0.0 if metric in SCALE_FREE else 1 - ROUNDING
    certain = rounded or bool(((sums[rows] >= least) & (sums[rows] <= most)).all())
    made = "" if decimals is None else f", as rounding to {_decimals(decimals)} leaves them"
    warning = ""
    if not certain and metric in SCALE_FREE:
        warning = (
            " (are they probabilities? votes must be divided by their sum, scores need softmax)"
        )
    elif not certain:
        warning = f" ({metric} scores them as they are: rescaled they score otherwise)"
    faults.on_lines(
        "sum-rounding" if rounded else "row-sum",
        sheet.lines[rows],
        lambda i: f"the probabilities sum to {sums[rows[i]]:.9g}, not to 1{warning}",
        f"rows don't sum to 1{made}",
        certain=certain,
    )
    faults.on_lines(
        "row-zero",
        sheet.lines[np.flatnonzero(empty)],
        lambda i: "the probabilities are all 0, which says nothing of the class",
        "rows are all 0",
    )


def _tell_zeros(
    sheet: Sheet,
    columns: Sequence[int],
    names: Sequence[str],
    proba: Probabilities,
    faults: Faults,
    metric: str,
    decimals: int | None,
) -> None:
    """Zeros, which cost dearly where that class is true, and those that rounding made."""
    zero = (proba == 0) & (proba != 0).any(axis=1)[:, None]
    if not zero.any():
        return
    each = -math.log(EPSILON) / len(proba) / (proba.shape[1] if metric == "logloss-cells" else 1)
    cost = f"{each:.2g} of {metric} where that class is true"
    if np.isin(proba[np.isfinite(proba)], (0, 1)).all():
        # Of cells, both are wrong: the 1 that should be 0, and the 0 that should be 1.
        row = each * (2 if metric == "logloss-cells" else 1)
        words = f"only 0 and 1 are written: each row of another class costs {row:.2g} of {metric}"
        faults.add("zero", words, lines=sheet.lines[zero.any(axis=1)])
        return
    made = zero if decimals is not None else zero & _written_out(sheet, columns, proba)
    digits = "" if decimals is None else f" (the file has {_decimals(decimals)})"
    for code, cells, one, many in (
        (
            "rounded",
            made,
            "was rounded to zero",
            f"cells were rounded to zero{digits}, each costs {cost}: write more digits",
        ),
        ("zero", zero & ~made, "is 0", f"cells are 0, each costs {cost}"),
    ):
        places = np.argwhere(cells)
        told = one if len(places) > TOLD_SINGLY else f"{one}, which costs {cost}"
        faults.on_lines(
            code,
            sheet.lines[places[:, 0]],
            lambda i, places=places, told=told: f"{names[places[i, 1]]} {told}",  # type: ignore[misc]
            many,
        )


def _written_out(sheet: Sheet, columns: Sequence[int], proba: Probabilities) -> NDArray[np.bool_]:
    """Which cells are zeros with decimals behind the point, such as 0.0000; shape of `proba`."""
    found = np.zeros(proba.shape, dtype=bool)
    for k, column in enumerate(columns):
        rows = np.flatnonzero(proba[:, k] == 0)
        cells = sheet.frame.to_series(column).gather(rows)
        found[rows, k] = cells.str.contains(ZEROS).to_numpy()
    return found


def _rounded_to(sheet: Sheet, columns: Sequence[int], proba: Probabilities) -> int | None:
    """How many decimals the file was rounded to; None where nothing proves that it was.

    The proof: rows don't sum to 1, by no more than rounding their cells can explain.
    """
    off = np.abs(proba[np.isfinite(proba).all(axis=1)].sum(axis=1) - 1)
    if not (off > SUM_TOLERANCE).any():
        return None
    most = 0
    for column in columns:
        cells = sheet.frame.to_series(column).str.strip_chars()
        if cells.str.contains("[eE]").any():
            return None
        behind = cells.str.extract(r"[.,](\d+)$").str.len_bytes().max()
        most = max(most, int(behind) if isinstance(behind, int) else 0)
        if most > MOST_DECIMALS:
            return None
    explained = 0.5 * 10.0**-most * proba.shape[1]
    return most if most and bool((off <= explained + SUM_TOLERANCE).all()) else None


def _decimals(count: int) -> str:
    return "1 decimal" if count == 1 else f"{count} decimals"
