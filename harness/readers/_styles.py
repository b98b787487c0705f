"""How a column writes its numbers: decimal mark, units, exceptions, decided over all its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from harness.readers._numbers import Convert, NumberStyle, read_number

# 1,234 and 1.234 are numbers with either mark.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}|\d+", re.ASCII)
# So many cells prove a decimal mark as well as all of them.
PROOFS = 2000

# unit: (kind, factor, shift): value * factor + shift is in the kind's base.
UNITS = {
    **{unit: ("mass", factor, 0.0) for unit, factor in (
        ("mg", 1e-6), ("g", 1e-3), ("kg", 1.0), ("kgs", 1.0), ("lb", 0.45359237),
        ("lbs", 0.45359237), ("oz", 0.028349523125), ("gram", 1e-3), ("grams", 1e-3),
    )},
    **{unit: ("length", factor, 0.0) for unit, factor in (
        ("mm", 1e-3), ("cm", 1e-2), ("dm", 0.1), ("m", 1.0), ("km", 1e3), ("in", 0.0254),
        ("inch", 0.0254), ("inches", 0.0254), ("ft", 0.3048), ("feet", 0.3048), ("yd", 0.9144),
        ("mi", 1609.344), ("miles", 1609.344),
    )},
    **{unit: ("time", factor, 0.0) for unit, factor in (
        ("ms", 1e-3), ("s", 1.0), ("sec", 1.0), ("secs", 1.0), ("seconds", 1.0), ("min", 60.0),
        ("mins", 60.0), ("minutes", 60.0), ("h", 3600.0), ("hr", 3600.0), ("hrs", 3600.0),
        ("hours", 3600.0), ("days", 86400.0), ("day", 86400.0),
    )},
    **{unit: ("frequency", factor, 0.0) for unit, factor in (
        ("hz", 1.0), ("khz", 1e3), ("mhz", 1e6), ("ghz", 1e9),
    )},
    **{unit: ("bytes", factor, 0.0) for unit, factor in (("kb", 1e3), ("mb", 1e6), ("gb", 1e9))},
    **{unit: ("speed", factor, 0.0) for unit, factor in (
        ("m/s", 1.0), ("km/h", 1 / 3.6), ("kmh", 1 / 3.6), ("mph", 0.44704),
    )},
    "°c": ("temperature", 1.0, 0.0), "°f": ("temperature", 5 / 9, -160 / 9),
}  # fmt: skip
# 1.2K, 3.4M: amounts, where a column has them beside each other.
AMOUNTS = {"k": 1e3, "m": 1e6, "mio": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "": 1.0}


class Decided(NamedTuple):
    """What `style_of` makes of a column.

    Attributes
    ----------
    style : NumberStyle, or None where no reading fits
    odd : mapping of cell to count
        Cells that are no numbers of that style; those that say "no value" among them.
    numbers : int
        How many cells are numbers.
    units : mapping of unit to count
    fault : str
        Why there is no style, where the cells are numbers all the same.
    """

    style: NumberStyle | None
    odd: Mapping[str, int]
    numbers: int
    units: Mapping[str, int]
    fault: str = ""


def style_of(counts: Mapping[str, int], hint: str = "") -> Decided:
    """How a column writes its numbers, by the majority of its cells.

    Parameters
    ----------
    counts : mapping of cell to count
        Its cells over all files, without missing ones (`MISSING`).
    hint : str
        The decimal mark of the file's other columns, for cells such as ``1,234`` that can be read
        with both; "" where nothing is known.
    """
    marks = {mark: decimal_evidence(counts, mark) for mark in ".,"}
    decimal = "," if marks[","] > marks["."] else "."
    fault = ""
    if marks[","] == marks["."] == 0 and any("," in cell for cell in counts):
        decimal = hint or "."
        if not hint and (example := _either_way(counts)):
            fault = f"{example!r} can be read with a decimal comma or with thousands"
    odd: dict[str, int] = {}
    units: dict[str, int] = {}
    plain = _plain(counts, decimal)
    if plain:
        units[""] = plain.total()
    for cell, count in counts.items():
        if cell in plain:
            continue
        found = read_number(cell, decimal)
        if found is None:
            odd[cell] = odd.get(cell, 0) + count
        else:
            units[found.unit] = units.get(found.unit, 0) + count
    numbers = sum(units.values())
    style = _style(decimal, units)
    fault = style if isinstance(style, str) else fault
    kept = style if isinstance(style, NumberStyle) and not fault else None
    return Decided(kept, odd, numbers, units, fault)


def _plain(counts: Mapping[str, int], decimal: str) -> Counter[str]:
    """The cells that are plainly numbers, found in bulk."""
    import polars as pl

    words = pl.Series(list(counts), dtype=pl.String)
    mark, by = (",", r"\.") if decimal == "," else (r"\.", ",")
    whole = rf"(?:[0-9]{{1,15}}|[1-9][0-9]{{0,2}}(?:{by}[0-9]{{3}}){{1,4}})"
    plain = words.filter(words.str.contains(rf"^[+-]?{whole}(?:{mark}[0-9]{{1,15}})?$"))
    return Counter({cell: counts[cell] for cell in plain.to_list()})


def decimal_evidence(counts: Mapping[str, int], decimal: str) -> int:
    """How many cells are numbers with this decimal mark and none with the other.

    Of very many different ones some are looked at, from everywhere in the column.
    """
    other = "," if decimal == "." else "."
    telling = [c for c in counts if (decimal in c or other in c) and not _EITHER.fullmatch(c)]
    return sum(
        counts[cell]
        for cell in telling[:: max(1, len(telling) // PROOFS)]
        if read_number(cell, decimal) is not None and read_number(cell, other) is None
    )


def in_the_other_writing(counts: Mapping[str, int], decimal: str) -> bool:
    """Whether a file's cells are numbers with the other decimal mark, most of them surely."""
    other = "," if decimal == "." else "."
    proved = decimal_evidence(counts, other)
    if not proved or decimal_evidence(counts, decimal):
        return False
    telling = [cell for cell in counts if ("." in cell or "," in cell)]
    some = dict.fromkeys(telling[:: max(1, len(telling) // PROOFS)], 1)
    read = sum(read_number(cell, other) is not None for cell in some)
    return 2 * read > len(some)


def swapped(cell: str) -> str:
    """A cell with commas for points and points for commas."""
    return cell.translate({44: 46, 46: 44})


def _either_way(counts: Mapping[str, int]) -> str:
    """A cell such as ``1,234`` where it matters which way it is read; "" where it doesn't.

    Where every cell is written so, the two readings differ by a factor of 1000 alone; and where
    numbers below 1000 alone have no comma, it parts thousands.
    """
    parted = next((cell for cell in counts if "," in cell and read_number(cell)), "")
    for cell in counts if parted else ():
        found = read_number(cell)
        if found is not None and "," not in cell and abs(found.value) >= 1000:
            return parted
    return ""


def _style(decimal: str, units: Mapping[str, int]) -> NumberStyle | str:
    """The style with these units, or why they don't go together."""
    named = sorted((unit for unit in units if unit), key=lambda unit: -units[unit])
    if not named:
        return NumberStyle(decimal)
    main = named[0]
    if len(named) == 1:
        return NumberStyle(decimal, main)
    amounts = {unit: _amount(unit) for unit in units}
    if None not in amounts.values() and len({a[0] for a in amounts.values() if a and a[0]}) < 2:
        convert = tuple(Convert(u, a[1], 0.0) for u, a in amounts.items() if a)
        return NumberStyle(decimal, "", convert)
    kinds = {unit: UNITS.get(unit.casefold()) for unit in named}
    base = kinds[main]
    if base is not None and all(kind and kind[0] == base[0] for kind in kinds.values()):
        convert = tuple(
            Convert(unit, kind[1] / base[1], (kind[2] - base[2]) / base[1])
            for unit, kind in kinds.items()
            if kind
        )
        return NumberStyle(decimal, main, convert)
    if len({_one(unit) for unit in named}) == 1:
        return NumberStyle(decimal, main, tuple(Convert(unit, 1.0, 0.0) for unit in named))
    told = ", ".join(f"{unit} ({units[unit]} cells)" for unit in named[:4])
    return f"{'two' if len(named) == 2 else len(named)} units in one column: {told}"


def _one(unit: str) -> str:
    """A unit without its case and its plural: ``room`` and ``Rooms`` are one."""
    plain = unit.casefold()
    return plain[:-1] if len(plain) > 2 and plain.endswith("s") else plain


def _amount(unit: str) -> tuple[str, float] | None:
    """A currency, "" without one, and the factor of ``K`` or ``M``; None for another unit."""
    money, _, word = unit.rpartition(" ")
    if not money and word and word[-1] in "$€£¥₹₽₩":
        return word, 1.0
    factor = AMOUNTS.get(word.casefold())
    return None if factor is None else (money, factor)
