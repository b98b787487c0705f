"""Rows of several files brought together: ids, groups, the competition's own split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from harness import ordinary
from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Labels
from harness.competitions._parting import mixed
from harness.competitions._pattern import cut_out
from harness.competitions._spec import GroupSpec, Spec, SplitSpec
from harness.errors import DataError, FaultsError, FileProblem
from harness.readers import ALL, Table, read_table

Named = tuple[Labels | None, tuple[str, ...]]


def ids_of(table: Table, column: str | None) -> list[str] | None:
    """The ids in a column, none of them twice; None without a column."""
    if column is None:
        return None
    ids = _stripped(table.text[column])
    no_id_twice(ids, where=str(table.path), column=column)
    return ids


def groups(
    spec: Spec, table: Table, ids: list[str] | None
) -> tuple[Labels | None, tuple[str, ...], Labels | None]:
    """Each training row's group, int64 (n,), the groups' names, and the groups before parting.

    Without groups (None, (), None); the last is None where none is parted.
    """
    if spec.groups is None:
        return None, (), None
    values, where = _group_values(spec, spec.groups, table, ids)
    if missing := [f"row {k + 1}: the group is missing" for k, v in enumerate(values) if not v]:
        raise FaultsError(missing, where=where, todo="every training row needs a group")
    names, codes = np.unique(np.array(values, dtype=str), return_inverse=True)
    codes = codes.astype(np.int64)
    if spec.groups.known is None:
        return codes, tuple(map(str, names)), None
    if spec.groups.known == 1:
        return None, (), codes
    units = mixed(codes, list(map(str, names)), spec.groups.known)
    first = np.unique(units, return_index=True)[1]
    sizes = np.bincount(units)
    called = [
        values[row] if sizes[unit] > 1 else f"{values[row]} (row {row + 1})"
        for unit, row in enumerate(first)
    ]
    return units, tuple(called), codes


def _group_values(
    spec: Spec, given: GroupSpec, table: Table, ids: list[str] | None
) -> tuple[list[str], str]:
    if given.pattern is not None:
        return _cut_out(given.pattern, ids or [], where=str(table.path)), str(table.path)
    if given.file is None:
        return _stripped(table.text[str(given.column)]), str(table.path)
    path = spec.path(given.file)
    file = read_table(path, header=given.header, text=ALL)
    column = only_column(file.columns, given.column, given.id_column, where=str(path))
    must_have(file.columns, [column], where=str(path))
    values = _stripped(file.text[column])
    if given.id_column is not None:
        must_have(file.columns, [given.id_column], where=str(path))
        order = align(list(file.text[given.id_column]), ids or [], where=str(path), of="row")
        values = [values[row] for row in order]
    elif len(values) != table.rows:
        raise DataError(
            f"{len(values)} groups for the {table.rows} rows of {table.path}",
            where=str(path),
            todo=header_hint(len(values), table.rows, given.header, "[groups] header"),
        )
    return values, str(path)


def _cut_out(pattern: str, ids: Sequence[str], *, where: str) -> list[str]:
    where = f"{where}: [groups] pattern {pattern!r}"
    found = cut_out(pattern, ids, where=where)
    faults = [
        f"row {row + 1}: id {ids[row]!r} doesn't match it"
        for row, match in enumerate(found)
        if match is None
    ]
    if faults:
        raise FaultsError(
            faults,
            where=where,
            todo="put the pattern right, or name a column: [groups] column in competition.toml",
        )
    return [match for match in found if match is not None]


def parts(spec: Spec, table: Table, ids: list[str] | None, grouped: Named) -> Named:
    """The competition's own split: each row's part, int64 (n,), and the held-out parts' names.

    A row without a part is `LEFT_OUT`.
    """
    if spec.split is None:
        return None, ()
    if spec.split.column is not None:
        values = _stripped(table.text[spec.split.column])
        where = f"{table.path}: column {spec.split.column!r}"
        names = in_order(set(values) - set(spec.split.train) - {""})
    else:
        where = spec.source or str(spec.root)
        values = _listed_parts(spec, spec.split, table.rows, _rows_named(ids or [], grouped), where)
        names = [part for part, _ in spec.split.files if part not in spec.split.train]
    if not names:
        raise DataError(
            "every row always trains; nothing is held out",
            where=where,
            todo="name the training part in [split] train",
        )
    number = {name: k for k, name in enumerate(names)} | {"": LEFT_OUT}
    codes = np.array([number.get(value, ALWAYS_TRAINS) for value in values], dtype=np.int64)
    return codes, tuple(names)


def _rows_named(ids: Sequence[str], grouped: Named) -> dict[str, list[int]]:
    """The rows that a line of a list file can mean: by id, else by its stem, else a whole group."""
    named: dict[str, list[int]] = {}
    codes, names = grouped
    if codes is not None:
        for row, code in enumerate(codes):
            named.setdefault(names[code], []).append(row)
    stems: dict[str, list[int]] = {}
    for row, identity in enumerate(ids):
        stems.setdefault(_stem(identity), []).append(row)
    # Two rows with one stem can't be told apart by it; then only the whole id will do.
    named |= {stem: rows for stem, rows in stems.items() if len(rows) == 1}
    return named | {identity: [row] for row, identity in enumerate(ids)}


def _listed_parts(
    spec: Spec, given: SplitSpec, rows: int, named: dict[str, list[int]], where: str
) -> list[str]:
    """Each row's part by the list files; "" for a row that stands in none."""
    values = [""] * rows
    faults: list[str] = []
    for part, name in given.files:
        found = False
        for number, line in enumerate(_lines_of(spec, name), start=1):
            entry = line.strip()
            at = named.get(entry) or named.get(_stem(entry), [])
            taken = {values[row] for row in at} - {"", part}
            found = found or bool(at)
            if entry and not at and not given.absent:
                faults.append(f"{name} line {number}: no row has the id {entry!r}")
            elif taken:
                faults.append(f"{name} line {number}: {entry!r} is in {min(taken)} already")
            for row in at if not taken else ():
                values[row] = part
        if not found:
            faults.append(f"{name}: none of its lines names a row")
    if faults:
        raise FaultsError(faults, where=where, todo="every line of a list file names a row")
    return values


