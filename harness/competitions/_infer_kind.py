"""What kind of competition it is: one label a row, or what harness has no answer to."""

from __future__ import annotations

import shlex

import numpy as np

from harness.competitions._infer_cells import refuse_cells
from harness.competitions._infer_look import Look, texts
from harness.competitions._rows import listed
from harness.competitions._sample import whole
from harness.errors import DataError
from harness.readers import Peek

YES = {"1", "true"}
NO = {"0", "false"}
# Whole numbers with more values than this, on fewer rows each than that, count or measure.
MANY_NUMBERS, FEW_ROWS = 30, 5
SOME_NUMBERS, SINGLE_ROWS = 10, 2
# So many fractions may be grades (1.0, 1.5, 2.0), where the user says that they are classes.
FEW_GRADES = 20


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
    numbers = [c for c in asked if look.train.kinds[c] == "number"]
    if numbers:
        what = f"{listed(numbers)} of them hold numbers to predict: that is regression"
    else:
        what = "they are several labels of a row"
    raise DataError(
        f"the sample submission asks for {len(asked)} columns of it, {listed(asked)}; {what}, and"
        " harness gives each row one label",
        where=look.where,
        todo="take a library for several answers a row"
        if numbers
        else f"to learn one of them alone: --label {shlex.quote(asked[0])}",
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
            todo=f"to learn one of them alone: --label {shlex.quote(flags[0])}",
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
    if column in peek.nested:
        raise DataError(
            f"column {column!r} holds {peek.nested[column]}, and harness gives each row one class",
            where=str(peek.path),
            todo="keep one label a row in a column of text or whole numbers",
        )
    if kind == "text":
        refuse_cells(texts(peek, [column])[column], column, str(peek.path))
        _refuse_lists(look, peek, column)
    if kind == "integer" and look.wishes.label != column and (shown := _asked_number(look, column)):
        raise DataError(
            f"column {column!r} holds numbers to predict: the sample submission has {shown} there;"
            " that is regression, and harness does classification only",
            where=str(peek.path),
            todo=f"if they are names of classes: --label {shlex.quote(column)} takes them for"
            " classes",
        )
    said = look.wishes.label == column
    if kind == "text" or (kind == "integer" and said):
        return
    few = FEW_ROWS if values is None or len(values) > MANY_NUMBERS else SINGLE_ROWS
    if kind == "integer" and values is not None and len(values) <= SOME_NUMBERS:
        return
    cells = texts(peek, [column])[column]
    different = len({whole(cell) for cell in cells} - {""})
    if not different or (kind == "integer" and peek.rows >= few * different):
        return
    may_be = kind == "integer" or different <= FEW_GRADES
    if said and may_be:
        return
    shown = next(cell for cell in cells if cell)
    raise DataError(
        f"column {column!r} holds numbers to predict ({different} different ones on {peek.rows}"
        f" rows, such as {shown}): that is regression, and harness does classification only",
        where=str(peek.path),
        todo=f"if they are names of classes: --label {shlex.quote(column)} takes them for classes"
        if may_be
        else "take a library for regression; a column of classes is what harness needs",
    )


def _asked_number(look: Look, column: str) -> str:
    """A fraction that a sample submission has for the label, of more than two classes; else ""."""
    if len(look.train.distinct.get(column, ("",) * 3)) < 3:
        return ""
    for sample in look.samples:
        if column in sample.columns and sample.kinds[column] == "number":
            return next(c for c in sample.cells[column] if not float(c).is_integer())
    return ""


def _refuse_lists(look: Look, peek: Peek, column: str) -> None:
    """Raise where cells hold several labels, as the sample's do in other mixtures.

    Raises
    ------
    DataError
    """
    cells = set(texts(peek, [column])[column]) - {""}
    for sample in look.samples:
        shown = set(sample.cells[column]) - {""} if column in sample.columns else set()
        if not shown or shown <= cells:
            continue
        for separator in (" ", ",", ";", "|"):
            lists = [cell.split(separator) for cell in cells]
            words = {word.strip() for found in lists for word in found}
            asked = [cell.split(separator) for cell in shown]
            sizes = {len(found) for found in lists}
            known = [word.strip() in words for found in asked for word in found]
            mixed = len(sizes) > 1 and len(words) < len(cells)
            if mixed and max(map(len, asked)) > 1 and 2 * sum(known) > len(known):
                raise DataError(
                    f"column {column!r} holds several labels a cell"
                    f" ({max(cells, key=len)[:40]!r}): that is multi-label, and harness gives"
                    " each row one label",
                    where=str(peek.path),
                    todo="keep one label a row, or take a library for several labels",
                )
