"""What a cell means as a number: every way of writing it gives the same value back."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.readers._numbers import NumberStyle, Quantity, read_number, says_missing
from harness.readers._readings import Reading
from harness.readers._styles import style_of

CENTS = st.integers(-(10**12), 10**12)
UNITS = st.sampled_from(["", " kg", "kg", "%", " %", " m²", " km/h", "€", " USD"])
BY = st.sampled_from([",", " ", "'", "\u00a0", "\u202f"])


def english(cents: int, by: str = ",", digits: int = 2) -> str:
    return f"{cents / 10**digits:,.{digits}f}".replace(",", by)


def continental(cents: int, by: str = ".") -> str:
    swap = {",": by, ".": ","}
    return "".join(swap.get(letter, letter) for letter in english(cents))


@given(CENTS, BY, UNITS)
def test_thousands_come_back(cents: int, by: str, unit: str) -> None:
    found = read_number(english(cents, by) + unit)
    assert found == Quantity(cents / 100, unit.strip())


@given(CENTS, st.sampled_from([".", " ", "'", "\u00a0"]), UNITS)
def test_decimal_commas_come_back(cents: int, by: str, unit: str) -> None:
    found = read_number(continental(cents, by) + unit, ",")
    assert found == Quantity(cents / 100, unit.strip())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_comes_back(value: float) -> None:
    assert read_number(repr(value)) == Quantity(value, "")
    assert read_number(repr(value).replace(".", ","), ",") == Quantity(value, "")


@given(CENTS, st.sampled_from(["$", "€", "USD ", "US$"]))
def test_money_comes_back(cents: int, money: str) -> None:
    sign = "-" if cents < 0 else ""
    found = read_number(f"{sign}{money}{english(abs(cents))}")
    assert found == Quantity(cents / 100, money.strip())
    assert read_number(f"({english(abs(cents))})") == Quantity(-abs(cents) / 100, "")


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_clock_times_come_back(first: int, second: int, third: int) -> None:
    assert read_number(f"{first}:{second:02d}") == Quantity(60 * first + second, "")
    whole = read_number(f"{first}:{second:02d}:{third:02d}")
    assert whole == Quantity(3600 * first + 60 * second + third, "")


@given(st.text())
def test_any_text_is_a_finite_number_or_none(cell: str) -> None:
    found = read_number(cell)
    assert found is None or math.isfinite(found.value)


@pytest.mark.parametrize(
    "cell",
    [
        *("", "1st2", "A12", "12.au", "0012.wav", "007a", "1_000", "1,23,4", "1.2.3", "2021-03-04"),
        *("1,2345", "12,34", "--5", "-$-5", "5 kg m s", "inf", "nan", "1 2", "3²", "٣", "$"),
    ],
)
def test_these_are_no_numbers(cell: str) -> None:
    assert read_number(cell) is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [("<0.5", 0.5), (">= 12", 12), ("~3", 3), ("1.2*", 1.2), ("7 [3]", 7), ('"2.5"', 2.5)],
)
def test_signs_and_marks_around_a_number_are_passed_over(cell: str, value: float) -> None:
    assert read_number(cell) == Quantity(value, "")


@pytest.mark.parametrize("cell", ["-", ".", "#DIV/0!", "Unknown", "N/A", "none", "-inf", "nan", ""])
def test_these_say_missing(cell: str) -> None:
    assert says_missing(cell)


@pytest.mark.parametrize("cell", ["0", "no", "x", "1.5", "other"])
def test_these_do_not(cell: str) -> None:
    assert not says_missing(cell)


@given(st.lists(CENTS, min_size=3, max_size=30), st.booleans())
def test_a_column_s_decimal_mark_is_proved_by_its_cells(cents: list[int], comma: bool) -> None:
    write = continental if comma else english
    decided = style_of(Counter(map(write, [*cents, 314])))
    assert decided.style == NumberStyle("," if comma else ".")
    assert not decided.odd


def test_the_majority_decides_and_the_others_are_named() -> None:
    decided = style_of({"1.5": 40, "2.25": 50, "3,5": 2, "x": 1})
    assert decided.style == NumberStyle(".")
    assert decided.odd == {"3,5": 2, "x": 1}


@pytest.mark.parametrize(
    ("cells", "hint", "wanted"),
    [
        (["1,234", "950"], "", 1234.0),  # only numbers below 1000 have no comma
        (["1,234", "5,678"], "", 1234.0),  # a factor for all alike
        (["1,234", "5678"], ",", 1.234),
        (["1,234", "5678"], ".", 1234.0),
        (["1,234", "0,5"], ".", 1.234),  # its own cells go first
    ],
)
def test_a_comma_that_could_be_both(cells: list[str], hint: str, wanted: float) -> None:
    decided = style_of(Counter(cells), hint)
    assert decided.style is not None
    assert decided.style.number("1,234") == wanted


def test_a_comma_that_nothing_explains_is_told() -> None:
    decided = style_of({"1,234": 1, "5678": 1})
    assert decided.style is None
    assert "1,234" in decided.fault


def test_units_of_one_kind_become_one() -> None:
    style = style_of({"12 kg": 5, "10 lb": 2, "3": 1}).style
    assert style is not None
    assert style.unit == "kg"
    assert style.number("10 lb") == pytest.approx(4.5359237)
    assert style.number("12 kg") == 12
    assert style.number("3") == 3
    assert style.number("3 m") is None


def test_degrees_are_shifted_too() -> None:
    style = style_of({"20 °C": 5, "212 °F": 2}).style
    assert style is not None
    assert style.number("212 °F") == pytest.approx(100)


def test_amounts_are_multiplied() -> None:
    style = style_of({"€1.2M": 3, "€565K": 2, "€0": 1}).style
    assert style is not None
    assert [style.number(cell) for cell in ("€1.2M", "€565K", "€0")] == [1.2e6, 565e3, 0]


@pytest.mark.parametrize(("one", "other"), [("kg", "m"), ("%", "kg"), ("$", "€"), ("st", "nd")])
def test_units_that_do_not_go_together_are_named(one: str, other: str) -> None:
    decided = style_of({f"1 {one}": 3, f"2 {other}": 2})
    assert decided.style is None
    assert one in decided.fault
    assert other in decided.fault


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[+-]?[0-9]{1,16}([.,][0-9]{1,16})?", fullmatch=True)
        | st.from_regex(r"[+-]?[0-9]{1,4}([.,][0-9]{2,3}){1,3}([.,][0-9]{1,3})?", fullmatch=True),
        min_size=1,
    ),
    st.sampled_from(".,"),
)
def test_numbers_in_bulk_are_those_read_one_by_one(cells: list[str], hint: str) -> None:
    counts = Counter(cells)
    decided = style_of(counts, hint)
    marks = [decided.style.decimal] if decided.style else ["."]
    odd = {cell: n for cell, n in counts.items() if read_number(cell, marks[0]) is None}
    assert decided.odd == odd
    assert decided.numbers == len(cells) - sum(odd.values())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[+-]?[0-9]{1,4}([.,][0-9]{2,3}){0,3}([.,][0-9]{1,3})?", fullmatch=True),
        min_size=1,
    ),
    st.sampled_from(".,"),
)
def test_a_column_s_values_are_those_of_its_cells(cells: list[str], decimal: str) -> None:
    style = NumberStyle(decimal)
    exact = Reading("x", "number", style=style).exact(np.array(cells, dtype=object))
    wanted = [math.nan if (value := style.number(cell)) is None else value for cell in cells]
    np.testing.assert_array_equal(exact, wanted)
