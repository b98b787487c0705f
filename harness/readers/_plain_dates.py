"""Dates in the commonest writings, a column at once: year, month and day in figures, with a time.

What this reads it reads as `harness.readers._dates.read_date` does, to the last bit; all else it
leaves to that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.readers._dates import DAY_FIRST, MONTH_FIRST, read_date

_TIME = r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?Z?)?$"
_YEAR_FIRST = r"^([0-9]{4})([-/.])([0-9]{1,2})([-/.])([0-9]{1,2})" + _TIME
_YEAR_LAST = r"^([0-9]{1,2})([-/.])([0-9]{1,2})([-/.])([0-9]{4})" + _TIME
# Microseconds that float64 holds whole: 1684 to 2255.
_EXACT = 2**53
_DOTTED = re.compile(r"\s*\d{1,2}\.\d")
_DAY = 86_400_000_000


@dataclass(frozen=True)
class PlainDates:
    """Cells that are written plainly, and their moments.

    Attributes
    ----------
    plain : bool array, shape (n,)
        Whether the cell is of a writing that is read here.
    days : float64 array, shape (n,)
        Days since 1970; NaN for all others, and for what is no date (2021-02-30).
    parts : mapping of name to float64 array, shape (n,)
        See `harness.readers._dates.PARTS`; meaningless where `days` is NaN.
    """

    plain: NDArray[np.bool_]
    days: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float64]]


def plain_dates(cells: Sequence[str], order: str = "") -> PlainDates:
    """The plainly written dates among some cells; `order` is that of `read_date`."""
    import polars as pl

    words = pl.Series(cells, dtype=pl.String)
    first, last = (_numbers(words, pattern) for pattern in (_YEAR_FIRST, _YEAR_LAST))
    year_last = last[:, 0] >= 0
    plain = (first[:, 0] >= 0) | year_last
    one, two = last[:, 0], last[:, 1]
    if order == DAY_FIRST:
        day_first = np.ones(len(words), np.bool_)
    elif order == MONTH_FIRST:
        day_first = np.zeros(len(words), np.bool_)
    else:
        day_first = (one > 12) | (one == two)
    told = bool(order) | day_first | (two > 12)
    year = np.where(year_last, last[:, 2], first[:, 0])
    month = np.where(year_last, np.where(day_first, two, one), first[:, 1])
    day = np.where(year_last, np.where(day_first, one, two), first[:, 2])
    hour, minute, second = np.where(year_last[:, None], last[:, 3:], first[:, 3:]).T
    good = plain & (told | ~year_last) & (year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour < 24) & (minute < 60) & (second < 60)
    # Anything does where there is no date.
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    begin = months.astype("datetime64[D]").astype(np.int64)
    good &= day <= (months + 1).astype("datetime64[D]").astype(np.int64) - begin
    date = begin + day - 1
    micro = (((date * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000
    plain &= ~good | (np.abs(micro) < _EXACT)
    good &= plain
    parts = {
        "year": year.astype(np.float64),
        "month": month.astype(np.float64),
        "day": day.astype(np.float64),
        "weekday": ((date + 3) % 7).astype(np.float64),
        "hour": hour + minute / 60 + second / 3600,
    }
    return PlainDates(plain, np.where(good, micro / _DAY, np.nan), parts)


def _numbers(words: object, pattern: str) -> NDArray[np.int64]:
    """The pattern's six numbers, shape (n, 6); the first is -1 where it doesn't fit."""
    import polars as pl

    found = pl.DataFrame(words.str.extract_groups(pattern).struct.unnest())  # type: ignore[attr-defined]
    one, by, two, again, three, *time = found.get_columns()
    fits = (by == again).fill_null(False).to_numpy()
    columns = [c.cast(pl.Int64).fill_null(0).to_numpy() for c in (one, two, three, *time)]
    numbers = np.column_stack(columns)
    numbers[~fits] = 0
    numbers[~fits, 0] = -1
    return numbers


def _are_numbers(cells: Sequence[str]) -> NDArray[np.bool_]:
    """Plain numbers, which are no dates; 2021.03 may be one."""
    import polars as pl

    words = pl.Series(cells, dtype=pl.String)
    number = words.str.contains(r"^[+-]?[0-9]+(?:[.,][0-9]+)?$")
    month = words.str.contains(r"^[0-9]{4}\.[0-9]{1,2}$")
    return (number & ~month).to_numpy()


def days_of(cells: Sequence[str], order: str = "") -> NDArray[np.float64]:
    """Each cell's days since 1970 as `read_date` gives them; NaN where it is no date."""
    found = plain_dates(cells, order)
    days = found.days
    for place in np.flatnonzero(~found.plain & ~_are_numbers(cells)).tolist():
        moment = read_date(cells[place], order)
        if moment is not None:
            days[place] = moment.days
    return days


def order_of(counts: Mapping[str, int]) -> tuple[str, str]:
    """The order of day and month that a column's cells prove.

    Returns
    -------
    order : str
        `DAY_FIRST` or `MONTH_FIRST` by the majority; "" where the cells don't tell, or none needs
        an order.
    example : str
        A cell that needs one, where nothing tells; else "".
    """
    cells = [cell for cell in counts if not cell[:4].isdigit()]
    if not cells:
        return "", ""
    rows = np.array([counts[cell] for cell in cells])
    first, second = days_of(cells, DAY_FIRST), days_of(cells, MONTH_FIRST)
    one, two = ~np.isnan(first), ~np.isnan(second)
    proved = {DAY_FIRST: int(rows[one & ~two].sum()), MONTH_FIRST: int(rows[two & ~one].sum())}
    if proved[DAY_FIRST] != proved[MONTH_FIRST]:
        return max(proved, key=lambda order: proved[order]), ""
    either = np.flatnonzero(one & two & (first != second)).tolist()
    # 04.03.2021: points part days first wherever they are used.
    if any(_DOTTED.match(cells[place]) for place in either):
        return DAY_FIRST, ""
    return "", cells[either[0]] if either else ""
