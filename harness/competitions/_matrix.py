"""The matrix of a competition's features, out of a file's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.competition import FloatMatrix
from harness.competitions._readings import read_column
from harness.readers import Table
from harness.readers._readings import Reading


def vocabulary(texts: Sequence[tuple[Table, str, str]]) -> dict[str, list[str]]:
    """Each text column's values over training and test rows, sorted; "" is a missing cell.

    Sorted, not in order of appearance: the codes of a fold's training rows must not change when
    another row's text does. `texts` holds (table, the feature, its column in that table).
    """
    values: dict[str, set[str]] = {feature: set() for _, feature, _ in texts}
    for table, feature, column in texts:
        values[feature] |= set(table.text[column]) - {""}
    return {feature: sorted(found) for feature, found in values.items()}


def matrix(
    table: Table,
    columns: Sequence[str],
    features: Sequence[str],
    text: dict[str, list[str]],
    readings: Mapping[str, Reading],
    *,
    missing: bool,
) -> tuple[FloatMatrix, tuple[str, ...]]:
    """The features as float32, (rows, d); the reader's own array where it is in shape already.

    Parameters
    ----------
    columns : sequence of str
        The table's column for each of `features`.
    text : mapping of text feature to its vocabulary
    readings : mapping of feature to how it is read; a date gives several columns
    missing : bool
        Whether cells that are read may hold no value.

    Returns
    -------
    X, and what there is to say of its cells.
    """
    if table.number_columns == tuple(columns):
        return table.numbers, ()
    width = sum(len(readings[f].names) if f in readings else 1 for f in features)
    X = np.empty((table.rows, width), dtype=np.float32)
    notes: list[str] = []
    position = {column: k for k, column in enumerate(table.number_columns)}
    k = 0
    for column, feature in zip(columns, features, strict=True):
        if feature in readings:
            values, told = read_column(
                readings[feature], table.text[column], where=str(table.path), missing=missing
            )
            notes += [f"{table.path.name}: {told}"] if told else []
            X[:, k : k + values.shape[1]] = values
            k += values.shape[1]
            continue
        if feature in text:
            codes = {value: code for code, value in enumerate(text[feature])}
            X[:, k] = [codes.get(value, np.nan) for value in table.text[column]]
        else:
            X[:, k] = table.numbers[:, position[column]]
        k += 1
    return X, tuple(notes)
