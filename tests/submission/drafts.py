"""A good submission as a draft that can be spoiled in many ways before it becomes bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from worlds import small

from harness.competition import Competition, Leaderboard

ROWS = 24
CLASSES = tuple(map(str, range(1, 11)))
NAMES = ("Pop", "Electronic", "Rap", "Jazz", "Latin", "RnB", "World", "Country", "Reggae", "Blues")
WORLD: Competition = replace(
    small(test_rows=ROWS),
    classes=CLASSES,
    class_names=NAMES,
    leaderboards=(
        Leaderboard("accuracy", ("Sample_id", "Sample_label")),
        Leaderboard("logloss", ("Sample_id", *(f"Class_{k}" for k in CLASSES))),
    ),
)
ACCURACY, LOGLOSS = WORLD.leaderboards
# Sixteenths: their sums are exact, so that what is scaled by a power of two comes back bit for bit.
# None is zero, which would be worth a warning.
PROBA = (1 + np.random.default_rng(3).multinomial(6, np.full(10, 0.1), ROWS)) / 16
LABELS = np.arange(ROWS) * 7 % 10
TRUTH = np.random.default_rng(4).integers(10, size=ROWS)


@dataclass(frozen=True)
class Draft:
    """A file's cells and how they are written down."""

    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","
    before: str = ""
    encoding: str = "utf-8"
    quote: bool = False
    end: str = "\n"

    def bytes(self) -> bytes:
        """The file."""
        cells = [*([] if self.header is None else [self.header]), *self.rows]
        if self.quote:
            cells = [tuple(f'"{cell}"' for cell in row) for row in cells]
        text = self.before + "".join(self.delimiter.join(row) + self.end for row in cells)
        return text.encode(self.encoding)


Change = Callable[[Draft], Draft]


def proba_draft(values: np.ndarray = PROBA) -> Draft:
    """Probabilities, as good as they come."""
    rows = ((str(i + 1), *map(repr, row)) for i, row in enumerate(values.tolist()))
    return Draft(LOGLOSS.header, tuple(rows))


def label_draft() -> Draft:
    """Labels, as good as they come."""
    rows = ((str(i + 1), CLASSES[k]) for i, k in enumerate(LABELS))
    return Draft(ACCURACY.header, tuple(rows))


def header(change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Change:
    """A change of the header alone."""
    return lambda draft: replace(draft, header=change(draft.header or ()))


def named(*names: str) -> Change:
    """Other names for the columns behind the ids."""
    return header(lambda cells: (cells[0], *names))


def cells(change: Callable[[str], str], *columns: int) -> Change:
    """A change of every cell in these columns; without any, of all but the ids."""

    def apply(draft: Draft) -> Draft:
        at = columns or range(1, len(draft.rows[0]))
        rows = (tuple(change(c) if k in at else c for k, c in enumerate(r)) for r in draft.rows)
        return replace(draft, rows=tuple(rows))

    return apply


def cell(line: int, column: int, text: str) -> Change:
    """A change of one cell, by its line in the file."""

    def apply(draft: Draft) -> Draft:
        row = draft.rows[line - 2]
        changed = (*row[:column], text, *row[column + 1 :])
        return replace(draft, rows=(*draft.rows[: line - 2], changed, *draft.rows[line - 1 :]))

    return apply


def on_line(line: int, change: Callable[[str], str]) -> Change:
    """A change of all but the id on one line."""

    def apply(draft: Draft) -> Draft:
        for column in range(1, len(draft.rows[0])):
            draft = cell(line, column, change(draft.rows[line - 2][column]))(draft)
        return draft

    return apply


def columns(change: Callable[[tuple[str, ...], int], tuple[str, ...]]) -> Change:
    """A change of every row, the header (row -1) among them."""

    def apply(draft: Draft) -> Draft:
        top = None if draft.header is None else change(draft.header, -1)
        rows = tuple(change(row, i) for i, row in enumerate(draft.rows))
        return replace(draft, header=top, rows=rows)

    return apply


def rows(change: Callable[[list[tuple[str, ...]]], list[tuple[str, ...]]]) -> Change:
    """A change of the rows' order or number."""
    return lambda draft: replace(draft, rows=tuple(change(list(draft.rows))))


def written(**how: object) -> Change:
    """The same cells, written down otherwise."""
    return lambda draft: replace(draft, **how)  # type: ignore[arg-type]


def added(text: Callable[[int], str], *, at: int = 0) -> Change:
    """One column more."""
    return columns(lambda row, i: (*row[:at], text(i), *row[at:]) if at >= 0 else (*row, text(i)))


def as_text(row: tuple[str, ...], _: int) -> tuple[str, ...]:
    """Class columns in the order of their names as text: 1, 10, 2, ...."""
    order = sorted(range(1, 11), key=lambda k: f"Class_{k}")
    return (row[0], *(row[k] for k in order))


def lower(by: int = 1) -> Callable[[str], str]:
    """A whole number, lowered."""
    return lambda text: str(int(text) - by)


def scaled(by: float) -> Callable[[str], str]:
    """A number, scaled."""
    return lambda text: repr(float(text) * by)


def both(*changes: Change) -> Change:
    """One change after the other."""

    def apply(draft: Draft) -> Draft:
        for change in changes:
            draft = change(draft)
        return draft

    return apply
