"""A cell as a date: days since 1970, whatever the order of day, month and year.

`read_date` is pure. ``04/03/2021`` needs the column's order, which `_plain_dates.order_of` decides
over all its cells.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import NamedTuple

from harness.readers._numbers import BLANKS

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
PARTS = ("year", "month", "day", "weekday", "hour")
# What Python reads by itself, many times faster.
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.(?:\d{3}|\d{6}))?)?)?", re.ASCII)
_DAY = datetime.timedelta(days=1)
_EPOCH = datetime.datetime(1970, 1, 1)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = (
    r"(?:(?:[T ]|, ?)\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d:?\d\d|[+-]\d\d)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form + _TIME, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<by>[-/.])(?P<month>\d{1,2})(?:(?P=by)(?P<day>\d{1,2}))?",
        r"(?P<one>\d{1,2})(?P<by>[-/.])(?P<two>\d{1,2})(?P=by)(?P<year>\d{4}|\d\d)",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[-\s/.]+(?P<name>[a-z]{3,9})\.?,?[-\s/.]+(?P<year>\d{4}|\d\d)",
        r"(?P<name>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
        r"(?P<name>[a-z]{3,9})\.?[-\s]+(?P<year>\d{4})",
    )
)
# Thu Mar 04 05:06:07 2021, as C and twitter write it.
_YEAR_LAST = re.compile(
    r"(?P<start>[a-z]{3} [a-z]{3}\s+\d{1,2}) (?P<time>\d\d:\d\d:\d\d) (?:(?P<zone>\S+) )?"
    r"(?P<year>\d{4})",
    re.ASCII | re.IGNORECASE,
)

_YEAR = re.compile(r"[12]\d{3}", re.ASCII)


class Moment(NamedTuple):
    """Days since 1970-01-01 (UTC where a zone is given), with the fraction of the day."""

    days: float
    written: datetime.datetime

    def part(self, name: str) -> float:
        """A part of the date as it is written: ``year``, ..., ``weekday`` (Monday 0), ``hour``."""
        when = self.written
        if name == "weekday":
            return float(when.weekday())
        if name == "hour":
            return when.hour + when.minute / 60 + (when.second + when.microsecond / 1e6) / 3600
        return float(getattr(when, name))


@lru_cache(maxsize=1 << 16)
def read_date(cell: str, order: str = "", *, years: bool = False) -> Moment | None:
    """A cell's moment, None where it is no date.

    Parameters
    ----------
    cell : str
        ``2021-03-04``, ``2021-03-04 05:06:07.5+01:00``, ``04/03/2021 5:06 PM``, ``4 Mar 2021``,
        ``March 4, 2021``, ``2021-03``. Years of two digits are 1969 to 2068.
    order : str
        `DAY_FIRST` or `MONTH_FIRST`, for dates that begin with neither year nor month's name; with
        "" only those are read that can be read in one order alone.
    years : bool
        ``2021`` alone is its first day. In a column of dates it is a date that is known no better;
        in one of numbers it is a number.
    """
    cell = cell.strip(BLANKS)
    if years and _YEAR.fullmatch(cell):
        return read_date(f"{cell}-01-01")
    if not 6 <= len(cell) <= 45:
        return None
    if _ISO.fullmatch(cell):
        try:
            iso = datetime.datetime.fromisoformat(cell)
        except ValueError:
            return None
        return Moment((iso - _EPOCH) / _DAY, iso)
    if last := _YEAR_LAST.fullmatch(cell):
        cell = f"{last['start']} {last['year']} {last['time']} {last['zone'] or ''}".strip()
    match = next((found for form in _FORMS if (found := form.fullmatch(cell))), None)
    if match is None:
        return None
    given: dict[str, str | None] = {
        "one": None,
        "two": None,
        "month": None,
        "day": None,
        "name": None,
    }
    given |= match.groupdict()
    if given["one"] is not None:
        pair = _day_and_month(int(given["one"]), int(str(given["two"])), order)
        if pair is None:
            return None
        day, month = pair
    else:
        named = given["name"]
        month = _MONTHS.get(named.lower(), 0) if named else int(str(given["month"]))
        day = int(given["day"] or 1)
    return _moment(int(match["year"]), month, day, match)


def _day_and_month(one: int, two: int, order: str) -> tuple[int, int] | None:
    if order == DAY_FIRST:
        return one, two
    if order == MONTH_FIRST:
        return two, one
    if one > 12 or one == two:
        return one, two
    return (two, one) if two > 12 else None


def _moment(year: int, month: int, day: int, match: re.Match[str]) -> Moment | None:
    if len(match["year"]) == 2:
        year += 1900 if year >= 69 else 2000
    hour = int(match["hour"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    micro = int((match["part"] or "0").ljust(6, "0")[:6])
    try:
        written = datetime.datetime(
            year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0), micro
        )
    except ValueError:
        return None
    days = (written - _EPOCH) / _DAY
    return Moment(days - _zone(match["zone"] or ""), written)


def _zone(zone: str) -> float:
    """How far a zone is ahead of UTC, in days."""
    digits = re.sub(r"\D", "", zone)
    if not digits:
        return 0.0
    minutes = 60 * int(digits[:2]) + int(digits[2:] or 0)
    return (-minutes if "-" in zone else minutes) / 1440
