"""Groups as the board has them: whether the test rows belong to groups that training rows know.

A score is the board's where held-out rows are to the training part what test rows are to the
training rows. If every test row's group is new, groups stay whole in a split; if test rows were
drawn from the same groups, as rows dealt at random are, a group that stays whole makes folds harder
than the board; and between the two, as many groups are whole as it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.competition import GROUP_NAMES, names_groups
from harness.competitions._infer_look import Look, texts
from harness.readers import Table

# A share of rows dealt at random below which the test file can't tell the two apart.
TELLING = 0.1
# Of what rows dealt at random would share: at most so much is none, at least so much is all.
NEARLY_NONE, NEARLY_ALL = 0.05, 0.9


@dataclass(frozen=True)
class Shared:
    """How many test rows' groups training rows know.

    Attributes
    ----------
    known : float
        The share of the test rows whose group is a training row's.
    dealt : float
        The same, to be expected had the rows been dealt to the two files at random.
    """

    known: float
    dealt: float

    @property
    def mixed(self) -> bool:
        """Whether the test rows' groups are the training rows', as far as chance lets them."""
        return self.dealt >= TELLING and self.known >= NEARLY_ALL * self.dealt

    @property
    def partly(self) -> bool:
        """Whether some test rows' groups are known, and fewer than chance would have it."""
        return not self.mixed and self.known > max(NEARLY_NONE * self.dealt, 0.01)


def shared(train: Sequence[str], test: Sequence[str]) -> Shared | None:
    """What the values of one column in both files say; None without test rows."""
    if not test:
        return None
    there = set(train)
    known = sum(value in there for value in test) / len(test)
    counts = Counter(train) + Counter(test)
    outside = len(test) / (len(train) + len(test))
    dealt = sum(1 - outside ** (counts[value] - 1) for value in test) / len(test)
    return Shared(known, dealt)


@dataclass(frozen=True)
class Found:
    """The column of groups, if any, and how the board shares them.

    Attributes
    ----------
    column : str or None
    known : float or None
        Where the test rows' groups are partly known: their share; 1 where they are as known as of
        rows dealt at random.
    features : frozenset of str
        Columns that name groups and tell something of test rows: they stay features.
    """

    column: str | None = None
    known: float | None = None
    features: frozenset[str] = frozenset()


def find_groups(look: Look, table: Table, taken: set[str | None]) -> Found:
    """The training file's column of groups: what the user says, or a usual name's."""
    wished = look.wishes.groups
    seen = _by_column(look, table, taken | {wished})
    features = frozenset(c for c, one in seen.items() if one.known >= NEARLY_NONE)
    if wished is not None:
        look.say("groups.column", wished, "you said so")
        return Found(wished, features=features)
    found = [
        one
        for usual in GROUP_NAMES
        for column in look.train.columns
        if column not in taken and column in table.text and names_groups(column, (usual,))
        if (one := _candidate(table, column, usual, seen.get(column))) is not None
    ]
    if not found:
        return Found(features=features)
    # Groups that the board keeps apart come before those that it mixes, and what is told before
    # what chance can't tell from it.
    chosen = min(found, key=lambda one: one.rank)
    look.say("groups.column", chosen.column, chosen.why)
    own = frozenset({chosen.column})
    return Found(chosen.column, chosen.known, features | own if chosen.known else features - own)


@dataclass(frozen=True)
class _Candidate:
    """A column that names groups, and what the board does with them; the least rank is taken."""

    column: str
    rank: int
    why: str
    known: float | None = None


def _candidate(table: Table, column: str, usual: str, seen: Shared | None) -> _Candidate | None:
    values = [str(value) for value in table.text[column]]
    number = len(set(values))
    if "" in values or not 1 < number < len(values):
        return None
    many, whole = f"{number} {usual}s on {len(values)} rows", "they stay on one side of a split"
    if seen is None:
        return _Candidate(column, 1, f"{many}: {whole}")
    among = f"{many}, and {_percent(seen.known)} of the test rows' are among them"
    if seen.partly:
        why = f"{among} ({_percent(seen.dealt)} of rows dealt at random): folds share as many"
        return _Candidate(column, 0, why, round(seen.known, 4))
    if seen.mixed:
        why = f"{among}, as of rows dealt at random: folds part them as the board does"
        return _Candidate(column, 2, why, 1.0)
    if seen.dealt < TELLING:
        return _Candidate(column, 3, f"{many}: {whole}")
    return _Candidate(column, 1, f"{many}; the test rows' are new: {whole}")


def _by_column(look: Look, table: Table, taken: set[str | None]) -> dict[str, Shared]:
    """What the test file says of each text column's values, where it has the column and rows."""
    if look.test is None or not look.test.header:
        return {}
    free = [c for c in table.text if c not in taken and c in look.test.columns]
    cells = texts(look.test, free) if free else {}
    train = {c: [str(value).strip() for value in table.text[c]] for c in free}
    found = {c: shared(train[c], cells[c]) for c in free}
    return {column: one for column, one in found.items() if one is not None}


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
