"""What kind a feature column is: numbers, dates, true or false, or text, by most of its cells.

Training and test rows are looked at together, so that a column is the same in both. Cells that are
of another kind are exceptions: they are named with their number, and read as missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.competitions._infer_look import Look
from harness.competitions._readings import aligned, counted
from harness.competitions._rows import listed
from harness.readers import Peek, Table, read_table
from harness.readers._cells import is_missing
from harness.readers._dates import read_date
from harness.readers._numbers import says_missing
from harness.readers._plain_dates import days_of, order_of, plain_dates
from harness.readers._readings import FALSE, TRUE
from harness.readers._styles import Decided, decimal_evidence, style_of

Cells = NDArray[np.object_]

# Words that don't say "no value" may be so many of a number column's cells, and so many different
# ones. Beyond that they mean something: the column is text.
ODD_SHARE, ODD_WORDS = 0.1, 10
# With fewer different numbers than this a column is as good as text, and its odd words are values
# of their own (1, 2, 3, 4+).
MANY_NUMBERS = 20
# A cell of a year alone isn't as long, blanks around it and all.
LONGEST_YEAR = 12
# Pairs of words of which one has to be there whole.
PAIRS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("on", "off"))


@dataclass
class Kinds:
    """Feature columns that are read with care, and how.

    Attributes
    ----------
    numbers, dates, booleans : list of str
    marks : list of str
        Cells among the numbers that hold no value.
    decimal : str
        The decimal mark, where it is a comma.
    order : str
        Of day and month, where a column's own cells don't tell it.
    holes : set of str
        Those with cells that hold no value.
    refused : dict of column to str
        Why it stays text though most of its cells are numbers or dates.
    """

    numbers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    booleans: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    decimal: str = ""
    order: str = ""
    holes: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def __contains__(self, column: object) -> bool:
        return any(column in one for one in (self.numbers, self.dates, self.booleans))


def find_kinds(look: Look, table: Table, columns: Sequence[str], aside: Iterable[str]) -> Kinds:
    """The kinds of `columns`, as far as they aren't plain numbers or text.

    Parameters
    ----------
    table : Table
        The training rows with every column of text as text.
    columns : sequence of str
        Candidates for features.
    aside : iterable of str
        The training file's labels, ids, groups and parts, which test rows may lack.
    """
    files = _cells(look, table, columns, set(aside))
    every = {column: counted(aligned(cells)) for column, cells in files.items()}
    rows = {column: sum(map(len, cells)) for column, cells in files.items()}
    hint, order = _hint(look, every.values()), _order(every.values())
    kinds = Kinds()
    written: dict[str, Decided] = {}
    for column, counts in every.items():
        if not counts:
            continue
        if _is_boolean(counts):
            kinds.booleans.append(column)
            readable = sum(counts.values())
        elif not _mostly_dates(counts) and _are_numbers(decided := style_of(counts, hint), counts):
            if decided.style is None:
                kinds.refused[column] = decided.fault
                continue
            kinds.numbers.append(column)
            written[column] = decided
            kinds.marks += [cell for cell in decided.odd if cell not in kinds.marks]
            kinds.decimal = kinds.decimal or decided.style.decimal.replace(".", "")
            readable = decided.numbers
        elif (readable := _dates(counts, order)) < 0:
            kinds.refused[column] = "nothing tells whether its dates begin with day or month"
            continue
        elif readable:
            kinds.dates.append(column)
            own = order_of(counts)
            kinds.order = kinds.order or (order if own[1] else "")
        else:
            continue
        if readable < rows[column]:
            kinds.holes.add(column)
    _say(look, kinds, every, written, order)
    return kinds


def is_odd(peek: Peek, column: str) -> bool:
    """Whether a column isn't plain numbers that float32 holds."""
    return peek.kinds[column] == "text" or column in peek.extreme


def _cells(
    look: Look, table: Table, columns: Sequence[str], aside: set[str]
) -> dict[str, list[Cells]]:
    """The cells of every column that isn't plain numbers in both files, file by file."""
    train, test = look.train, look.test
    of = _same_columns(look, aside) if test is not None else {}

    def odd(column: str) -> bool:
        if is_odd(train, column):
            return True
        there = of.get(column)
        return test is not None and there is not None and is_odd(test, there)

    wanted = [column for column in columns if odd(column)]
    if not wanted:
        return {}
    if any(column not in table.text for column in wanted):
        text = [*table.text, *(column for column in wanted if column not in table.text)]
        table = read_table(train.path, header=train.header, text=text, infinite=True)
    found = {column: [table.text[column]] for column in wanted}
    if test is not None and (there := {of[column] for column in wanted if column in of}):
        there |= {column for column in test.columns if is_odd(test, column)}
        rows = read_table(test.path, header=test.header, text=sorted(there), infinite=True)
        for column in wanted:
            if column in of:
                found[column].append(rows.text[of[column]])
    return found


def _same_columns(look: Look, aside: set[str]) -> dict[str, str]:
    """The test file's column for each of the training file's; empty where they can't be told."""
    train, test = look.train, look.test
    if test is None:
        return {}
    if train.header and test.header:
        there = set(test.columns)
        return {column: column for column in train.columns if column in there}
    label = [column for column in train.columns if column in aside]
    for lacking in ([], label[:1], label[-1:], label):
        kept = [column for column in train.columns if column not in lacking]
        if len(kept) == len(test.columns):
            return dict(zip(kept, test.columns, strict=True))
    return {}


