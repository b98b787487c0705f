"""The faults of one file: collected with their places, told at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import FaultsError

Kind = Literal["text", "missing", "infinite", "range", "other"]

MOST = 1000
"""Reading stops after this many: nobody mends more by hand."""

ONE_BY_ONE = 5
"""More faults of one kind in one column become one sentence."""

DECIMAL = re.compile(r"'[+-]?\d*,\d+([eE][+-]?\d+)?' is not a number")

SAID = {
    "text": "{cell!r} is not a number",
    "missing": "no value",
    "infinite": "{cell!r} is infinite",
    "range": "{cell!r} is beyond what float32 holds (3.4e38)",
}
TODO = {
    "missing": "fill the empty cells, or allow them: "
    "`[columns] missing = true` in competition.toml",
    "infinite": "mend the cells, or let them count as missing: "
    '`infinite = "missing"` under [columns] in competition.toml',
    "range": "scale the column, or leave those cells empty and allow missing values",
    "text": "mend the cells, or name the column under `text` or `drop` in competition.toml",
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, or (`place` None) with a line."""

    line: int
    place: int | None
    kind: Kind
    said: str


class Faults:
    """What is wrong with a file.

    Parameters
    ----------
    path : Path
    columns : sequence of str
    named : bool
        Whether the names in `columns` are the file's own.
    unit : str
        What places are counted in: ``"line"`` of a text file, ``"row"`` of an array (both from 1).
    """

    def __init__(
        self, path: Path, columns: Sequence[str], *, named: bool, unit: str = "line"
    ) -> None:
        self.path = path
        self.columns = columns
        self.named = named
        self.unit = unit
        self.found: list[Fault] = []
        self.passed: dict[str, list[int]] = defaultdict(list)
        self.todo: str | None = None

    def __len__(self) -> int:
        return len(self.found)

    @property
    def full(self) -> bool:
        """Whether it is time to stop looking."""
        return len(self.found) >= MOST

    @property
    def of_decimal_commas(self) -> bool:
        """Whether all that is wrong are numbers with decimal commas."""
        return bool(self.found) and all(DECIMAL.match(fault.said) for fault in self.found)

    def line(self, line: int, said: str, *, todo: str | None = None) -> None:
        """Something is wrong with a whole line."""
        self.found.append(Fault(line, None, "other", said))
        self.todo = self.todo or todo

    def cell(self, line: int, place: int, kind: Kind, cell: object) -> None:
        """Something is wrong with the cell of column number `place` (from 0)."""
        shown = cell if len(str(cell)) <= 40 else str(cell)[:37] + "..."
        self.found.append(Fault(line, place, kind, SAID[kind].format(cell=shown)))

    def passed_over(self, line: int, what: str) -> None:
        """Note a line that holds no row: blank, a remark, the header again."""
        self.passed[what].append(line)

    def notes(self) -> list[str]:
        """What was passed over, a sentence for each kind."""
        return [_passed(what, lines) for what, lines in self.passed.items()]

    def raise_any(self) -> None:
        """Raise a `FaultsError` with all that was found, if anything was."""
        if self.found:
            raise self.error()

    def error(self) -> FaultsError:
        """All that was found, as one error."""
        kinds = [fault.kind for fault in self.found]
        steps = [self.todo] if self.todo else []
        steps += [step for kind, step in TODO.items() if kind in kinds]
        todo = steps[0] if steps else None
        said = list(self._sentences())
        if self.full:
            todo = f"{todo + '; ' if todo else ''}reading stopped after {MOST} faults"
        return FaultsError(said, where=str(self.path), todo=todo)

    def column(self, place: int) -> str:
        """How messages call a column."""
        return f"column {place + 1}" + (f" ({self.columns[place]})" if self.named else "")

    def blame_header(self, line: int, numbers: int) -> None:
        """Where names stand in the first `line`, say so instead of naming each cell of it.

        `numbers` is how many number columns there are.
        """
        names = [fault for fault in self.found if fault.kind == "text" and fault.line == line]
        below = {f.place for f in self.found if f.kind == "text" and f.line != line}
        # A number gone wrong starts with a digit, a sign or a point; names hardly do.
        names = [
            fault for fault in names if not (fault.said[1].isdigit() or fault.said[1] in "+-.")
        ]
        if 2 * len(names) < numbers or not {fault.place for fault in names} - below:
            return
        self.found = [fault for fault in self.found if fault not in names]
        cells = [fault.said.removesuffix(" is not a number") for fault in names[:3]]
        more = ", ..." if len(names) > 3 else ""
        self.line(
            line,
            f"holds names ({', '.join(cells)}{more}) where numbers should be",
            todo="if it is a header, say so: `header = true` in competition.toml",
        )

    def _sentences(self) -> Iterator[str]:
        """In the order of the file; many alike as one."""
        alike: dict[tuple[int | None, str], list[Fault]] = defaultdict(list)
        for fault in self.found:
            alike[_likeness(fault)].append(fault)
        for fault in sorted(self.found, key=lambda fault: fault.line):
            group = alike[_likeness(fault)]
            more = len(group) - ONE_BY_ONE
            if more > 0 and fault is not group[0]:
                continue
            where = f"{self.unit} {fault.line}"
            if more > 0:
                some = ", ".join(str(one.line) for one in group[:ONE_BY_ONE])
                where = f"{self.unit}s {some} and {more} more"
            if fault.place is not None:
                where += f", {self.column(fault.place)}"
            yield f"{where}: {fault.said}"


def _passed(what: str, lines: Sequence[int]) -> str:
    """``lines 3, 5 are blank and were passed over``."""
    verb, was = ("are", "were") if len(lines) > 1 else ("is", "was")
    some = ", ".join(map(str, lines[:ONE_BY_ONE]))
    more = f" and {len(lines) - ONE_BY_ONE} more" if len(lines) > ONE_BY_ONE else ""
    s = "s" * (len(lines) > 1)
    if what == "header":
        return (
            f"line{s} {some}{more} repeat{'s' * (len(lines) == 1)} the header and {was} passed over"
        )
    return f"line{s} {some}{more} {verb} {what} and {was} passed over"


def _likeness(fault: Fault) -> tuple[int | None, str]:
    return fault.place, fault.kind if fault.place is not None else fault.said
