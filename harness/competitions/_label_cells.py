"""What the one answer column of a sample submission holds, by its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from harness.board import parted
from harness.competitions._sample import whole

SEPARATORS = " ,|;/"
# Pairs that say no and yes, the second the positive one.
PAIRS = (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("-1", "1"))
POSITIVE = ("true", "yes", "y", "t", "positive", "pos")
LAST = "the last of the classes"
FORMS: tuple[Callable[[str], str], ...] = (
    str.capitalize,
    str.title,
    str.upper,
    str.lower,
    lambda value: f"{value}.0",
)


@dataclass(frozen=True)
class Cells:
    """What label cells say: `top` labels each, parted by `separator`, spelled as `spelling`.

    Attributes
    ----------
    spelling : tuple of str
        In class order; () where they are the classes' own.
    absent : tuple of str
        Labels that no training row bears.
    """

    top: int = 1
    separator: str = " "
    spelling: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def read_cells(cells: Sequence[str], classes: Sequence[str]) -> Cells | None:
    """What a column of labels holds; None where its cells are no labels of these classes."""
    shown = list(dict.fromkeys(cell for cell in cells if cell))
    spelling = spelled(shown, classes)
    if spelling is not None:
        return Cells(spelling=spelling)
    for separator in SEPARATORS:
        spaced = separator != " " and all(f"{separator} " in cell for cell in shown)
        ranked = _ranked(shown, classes, f"{separator} " if spaced else separator)
        if ranked is not None:
            return ranked
    known = [value for value in shown if value in set(classes)]
    if len(known) > len(shown) / 2 and all(map(_is_name, shown)):
        return Cells(absent=tuple(sorted(set(shown) - set(known))))
    return None


def spelled(shown: Collection[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The classes as the cells spell them, () for their own way; None where they are others.

    Cells that show some classes only tell how the others are written: ``False`` says that ``true``
    is ``True``.
    """
    if set(shown) <= set(classes):
        return ()
    for form in FORMS:
        written = [form(value) for value in classes]
        if len(set(written)) == len(classes) and set(shown) <= set(written):
            return tuple(written)
    meant = {whole(value).casefold(): value for value in classes}
    alike = {meant.get(whole(cell).casefold()): cell for cell in shown}
    if len(meant) == len(classes) and None not in alike and len(alike) == len(classes):
        return tuple(alike[value] for value in classes)
    return _other_pair(shown, classes)


def _other_pair(shown: Collection[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """``0`` and ``1`` for ``no`` and ``yes``, or the other way round."""
    own = next((p for p in PAIRS if set(p) == {value.casefold() for value in classes}), None)
    if own is None:
        return None
    for pair in PAIRS:
        for form in (str, str.capitalize, str.upper, lambda value: f"{value}.0"):
            written = [form(value) for value in pair]
            if set(shown) <= set(written):
                return tuple(written[own.index(value.casefold())] for value in classes)
    return None


def positive_class(column: str, classes: Sequence[str]) -> tuple[str, str]:
    """Which of two classes a column of one probability is of, and why."""
    named = [v for v in classes if re.search(rf"(?i)(?:^|[\W_]){re.escape(v)}$", column)]
    if len(named) == 1 and not named[0].isdigit():
        return named[0], f"the column is called {column!r}"
    for value in classes:
        other = next(one for one in classes if one != value)
        words = (other.casefold(), value.casefold())
        if words in PAIRS or (words[1] in POSITIVE and words[0] not in POSITIVE):
            return value, f"{other} and {value} say no and yes"
    return classes[-1], LAST


def _ranked(shown: Sequence[str], classes: Sequence[str], separator: str) -> Cells | None:
    """Several labels in each cell, parted by `separator`."""
    lists = [parted(cell, separator, classes) for cell in shown]
    if not lists or any(found is None for found in lists):
        return None
    longest = max(len(found) for found in lists if found is not None)
    return Cells(top=longest, separator=separator) if 1 < longest <= len(classes) else None


def _is_name(cell: str) -> bool:
    """Whether a cell can be a label: no number but a whole one."""
    try:
        return float(cell) == int(float(cell))
    except (ValueError, OverflowError):
        return bool(cell)
