"""The test rows' ids: found in the test file itself, never derived from the training file's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.competitions._infer_look import Look, texts
from harness.competitions._rows import counts_up, inside, listed, no_id_twice
from harness.competitions._sample import USUAL_IDS, id_column, whole
from harness.competitions._spec import Spec
from harness.readers import Peek

# Columns whose values are looked at, where many could be ids.
MOST_LOOKED_AT = 40


def values_of(test: Peek | None, asked: set[str]) -> Mapping[str, frozenset[str]]:
    """The values of the test file's columns that may be ids: those where every row has its own."""
    if test is None:
        return {}
    likely = [c for c in test.columns if test.kinds[c] != "number" and not test.missing[c]]
    first = [c for c in likely if c in asked or USUAL_IDS.search(c)]
    looked_at = [*first, *(c for c in likely if c not in first)][: max(MOST_LOOKED_AT, len(first))]
    if not looked_at:
        return {}
    found = {c: list(map(whole, cells)) for c, cells in texts(test, looked_at).items()}
    return {c: frozenset(v) for c, v in found.items() if len(set(v)) == len(v) and "" not in v}


def sample_ids(look: Look) -> dict[Path, str | None]:
    """The column of ids of each sample submission."""
    columns = look.test.columns if look.test is not None and look.test.header else ()
    return {
        sample.path: id_column(sample, known=columns, ids=look.test_values)
        for sample in look.samples
        if sample.header
    }


def test_id_column(look: Look, train_id: str | None) -> str | None:
    """The test file's column of ids, told by its own: by name, by the sample's ids, by values."""
    test = look.test
    if test is None:
        return None
    for column, why in _candidates(look, test, train_id):
        if column != train_id or why != BOTH:
            look.say("test.id", column, why)
        if column not in look.test_values:
            # Told before anything is written: no submission could be right.
            no_id_twice(texts(test, [column])[column], where=str(test.path), column=column)
        return column
    return None


BOTH = "both files have it"


def _candidates(look: Look, test: Peek, train_id: str | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not test.header:
        # Without names a test file has ids where it has every column of the training file but
        # labels.
        lacks = len(look.train.columns) - len(test.columns)
        if train_id is not None and train_id in test.columns and lacks == look.label_columns:
            found.append((train_id, BOTH))
        return found + _by_values(look)
    columns = set(test.columns)
    if look.wishes.id in columns:
        found.append((str(look.wishes.id), "you said so"))
    for path, column in look.sample_ids.items():
        if column in columns:
            found.append((str(column), BOTH if column == train_id else f"the ids of {path.name}"))
    if train_id in columns:
        found.append((str(train_id), BOTH))
    for path, column in look.sample_ids.items():
        alike = [c for c in test.columns if column and c.casefold() == column.casefold()]
        found += [(c, f"{path.name} calls it {column!r}") for c in alike]
    found += _by_values(look)
    usual = [c for c in test.columns if USUAL_IDS.search(c) and c in look.test_values]
    found += [(c, "named like an id, and no value is there twice") for c in usual if _own(look, c)]
    return found


def _by_values(look: Look) -> list[tuple[str, str]]:
    found = []
    for sample in look.samples:
        column = look.sample_ids.get(sample.path)
        if column is None or sample.rows < 2:
            continue
        wanted = frozenset(map(whole, sample.cells[column]))
        found += [
            (c, f"its values are the ids of {sample.path.name}")
            for c, values in look.test_values.items()
            if values == wanted
        ]
    return found


def _own(look: Look, column: str) -> bool:
    """Whether a column says who a test row is: the training file lacks it, or has few twice."""
    train = look.train
    if column not in train.columns:
        return True
    values = train.distinct.get(column)
    return train.kinds[column] != "number" and (values is None or len(values) > train.rows / 2)


def with_test_rows(look: Look, spec: Spec, test: Peek, id_column: str | None) -> Spec:
    """`spec` with the test file and what its rows are called."""
    spec = replace(spec, test=inside(spec.root, test.path), test_header=test.header)
    if id_column is not None:
        return replace(spec, test_id_column=id_column)
    for sample in look.samples:
        column = look.sample_ids.get(sample.path)
        if column is None or sample.rows != test.rows or not sample.names_rows(column):
            continue
        name, values = sample.path.name, [whole(value) for value in sample.cells[column]]
        if counts_up(values) and values == list(sample.cells[column]):
            look.say("test.first_id", values[0], f"{name} counts from it")
            return replace(spec, first_id=int(values[0]))
        why = "no column of the test file holds ids: its rows are taken to stand in this order"
        look.say("test.ids", f"{name}, {column!r}", why)
        path = inside(spec.root, sample.path)
        place = None if column == sample.columns[0] else column
        return replace(spec, test_ids=path, test_ids_header=sample.header, test_ids_column=place)
    asked = [s for s in look.samples if look.sample_ids.get(s.path) and s.rows != test.rows]
    why = "nothing says how the test rows are numbered"
    if asked:
        counts = listed(f"{s.path.name} has {s.rows}" for s in asked)
        why = f"{counts} ids for {test.rows} test rows, so they can't be its"
    look.say("test.first_id", "1", why)
    return spec


def extra_columns(look: Look, id_column: str | None) -> list[str]:
    """Columns of the test file alone: no features."""
    test, train = look.test, look.train
    if test is None or not test.header or not train.header:
        return []
    extra = [c for c in test.columns if c not in train.columns and c != id_column]
    for column in extra:
        look.say("columns.drop", column, "the training file lacks it")
    return extra
