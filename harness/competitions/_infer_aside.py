"""Files that lie beside a competition's own: each is told, with what it may be good for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.competitions import _infer_columns as columns
from harness.competitions import _infer_labels
from harness.competitions._infer_look import Look, texts
from harness.errors import DataError
from harness.readers import Peek, inspect
from harness.readers._packing import quoted


def without_label_map(look: Look) -> None:
    """Take away a file of labels that only lists the classes: the training file has its own."""
    labels, train = look.labels, look.train
    if labels is None or "labels" in look.files.named or labels.rows == train.rows:
        return
    shared = [c for c in labels.columns if c in train.columns and columns.USUAL_IDS.search(c)]
    if shared and 2 * labels.rows >= train.rows:
        return
    reasons, look.labels = list(look.reasons), None
    try:
        own = _infer_labels.label_column(look)
    except DataError:
        own = None
    look.reasons[:] = reasons
    if own is None:
        look.labels = labels
        return
    why = f"its {labels.rows} rows aren't the {train.rows} training rows, which have {own!r}"
    look.say("files", f"{labels.path.name} left out", why)


def label_maps(look: Look, classes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Tables beside that give each class another name: by their names, from class to name."""
    found: dict[str, dict[str, str]] = {}
    labels = look.files.labels
    aside = [labels] if labels is not None and look.labels is None else []
    for path in [*aside, *(path for path, _ in look.files.left)]:
        try:
            peek = inspect(path)
        except DataError:
            continue
        if peek.rows != len(classes) or len(peek.columns) != 2:
            continue
        cells = list(texts(peek, peek.columns).values())
        for own, other in (cells, cells[::-1]):
            if set(own) == set(classes) and len(set(other)) == len(classes):
                found[path.name] = dict(zip(own, other, strict=True))
    return found


def tell(look: Look, folder: Path) -> None:
    """Say which tables have no part, and what more labelled rows could be used for."""
    files = look.files
    for path in files.valid:
        look.say("files", f"{path.name} left out", _rows_to_validate(path, look, folder))
    for path, why in files.left:
        look.say("files", f"{path.name} left out", why)


def _rows_to_validate(path: Path, look: Look, folder: Path) -> str:
    try:
        peek = inspect(path)
    except DataError as problem:
        return f"it can't be read: {problem.what}"
    train = look.train
    if not (peek.header and train.header) or set(peek.columns) != set(train.columns):
        without = set(train.columns) - set(peek.columns)
        lacking = f": it lacks {', '.join(sorted(without)[:3])}" if without else ""
        return f"it hasn't the training file's columns{lacking}"
    told = f"{peek.rows} more rows with the training file's columns; to learn from them too: "
    if not _can_be_joined(peek, train):
        return told + "put them below the training rows in one file, and name it: --train FILE"
    both = folder / "all.csv"
    files = f"{quoted(train.path)} {quoted(path)}"
    join = f"awk 'NR==1 || FNR>1' {files} > {quoted(both)}"
    return told + f"{join} && harness new {quoted(folder)} --train {quoted(both)} --force"


def _can_be_joined(peek: Peek, train: Peek) -> bool:
    """Whether one file's lines can stand below the other's."""
    plain = all(one.kind == "csv" and one.plain for one in (peek, train))
    return plain and peek.columns == train.columns and peek.delimiter == train.delimiter
