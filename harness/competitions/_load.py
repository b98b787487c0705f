"""From a spec to a competition: the files are read, and their rows fitted together."""

from __future__ import annotations

import hashlib

from harness.competition import Answers, Competition, Leaderboard, encode_labels
from harness.competitions._spec import LeaderboardSpec, Spec
from harness.errors import DataError
from harness.readers import read_table


def load(spec: Spec) -> Competition:
    """Read every file that `spec` names, except the answers."""
    table = read_table(spec.root / spec.train, header=spec.header)
    labels_path = spec.root / str(spec.labels)
    labels = read_table(labels_path, header=spec.labels_header, text=("0",))
    y = encode_labels(list(labels.text["0"]), spec.classes, where=str(labels_path))
    if len(y) != table.rows:
        raise DataError(f"{len(y)} labels for {table.rows} rows", where=str(labels_path))
    test = read_table(spec.root / spec.test, header=spec.test_header) if spec.test else None
    digest = hashlib.blake2b(digest_size=16)
    digest.update(table.fingerprint.encode())
    return Competition(
        name=spec.name,
        root=spec.root,
        title=spec.title,
        classes=spec.classes,
        class_names=spec.class_names or spec.classes,
        columns=table.number_columns,
        X=table.numbers,
        y=y,
        X_test=test.numbers if test else None,
        test_ids=tuple(str(spec.first_id + i) for i in range(test.rows)) if test else (),
        fingerprint=digest.hexdigest(),
        blocks=spec.blocks,
        leaderboards=tuple(_leaderboard(board, spec) for board in spec.leaderboards),
        answers=Answers(spec.root / spec.answers, spec.answers_header) if spec.answers else None,
    )


def _leaderboard(board: LeaderboardSpec, spec: Spec) -> Leaderboard:
    columns = board.class_headers or (board.label_header,)
    return Leaderboard(
        metric=board.metric,
        header=(board.id_header, *columns),
        sample=spec.root / board.sample if board.sample else None,
    )
