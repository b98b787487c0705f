"""From a spec to a competition: the files are read, and their rows fitted together.

Number columns stay as the reader gives them, memory-mapped from its cache; they are copied only
where text columns have to stand between them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.competition import (
    UNLABELLED,
    Answers,
    Block,
    Competition,
    Dropped,
    FloatMatrix,
    Labels,
    encode_labels,
)
from harness.competitions import _rows
from harness.competitions._blocks import resolve_blocks
from harness.competitions._columns import named, read_features
from harness.competitions._contract import contracts
from harness.competitions._headers import header_keys, naming_keys
from harness.competitions._matrix import matrix, vocabulary
from harness.competitions._parting import units
from harness.competitions._readings import (
    is_part,
    make_readings,
    merged,
    odd_columns,
    suspects,
)
from harness.competitions._spec import Spec
from harness.competitions._test_rows import read_test
from harness.errors import DataError, FaultsError
from harness.readers import ALL, Table, column_names, read_table
from harness.readers._readings import described as reading_described

# What a label column of a one-hot table holds on its rows.
ONES = {"1", "1.0", "true"}


def load(spec: Spec) -> Competition:
    """Read every file that `spec` names, except the answers.

    Raises
    ------
    DataError
        Where a file can't be read, or the files don't fit each other or the spec.
    """
    with naming_keys(header_keys(spec)):
        return _loaded(spec)


def _loaded(spec: Spec) -> Competition:
    spec, table = _train_table(spec)
    own = _features(spec, table)
    test = read_test(spec, table, own, _roles(spec))
    of = dict(zip(own, test.columns, strict=True)) if test else {}
    readings, told = make_readings(spec, table, test.table if test else None, of)
    features = tuple(n for c in own for n in (readings[c].names if c in readings else (c,)))
    blocks = resolve_blocks(spec.blocks, features, where=spec.source or str(table.path))
    ids = (
        _rows.ids_of(table, spec.id_column) if spec.train_ids is None else _listed_ids(spec, table)
    )
    y, label_file = _labels(spec, table, ids)
    groups, group_names, parted = _rows.groups(spec, table, ids)
    texts = [(table, feature, feature) for feature in spec.text]
    if test is not None:
        texts += [(test.table, feature, of[feature]) for feature in spec.text]
    text = vocabulary(texts)
    X, notes = matrix(table, own, own, text, readings, missing=spec.missing)
    X_test = None
    if test is not None:
        X_test, more = matrix(test.table, test.columns, own, text, readings, missing=spec.missing)
        notes = (*notes, *more, *test.notes)
    copies: tuple[str, ...] = ()
    if spec.keep_copies:
        cells = X if readings else table.numbers
        groups, group_names, copies = _with_copies(cells, ids, groups, group_names)
    parts, part_names = _rows.parts(spec, table, ids, (groups, group_names))
    boards, test_ids = contracts(spec, test.ids if test else ())
    competition = Competition(
        name=spec.name,
        root=spec.root,
        title=spec.title,
        classes=spec.classes,
        class_names=spec.class_names or spec.classes,
        ignore_case=spec.ignore_case,
        columns=features,
        X=X,
        y=y,
        X_test=X_test,
        train_ids=tuple(ids or ()),
        test_ids=test_ids,
        fingerprint="",
        blocks=blocks,
        text={features.index(c): tuple(values) for c, values in text.items()},
        readings=readings,
        groups=groups,
        group_names=group_names,
        parted_groups=parted,
        group_column=(spec.groups.column or "") if spec.groups else "",
        predefined=parts,
        part_names=part_names,
        leaderboards=boards,
        answers=_answers(spec),
        dropped=_left_out(spec, table, test.table if test else None),
        notes=(*spec.notes, *told, *copies, *notes),
    )
    competition = _without_unlabelled(competition)
    files = (table, label_file, test.table if test else None)
    read = [f"{file.path.name}: {note}" for file in files if file for note in file.notes]
    competition = replace(competition, notes=(*competition.notes, *read))
    contents = [file.fingerprint if file else "" for file in files]
    return replace(competition, fingerprint=_fingerprint(competition, contents))


def _with_copies(
    cells: FloatMatrix, ids: list[str] | None, groups: Labels | None, names: tuple[str, ...]
) -> tuple[Labels | None, tuple[str, ...], tuple[str, ...]]:
    """Groups that keep rows of equal features together, their names, and what there is to say."""
    unit, copies = units(groups, cells)
    if not copies:
        return groups, names, ()
    first = np.unique(unit, return_index=True)[1]
    if groups is not None:
        called = [names[groups[row]] for row in first]
    else:
        called = [ids[row] if ids else str(row + 1) for row in first]
    told = f"{copies} rows are copies of other rows; copies are kept together, as groups"
    return unit, tuple(called), (told,)


def _train_table(spec: Spec) -> tuple[Spec, Table]:
    """The training file, and the spec with the columns that are too large for float32."""
    path = spec.path(spec.train)
    aside = [*_roles(spec), *_dropped(spec, path)]

    def read(more: Sequence[str]) -> Table:
        text = [*spec.text, *odd_columns(spec), *more]
        return read_features(
            path,
            header=spec.header,
            aside=aside,
            text=text,
            missing=spec.missing,
            infinite=spec.infinite,
        )

    table = read(())
    if (some := suspects(table)) and (large := merged(some, read(some), table)):
        return replace(spec, numbers=(*spec.numbers, *large)), read(large)
    return spec, table


def _dropped(spec: Spec, path: Path) -> list[str]:
    """The training file's columns that are to be dropped; others must be the test file's alone."""
    drop = [column for column in spec.drop if not is_part(column, spec.dates)]
    if not drop or spec.test is None:
        return drop
    own = set(column_names(path, header=spec.header, text=drop))
    alone = [column for column in drop if column not in own]
    if alone:
        other = column_names(spec.path(spec.test), header=spec.test_header)
        alone = [column for column in alone if column in other]
    return [column for column in drop if column not in alone]


def _roles(spec: Spec) -> list[str]:
    """The training file's columns that are no features."""
    group = spec.groups.column if spec.groups and spec.groups.file is None else None
    split = spec.split.column if spec.split else None
    found = (spec.id_column, spec.label_column, *spec.label_columns, group, split)
    return [column for column in found if column is not None and column not in spec.text]


