"""The test rows: the training file's features in another file, and ids."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from harness.competitions import _rows
from harness.competitions._columns import named, read_features
from harness.competitions._readings import odd_columns
from harness.competitions._spec import Spec
from harness.errors import DataError
from harness.readers import ALL, Table, column_names, read_table

TOML = "competition.toml"
# More columns than this aren't written into a message.
MOST_DROPPED = 12


@dataclass(frozen=True)
class TestRows:
    """The test file, read.

    Attributes
    ----------
    columns : tuple of str
        The file's column for each feature, in the features' order.
    """

    __test__ = False

    table: Table
    columns: tuple[str, ...]
    ids: tuple[str, ...]
    notes: tuple[str, ...]


def read_test(
    spec: Spec, train: Table, features: Sequence[str], roles: Sequence[str]
) -> TestRows | None:
    """Read the test file of `spec`, None where there is none.

    Parameters
    ----------
    train : Table
        The training file.
    features, roles : sequence of str
        Its columns that are features, and those that are ids, labels, groups, parts of a split.
    """
    if spec.test is None:
        return None
    path = spec.path(spec.test)
    id_column = spec.test_id_column
    found = column_names(path, header=spec.test_header, text=[id_column] if id_column else [])
    named_alike = named(train.columns) and named(found)
    if named_alike:
        of = {column: column for column in found}
    else:
        own_id = id_column is not None and spec.id_column is None
        kept = [column for column in found if not own_id or column != id_column]
        of = _by_position(spec, train.columns, kept, roles)
    aside = {of[column] for column in (*roles, *spec.drop) if column in of}
    aside |= {id_column} if id_column is not None else set()
    own = tuple(column for column in found if column not in aside)
    columns = tuple(of[feature] for feature in features if feature in of)
    if len(columns) != len(features) or len(own) != len(features):
        # A fault of the file itself, such as semicolons for commas, goes first.
        read_table(path, header=spec.test_header, text=ALL)
        _rows.must_have(found, [id_column] if id_column is not None else [], where=str(path))
        raise _other_columns(spec, train, features, own, named_alike)
    text = [of[column] for column in (*spec.text, *odd_columns(spec))]
    table = read_features(
        path,
        header=spec.test_header,
        aside=sorted(aside),
        text=text,
        missing=spec.missing,
        infinite=spec.infinite,
    )
    notes = []
    if own != columns:
        notes.append(f"{path.name}: its columns stand in another order and were matched by name")
    return TestRows(table, columns, _ids(spec, table), tuple(notes))


def _by_position(
    spec: Spec, train: Sequence[str], found: Sequence[str], roles: Sequence[str]
) -> dict[str, str]:
    """The training file's columns to the test file's, where names can't tell."""
    absent = [column for column in roles if column != spec.id_column]
    if spec.test_id_column is None and spec.id_column is not None:
        absent.append(spec.id_column)
    label = [column for column in absent if column == spec.label_column]
    for lacking in ([], label, absent):
        kept = [column for column in train if column not in lacking]
        if len(kept) == len(found):
            return dict(zip(kept, found, strict=True))
    return {}


def _other_columns(
    spec: Spec, train: Table, features: Sequence[str], own: Sequence[str], named_alike: bool
) -> DataError:
    told = [f"has {len(own)} feature columns, and {train.path} has {len(features)}"]
    todo = "both files need the same features; [columns] drop leaves columns out"
    if named_alike:
        lacking = [column for column in features if column not in set(own)]
        extra = [column for column in own if column not in set(features)]
        if lacking:
            told.append(f"it lacks {_rows.listed(lacking)}")
        if extra:
            told.append(f"it has {_rows.listed(extra)} beside them")
        drop = [*spec.drop, *lacking, *extra]
        if len(drop) <= MOST_DROPPED and len(lacking) < len(features):
            written = json.dumps(drop, ensure_ascii=False)
            todo = f"both files need the same features: `[columns] drop = {written}` in {TOML}"
    return DataError(
        "; ".join(told),
        where=str(spec.path(str(spec.test))),
        todo=todo,
    )


def _ids(spec: Spec, table: Table) -> tuple[str, ...]:
    """The test rows' ids: from a file of their own, from a column, or counted."""
    if spec.test_ids is None:
        if spec.test_id_column is not None:
            return tuple(_rows.ids_of(table, spec.test_id_column) or ())
        return tuple(str(spec.first_id + row) for row in range(table.rows))
    path = spec.path(spec.test_ids)
    file = read_table(path, header=spec.test_ids_header, text=ALL)
    column = spec.test_ids_column or file.columns[0]
    _rows.must_have(file.columns, [column], where=str(path))
    ids = _rows.ids_of(file, column) or []
    if len(ids) != table.rows:
        key = "[test] ids_header"
        raise DataError(
            f"{len(ids)} ids for the {table.rows} rows of {table.path}",
            where=str(path),
            todo=_rows.header_hint(len(ids), table.rows, spec.test_ids_header, key),
        )
    return tuple(ids)
