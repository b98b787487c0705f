"""What a cell means as a date: every way of writing it gives the same moment back."""

from __future__ import annotations

import datetime
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.readers._dates import DAY_FIRST, MONTH_FIRST, PARTS, read_date
from harness.readers._numbers import read_number
from harness.readers._plain_dates import days_of, order_of, plain_dates
from harness.readers._readings import Reading

DAYS = st.dates(datetime.date(1970, 1, 1), datetime.date(2068, 12, 31))
MOMENTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


def days(date: datetime.date) -> float:
    return float((date - datetime.date(1970, 1, 1)).days)


@given(
    DAYS,
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%y", "%B %d, %Y"]),
)
def test_dates_that_need_no_order(date: datetime.date, form: str) -> None:
    found = read_date(date.strftime(form))
    assert found is not None
    assert found.days == days(date)


@given(DAYS, st.sampled_from("-/."), st.sampled_from(["%Y", "%y"]))
def test_dates_in_an_order(date: datetime.date, by: str, year: str) -> None:
    for order, form in ((DAY_FIRST, ("%d", "%m")), (MONTH_FIRST, ("%m", "%d"))):
        found = read_date(date.strftime(by.join((*form, year))), order)
        assert found is not None
        assert found.days == days(date)


@given(
    MOMENTS,
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"])
    | st.sampled_from(["%a %b %d %H:%M:%S %Y", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.000"]),
)
def test_moments(moment: datetime.datetime, form: str) -> None:
    found = read_date(moment.strftime(form))
    assert found is not None
    assert found.written == moment


def test_a_zone_is_taken_off() -> None:
    one, other = read_date("2021-03-04 06:00:00+01:00"), read_date("2021-03-04 05:00:00Z")
    assert one is not None
    assert other is not None
    assert one.days == other.days
    assert one.part("hour") == 6


def test_parts() -> None:
    found = read_date("2021-03-04 05:30:00")
    assert found is not None
    parts = [found.part(name) for name in ("year", "month", "day", "weekday", "hour")]
    assert parts == [2021, 3, 4, 3, 5.5]


@given(st.text())
def test_any_text_is_a_date_or_none(cell: str) -> None:
    for order in ("", DAY_FIRST, MONTH_FIRST):
        read_date(cell, order)


@pytest.mark.parametrize(
    "cell", ["", "2021", "2021-13-01", "31/02/2021", "1.2.3", "0800-555", "3:45", "may 5", "x" * 50]
)
def test_these_are_no_dates(cell: str) -> None:
    assert read_date(cell, DAY_FIRST) is None


@settings(deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=20), st.booleans())
def test_a_day_beyond_twelve_proves_the_order(dates: list[datetime.date], day: bool) -> None:
    form = "%d/%m/%Y" if day else "%m/%d/%Y"
    cells = [date.strftime(form) for date in [*dates, datetime.date(2021, 3, 25)]]
    assert order_of(Counter(cells)) == (DAY_FIRST if day else MONTH_FIRST, "")


def test_without_proof_the_order_is_open() -> None:
    assert order_of({"04/03/2021": 2, "05/05/2021": 1}) == ("", "04/03/2021")
    assert order_of({"2021-03-04": 2}) == ("", "")
    assert order_of({"04.03.2021": 1}) == (DAY_FIRST, "")


def test_a_year_alone_is_its_first_day_among_dates_and_a_number_elsewhere() -> None:
    assert read_date("2009", years=True) == read_date("2009-01-01")
    assert read_date("2009") is None


FIGURES = st.sampled_from(
    ["0", "1", "2", "02", "03", "9", "12", "13", "24", "28", "29", "30", "31"]
)
YEARS = st.sampled_from(
    ["0000", "0001", "1683", "1684", "1900", "1969", "2000", "2023", "9999", "21"]
)
CLOCKS = ["", " 5:06", "T05:06:07", " 05:06:07.5", " 23:59:59", " 24:00", " 12:60", " 5:06 PM"]
CLOCKS += ["T05:06Z", " 05:06:07+01:00"]
ODD = [
    "2021.03",
    "0,1234",
    "-1.5",
    "12.5",
    "2021.5",
    "",
    " 2021-03-04",
    "2021-03-04 ",
    "2021",
    "2021-03",
    "4 Mar 2021",
    "\u0661/1/2021",
]
MARK = st.sampled_from("-/.")
PLAIN_OR_NEARLY = st.one_of(
    st.builds(
        lambda y, a, m, b, d, t: f"{y}{a}{m}{b}{d}{t}",
        *(YEARS, MARK, FIGURES, MARK, FIGURES, st.sampled_from(CLOCKS)),
    ),
    st.builds(
        lambda y, a, m, b, d, t: f"{d}{a}{m}{b}{y}{t}",
        *(YEARS, MARK, FIGURES, MARK, FIGURES, st.sampled_from(CLOCKS)),
    ),
    st.datetimes().map(str),
    st.datetimes().map(lambda when: when.strftime("%d/%m/%Y %H:%M:%S")),
    st.dates().map(str),
    st.sampled_from(
        ["", " 2021-03-04", "2021-03-04 ", "2021", "2021-03", "4 Mar 2021", "\u0661/1/2021"]
    ),
)


@settings(max_examples=200, deadline=None)
@given(
    cells=st.lists(PLAIN_OR_NEARLY, min_size=1, max_size=12),
    order=st.sampled_from(["", DAY_FIRST, MONTH_FIRST]),
)
def test_dates_in_bulk_are_those_read_one_by_one(cells: list[str], order: str) -> None:
    moments = [read_date(cell, order) for cell in cells]
    wanted = [math.nan if moment is None else moment.days for moment in moments]
    np.testing.assert_array_equal(days_of(cells, order), wanted)
    found = plain_dates(cells, order)
    for row in np.flatnonzero(~np.isnan(found.days)).tolist():
        moment = moments[row]
        assert moment is not None
        assert [found.parts[part][row] for part in PARTS] == [moment.part(p) for p in PARTS]


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(PLAIN_OR_NEARLY, min_size=1, max_size=12))
def test_what_is_written_like_a_date_is_no_number(cells: list[str]) -> None:
    for row in np.flatnonzero(plain_dates(cells).plain).tolist():
        assert read_number(cells[row]) is None
        assert read_number(cells[row], ",") is None


@pytest.mark.parametrize("mark", ["", "1900-01-01", "never"])
def test_a_reading_of_dates_takes_marks_for_missing(mark: str) -> None:
    cells = np.array(["2021-03-04", "1900-01-01", "never", "4 Mar 2021", "2021"], dtype=object)
    reading = Reading("when", "date", parts=PARTS, marks=frozenset([mark]), offset=18_000)
    values, unread = reading.read(cells)
    assert np.isnan(values[1]).all() == (mark == "1900-01-01")
    assert (unread == {"never": 2}) == (mark != "never")
    np.testing.assert_array_equal(values[0], values[3])
    assert reading.exact(cells)[0] == 690
