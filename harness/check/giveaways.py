"""Columns that give the label away: alone they tell the class of rows they haven't seen."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import (
    Finding,
    Outcome,
    Severity,
    counted,
    drop_columns,
    percent,
    skipped,
)
from harness.check._giving import bin_probabilities, by_value, explained, share_explained
from harness.check._many import distinct, finite, told_by
from harness.check._sheet import FEWEST_ROWS, Sheet
from harness.competition import Labels

# Shares of the labels' entropy that one honest column doesn't explain.
BAD, WARN = 0.9, 0.75
# A class of this many rows that one column tells from all others without a mistake.
CLASS_ROWS, CLASS_SHARE = 20, 0.97


def check(sheet: Sheet) -> Outcome:
    """One finding a column."""
    y = sheet.y[sheet.rows]
    if len(y) < FEWEST_ROWS or len(np.unique(y)) < 2:
        return skipped(f"{counted(len(y), 'row')} of {len(np.unique(y))} classes: too few to tell")
    findings, best, best_name = [], 0.0, ""
    ids, texts = sheet.row_ids, sheet.competition.text
    left = [k for k in np.flatnonzero(_varies(sheet)).tolist() if k in texts or k not in ids]
    silent = _silent(sheet, left)
    for column in left:
        if column in silent:
            if silent[column] > best:
                best, best_name = silent[column], sheet.names[column]
            continue
        share, how, bins = _most_telling(sheet, column)
        if share > best:
            best, best_name = share, sheet.names[column]
        found = _finding(sheet, column, share, how) or _one_class(sheet, column, bins)
        if found is not None:
            findings.append(found)
    seen = f"every column by itself{sheet.sampled}"
    if best_name:
        seen += f"; the best, {best_name}, explains {percent(best)} of the labels' entropy"
    return Outcome(findings, seen)


def _silent(sheet: Sheet, columns: list[int]) -> dict[int, float]:
    """Columns of many values that tell too little for any finding, and what they explain."""
    rows = len(sheet.rows)
    many = finite(sheet) & (2 * distinct(sheet) > rows)
    found = [k for k in columns if many[k] and k not in sheet.competition.text]
    counts = np.bincount(sheet.y[sheet.rows], minlength=sheet.competition.n_classes)
    large = [k for k, n in enumerate(counts) if CLASS_ROWS <= n <= rows - CLASS_ROWS]
    told = told_by(sheet, np.array(found, dtype=np.int64), large)
    return {
        column: share
        for column, share, one in zip(
            found, told.share.tolist(), told.of_class.tolist(), strict=True
        )
        # A little less than what a finding needs: sums in another order round otherwise.
        if share < WARN - 1e-6 and one < CLASS_SHARE - 1e-6
    }


def _varies(sheet: Sheet) -> NDArray[np.bool_]:
    """Columns with more than one value, or with missing cells in some rows."""
    train = sheet.train
    return ~train.constant | ((train.missing > 0) & (train.missing < train.rows))


def _most_telling(sheet: Sheet, column: int) -> tuple[float, str, Labels]:
    """What the column explains, read in the way that explains most: its bins, values or wording."""
    cells = sheet.sample[:, column]
    if column in sheet.competition.text:
        vocabulary = sheet.competition.text[column]
        scored = [
            _scored(sheet, "its texts", by_value(cells)),
            _scored(sheet, "its texts without their digits", worded(cells, vocabulary)),
        ]
    else:
        share, bins = explained(sheet, cells)
        scored = [(share, "its values", bins)]
        # Values that stand in a few rows each can name songs or artists, in no order.
        if 2 <= len(cells) / len(np.unique(cells)) < 50 and not _known_songs(sheet, cells):
            scored.append(_scored(sheet, "values that stand in several rows", by_value(cells)))
    return max(scored, key=lambda one: one[0])


def _scored(sheet: Sheet, how: str, bins: Labels) -> tuple[float, str, Labels]:
    return share_explained(sheet, bins), how, bins


def _known_songs(sheet: Sheet, cells: NDArray[np.float32]) -> bool:
    """Whether these values are the songs that the check of songs names."""
    if sheet.songs is None:
        return False
    songs = np.unique(sheet.songs.group_of[sheet.rows], return_inverse=True)[1]
    return np.array_equal(np.unique(cells, return_inverse=True)[1], songs)


def worded(cells: NDArray[np.float32], vocabulary: tuple[str, ...]) -> Labels:
    """Texts with their digits taken out: ``blues.00012.au`` and ``blues.00055.au`` are one."""
    words = [re.sub(r"\d+", "", text).casefold() for text in vocabulary]
    codes = np.unique(np.array(words or [""]), return_inverse=True)[1].astype(np.float32)
    found = np.full(len(cells), np.nan, dtype=np.float32)
    filled = ~np.isnan(cells)
    found[filled] = codes[cells[filled].astype(np.int64)]
    return by_value(found)


def _finding(sheet: Sheet, column: int, share: float, how: str) -> Finding | None:
    if share < WARN:
        return None
    name = sheet.names[column]
    return Finding(
        Severity.BAD if share >= BAD else Severity.WARN,
        f"column {name} alone tells the label, by {how}",
        f"it explains {percent(share)} of the labels' entropy on held-out rows{sheet.sampled}",
        f"is it known before the label is, for new rows too? If not, {drop_columns([name])}",
        {"column": name, "explained": round(share, 4), "by": how},
    )


def _one_class(sheet: Sheet, column: int, bins: Labels) -> Finding | None:
    """A class that the column tells from all others, where it can't tell the others apart."""
    y, proba = sheet.y[sheet.rows], bin_probabilities(sheet, bins)
    for code, count in enumerate(np.bincount(y, minlength=sheet.competition.n_classes)):
        if not CLASS_ROWS <= count <= len(y) - CLASS_ROWS:
            continue
        own, prior = y == code, count / len(y)
        p = np.clip(np.where(own, proba[:, code], 1 - proba[:, code]), 1e-9, 1)
        base = -(prior * np.log(prior) + (1 - prior) * np.log(1 - prior))
        share = 1 + float(np.log(p).mean()) / base
        if share >= CLASS_SHARE:
            name, told = sheet.names[column], sheet.class_name(code)
            return Finding(
                Severity.WARN,
                f"column {name} alone tells class {told} from all others",
                f"it explains {percent(share)} of that on held-out rows ({count} rows of {told})",
                "is it known before the label is, for new rows too? If not, "
                + drop_columns([name]),
                {"column": name, "class": told, "explained": round(share, 4)},
            )
    return None
