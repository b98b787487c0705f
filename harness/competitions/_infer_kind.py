"""What kind of competition it is: one label a row, or what harness has no answer to."""

from __future__ import annotations

import shlex

import numpy as np

from harness.competitions._infer_look import Look, texts
from harness.competitions._rows import listed
from harness.competitions._sample import whole
from harness.errors import DataError
from harness.readers import Peek

YES = {"1", "true"}
NO = {"0", "false"}
# Whole numbers with more values than this, on fewer rows each than that, count or measure.
MANY_NUMBERS, FEW_ROWS = 30, 5


def one_hot(look: Look, usual: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that hold a row's label as a 1 among zeros; () where there are none.

    Raises
    ------
    DataError
        Where rows have several labels or none, several numbers are asked for, or the user names one
        of the columns.
    """
    train, test = look.train, look.test
    if look.labels is not None or not train.header:
        return ()
    known = set(test.columns) if test is not None and test.header else set()
    alone = [c for c in train.columns if c not in known]
    asked = _asked(look, alone)
    flags = [c for c in (asked or alone) if _is_flag(train, c)]
    if asked and len(flags) < len(asked):
        return _not_flags(look, asked, flags)
    named_otherwise = any(c.lower() in usual for c in alone if c not in flags)
    if not asked and (not known or named_otherwise or len(alone) - len(flags) > len(flags)):
        return ()
    if len(flags) < 2:
        return ()
    wished = look.wishes.label
    if wished is not None and wished not in flags:
        return ()
    return _checked(look, tuple(flags), wished)


def _asked(look: Look, alone: list[str]) -> list[str]:
    """The columns of the training file alone that a sample submission asks for, several of them."""
    for sample in look.samples:
        answers = [c for c in sample.others if c != look.sample_ids.get(sample.path)]
        if len(answers) > 1 and all(column in alone for column in answers):
            return answers
    return []


def _is_flag(train: Peek, column: str) -> bool:
    values = {whole(value).casefold() for value in train.distinct.get(column, ())}
    return bool(values) and values <= YES | NO


def _not_flags(look: Look, asked: list[str], flags: list[str]) -> tuple[str, ...]:
    if look.wishes.label is not None:
        return ()
    others = [column for column in asked if column not in flags]
    raise DataError(
        f"the sample submission asks for {len(asked)} columns of it, and {listed(others)} hold more"
        " than 0 and 1: several answers a row, which harness doesn't give",
        where=look.where,
        todo=f"to learn one of them alone: --label {asked[0]!r}",
    )


def _checked(look: Look, flags: tuple[str, ...], wished: str | None) -> tuple[str, ...]:
    cells = texts(look.train, flags)
    ones = np.array([[whole(cell).casefold() in YES for cell in cells[c]] for c in flags])
    sums = ones.sum(axis=0)
    wrong = np.flatnonzero(sums != 1)
    if len(wrong) and wished is not None:
        return ()
    if len(wrong):
        many = int((sums > 1).sum())
        what = f"{many} rows have several" if many else f"{len(wrong)} rows have none"
        raise DataError(
            f"{what} of the labels {listed(flags)} (row {int(wrong[0]) + 1} is the first): that is"
            " multi-label, and harness gives each row one label",
            where=look.where,
            todo=f"to learn one of them alone: --label {flags[0]!r}",
        )
    if wished is not None:
        raise DataError(
            f"column {wished!r} is one of {len(flags)} that hold the label as a 1 among zeros:"
            f" {listed(flags)}",
            where=look.where,
            todo="leave --label out: they are taken together, as one label",
        )
    look.say("train.label", listed(flags, 12), "one of them is 1 on every row: one label")
    return flags


def refuse_numbers(look: Look, peek: Peek, column: str) -> None:
    """Raise where the labels are numbers to predict.

    Fractions are; whole numbers are where most of them stand on a few rows only.

    Raises
    ------
    DataError
    """
    kind, values = peek.kinds[column], peek.distinct.get(column)
    if kind == "text" or (kind == "integer" and look.wishes.label == column):
        return
    if kind == "integer" and values is not None and len(values) <= MANY_NUMBERS:
        return
    cells = texts(peek, [column])[column]
    different = len({whole(cell) for cell in cells} - {""})
    if not different or (kind == "integer" and peek.rows >= FEW_ROWS * different):
        return
    shown = next(cell for cell in cells if cell)
    raise DataError(
        f"column {column!r} holds numbers to predict ({different} different ones on {peek.rows}"
        f" rows, such as {shown}): that is regression, and harness does classification only",
        where=str(peek.path),
        todo=f"if they are names of classes: --label {shlex.quote(column)} takes them for classes"
        if kind == "integer"
        else "take a library for regression; a column of classes is what harness needs",
    )
