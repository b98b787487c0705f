"""A spec as `competition.toml`: what is written here parses to the same spec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.competitions._spec import BlockSpec, LeaderboardSpec, Spec

WIDTH = 96


def to_toml(spec: Spec, *, heading: Iterable[str] = ()) -> str:
    """`competition.toml` for `spec`; lines of `heading` become comments on top of it."""
    lines = [f"# {line}".rstrip() for text in heading for line in text.splitlines()]
    lines += _pairs({"name": spec.name, "title": spec.title or None})
    lines += _table("train", _train(spec))
    lines += _table("test", _test(spec))
    lines += _table("columns", _columns(spec))
    pairs: dict[str, Any] = {"values": spec.classes, "names": spec.class_names}
    pairs |= {"ignore_case": spec.ignore_case or None, "unlabelled": spec.unlabelled}
    lines += _table("classes", pairs)
    pairs = {"copies": spec.keep_copies or None}
    if (groups := spec.groups) is not None:
        header = groups.header if groups.file else None
        pairs |= {"column": groups.column, "file": groups.file, "header": header}
        pairs |= {"id": groups.id_column, "pattern": groups.pattern, "known": groups.known}
    lines += _table("groups", pairs)
    if (split := spec.split) is not None:
        # An empty list says something here: no part always trains.
        lines += ["", "[split]", *_pairs({"column": split.column})]
        lines += [f"train = {_value(split.train)}"] if split.train != ("train",) else []
        lines += ["absent = true"] if split.absent else []
        if split.files:
            lines += ["", "[split.files]"]
            lines += [f"{_value(part)} = {_value(path)}" for part, path in split.files]
    for block in spec.blocks:
        lines += ["", "[[blocks]]", *_pairs(_block(block))]
    for board in spec.leaderboards:
        lines += ["", "[[leaderboards]]", *_pairs(_leaderboard(board))]
    if (answers := spec.answers) is not None:
        pairs = {"labels": answers.labels, "header": answers.header, "id": answers.id_column}
        pairs |= {"label": answers.label_column, "part": answers.part_column}
        pairs |= {"group": answers.group_column}
        lines += _table("answers", pairs)
    return "\n".join(lines).lstrip("\n") + "\n"


def _train(spec: Spec) -> dict[str, Any]:
    pairs = {
        "features": spec.train,
        "header": spec.header,
        "id": spec.id_column,
        "label": spec.label_columns or spec.label_column,
    }
    if spec.train_ids is not None:
        pairs |= {"ids": spec.train_ids, "ids_header": spec.train_ids_header}
    if spec.labels is not None:
        pairs |= {
            "labels": spec.labels,
            "labels_header": spec.labels_header,
            "labels_id": spec.labels_id_column,
            "labels_column": spec.labels_column,
        }
    return pairs


def _columns(spec: Spec) -> dict[str, Any]:
    return {
        "drop": spec.drop,
        "text": spec.text,
        "numbers": spec.numbers,
        "dates": spec.dates,
        "booleans": spec.booleans,
        "missing": spec.missing,
        "infinite": "missing" if spec.infinite else None,
        "missing_marks": spec.missing_marks,
        "decimal": spec.decimal or None,
        "date_order": spec.date_order or None,
    }


def _test(spec: Spec) -> dict[str, Any]:
    if spec.test is None:
        return {}
    pairs: dict[str, Any] = {"features": spec.test, "header": spec.test_header}
    if spec.test_ids is not None:
        pairs |= {"ids": spec.test_ids, "ids_header": spec.test_ids_header}
        return pairs | {"ids_column": spec.test_ids_column}
    if spec.test_id_column is not None:
        return pairs | {"id": spec.test_id_column}
    return pairs | {"first_id": spec.first_id}


def _block(block: BlockSpec) -> dict[str, Any]:
    columns = block.names if block.start is None else (block.start, block.stop)
    return {
        "name": block.name,
        "columns": columns,
        "first": block.first,
        "last": block.last,
        "shape": block.shape,
    }


def _leaderboard(board: LeaderboardSpec) -> dict[str, Any]:
    return {
        "name": board.name or None,
        "metric": board.metric,
        "id": board.id_header if board.ids else False,
        "label": board.label_header,
        "top": board.top if board.top > 1 else None,
        "separator": board.separator if board.top > 1 else None,
        "spelling": board.spelling,
        "probability": board.probability_header,
        "positive": board.positive,
        "classes": board.class_headers,
        "columns": board.columns,
        "ignored": board.ignored,
        "delimiter": board.delimiter if board.delimiter != "," else None,
        "unwritable": board.unwritable or None,
        "sample": board.sample,
        "public": board.public,
    }


def _table(name: str, pairs: dict[str, Any]) -> list[str]:
    lines = _pairs(pairs)
    return ["", f"[{name}]", *lines] if lines else []


def _pairs(pairs: dict[str, Any]) -> list[str]:
    kept = {key: value for key, value in pairs.items() if value is not None and value != ()}
    return [f"{key} = {_value(value)}" for key, value in kept.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    items = [_value(item) for item in value]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= WIDTH else "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escaped(c) for c in escaped) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
