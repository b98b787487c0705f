"""What each column of the training file seems to be, with the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.competition import names_groups
from harness.competitions._infer_groups import Found
from harness.competitions._infer_look import Look
from harness.competitions._kinds import Kinds, find_kinds, is_odd
from harness.competitions._rows import counts_up, in_order, listed, must_have
from harness.competitions._sample import USUAL_IDS
from harness.competitions._spec import BlockSpec, SplitSpec
from harness.readers import Peek, Table, read_table

USUAL_SPLITS = ("split", "fold", "folds", "set", "subset", "part", "partition")
# What pandas and polars call the row numbers that a table was saved with.
ROW_NUMBERS = re.compile(r"(?i)|unnamed: 0(\.\d+)?|__index_level_\d+__|level_0|index")
# A column that numbers the parts of a song.
NUMBERS_PARTS = re.compile(
    r"(?i)(seg(ment)?|part|chunk|window|clip|slice|excerpt)([_\s]?(id|no|nr|num|number|index))?"
)
TRAINING = ("train", "training")
# A text column with more values than this, most of them on one row only, says who a row is.
MANY_TEXTS = 50


def texts_of(look: Look, label: str | None) -> Table:
    """The training rows with every column as text that may be an id, a group or a text feature."""
    train = look.train
    named = [look.wishes.id, look.wishes.groups]
    must_have(train.columns, [c for c in named if c is not None], where=look.where)
    wanted = {label, *named}
    wanted |= {
        column for column in train.columns if is_odd(train, column) or _may_name_rows(look, column)
    }
    text = [column for column in train.columns if column in wanted]
    return read_table(train.path, header=train.header, text=text, infinite=True)


def _may_name_rows(look: Look, column: str) -> bool:
    if not look.train.header:
        return column == "0" and look.train.kinds[column] == "integer"
    return (
        column in look.sample_ids.values() or bool(USUAL_IDS.search(column)) or names_groups(column)
    )


def id_column(look: Look, table: Table, label: str | None) -> str | None:
    wished = look.wishes.id
    if wished is not None:
        look.say("train.id", wished, "you said so")
        return wished
    unique = [
        column
        for column in table.text
        if column != label
        and "" not in (once := set(table.text[column]))
        and len(once) == table.rows
    ]
    if not look.train.header:
        for column in unique:
            values = table.text[column]
            if column == "0" and values[0] in ("0", "1") and counts_up(list(values)):
                look.say("train.id", column, f"it counts the rows from {values[0]}")
                return column
        return None
    asked = {column: path for path, column in look.sample_ids.items()}
    for column in unique:
        if column in asked:
            why = f"the ids of {asked[column].name}, and no value is there twice"
            look.say("train.id", column, why)
            return column
    # Row numbers name the rows only where nothing else does.
    for column in sorted(unique, key=lambda column: bool(ROW_NUMBERS.fullmatch(column))):
        if USUAL_IDS.search(column):
            look.say("train.id", column, "named like an id, and no value is there twice")
            return column
    return None


def split_column(look: Look, taken: set[str | None]) -> SplitSpec | None:
    train = look.train
    for column in train.columns:
        values = train.distinct.get(column, ())
        if column in taken or column.lower() not in USUAL_SPLITS or not 2 <= len(values) <= 20:
            continue
        if train.kinds[column] == "number" or train.missing[column]:
            continue
        training = tuple(value for value in values if value.lower() in TRAINING)
        look.say("split.column", column, f"its parts are {listed(in_order(values))}")
        return SplitSpec(column=column, train=training)
    return None


def sorted_out(
    look: Look,
    table: Table,
    taken: set[str | None],
    grouped: Found,
    test_id: str | None = None,
) -> tuple[list[str], Kinds]:
    """The columns that are no features, and the kinds of those that aren't plain."""
    group = grouped.column
    train, test = look.train, look.test
    named = test is not None and train.header and test.header
    why: dict[str, str] = {}
    free = [column for column in train.columns if column not in taken]
    there = set(test.columns) if test is not None else set()
    for column in free:
        held = train.nested.get(column) or (test.nested.get(column) if test is not None else None)
        if held:
            why[column] = f"it holds {held}, neither numbers nor text"
        elif named and column not in there:
            why[column] = "the test file lacks it"
        elif _numbers_rows(train, table, column):
            why[column] = "the row numbers of a table that was saved with them"
        elif column == test_id and train.header:
            why[column] = "the test rows' ids; in the training file some stand twice: no row's name"
        elif column in table.text and names_groups(column) and column not in grouped.features:
            why[column] = "it says where a row comes from"
        elif group is not None and _numbers_parts(train, column):
            why[column] = f"it numbers the rows of a {group}"
    left = [column for column in free if column not in why]
    kinds = find_kinds(look, table, left, {c for c in taken if c is not None})
    for column in left:
        if column not in kinds and (
            reason := says_who_a_row_is(look, table, column, column in grouped.features)
        ):
            more = kinds.refused.get(column)
            why[column] = f"{reason} ({more})" if more else reason
    for column in (column for column in free if column in why):
        look.say("columns.drop", column, why[column])
    return [column for column in free if column in why], kinds


