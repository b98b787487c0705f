"""One odd cell changes no column's type: the column that tells the classes apart is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Made, Truth, make, put, text

CASES = Corpus()
# A column that can't be used is named together with what becomes of it.
LOST = r"\bx1\b"
GONE = r"(?:drop|left out|not used|unused)"
DROPPED = rf"\bx1\b.{{0,160}}{GONE}|{GONE}.{{0,160}}\bx1\b"


def _bent(to: Path, change: object, parts: str = "both", made: Made | None = None) -> Truth:
    made = made or make(key=True)
    return made.cells("x1", change, parts).write(to, made.labels())  # type: ignore[return-value]


def _every(rows: int, words: list[str]) -> object:
    return lambda cell, row: words[row // rows % len(words)] if row % rows == 5 else cell


@CASES.right()
def words_for_missing(to: Path) -> Truth:
    return _bent(to, _every(12, ["NA", "n/a", "null", "None", "NaN", "missing"]))


@CASES.right()
def question_marks(to: Path) -> Truth:
    return _bent(to, _every(20, ["?"]))


@CASES.right()
def stars_and_dots(to: Path) -> Truth:
    return _bent(to, _every(25, ["*", "..", "--"]))


@CASES.right(LOST)
def errors_of_a_spreadsheet(to: Path) -> Truth:
    return _bent(to, _every(15, ["#N/A", "#VALUE!", "#REF!", "#NUM!"]))


@CASES.right(LOST)
def a_word_in_three_training_cells(to: Path) -> Truth:
    return _bent(to, _every(50, ["broken sensor"]), "train")


@CASES.right(LOST)
def a_word_in_one_test_cell(to: Path) -> Truth:
    return _bent(to, _every(60, ["not measured"]), "test")


@CASES.either(LOST)
def a_unit_in_every_cell(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{cell} kg")


@CASES.either(LOST)
def a_unit_in_some_cells(to: Path) -> Truth:
    return _bent(to, lambda cell, row: f"{cell}ms" if row % 10 == 3 else cell)


@CASES.either(LOST)
def dollars_with_thousands(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"${float(cell) * 1000 + 9000:,.2f}")


@CASES.either(LOST)
def per_cent(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{float(cell) * 4 + 30:.1f}%")


@CASES.right()
def exponents(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{float(cell):.5E}")


@CASES.right()
def plus_signs_and_spaces(to: Path) -> Truth:
    return _bent(to, lambda cell, row: f" {float(cell):+.3f} " if row % 2 else cell)


@CASES.either(LOST)
def below_the_limit_of_detection(to: Path) -> Truth:
    return _bent(to, lambda cell, row: f"<{cell}" if row % 11 == 2 else cell)


@CASES.either(LOST)
def thousands_apart_by_spaces(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{float(cell) * 1000 + 9000:,.0f}".replace(",", "\u00a0"))


@CASES.either(LOST)
def thousands_apart_by_apostrophes(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{float(cell) * 1000 + 9000:,.0f}".replace(",", "'"))


@CASES.either(r"train\.csv.*semicolon")
def semicolons_and_decimal_commas(to: Path) -> Truth:
    made = make(key=True)
    for column in ("x1", "x2", "x3"):
        made.cells(column, lambda cell, _: cell.replace(".", ","))
    truth = made.labels()
    made.write(to, truth)
    put(to / "train.csv", made.train, sep=";")
    put(to / "test.csv", made.test, sep=";")
    return truth


@CASES.either(LOST)
def decimal_commas_in_the_test_file_alone(to: Path) -> Truth:
    return _bent(to, lambda cell, _: cell.replace(".", ","), "test")


@CASES.either(LOST, dropped=DROPPED)
def day_first_dates(to: Path) -> Truth:
    def date(cell: str, _: int) -> str:
        day = int(float(cell) * 60 + 400)
        return f"{day % 28 + 1:02d}/{day // 28 % 12 + 1:02d}/{2010 + day // 336}"

    return _bent(to, date)


@CASES.either(LOST, dropped=DROPPED)
def minutes_and_seconds(to: Path) -> Truth:
    def clock(cell: str, _: int) -> str:
        seconds = int(float(cell) * 600 + 4000)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    return _bent(to, clock)


@CASES.either(LOST)
def footnote_marks(to: Path) -> Truth:
    return _bent(to, lambda cell, row: f"{cell}*" if row % 9 == 4 else cell)


@CASES.either(LOST)
def minus_signs_of_typography(to: Path) -> Truth:
    return _bent(to, lambda cell, _: f"{float(cell) - 6:.4f}".replace("-", "\u2212"))


@CASES.right()
def whole_numbers_all_different(to: Path) -> Truth:
    """A number a row, each once: no identity, the one column that matters."""
    return _bent(to, lambda cell, row: str(int(float(cell) * 10_000) * 1000 + 70_000_000 + row))


@CASES.right()
def a_word_of_yes_and_no(to: Path) -> Truth:
    made = make(("a", "b"), key=True)
    return _bent(to, lambda cell, _: "Yes" if float(cell) > 2.5 else "No", made=made)


@CASES.either(LOST, dropped=DROPPED)
def booleans_spelled_in_two_ways(to: Path) -> Truth:
    """TRUE and FALSE in the training file, True and False in the test file."""
    made = make(("a", "b"), key=True)
    made.cells("x1", lambda cell, _: str(float(cell) > 2.5))
    return _bent(to, lambda cell, _: cell.upper(), "train", made)


@CASES.right()
def a_category_that_only_test_rows_have(to: Path) -> Truth:
    made = make(("a", "b"), key=True)
    made.cells("x1", lambda cell, _: "left" if float(cell) > 2.5 else "right")
    return _bent(to, lambda cell, row: "middle" if row == 8 else cell, "test", made)


@CASES.either(r"\bx2\b")
def infinities(to: Path) -> Truth:
    made = make(key=True)
    made.cells("x2", lambda cell, row: "inf" if row % 40 == 7 else cell)
    return _bent(to, lambda cell, row: "-Infinity" if row == 9 else cell, "train", made)


@CASES.right()
def empty_in_training_and_filled_in_test(to: Path) -> Truth:
    made = make(key=True)
    made.cells("x3", lambda *_: "", "train")
    return made.write(to, made.labels())


@CASES.either(LOST)
def numbers_in_quotes_within_quotes(to: Path) -> Truth:
    """An export that quoted twice: cells that hold their own quotes."""
    made = make(key=True).cells("x1", lambda cell, _: f'"{cell}"')
    truth = made.labels()
    made.write(to, truth)
    (to / "train.csv").write_text(text(made.train), encoding="utf-8")
    return truth


@pytest.mark.parametrize("case", CASES.parameters())
def test_odd_cells(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
