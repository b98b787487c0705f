"""Leaderboards from sample submissions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.competitions._rows import listed
from harness.competitions._spec import LeaderboardSpec, Spec
from harness.readers import Peek

Told = tuple[str, str, str]


def leaderboards(spec: Spec, samples: Sequence[Peek]) -> tuple[Spec, list[Told]]:
    """`spec` with a leaderboard for each sample that can be read, or the usual two; reasons.

    Columns of probabilities stand in the competition's class order, so a sample that has them in
    another order gives the classes theirs.
    """
    boards: list[LeaderboardSpec] = []
    told: list[Told] = []
    for sample in samples:
        name = sample.path.name
        board, why = None, "it has no header"
        if sample.header and len(sample.columns) == 2:
            board, why = _label_board(sample)
        elif sample.header:
            match = _matched(spec.classes, sample.columns[1:])
            why = f"its columns don't fit the {len(spec.classes)} classes"
            if match is not None:
                if match != spec.classes and not any(b.class_headers for b in boards):
                    spec = replace(spec, classes=match)
                    told.append(("classes.values", listed(match, 12), f"the order of {name}"))
                if match == spec.classes:
                    board, why = _class_board(sample), "a column for each class"
        if board is None:
            told.append(("leaderboards", f"{name} left out", why))
        elif board.metric not in [other.metric for other in boards]:
            boards.append(board)
            told.append(("leaderboards", f"{board.metric} ({name})", why))
    if not boards:
        boards = _usual(spec)
        told.append(("leaderboards", "accuracy, logloss", "no sample submission says otherwise"))
    return replace(spec, leaderboards=tuple(boards)), told


def _label_board(sample: Peek) -> tuple[LeaderboardSpec | None, str]:
    id_header, label = sample.columns
    if sample.kinds[label] == "number":
        return None, f"its column {label!r} holds fractions; a column for each class is needed"
    board = LeaderboardSpec(
        "accuracy", id_header=id_header, label_header=label, sample=sample.path.name
    )
    return board, f"one column, {label!r}, with labels"


def _class_board(sample: Peek) -> LeaderboardSpec:
    return LeaderboardSpec(
        "logloss",
        id_header=sample.columns[0],
        class_headers=tuple(sample.columns[1:]),
        sample=sample.path.name,
    )


def _matched(classes: Sequence[str], columns: Sequence[str]) -> tuple[str, ...] | None:
    """The class that each column stands for, or None where they don't fit one to one.

    A column is called like its class, or ends with it: ``Class_10`` is 10, not 0.
    """
    found = []
    for column in columns:
        ends = [
            value
            for value in classes
            if column == value or re.search(rf"(?:^|[\W_]){re.escape(value)}$", column)
        ]
        if not ends:
            ends = [v for v in classes if re.search(rf"\D{re.escape(v)}$", column) and v.isdigit()]
        if not ends:
            return None
        found.append(max(ends, key=len))
    return tuple(found) if sorted(found) == sorted(classes) else None


def _usual(spec: Spec) -> list[LeaderboardSpec]:
    id_header = spec.id_column if spec.header and spec.id_column else "id"
    label = spec.label_column if spec.header and spec.label_column else "label"
    whole = all(value.lstrip("-").isdigit() for value in spec.classes)
    headers = tuple(f"Class_{v}" for v in spec.classes) if whole else spec.classes
    if id_header in headers or id_header == label:
        id_header, label = "Sample_id", "Sample_label"
    return [
        LeaderboardSpec("accuracy", id_header=id_header, label_header=label),
        LeaderboardSpec("logloss", id_header=id_header, class_headers=headers),
    ]