def _features(spec: Spec, table: Table) -> tuple[str, ...]:
    """The feature columns in the file's order, text features among them."""
    numbers = set(table.number_columns)
    kept = {*numbers, *spec.text, *odd_columns(spec)}
    features = tuple(c for c in table.columns if c in kept)
    if not features:
        raise DataError("has no feature columns", where=str(table.path))
    return features


def _listed_ids(spec: Spec, table: Table) -> list[str]:
    """The training rows' ids from a file of their own."""
    path = spec.path(str(spec.train_ids))
    file = read_table(path, header=spec.train_ids_header, text=ALL)
    if file.rows != table.rows:
        raise DataError(
            f"{file.rows} ids for the {table.rows} rows of {table.path}",
            where=str(path),
            todo=_rows.header_hint(
                file.rows, table.rows, spec.train_ids_header, "[train] ids_header"
            ),
        )
    return _rows.ids_of(file, file.columns[0]) or []


def _labels(spec: Spec, table: Table, ids: list[str] | None) -> tuple[Labels, Table | None]:
    if spec.label_columns:
        return _one_hot(spec, table), None
    if spec.labels is None:
        labels = list(table.text[str(spec.label_column)])
        return _codes(labels, spec, str(table.path)), None
    path = spec.path(spec.labels)
    file = read_table(path, header=spec.labels_header, text=ALL)
    label = _rows.only_column(
        file.columns, spec.labels_column, spec.labels_id_column, where=str(path)
    )
    _rows.must_have(file.columns, [label], where=str(path))
    labels = list(file.text[label])
    if spec.labels_id_column is not None and ids is not None:
        _rows.must_have(file.columns, [spec.labels_id_column], where=str(path))
        found = list(file.text[spec.labels_id_column])
        order = _rows.align(found, ids, where=str(path), of="training row")
        labels = [labels[row] for row in order]
    elif len(labels) != table.rows:
        hint = _rows.header_hint(
            len(labels), table.rows, spec.labels_header, "[train] labels_header"
        )
        if abs(len(labels) - table.rows) == 1:
            other = "header" if not spec.labels_header else "labels_header"
            hint = f"{hint} ([train] {other} can be the wrong one as well)"
        raise DataError(
            f"{len(labels)} labels for the {table.rows} rows of {table.path}",
            where=str(path),
            todo=hint,
        )
    return _codes(labels, spec, str(path)), file


