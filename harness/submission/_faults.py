"""The faults a submission can have, one row each: who refuses it, and if its repair is certain.

Two profiles. ``kaggle``: columns are matched by name, rows by id in any order, probabilities are
clipped and (for `logloss`) rescaled. ``strict``: exact columns, all values in [0, 1], rows that sum
to 1 within 1e-6, as newer graders demand. What a profile accepts although it should be known (rows
that it will rescale, say) is a fault all the same, with `Fault.refused` False.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.registry import lookup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Lines = Sequence[int] | NDArray[np.int64]

PROFILES: dict[str, str] = {
    "kaggle": "columns by name, rows in any order, probabilities clipped and rescaled",
    "strict": "exact columns, values within [0, 1], rows that sum to 1 within 1e-6",
}
BOTH = ("kaggle", "strict")
STRICT = ("strict",)
NOBODY = ()
# A fault on more lines than this is told once, with its count and first line.
TOLD_SINGLY = 3


@dataclass(frozen=True)
class Kind:
    """One row of the table.

    Attributes
    ----------
    refused_by : tuple of profile names
    certain : bool
        Whether there is only one way to put it right.
    kaggle : str
        Kaggle's own words, with what depends on the file in braces; "" where they aren't known.
    """

    refused_by: tuple[str, ...]
    certain: bool = False
    kaggle: str = ""


_UNEXPECTED = "Unexpected Column: '{name}' (Line 1, Column {column})"
_IDS_DIFFER = "Solution and submission values for {id} do not match"
_NULLS = "Submission contains null values"
_FORMAT = "Input string was not in a correct format."

KINDS: dict[str, Kind] = {
    "empty-file": Kind(BOTH),
    "not-text": Kind(BOTH),
    "encoding": Kind(BOTH, True),
    "bom": Kind(BOTH, True),
    "delimiter": Kind(BOTH, True),
    "quotes": Kind(BOTH),
    "blank-line": Kind(NOBODY, True),
    "line-ends": Kind(NOBODY, True),
    "ragged": Kind(BOTH),
    "no-header": Kind(BOTH, True, _UNEXPECTED),
    "other-leaderboard": Kind(BOTH, False, _UNEXPECTED),
    "header-comment": Kind(BOTH, True, _UNEXPECTED),
    "header-spaces": Kind(BOTH, True, _UNEXPECTED),
    "header-spelling": Kind(BOTH, True, _UNEXPECTED),
    "header-class": Kind(BOTH, True, _UNEXPECTED),
    "header-base": Kind(BOTH, True, _UNEXPECTED),
    "header-name": Kind(BOTH, False, _UNEXPECTED),
    "header-twice": Kind(BOTH),
    "index-ids": Kind(BOTH, True, _UNEXPECTED),
    "index-column": Kind(BOTH, True, _UNEXPECTED),
    "extra-column": Kind(BOTH, True, _UNEXPECTED),
    "no-id-column": Kind(BOTH, False, "ID column {id} not found in submission"),
    "missing-column": Kind(BOTH, False, "Required column '{name}' could not be found"),
    "column-order": Kind(STRICT, True),
    "row-count": Kind(BOTH, False, "Submission must have {rows} rows"),
    "row-order": Kind(NOBODY, True),
    "id-base": Kind(BOTH, True, _IDS_DIFFER),
    "id-form": Kind(BOTH, True, _IDS_DIFFER),
    "id-unknown": Kind(BOTH, False, _IDS_DIFFER),
    "id-twice": Kind(BOTH, False, _IDS_DIFFER),
    "id-missing": Kind(BOTH, False, _IDS_DIFFER),
    "spaces": Kind(STRICT, True),
    "label-spaces": Kind(BOTH, True),
    "label-base": Kind(BOTH, True),
    "label-form": Kind(BOTH, True, _FORMAT),
    "label-name": Kind(BOTH, True),
    "label-spelling": Kind(BOTH, True),
    "label-unknown": Kind(BOTH),
    "null": Kind(BOTH, False, _NULLS),
    "infinite": Kind(BOTH),
    "not-a-number": Kind(BOTH, False, _FORMAT),
    "decimal-comma": Kind(BOTH, True, _FORMAT),
    "range": Kind(STRICT),
    "row-sum": Kind(STRICT, True),
    "row-zero": Kind(STRICT),
    "percentages": Kind(STRICT),
    "log-probabilities": Kind(STRICT),
    "rounded": Kind(NOBODY),
    "zero": Kind(NOBODY),
    "sum-rounding": Kind(NOBODY, True),
    "the-sample": Kind(NOBODY),
    "one-answer": Kind(NOBODY),
    "class-order": Kind(NOBODY),
    "classes-alike": Kind(NOBODY),
    "rows-shuffled": Kind(NOBODY),
}
# How the organisers' own sample is written, and what its placeholders say, is no fault of it.
FORGIVEN = {
    *("encoding", "bom", "blank-line", "line-ends", "spaces", "null", "range", "row-sum"),
    *("row-zero", "rounded", "zero", "sum-rounding", "percentages", "one-answer", "class-order"),
    *("classes-alike", "rows-shuffled", "row-order"),
}


@dataclass(frozen=True)
class Fault:
    """Something wrong with a submission file.

    Attributes
    ----------
    code : str
        A row of `KINDS`.
    words : str
        What is wrong, in one sentence.
    line : int or None
        The (first) line of the file it is on, from 1; None where it is on none.
    lines : tuple of int
        All lines it is on.
    kaggle : str
        Kaggle's words for it; "" where they aren't known.
    refused : bool
        Whether the profile's grader refuses the file for it.
    certain : bool
        Whether there is only one way to put it right.
    """

    code: str
    words: str
    line: int | None
    lines: tuple[int, ...]
    kaggle: str
    refused: bool
    certain: bool

    @property
    def refused_by(self) -> tuple[str, ...]:
        """The profiles whose graders refuse the file for it."""
        return KINDS[self.code].refused_by

    def __str__(self) -> str:
        return self.words if self.line is None else f"line {self.line}: {self.words}"


class Faults:
    """Collects the faults of one file under one profile."""

    def __init__(self, profile: str, *, id_column: str, rows: int) -> None:
        lookup("profile", profile, PROFILES)
        self.profile = profile
        self.found: list[Fault] = []
        self._facts: dict[str, object] = {"id": id_column, "rows": rows}

    def add(
        self,
        code: str,
        words: str,
        *,
        line: int | None = None,
        lines: Lines = (),
        certain: bool | None = None,
        **facts: object,
    ) -> None:
        """Record one fault; `facts` fill Kaggle's words.

        `certain` overrules the table, where the file itself proves or disproves the repair.
        """
        kind = KINDS[code]
        lines = tuple(dict.fromkeys(map(int, lines))) or ((line,) if line is not None else ())
        self.found.append(
            Fault(
                code=code,
                words=words,
                line=lines[0] if lines else None,
                lines=lines,
                kaggle=kind.kaggle.format(**{"name": "", "column": 1} | self._facts | facts),
                refused=self.profile in kind.refused_by,
                certain=kind.certain if certain is None else certain,
            )
        )

    def on_lines(
        self,
        code: str,
        lines: Lines,
        tell: Callable[[int], str],
        many: str,
        *,
        certain: bool | None = None,
    ) -> None:
        """Record a fault of some lines: each by itself when they are few, else once with a count.

        Parameters
        ----------
        tell : callable
            The words for the i-th of `lines`.
        many : str
            What the lines share, after their number: "labels are decimals", say.
        """
        if len(lines) <= TOLD_SINGLY:
            for i, line in enumerate(lines):
                self.add(code, tell(i), line=int(line), certain=certain)
        else:
            words = f"{len(lines)} {many}; the first: {tell(0)}"
            self.add(code, words, lines=lines, certain=certain)

    def forgive(self) -> None:
        """Of the organisers' own sample keep only faults of its form."""
        self.found[:] = [fault for fault in self.found if fault.code not in FORGIVEN]

    def in_order(self) -> tuple[Fault, ...]:
        """The faults by line; those of the file as a whole first."""
        return tuple(sorted(self.found, key=lambda fault: fault.line or 0))
