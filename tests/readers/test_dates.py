"""What a cell means as a date: every way of writing it gives the same moment back."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.readers._dates import DAY_FIRST, MONTH_FIRST, order_of, read_date

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
