"""A cell as a number, however people write it: thousands, decimal commas, units, clock times.

`read_number` is pure: what a cell means depends on the cell and on the decimal mark alone. Which
mark a column has is decided over all its cells by `harness.readers._styles`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from harness.readers._cells import MISSING, NUMBER, SPACES

BLANKS = SPACES + "\u00a0\u2009\u202f"
"""Also the no-break, thin and narrow blanks that part thousands."""

MARKS = frozenset(
    ["-", "--", "---", ".", "..", "...", "*", "**", "/", "\\", "?", "??", "\u2013", "\u2014"]
    + ["unknown", "unk", "missing", "nil", "void", "empty", "blank", "undefined", "not available"]
    + [
        "not applicable",
        "not known",
        "no data",
        "nodata",
        "n.a.",
        "n.a",
        "n/d",
        "n.d.",
        "nd",
        "tbd",
    ]
    + [
        "#div/0!",
        "#value!",
        "#ref!",
        "#name?",
        "#num!",
        "#null!",
        "#n/a!",
        "#error!",
        "error",
        "nat",
    ]
    + ["(null)", "(none)", "(missing)", "<null>", "<none>", "\\n", "[null]", "null value"]
    + [sign + word for sign in ("", "-", "+") for word in ("inf", "infinity", "1.#inf", "1.#ind")]
    + [sign + word for sign in ("", "-", "+") for word in ("1.#qnan", "nan(ind)", "\u221e")]
)
"""Words that say "no value" among numbers, in folded case; beside those of `MISSING`."""

# Per cent and the like, degrees, or a word with powers and slashes: %, °C, km/h, m², kg.
_UNIT = r"[%‰°€£$¥₹]|°?[^\W\d_]{1,12}(?:/[^\W\d_]{1,5})?[²³]?"
_CURRENCY = r"(?:[A-Z]{2,3}\s?)?[$€£¥₹₽₩]|(?:USD|EUR|GBP|CHF|JPY|INR|CAD|AUD|CNY)\s"
_WRITTEN = re.compile(
    rf"(?P<sign>[+\-\u2212]?)\s*(?P<before>{_CURRENCY})?\s*(?P<sign2>[+\-\u2212]?)"
    rf"(?P<body>\d[\d.,'’ \u00a0\u2009\u202f]*|[.,]\d+)"
    rf"(?P<power>[eE][+-]?\d+)?\s*(?P<unit>{_UNIT})?",
    re.ASCII,
)
_PLAIN_COMMA = re.compile(r"[+-]?\d{1,15}(?:,\d{1,15})?", re.ASCII)
# "1.2", <0.5 (the bound), 1.2* and 1.2 [3] (footnotes).
_AROUND = re.compile(
    r"(?P<quote>[\"']?)[<>\u2264\u2265~\u2248]?=?\s*(?P<inside>[^<>=]*?)"
    r"\s*(?:\*{1,3}|[\u2020\u2021\u00a7]|\[[0-9a-z]{1,2}\])?(?P=quote)",
    re.ASCII,
)
_CLOCK = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>\d+) days?,? \+?)?"
    r"(?P<first>\d{1,4}):(?P<second>[0-5]\d)(?::(?P<third>[0-5]\d(?:[.,]\d+)?))?",
    re.ASCII,
)
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?P<by>[,.'’ \u00a0\u2009\u202f])\d{3})(?:(?P=by)\d{3})*")
# 12,34,567: as India writes it.
_LAKHS = re.compile(r"[1-9]\d?(?:,\d\d)+,\d{3}")


class Quantity(NamedTuple):
    """A cell's number and its unit, "" where it has none; ``$`` before or after is one too."""

    value: float
    unit: str


class Convert(NamedTuple):
    """How cells of one unit get into a column's own: ``value * factor + shift``."""

    unit: str
    factor: float
    shift: float


