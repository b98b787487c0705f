"""The table of classes: what training rows, sample submissions and spellings say together."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.competition import spelling
from harness.competitions._class_columns import class_columns
from harness.competitions._infer_kind import FEW_GRADES
from harness.competitions._infer_look import Look
from harness.competitions._rows import in_order, listed
from harness.competitions._sample import Sample
from harness.errors import DataError

# More values than this are taken for classes only where they are words that come again and again,
# or where the user has named the column.
MOST_CLASSES = 200
FEWEST_ROWS = 2
# What programs write where there is no label. "None" isn't among them: it is a class more often.
NO_LABEL = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "?"}
# How whole columns of labels are spelled.
STYLES: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.title, str.capitalize)


@dataclass(frozen=True)
class ClassTable:
    """The classes, and how labels are read.

    Attributes
    ----------
    values : tuple of str
        In order; those that no training row has among them.
    ignore_case : bool
        Whether labels that differ in case or spaces alone are one.
    unlabelled : tuple of str
        Cells that say that a row has no label.
    """

    values: tuple[str, ...]
    ignore_case: bool = False
    unlabelled: tuple[str, ...] = ()


def class_table(look: Look, cells: Sequence[str], column: str, *, root: Path) -> ClassTable:
    """The classes of a column of labels, with a reason for everything that isn't plain.

    Parameters
    ----------
    cells : sequence of str
        The training rows' labels, as the file writes them.
    root : Path
        The competition's folder, for messages.

    Raises
    ------
    DataError
        Where they are no classes, or it takes the user to say which labels are one class.
    """
    peek = look.train if look.labels is None or column in look.train.columns else look.labels
    where = f"{peek.path}: column {column!r}"
    rows = _rows_of(cells)
    unlabelled = _unlabelled(look, rows)
    lacking = sum(rows.pop(mark) for mark in unlabelled)
    _refuse_other_kinds(look, rows, column, where)
    merge = _merged(look, rows, where, root)
    values = _spelled(look, rows) if merge else {value: value for value in rows}
    restyled = _sample_style(look, list(dict.fromkeys(values.values())))
    classes = {restyled.get(value, value) for value in values.values()}
    ignore_case = merge or bool(restyled)
    absent = _absent(look, classes)
    found = tuple(in_order({*classes, *absent}))
    if len(found) < 2:
        held = f"one class only, {found[0]!r}" if found else "no class"
        raise DataError(
            f"holds {held}",
            where=where,
            todo="two are the least; name another column: --label COLUMN",
        )
    order = "as numbers" if all(re.fullmatch(r"-?\d+", v) for v in found) else "by name"
    look.say("classes.values", listed(found, 12), f"the labels there are, sorted {order}")
    if merge:
        several = _variants(rows)
        shown = "; ".join(f"{' = '.join(group)}" for group in several[:3])
        more = f" and {len(several) - 3} more" if len(several) > 3 else ""
        look.say("classes.ignore_case", "true", f"{shown}{more} differ in case or spaces alone")
    elif restyled:
        look.say("classes.ignore_case", "true", "the sample submission spells labels otherwise")
    if unlabelled:
        shown = listed([repr(mark) for mark in unlabelled])
        told = (
            "1 row has no label and is" if lacking == 1 else f"{lacking} rows have no label and are"
        )
        look.say(
            "classes.unlabelled",
            shown,
            f"{told} left out; if it is a class, put it into [classes] values instead",
        )
    return ClassTable(found, ignore_case, unlabelled)


def _rows_of(cells: Sequence[str]) -> Counter[str]:
    """How many rows each label has, stripped; whole numbers without a point where all are whole."""
    rows = Counter(cell.strip() for cell in cells)
    whole = {value: re.sub(r"\.0*$", "", value) for value in rows}
    marks = {value for value in rows if value.casefold() in NO_LABEL}
    if all(re.fullmatch(r"[+-]?\d+", v) for value, v in whole.items() if value not in marks):
        plain: Counter[str] = Counter()
        for value, count in rows.items():
            plain[value if value in marks else whole[value].removeprefix("+")] += count
        return plain
    return rows


def _unlabelled(look: Look, rows: Counter[str]) -> tuple[str, ...]:
    """The values that mark rows without a label."""
    asked = _asked(look)
    marks = [v for v in rows if v.casefold() in NO_LABEL and v not in asked]
    others = [value for value in rows if value not in marks and value != "-1"]
    if "-1" in rows and others and "-1" not in asked:
        words = not any(re.fullmatch(r"[+-]?\d+", value) for value in others)
        named = [columns for s in look.samples if (columns := class_columns(s, others))]
        covered = any(set(columns.classes) >= set(others) for columns in named)
        if words or covered:
            marks.append("-1")
    return tuple(sorted(marks))


def _asked(look: Look) -> set[str]:
    """Every name and label that sample submissions write."""
    asked: set[str] = set()
    for sample in look.samples:
        if sample.header:
            asked |= set(sample.columns) | set(_labels_of(look, sample))
    return asked


def _labels_of(look: Look, sample: Sample) -> tuple[str, ...]:
    """The labels that a sample of one column beside the ids writes."""
    answers = [c for c in sample.others if c != look.sample_ids.get(sample.path)]
    if len(answers) != 1 or sample.kinds[answers[0]] == "number":
        return ()
    return sample.distinct[answers[0]]


def _refuse_other_kinds(look: Look, rows: Counter[str], column: str, where: str) -> None:
    """Refuse fractions, and more values than classes have."""
    fractions = [value for value in rows if _is_fraction(value)]
    grades = look.wishes.label == column and len(rows) <= FEW_GRADES
    if fractions and not grades and len(fractions) + sum(map(_is_whole, rows)) == len(rows):
        raise DataError(
            f"holds fractions such as {fractions[0]}, not classes",
            where=where,
            todo="a column of classes is needed: --label COLUMN; numbers (a regression) aren't "
            "predicted here",
        )
    if len(rows) <= MOST_CLASSES:
        return
    total = sum(rows.values())
    if len(rows) * FEWEST_ROWS > total:
        raise DataError(
            f"holds {len(rows)} different values on {total} rows, too many for classes",
            where=where,
            todo="name the column of classes: --label COLUMN",
        )
    if look.wishes.label != column and all(map(_is_whole, rows)):
        raise DataError(
            f"holds {len(rows)} different whole numbers, which are classes only if you say so",
            where=where,
            todo=f"--label {shlex.quote(column)} takes them for classes; numbers (a regression) "
            "aren't predicted here",
        )


def _is_whole(value: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+", value))


def _is_fraction(value: str) -> bool:
    # 1e1 may be the name of something; 1e-05 is no name.
    number = r"[+-]?(\d*\.\d+|\d+\.\d*)([eE][+-]?\d+)?|[+-]?\d+[eE]-\d+"
    return bool(re.fullmatch(number, value))


def _variants(rows: Counter[str]) -> list[list[str]]:
    """Labels that differ in case or spaces alone, the most frequent of each first."""
    groups: dict[str, list[str]] = {}
    for value, _ in rows.most_common():
        groups.setdefault(spelling(value), []).append(value)
    return [group for group in groups.values() if len(group) > 1]


def _merged(look: Look, rows: Counter[str], where: str, root: Path) -> bool:
    """Whether labels that differ in case or spaces alone are one class."""
    groups = _variants(rows)
    if not groups:
        return False
    if look.wishes.ignore_case is not None:
        return look.wishes.ignore_case
    asked = _asked(look)
    if any(sum(value in asked for value in group) > 1 for group in groups):
        return False
    meant = {spelling(name) for name in asked}
    if all(spelling(group[0]) in meant for group in groups):
        return True
    shown = ", ".join(f"{value!r} ({rows[value]})" for group in groups[:2] for value in group)
    more = ", ..." if len(groups) > 2 else ""
    command = ["harness", "new", str(root)]
    for option in ("label", "id", "groups"):
        wish = getattr(look.wishes, option)
        command += [f"--{option}", wish] if wish is not None else []
    raise DataError(
        f"some labels differ in case alone, with so many rows: {shown}{more}",
        where=where,
        todo=f"`{shlex.join(command)} --ignore-case` takes them for one class, "
        "--keep-case for several",
    )


def _spelled(look: Look, rows: Counter[str]) -> dict[str, str]:
    """Each label's class: the sample's spelling, else the most frequent one."""
    first = {spelling(name): name for name in _asked(look) if name in rows}
    for value, _ in rows.most_common():
        first.setdefault(spelling(value), value)
    return {value: first[spelling(value)] for value in rows}


def _sample_style(look: Look, classes: list[str]) -> dict[str, str]:
    """How a sample of labels spells classes that the training rows spell otherwise.

    Where it shows only some of them, and one style makes those out of the training rows' labels,
    the others are spelled in that style too.
    """
    of = {spelling(value): value for value in classes}
    for sample in look.samples:
        labels = [v for v in _labels_of(look, sample) if spelling(v) in of]
        if not labels or all(label in classes for label in labels):
            continue
        for style in STYLES:
            if all(style(of[spelling(label)]) == label for label in labels):
                return {value: style(value) for value in classes}
        return {of[spelling(label)]: label for label in labels}
    return {}


def _absent(look: Look, classes: set[str]) -> list[str]:
    """The classes that only a sample's columns name."""
    for sample in look.samples:
        columns = class_columns(sample, sorted(classes))
        if columns is None:
            continue
        if columns.absent:
            shown = listed(columns.absent)
            why = f"{sample.path.name} has columns for them, no training row does: written near 0"
            look.say("classes.values", shown, why)
        return list(columns.absent)
    return []
