"""Class columns of a sample submission against the labels of the training rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.competition import spelling
from harness.competitions._sample import Sample
from harness.readers import Peek

# So many of a sample's columns must be classes that the training rows know, before the others are
# taken for classes that no training row has.
KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class ClassColumns:
    """Which class each column of probabilities stands for.

    Attributes
    ----------
    columns : tuple of str
        In the file's order.
    classes : tuple of str
        The class of each, as the training rows write it; an absent one as the column does.
    absent : tuple of str
        Those of them that no training row has.
    spelled : tuple of str
        Those whose column is spelled otherwise: ``Jazz`` for ``jazz``.
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]
    absent: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()


def plain(label: str) -> str:
    """`spelling` without punctuation: ``Hip-Hop`` and ``hip_hop`` are one."""
    return re.sub(r"[\W_]+", "", spelling(label))


def class_columns(sample: Sample, labels: Sequence[str]) -> ClassColumns | None:
    """The columns of `sample` that hold probabilities of classes; None where it has none.

    A column is called like its class, in any spelling, or ends with it: ``Class_10`` is 10, not 0.
    A column of numbers that is no class of the training rows is taken for a class that they lack,
    where most columns beside it are known.

    Parameters
    ----------
    labels : sequence of str
        The training rows' labels.
    """
    if not sample.header:
        return None
    columns = share_columns(sample)
    found = matched(columns, labels)
    if len(columns) < 2 or len(found) < max(2, KNOWN_SHARE * len(columns)):
        return None
    prefix = _prefix(found)
    classes, absent = [], []
    for column in list(columns):
        if column in found:
            classes.append(found[column])
        elif column.startswith(prefix) and (rest := column[len(prefix) :].strip()):
            classes.append(rest)
            absent.append(rest)
        else:
            columns.remove(column)
    if len(set(classes)) < len(classes) or (absent and len(found) < len(labels)):
        # One label without a column and one column without a label: nobody can tell.
        return None
    spelled = [value for column, value in found.items() if not column.endswith(value)]
    return ClassColumns(tuple(columns), tuple(classes), tuple(absent), tuple(spelled))


def share_columns(sample: Peek | Sample) -> list[str]:
    """The columns of `sample` whose cells may be probabilities."""
    return [column for column in sample.columns if _may_be_shares(sample, column)]


@dataclass(frozen=True)
class Match:
    """Columns and classes, one to one as far as that goes."""

    columns: tuple[str, ...]
    classes: Mapping[str, str]
    lacking: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every column is a class's, and every class has one."""
        return not self.lacking and not self.strange

    @property
    def strange(self) -> tuple[str, ...]:
        """Columns that are called like no class."""
        return tuple(column for column in self.columns if column not in self.classes)


def match_columns(columns: Sequence[str], labels: Sequence[str]) -> Match:
    """Which of `columns` stands for which of `labels`; see `class_columns` for how."""
    found = matched(columns, labels)
    lacking = tuple(label for label in labels if label not in set(found.values()))
    return Match(tuple(columns), found, lacking)


def matched(columns: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """The label of each column that is called like one, no label twice.

    Called like it in some spelling, or, where that fits one to one, between letters that all
    columns share: ``rock_prob``.
    """
    for names in _between_shared(columns) if len(columns) == len(labels) else ():
        for form in (spelling, plain, _number):
            of = {form(label): label for label in labels}
            meant = {column: of.get(form(name)) for column, name in names.items()}
            if len(of) == len(labels) == len(set(meant.values()) - {None}) == len(meant):
                return {column: str(label) for column, label in meant.items()}
    return _called_alike(columns, labels)


def _between_shared(columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The columns' names without what all of them begin and end with, the most taken off first."""
    if not columns or len(set(columns)) < len(columns):
        return
    front = _shared(columns)
    back = _shared([column[::-1] for column in columns])
    least = min(map(len, columns))
    for start in range(min(front, least - 1), -1, -1):
        for end in range(min(back, least - start - 1), -1, -1):
            yield {column: column[start : len(column) - end] for column in columns}


def _shared(names: Sequence[str]) -> int:
    """How many letters all names begin with."""
    same = [len(set(letters)) == 1 for letters in zip(*names, strict=False)]
    return [*same, False].index(False)


def _number(name: str) -> str:
    """A whole number without leading zeros and a point; anything else as it is."""
    return re.sub(r"^0+(?=\d+$)", "", re.sub(r"^(\d+)\.0+$", r"\1", name.strip(" _-")))


def _called_alike(columns: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for form in (str, spelling, plain):
        of = {form(label): label for label in labels if label not in found.values()}
        for column in columns:
            if column not in found and form(column) in of:
                found[column] = of.pop(form(column))
    left = [label for label in labels if label not in found.values()]
    ends = {c: _ending(c, left) for c in columns if c not in found}
    for column, label in ends.items():
        if label and list(ends.values()).count(label) == 1:
            found[column] = label
    return {column: found[column] for column in columns if column in found}


def _ending(column: str, labels: Sequence[str]) -> str:
    """The longest label that the column's name ends with, as a word of its own; "" for none."""
    name = spelling(column)
    ends = [v for v in labels if re.search(rf"(?:^|[\W_]){re.escape(spelling(v))}$", name)]
    if not ends:
        ends = [v for v in labels if v.isdigit() and re.search(rf"\D{re.escape(v)}$", name)]
    return max(ends, key=len, default="")


def _prefix(found: dict[str, str]) -> str:
    """What stands before the label in every matched column's name, the same in all; else ""."""
    prefixes = {column[: max(0, len(column) - len(label))] for column, label in found.items()}
    return prefixes.pop() if len(prefixes) == 1 else ""


def _may_be_shares(sample: Peek | Sample, column: str) -> bool:
    """Whether a column's cells may be probabilities: numbers, and not the numbers of rows."""
    if sample.kinds[column] == "text":
        return False
    values = sample.distinct.get(column)
    if values is None:
        return sample.kinds[column] == "number"
    try:
        return all(-1e-9 <= float(value) <= 1 + 1e-9 for value in values)
    except ValueError:
        return False
