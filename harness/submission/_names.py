"""Column names however badly written: what two of them share, and which class one is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.competition import Competition
from harness.submission._ids import whole_number


def plain(name: str) -> str:
    """A name without what tools put between its parts; the point in a number stays."""
    return re.sub(r"[\s_-]+|(?<!\d)\.|\.(?!\d)", "", name).casefold()


def classes_named(names: Sequence[str], competition: Competition) -> tuple[str, list[int]] | None:
    """The class of each column, where each is named by its class in one and the same way.

    By its label or its name, alone or after letters that all of them share: ``1``, ``Rock``,
    ``p_1``. Or, where classes count from 1, by a number that counts from 0.
    """
    if len(names) != competition.n_classes:
        return None
    first, last = min(names), max(names)
    same = [a == b for a, b in zip(first, last, strict=False)] + [False]
    shared = first[: same.index(False)].rstrip("0123456789")
    for keys in ([_key(name) for name in names], [_key(name[len(shared) :]) for name in names]):
        for values in (competition.classes, competition.class_names):
            table = {_key(value): k for k, value in enumerate(values)}
            if len(table) == len(names) and set(keys) == set(table):
                return "header-class", [table[key] for key in keys]
        count = [str(k) for k in range(len(names))]
        if set(keys) == set(count) and list(competition.classes) == [*count[1:], str(len(names))]:
            return "header-base", [int(key) for key in keys]
    return None


def _key(name: str) -> str:
    number = whole_number(name.strip())
    return plain(name) if number is None else str(number)