@dataclass(frozen=True)
class NumberStyle:
    """How a column writes its numbers.

    Attributes
    ----------
    decimal : str
        ``"."`` or ``","``.
    unit : str
        What most cells are in; "" for plain numbers.
    convert : tuple of Convert
        Other units, and what makes them the column's own.
    """

    decimal: str = "."
    unit: str = ""
    convert: tuple[Convert, ...] = ()

    def number(self, cell: str) -> float | None:
        """The cell's number in the column's unit, None where it is no number of this style."""
        found = read_number(cell, self.decimal)
        if found is None:
            return None
        if found.unit in ("", self.unit) and not self.convert:
            return found.value
        for unit, factor, shift in self.convert:
            if found.unit == unit:
                return found.value * factor + shift
        return found.value if found.unit in ("", self.unit) else None


def says_missing(cell: str) -> bool:
    """Whether a cell among numbers says that there is no value."""
    plain = cell.strip(BLANKS).casefold()
    return plain in MISSING or plain in MARKS


@lru_cache(maxsize=1 << 16)
def read_number(cell: str, decimal: str = ".") -> Quantity | None:
    """A cell's number, None where it is none.

    Parameters
    ----------
    cell : str
        ``12,345.6``, ``1 234``, ``$1,200``, ``5.3%``, ``12 kg``, ``(1,200)`` (negative), ``3:45``
        (in the smaller unit), ``<0.5`` (its bound), ``1.2*`` and whatever `float` takes but
        ``inf``, ``nan`` and ``1_000``.
    decimal : str
        ``"."`` or ``","``; the other one may then part thousands.

    Returns
    -------
    Quantity or None
    """
    cell = cell.strip(BLANKS)
    if decimal == "." and NUMBER.fullmatch(cell):
        value = float(cell)
        return Quantity(value, "") if math.isfinite(value) else None
    if decimal == "," and _PLAIN_COMMA.fullmatch(cell):
        return Quantity(float(cell.replace(",", ".")), "")
    if clock := _CLOCK.fullmatch(cell):
        return Quantity(_clock(clock), "")
    around = _AROUND.fullmatch(cell)
    if around is not None and around["inside"] != cell:
        return read_number(around["inside"], decimal)
    negative = cell.startswith("(") and cell.endswith(")")
    written = _WRITTEN.fullmatch(cell[1:-1].strip(BLANKS) if negative else cell)
    if written is None or (written["sign"] and written["sign2"]):
        return None
    body, unit = written["body"].rstrip(BLANKS), written["unit"] or ""
    plain = _plain(body, decimal)
    # 0012.wav and 007a are names.
    named = bool(unit) and (body[-1] in ".," or re.match(r"0\d", body) is not None)
    if plain is None or named:
        return None
    value = float(plain + (written["power"] or ""))
    if negative or (written["sign"] or written["sign2"]) in ("-", "\u2212"):
        value = -value
    before = (written["before"] or "").strip()
    both = f"{before} {unit}".strip() if before and unit else before or unit
    return Quantity(value, both) if math.isfinite(value) else None


def _plain(body: str, decimal: str) -> str | None:
    """Digits and one point, without what parts thousands."""
    whole, mark, fraction = body.partition(decimal)
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return None
    if whole and not whole.isdigit():
        groups = _GROUPS.fullmatch(whole) or (_LAKHS.fullmatch(whole) if decimal == "." else None)
        if groups is None or decimal in whole:
            return None
        whole = re.sub(r"\D", "", whole)
    if not whole and not fraction:
        return None
    return f"{whole}{'.' if mark else ''}{fraction}"


def _clock(match: re.Match[str]) -> float:
    first, second = int(match["first"]), int(match["second"])
    value = float(first * 60 + second)
    if match["third"] is not None:
        value = value * 60 + float(match["third"].replace(",", "."))
    value += 86400 * int(match["days"] or 0)
    return -value if match["sign"] == "-" else value
