"""The test rows' answers. Nothing else opens them, and nothing that fits may import this."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.competition import Answers, Competition, Labels
from harness.competitions import _rows
from harness.competitions._headers import naming_keys
from harness.errors import DataError, FaultsError
from harness.readers import ALL, read_table


def read_answers(competition: Competition) -> Labels:
    """The test rows' classes, int64, shape (m,), in the test rows' order.

    Raises
    ------
    DataError
        When the competition has none, or they don't fit the test rows.
    """
    given = _given(competition)
    labels = _column(competition, given, given.label_column)
    try:
        return competition.encode(labels, where=str(given.path))
    except FaultsError as problem:
        # Leaderboards know classes that no training row has; a fit writes them near 0.
        todo = f"{problem.todo}; a class that only test rows have is added to [classes] values"
        raise FaultsError(problem.faults, where=problem.where, todo=todo) from problem


def read_parts(competition: Competition) -> NDArray[np.bool_] | None:
    """Whether each test row's answer is public, shape (m,); None where there are no parts.

    Raises
    ------
    DataError
        When the competition has no answers, they don't fit the test rows, or a part is empty.
    """
    given = _given(competition)
    if given.part_column is None:
        return None
    parts = _column(competition, given, given.part_column)
    where = f"{given.path}: column {given.part_column!r}"
    said = np.array([part.strip().casefold() for part in parts])
    public: NDArray[np.bool_] = said == "public"
    odd = np.flatnonzero(~public & (said != "private"))
    if len(odd):
        raise FaultsError(
            [f"id {competition.test_ids[row]}: {parts[row]!r} is neither" for row in odd],
            where=where,
            todo="each test row's answer is public or private",
        )
    if public.all() or not public.any():
        raise DataError("one part holds every row", where=where, todo="both need rows")
    return public


def read_groups(competition: Competition) -> Labels | None:
    """Test rows with the same number belong together, int64, shape (m,); None without groups.

    Raises
    ------
    DataError
        When the competition has no answers, or they don't fit the test rows.
    """
    given = _given(competition)
    if given.group_column is None:
        return None
    groups = _column(competition, given, given.group_column)
    return np.unique(np.array(groups, dtype=str), return_inverse=True)[1].astype(np.int64)


def _given(competition: Competition) -> Answers:
    answers = competition.answers
    if answers is None:
        raise DataError(
            "the answers of the test rows aren't known",
            where=competition.name,
            todo="a submission can be checked without them: harness check-submission FILE",
        )
    return answers


def _column(competition: Competition, answers: Answers, named: str | None) -> list[str]:
    """A column's cells in the test rows' order; the only one beside the ids where none is named."""
    where = str(answers.path)
    with naming_keys({answers.path: "[answers] header"}):
        table = read_table(answers.path, header=answers.header, text=ALL)
    if named is None and answers.id_column is None and len(table.columns) == 2:
        return _beside_ids(competition, answers, [list(table.text[c]) for c in table.columns])
    column = _rows.only_column(table.columns, named, answers.id_column, where=where)
    wanted = [column] if answers.id_column is None else [answers.id_column, column]
    _rows.must_have(table.columns, wanted, where=where)
    cells = list(table.text[column])
    if answers.id_column is not None:
        found = list(table.text[answers.id_column])
        order = _rows.align(found, competition.test_ids, where=where, of="test row")
        return [cells[row] for row in order]
    if len(cells) != len(competition.test_ids):
        raise DataError(
            f"holds {len(cells)} answers for {len(competition.test_ids)} test rows",
            where=where,
            todo=_rows.header_hint(
                len(cells), len(competition.test_ids), answers.header, "[answers] header"
            ),
        )
    return cells


def _beside_ids(
    competition: Competition, answers: Answers, columns: Sequence[Sequence[str]]
) -> list[str]:
    """Of two columns that nobody named, the one beside the test rows' ids, in their order."""
    where, wanted = str(answers.path), set(competition.test_ids)
    for ids, labels in (columns, columns[::-1]):
        # A header that nobody spoke of is a row more, and no test row's id.
        header = not answers.header and len(ids) == len(wanted) + 1 and ids[0] not in wanted
        found = list(ids)[header:]
        if wanted <= set(found):
            order = _rows.align(found, competition.test_ids, where=where, of="test row")
            given = list(labels)[header:]
            return [given[row] for row in order]
    raise DataError(
        "neither of its two columns holds the ids of all test rows",
        where=where,
        todo="name them under [answers] in competition.toml: id and label, and header = true if the"
        " file has one",
    )
