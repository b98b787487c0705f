"""The reducers, one row each, and how ``--reducer`` is read. A row imports nothing.

The rule, in full:

- ``none`` leaves every column in;
- everything else drops the columns that are constant in the fold's training part first;
- reducers can be chained with ``+``: ``block-means+pca:2``, ``select:100+pca:20``. Reducers that
  work on raw columns come before the scaler, the others after it, in the order written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from harness.errors import UsageError
from harness.registry import lookup, resolve


@dataclass(frozen=True)
class Reducer:
    """One row of the table.

    Attributes
    ----------
    path : str, optional
        ``"module:class"`` of a scikit-learn transformer.
    stage : "raw", "constant" or "scaled"
        Whether it works on the raw columns, drops constant ones, or follows the scaler.
    argument : "count", "count or share", optional
        What follows the colon.
    example : str
        How it is written on the command line.
    """

    summary: str
    example: str
    path: str | None = None
    stage: Literal["raw", "constant", "scaled"] = "scaled"
    argument: Literal["count", "count or share"] | None = None


REDUCERS: dict[str, Reducer] = {
    "none": Reducer("every column stays, constant ones too", "none"),
    "drop-constant": Reducer(
        "columns that are constant in the training part go; part of every other reducer",
        "drop-constant",
        "harness.prepare._reducing:DropConstant",
        "constant",
    ),
    "block-means": Reducer(
        "one column per named block: the mean of its cells",
        "block-means",
        "harness.prepare._reducing:BlockMeans",
        "raw",
    ),
    "pca": Reducer(
        "N principal components, or as many as hold a share of the variance",
        "pca:20 or pca:0.95",
        "harness.prepare._reducing:Components",
        "scaled",
        "count or share",
    ),
    "select": Reducer(
        "the N columns with the largest ANOVA F",
        "select:50",
        "harness.prepare._reducing:BestColumns",
        "scaled",
        "count",
    ),
}


@dataclass(frozen=True)
class Chosen:
    """One reducer as the user wrote it: its name, its row, and N or the share."""

    name: str
    row: Reducer
    amount: float | None = None

    def make(self, **options: Any) -> Any:
        """The unfitted transformer."""
        if self.amount is not None:
            options["amount"] = self.amount
        return resolve(str(self.row.path))(**options)


def parse(text: str) -> tuple[Chosen, ...]:
    """Read ``--reducer``: names chained with ``+``, each with its argument after a colon.

    Returns
    -------
    tuple of Chosen
        Empty for ``none``; otherwise ``drop-constant`` is always among them.

    Raises
    ------
    UnknownNameError
        Naming the known reducers.
    UsageError
        An argument that is missing, superfluous or impossible; a reducer named twice; `none` in a
        chain.
    """
    chosen = [_parse_one(part.strip()) for part in text.split("+")]
    names = [one.name for one in chosen]
    if len(set(names)) < len(names):
        raise UsageError(
            "a reducer stands in the chain twice",
            where=f"--reducer {text}",
            todo="name each one once",
        )
    if "none" in names:
        if len(chosen) > 1:
            raise UsageError(
                "none can't be chained with other reducers",
                where=f"--reducer {text}",
                todo="write --reducer none alone, or leave it out of the chain",
            )
        return ()
    if "drop-constant" not in names:
        chosen.insert(0, Chosen("drop-constant", REDUCERS["drop-constant"]))
    return tuple(chosen)


def _parse_one(text: str) -> Chosen:
    name, colon, argument = text.partition(":")
    row = lookup("reducer", name, REDUCERS)
    where, todo = f"--reducer {text}", f"write it as {row.example}"
    if row.argument is None:
        if colon:
            raise UsageError(f"{name} takes nothing after a colon", where=where, todo=todo)
        return Chosen(name, row)
    if not argument:
        raise UsageError(f"{name} needs a number after a colon", where=where, todo=todo)
    if argument.isascii() and argument.isdigit() and int(argument) > 0:
        return Chosen(name, row, int(argument))
    try:
        share = float(argument)
    except ValueError:
        share = 0.0
    if row.argument == "count or share" and 0 < share < 1:
        return Chosen(name, row, share)
    or_share = " or a share between 0 and 1" if row.argument == "count or share" else ""
    raise UsageError(
        f"{argument!r} is not a whole number above 0{or_share}", where=where, todo=todo
    )