def _codes(labels: list[str], spec: Spec, where: str) -> Labels:
    return encode_labels(
        labels,
        spec.classes,
        where=where,
        ignore_case=spec.ignore_case,
        unlabelled=spec.unlabelled,
    )


def _left_out(spec: Spec, train: Table, test: Table | None) -> Dropped | None:
    """The training file's dropped columns, for `check`."""
    columns = tuple(column for column in spec.drop if column in train.text)
    if not columns:
        return None
    kept = columns
    if test is not None and named(train.columns) and named(test.columns):
        kept = tuple(column for column in columns if column in test.columns)
    return Dropped(train.path, spec.header, columns, kept, tuple(train.text))


def _without_unlabelled(competition: Competition) -> Competition:
    """The same without the training rows that have no label; `Competition.notes` count them."""
    kept = np.flatnonzero(competition.y != UNLABELLED)
    lacking = len(competition.y) - len(kept)
    if not lacking:
        return competition
    groups, names = competition.groups, competition.group_names
    parted = None if competition.parted_groups is None else competition.parted_groups[kept]
    if groups is not None:
        there, groups = np.unique(groups[kept], return_inverse=True)
        groups, names = groups.astype(np.int64), tuple(names[code] for code in there)
    told = "row has no label and is" if lacking == 1 else "rows have no label and are"
    note = f"{lacking} of {len(competition.y)} training {told} left out"
    return replace(
        competition,
        X=competition.X[kept],
        y=competition.y[kept],
        train_ids=tuple(competition.train_ids[row] for row in kept)
        if competition.train_ids
        else (),
        groups=groups,
        group_names=names,
        parted_groups=parted,
        predefined=None if competition.predefined is None else competition.predefined[kept],
        dropped=replace(competition.dropped, rows=kept) if competition.dropped else None,
        notes=(*competition.notes, note),
    )


def _one_hot(spec: Spec, table: Table) -> Labels:
    """Labels that stand as a 1 in the column of their class."""
    cells = [[str(cell) for cell in table.text[column]] for column in spec.label_columns]
    ones = np.array([[cell.strip().casefold() in ONES for cell in column] for column in cells])
    wrong = np.flatnonzero(ones.sum(axis=0) != 1)
    if len(wrong):
        raise FaultsError(
            [
                f"row {row + 1}: {int(ones[:, row].sum())} of the label columns hold 1"
                for row in wrong
            ],
            where=str(table.path),
            todo="one label a row is what harness takes: 1 in one of the columns of [train] label",
        )
    return ones.argmax(axis=0).astype(np.int64)


def _answers(spec: Spec) -> Answers | None:
    if spec.answers is None:
        return None
    given = spec.answers
    return Answers(
        spec.path(given.labels),
        given.header,
        given.id_column,
        given.label_column,
        given.part_column,
        given.group_column,
    )


def _fingerprint(competition: Competition, contents: Sequence[str]) -> str:
    """Hash of all that a fit's result depends on: contents, never paths."""

    def described(block: Block) -> Any:
        return list(asdict(block).values())

    said = {
        "contents": list(contents),
        "classes": competition.classes,
        "columns": competition.columns,
        "blocks": [described(block) for block in competition.blocks],
        "text": sorted((k, list(values)) for k, values in competition.text.items()),
        "rows": competition.X.shape,
        "test_ids": competition.test_ids,
        "group_names": competition.group_names,
        "part_names": competition.part_names,
    }
    if competition.readings:
        said["readings"] = [reading_described(one) for one in competition.readings.values()]
    digest = hashlib.blake2b(json.dumps(said).encode(), digest_size=16)
    for array in (competition.y, competition.groups, competition.predefined):
        digest.update(b"-" if array is None else b"+" + array.tobytes())
    return digest.hexdigest()
