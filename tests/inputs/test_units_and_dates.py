"""Numbers in other clothes and dates in other orders: read, or dropped with a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Truth, make

CASES = Corpus()
LOST = r"\bx1\b"
GONE = r"(?:drop|left out|not used|unused)"
DROPPED = rf"\bx1\b.{{0,160}}{GONE}|{GONE}.{{0,160}}\bx1\b"


def _bent(to: Path, change: Callable[[float], str], parts: str = "both") -> Truth:
    """Column x1, which alone tells the classes apart, written otherwise."""
    made = make(key=True).cells("x1", lambda cell, _: change(float(cell)), parts)
    return made.write(to, made.labels())  # type: ignore[return-value]


@CASES.right()
def points_at_either_end(to: Path) -> Truth:
    return _bent(to, lambda v: f"{v:.0f}." if abs(v) > 5 else f"{v:.3f}".replace("0.", "."))


@CASES.either(LOST, dropped=DROPPED)
def losses_in_brackets(to: Path) -> Truth:
    return _bent(to, lambda v: f"({6 - v:.2f})" if v < 6 else f"{v - 6:.2f}")


@CASES.either(LOST, dropped=DROPPED)
def euros_behind(to: Path) -> Truth:
    def euros(v: float) -> str:
        return f"{v * 1000 + 9000:,.2f} €".translate(str.maketrans(",.", ".,"))

    return _bent(to, euros)


@CASES.either(LOST, dropped=DROPPED)
def lakhs(to: Path) -> Truth:
    """Indian grouping: 12,34,567."""

    def grouped(v: float) -> str:
        digits = str(int(v * 100_000 + 2_000_000))
        return f"{digits[:-5]},{digits[-5:-3]},{digits[-3:]}"

    return _bent(to, grouped)


@CASES.either(LOST, dropped=DROPPED)
def k_and_m(to: Path) -> Truth:
    """Downloads as a shop shows them: 950k and 1.2M."""

    def short(v: float) -> str:
        count = (v + 5) * 120_000
        return f"{count / 1e6:.3f}M" if count > 1e6 else f"{count / 1e3:.1f}k"

    return _bent(to, short)


@CASES.either(LOST, dropped=DROPPED)
def days_weeks_and_months(to: Path) -> Truth:
    def age(v: float) -> str:
        days = int((v + 5) * 60)
        if days < 31:
            return f"{days} days"
        return f"{days // 30} months" if days < 400 else f"{days // 7} weeks"

    return _bent(to, age)


@CASES.either(LOST, dropped=DROPPED)
def two_units_in_one_column(to: Path) -> Truth:
    return _bent(to, lambda v: f"{v + 9:.2f} m" if v > 3 else f"{(v + 9) * 100:.0f} cm")


@CASES.either(LOST, dropped=DROPPED)
def degrees_north(to: Path) -> Truth:
    return _bent(to, lambda v: f"{v * 2 + 30:.4f}°N")


@CASES.either(LOST, dropped=DROPPED)
def ranges(to: Path) -> Truth:
    return _bent(to, lambda v: f"{int(v * 2 + 20)}-{int(v * 2 + 20) + 1}")


@CASES.either(LOST, dropped=DROPPED)
def month_first_dates(to: Path) -> Truth:
    def date(v: float) -> str:
        day = int(v * 60 + 400)
        return f"{day // 28 % 12 + 1}/{day % 28 + 1}/{2010 + day // 336}"

    return _bent(to, date)


def _day(v: float) -> tuple[int, int, int]:
    day = int(v * 60 + 400)
    return 2010 + day // 336, day // 28 % 12 + 1, day % 28 + 1


@CASES.either(LOST, dropped=DROPPED)
def dates_with_a_zone(to: Path) -> Truth:
    return _bent(to, lambda v: "{}-{:02d}-{:02d}T08:30:00Z".format(*_day(v)))


@CASES.either(LOST, dropped=DROPPED)
def dates_with_names_of_months(to: Path) -> Truth:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    def date(v: float) -> str:
        year, month, day = _day(v)
        return f"{day:02d}-{months[month - 1]}-{year}"

    return _bent(to, date)


@CASES.right(least=0.7)
def dates_as_eight_digits(to: Path) -> Truth:
    """As plain numbers they rise unevenly: a straight line reaches 0.78 of the dates' 0.98."""
    return _bent(to, lambda v: "{}{:02d}{:02d}".format(*_day(v)))


@CASES.either(LOST, dropped=DROPPED)
def years_alone_and_full_dates(to: Path) -> Truth:
    def date(v: float) -> str:
        year, month, day = _day(v)
        return str(year) if day % 5 == 0 else f"{year}-{month:02d}-{day:02d}"

    return _bent(to, date)


@CASES.right()
def y_and_n(to: Path) -> Truth:
    made = make(("a", "b"), key=True)
    made.cells("x1", lambda cell, row: ("Y" if float(cell) > 2.5 else "N") if row % 25 else "")
    return made.write(to, made.labels())  # type: ignore[return-value]


@CASES.either(LOST, least=0.6)
def a_column_that_only_training_rows_fill(to: Path) -> Truth:
    """What is left tells the classes apart in two cases of three."""
    made = make()
    made.cells("x1", lambda *_: "", "test")
    return made.write(to, made.labels())  # type: ignore[return-value]


@CASES.right()
def a_label_in_the_test_file_that_says_nothing(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.test["target"] = ["?"] * 60
    return made.write(to, truth)  # type: ignore[return-value]


@CASES.either(LOST, dropped=DROPPED)
def numbers_that_begin_with_an_apostrophe(to: Path) -> Truth:
    return _bent(to, lambda v: f"'{v:.4f}")


@CASES.either(LOST, dropped=DROPPED)
def numbers_as_formulas(to: Path) -> Truth:
    return _bent(to, lambda v: f'="{v:.4f}"')


@pytest.mark.parametrize("case", CASES.parameters())
def test_units_and_dates(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
