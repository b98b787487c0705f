"""Two units in one column: values in two heaps alike, a known factor apart, none between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import Finding, Outcome, Severity, counted, percent
from harness.check._many import pieces
from harness.check._sheet import FEWEST_ROWS, Sheet
from harness.competition import FloatMatrix

# Factors between units that are mixed up, and such a pair.
FACTORS = {
    2.20462: "kg and lb",
    2.54: "inches and cm",
    3.28084: "m and feet",
    1.609344: "miles and km",
    10.0: "mm and cm",
    12.0: "feet and inches",
    25.4: "inches and mm",
    28.3495: "ounces and g",
    30.48: "feet and cm",
    60.0: "minutes and seconds, or hours and minutes",
    100.0: "m and cm, or shares and per cent",
    453.592: "lb and g",
    1000.0: "seconds and ms, kHz and Hz, km and m, or kg and g",
    3600.0: "hours and seconds",
    1e6: "MHz and Hz, or seconds and microseconds",
}
# How far from such a factor the heaps' middles may be, and how unlike their widths.
NEAR, ALIKE = 0.1, 1.6
# A heap has so many of the rows, and so many different values.
LEAST_SHARE, LEAST_ROWS, LEAST_VALUES = 0.01, 8, 8
# The gap between the heaps is at least this factor, and wider than any other gap by this one.
LEAST_GAP, STANDS_OUT = 1.25, 4.0


def check(sheet: Sheet) -> Outcome:
    """A finding for each column whose cells seem to be in two units."""
    columns = [k for k in range(len(sheet.names)) if k not in sheet.competition.text]
    if len(sheet.rows) < FEWEST_ROWS or not columns:
        return Outcome((), f"{counted(len(columns), 'number column')}")
    findings = []
    for column in suspects(sheet, np.array(columns)):
        if found := two_heaps(_cells(sheet, column)):
            findings.append(_finding(sheet, column, *found))
    return Outcome(findings, f"{counted(len(columns), 'number column')}{sheet.sampled}")


def suspects(sheet: Sheet, columns: NDArray[np.int64]) -> list[int]:
    """Columns with a wide gap in their sizes; those with missing cells or zeros among them."""
    samples = [sheet.sample] + ([sheet.test_sample] if sheet.test_sample is not None else [])
    rows = sum(map(len, samples))
    found: list[int] = []
    for part in pieces(columns, rows):
        cells = np.concatenate([sample[:, part] for sample in samples])
        plain = np.isfinite(cells).all(axis=0) & (cells != 0).all(axis=0)
        sizes = np.sort(_logs(cells[:, plain]), axis=0)
        wide = (np.diff(sizes, axis=0) >= np.log10(LEAST_GAP)).any(axis=0)
        found += part[~plain].tolist() + part[plain][wide].tolist()
    return sorted(found)


def two_heaps(cells: NDArray[np.float32]) -> tuple[float, str, float] | None:
    """The factor between two heaps of values, the units it is known from, the smaller one's share.

    None where the values are one heap, or two that no pair of units explains.
    """
    cells = cells[np.isfinite(cells) & (cells != 0)]
    # Values on both sides of 0 have no sizes to speak of.
    if len(cells) < FEWEST_ROWS or (cells > 0).any() == (cells < 0).any():
        return None
    sizes = np.sort(_logs(cells))
    gaps = np.diff(sizes)
    at = int(gaps.argmax())
    low, high = sizes[: at + 1], sizes[at + 1 :]
    least = max(LEAST_ROWS, LEAST_SHARE * len(sizes))
    if gaps[at] < np.log10(LEAST_GAP) or min(len(low), len(high)) < least:
        return None
    # Ends are thin: gaps there are wide in one heap too. Looked at are those between most rows.
    inner = [np.diff(np.quantile(heap, [0.05, 0.95]))[0] for heap in (low, high)]
    others = np.concatenate([np.diff(low), np.diff(high)])
    if min(inner) <= 0 or gaps[at] < STANDS_OUT * np.quantile(others, 0.98):
        return None
    if min(len(np.unique(low)), len(np.unique(high))) < LEAST_VALUES:
        return None
    if max(inner) > ALIKE * min(inner):
        return None
    factor = float(10 ** (np.median(high) - np.median(low)))
    known = min(FACTORS, key=lambda one: abs(np.log(factor / one)))
    if abs(np.log(factor / known)) > NEAR:
        return None
    return factor, FACTORS[known], min(len(low), len(high)) / len(sizes)


def _cells(sheet: Sheet, column: int) -> NDArray[np.float32]:
    samples = [sheet.sample] + ([sheet.test_sample] if sheet.test_sample is not None else [])
    return np.concatenate([sample[:, column] for sample in samples])


def _logs(cells: FloatMatrix) -> NDArray[np.float64]:
    return np.log10(np.abs(cells.astype(np.float64)))


def _finding(sheet: Sheet, column: int, factor: float, units: str, share: float) -> Finding:
    name = sheet.names[column]
    return Finding(
        Severity.WARN,
        f"column {name} seems to be in two units: two heaps of values alike, with none between",
        f"{percent(share)} of the values lie apart, by a factor of {factor:.4g}: as {units} "
        f"do{sheet.sampled}",
        "write the column in one unit in both files, or leave it if there are two kinds of rows",
        {"column": name, "factor": round(factor, 4), "share": round(share, 4)},
    )