def _lines_of(spec: Spec, name: str) -> list[str]:
    path = spec.path(name)
    try:
        return ordinary.read_text(path, encoding="utf-8-sig").splitlines()
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(path)
        ) from problem
    except UnicodeDecodeError as problem:
        raise DataError("is not UTF-8 text", where=str(path)) from problem


def _stem(identity: str) -> str:
    """``blues/blues.00012.wav`` and ``blues.00012.au`` are one clip: folders and ending go."""
    return PurePosixPath(identity.replace("\\", "/")).stem


def align(found: Sequence[str], wanted: Sequence[str], *, where: str, of: str) -> list[int]:
    """For each wanted id the row of `found` that bears it; both hold the same ids, each once."""
    position = {identity.strip(): row for row, identity in enumerate(found)}
    no_id_twice([identity.strip() for identity in found], where=where)
    lacking = [identity for identity in wanted if identity not in position]
    faults = [f"no row for the {of} with id {identity!r}" for identity in lacking]
    known = set(wanted)
    strange = [(row, identity) for identity, row in position.items() if identity not in known]
    faults += [f"row {row + 1}: no {of} has the id {identity!r}" for row, identity in strange]
    if faults:
        todo = "take out the rows that belong to none"
        if lacking and strange:
            todo = "both files must hold the same ids: see whether they are written alike"
        elif lacking:
            todo = f"add them to this file, or remove every such {of} from its own"
        raise FaultsError(faults, where=where, todo=todo)
    return [position[identity] for identity in wanted]


def no_id_twice(ids: Sequence[str], *, where: str, column: str | None = None) -> None:
    """Raise `FaultsError` naming every id that two rows bear, and every empty one."""
    if "" not in (once := set(ids)) and len(once) == len(ids):
        return
    rows: dict[str, list[int]] = {}
    for row, identity in enumerate(ids, start=1):
        rows.setdefault(identity, []).append(row)
    faults = [
        f"id {identity!r} is on rows {listed(map(str, at))}"
        if identity
        else f"{'rows' if len(at) > 1 else 'row'} {listed(map(str, at))}: no id"
        for identity, at in rows.items()
        if len(at) > 1 or not identity
    ]
    todo = [
        *(["fill in the ids that are missing"] if "" in rows else []),
        *(["take out the rows that are there twice"] if len(faults) > ("" in rows) else []),
    ]
    raise FaultsError(
        faults,
        where=f"{where}: column {column!r}" if column is not None else where,
        todo=f"every row needs an id of its own: {', and '.join(todo)}",
    )


def must_have(columns: Sequence[str], wanted: Iterable[str], *, where: str) -> None:
    """Raise `FaultsError` naming every wanted column that the file lacks."""
    from harness.registry import unknown

    known = set(columns)
    lacking = list(dict.fromkeys(column for column in wanted if column not in known))
    if not lacking:
        return
    shown = [*columns[:30], "..."] if len(columns) > 30 else list(columns)
    near = unknown("column", lacking[0], shown).todo or ""
    raise FaultsError([f"no column is called {name!r}" for name in lacking], where=where, todo=near)


def only_column(
    columns: Sequence[str], named: str | None, id_column: str | None, *, where: str
) -> str:
    """The named column, or else the only one beside the ids."""
    if named is not None:
        return named
    others = [column for column in columns if column != id_column]
    if len(others) == 1:
        return others[0]
    raise DataError(
        f"has {len(others)} columns that could be meant: {listed(others)}",
        where=where,
        todo="name one of them in competition.toml",
    )


def header_hint(found: int, wanted: int, header: bool, key: str) -> str:
    """What to try when two files differ in length; off by one is a header taken for a row."""
    if found == wanted - 1 and header:
        return f"the first row may have been taken for a header: try {key} = false"
    if found == wanted + 1 and not header:
        return f"the header may have been taken for a row: try {key} = true"
    return "both must hold one row for each example, in the same order"


def counts_up(values: Sequence[str]) -> bool:
    """Whether texts are whole numbers, each one more than the one before."""
    try:
        numbers = np.array([int(value) for value in values])
    except ValueError:
        return False
    return bool((np.diff(numbers) == 1).all())


def inside(root: Path, path: Path) -> str:
    """`path` as a spec writes it: relative where it lies in `root`."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path.absolute())


def in_order(values: Iterable[str]) -> list[str]:
    """Sorted; as numbers where all are whole numbers, so that 10 comes after 2."""
    kept = list(values)
    if kept and all(re.fullmatch(r"-?\d+", value) for value in kept):
        return sorted(kept, key=lambda value: (int(value), value))
    return sorted(kept)


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names in a row, cut after `most`."""
    kept = list(names)
    more = f" and {len(kept) - most} more" if len(kept) > most else ""
    return ", ".join(kept[:most]) + more


def _stripped(values: Iterable[object]) -> list[str]:
    return [str(value).strip() for value in values]