def says_who_a_row_is(look: Look, table: Table, column: str, telling: bool) -> str:
    """Why a column names rows rather than describes them; "" where it doesn't.

    Text with another value on most of its rows: nothing that is learned of one value would be met
    again. A number or a date is no name, whatever its values, unless it is called an id and whole.
    """
    if column not in table.text:
        return ""
    kind = look.train.kinds[column]
    if kind == "number" or (kind == "integer" and not USUAL_IDS.search(column)):
        return ""
    number = len(set(table.text[column]))
    if number > MANY_TEXTS and number > table.rows / 2 and not telling:
        return f"{number} values on {table.rows} rows: it says who a row is"
    return ""


def _numbers_rows(train: Peek, table: Table, column: str) -> bool:
    """Whether a column holds row numbers; one that is called index may say something else."""
    if not ROW_NUMBERS.fullmatch(column) or train.kinds[column] != "integer":
        return False
    return column.casefold() != "index" or len(set(table.text[column])) == table.rows


def _numbers_parts(train: Peek, column: str) -> bool:
    """Whether a column is named like a part's number and counts up from 0 or 1."""
    values = [int(v) for v in train.distinct.get(column, ()) if v.isdigit() and v.isascii()]
    if len(values) < 2 or len(values) != len(train.distinct[column]):
        return False
    first = min(values)
    counted = sorted(values) == list(range(first, first + len(values)))
    return first in (0, 1) and counted and bool(NUMBERS_PARTS.fullmatch(column))


def text_columns(look: Look, features: Sequence[str], kinds: Kinds) -> list[str]:
    test = look.test
    text = [
        column
        for column in features
        if column not in kinds
        and (look.train.kinds[column] == "text" or (test and test.kinds.get(column) == "text"))
    ]
    if text:
        look.say("columns.text", listed(text), "not all of their cells are numbers")
    for column in text:
        if column in kinds.refused:
            look.say("columns.text", column, kinds.refused[column])
    return text


def infinite(look: Look, features: Sequence[str], kinds: Kinds) -> bool:
    """Whether plain columns of numbers have infinite cells, which no model takes."""
    peeks = [look.train] + ([look.test] if look.test else [])
    found = [
        column
        for column in features
        if column not in kinds
        # A text column may hold the word: no number of it is infinite.
        and not any(peek.kinds.get(column) == "text" for peek in peeks)
        and any(peek.infinite.get(column) for peek in peeks)
    ]
    if found:
        cells = sum(peek.infinite.get(column, 0) for peek in peeks for column in found)
        why = f"{cells} infinite cells in {listed(found)}: they count as missing"
        look.say("columns.infinite", "missing", why)
    return bool(found)


def missing(look: Look, features: Sequence[str], kinds: Kinds) -> bool:
    peeks = [look.train] + ([look.test] if look.test else [])
    holes = [
        column
        for column in features
        if column in kinds.holes or any(peek.missing.get(column) for peek in peeks)
    ]
    if holes:
        look.say("columns.missing", "true", f"empty cells in {listed(holes)}")
    return bool(holes)


def blocks(look: Look, features: Sequence[str]) -> tuple[BlockSpec, ...]:
    """Runs of columns whose names begin alike, where that parts most of the table."""
    stems = [re.match(r"(?i)[a-z]*", column) for column in features]
    runs: list[tuple[str, int, int]] = []
    for place, match in enumerate(stems):
        stem = match[0].lower() if match else ""
        if runs and runs[-1][0] == stem:
            runs[-1] = (stem, runs[-1][1], place + 1)
        else:
            runs.append((stem, place, place + 1))
    long = [(stem, start, stop) for stem, start, stop in runs if stem and stop - start >= 4]
    once = len({stem for stem, _, _ in long}) == len(long)
    covered = sum(stop - start for _, start, stop in long)
    if len(long) < 2 or not once or covered < 0.8 * len(features):
        return ()
    look.say("blocks", listed(stem for stem, _, _ in long), "columns whose names begin alike")
    return tuple(
        BlockSpec(stem, first=features[start], last=features[stop - 1])
        for stem, start, stop in long
    )
