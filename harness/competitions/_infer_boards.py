"""Leaderboards from sample submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.competitions._class_columns import ClassColumns, class_columns
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
            found = class_columns(sample, spec.classes)
            why = f"its columns don't fit the {len(spec.classes)} classes"
            if found is not None and _fits(found, sample, spec):
                match = found.classes
                if match != spec.classes and not any(b.class_headers for b in boards):
                    spec = replace(spec, classes=match)
                    told.append(("classes.values", listed(match, 12), f"the order of {name}"))
                if match == spec.classes:
                    board, why = _class_board(sample, found), "a column for each class"
                    if found.spelled:
                        as_written = ", ".join(
                            f"{column} for {value}"
                            for column, value in zip(found.columns, match, strict=True)
                            if value in found.spelled
                        )
                        why += f"; it writes {as_written}"
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


def _fits(found: ClassColumns, sample: Peek, spec: Spec) -> bool:
    """Whether there is a column for every class, and one beside them."""
    whole = len(found.columns) + 1 == len(sample.columns)
    return whole and sorted(found.classes) == sorted(spec.classes)


def _class_board(sample: Peek, found: ClassColumns) -> LeaderboardSpec:
    return LeaderboardSpec(
        "logloss",
        id_header=next(column for column in sample.columns if column not in found.columns),
        class_headers=found.columns,
        sample=sample.path.name,
    )


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