def _hint(look: Look, columns: Iterable[Mapping[str, int]]) -> str:
    """The decimal mark that the files' other columns have."""
    proved = Counter({".": 0, ",": 0})
    for counts in columns:
        proved.update({mark: decimal_evidence(counts, mark) for mark in ".,"})
    if proved["."] != proved[","]:
        return "." if proved["."] > proved[","] else ","
    return "." if "number" in look.train.kinds.values() else ""


def _order(columns: Iterable[Mapping[str, int]]) -> str:
    orders = {order_of(counts)[0] for counts in columns} - {""}
    return orders.pop() if len(orders) == 1 else ""


def _is_boolean(counts: Mapping[str, int]) -> bool:
    words = {cell.casefold() for cell in counts}
    return words <= TRUE | FALSE and any(words >= set(pair) for pair in PAIRS)


def _are_numbers(decided: Decided, counts: Mapping[str, int]) -> bool:
    """Whether a column is numbers with exceptions, rather than text with numbers in it."""
    total = sum(counts.values())
    odd = {cell: n for cell, n in decided.odd.items() if not says_missing(cell)}
    few = sum(odd.values()) <= ODD_SHARE * total and len(odd) <= ODD_WORDS
    many = len(counts) - len(decided.odd) > MANY_NUMBERS
    return 2 * decided.numbers > total and few and (not odd or many)


def _mostly_dates(counts: Mapping[str, int]) -> bool:
    """Whether most cells are dates in figures, which no style of numbers reads."""
    plain = plain_dates(list(counts)).plain
    rows = np.array(list(counts.values()))
    return bool(2 * rows[plain].sum() > rows.sum())


def _dates(counts: Mapping[str, int], order: str) -> int:
    """How many cells are dates, 0 where they are too few, -1 where their order is unknown."""
    proved, example = order_of(counts)
    order = proved or order
    total = sum(n for cell, n in counts.items() if not says_missing(cell))
    cells, rows = list(counts), np.array(list(counts.values()))
    whole = int(rows[~np.isnan(days_of(cells, order))].sum())
    # A year alone among dates is one; a column of years is numbers.
    few = [c for c in cells if len(c) < LONGEST_YEAR]
    dates = whole + sum(counts[c] for c in few if read_date(c, years=True) and not read_date(c))
    unknown = 0 if order else int(rows[~np.isnan(days_of(cells, "day-first"))].sum())
    if max(dates, unknown) < (1 - ODD_SHARE) * total or 2 * max(whole, unknown) < total:
        return 0
    if not total:
        return 0
    return dates if order or not example else -1


def _say(
    look: Look,
    kinds: Kinds,
    every: Mapping[str, Mapping[str, int]],
    written: Mapping[str, Decided],
    order: str,
) -> None:
    told: dict[tuple[str, str], list[str]] = {}
    for column in kinds.numbers:
        why = _number_reason(every[column], written[column])
        told.setdefault(("columns.numbers", why), []).append(column)
    for column in kinds.dates:
        why = _date_reason(every[column], order_of(every[column])[0] or order)
        told.setdefault(("columns.dates", why), []).append(column)
    for column in kinds.booleans:
        words = listed(sorted(every[column]), 4)
        told.setdefault(("columns.booleans", f"its cells say {words}"), []).append(column)
    for (key, why), columns in told.items():
        look.say(key, listed(columns), why)
    if kinds.marks:
        why = "in columns of numbers these cells count as missing; take out what is a value"
        look.say("columns.missing_marks", listed(kinds.marks, 12), why)


def _number_reason(counts: Mapping[str, int], decided: Decided) -> str:
    """How the column's numbers are written, and which cells are none."""
    style = decided.style
    told = []
    if style is not None and style.decimal == ",":
        told.append("numbers with decimal commas")
    elif any("," in cell and cell not in decided.odd for cell in counts):
        told.append("numbers with thousands separators")
    units = {unit: n for unit, n in decided.units.items() if unit}
    if style is not None and style.convert:
        parts = ", ".join(f"{unit} ({n} cells)" for unit, n in units.items())
        into = f"all turned into {style.unit}" if style.unit else "multiplied out"
        told.append(f"{len(units)} units in one column, {parts}: {into}")
    elif units:
        told.append(f"numbers with a unit ({listed(units)})")
        if bare := decided.units.get(""):
            told.append(f"{bare} cells without it are taken for the same")
    marked = sum(n for cell, n in counts.items() if cell not in decided.odd and _marked(cell))
    if marked:
        told.append(f"{marked} cells with a sign or mark such as < or * are read as the number")
    if decided.odd:
        odd = ", ".join(f"{cell!r} {n} times" for cell, n in list(decided.odd.items())[:5])
        more = f" and {len(decided.odd) - 5} more" if len(decided.odd) > 5 else ""
        told.append(f"numbers but for {odd}{more}: read as missing")
    return "; ".join(told) or "numbers, some of them written in another way"


def _marked(cell: str) -> bool:
    return cell[0] in "<>=~\u2264\u2265\u2248\"'" or cell[-1] in "*]\u2020\u2021\u00a7"


def _date_reason(counts: Mapping[str, int], order: str) -> str:
    cells = list(counts)
    days = days_of(cells, order)
    first = cells[int(np.flatnonzero(~np.isnan(days))[0])]
    odd = {
        c: counts[c]
        for c in (cells[k] for k in np.flatnonzero(np.isnan(days)).tolist())
        if read_date(c, order, years=True) is None and not is_missing(c)
    }
    told = f"dates such as {first!r}{', ' + order if order_of(counts)[0] else ''}"
    if odd:
        told += f"; {sum(odd.values())} cells such as {next(iter(odd))!r} are none: read as missing"
    return told
