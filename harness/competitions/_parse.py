"""`competition.toml`, parsed and checked; every fault is reported at once."""

from __future__ import annotations

import math
import re
import tomllib
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from harness import ordinary
from harness.competition import spelling
from harness.competitions._parse_board import leaderboard
from harness.competitions._section import Faults, Section
from harness.competitions._spec import (
    AnswerSpec,
    BlockSpec,
    GroupSpec,
    Spec,
    SplitSpec,
)
from harness.errors import DataError, FaultsError, FileProblem
from harness.readers._dates import DAY_FIRST, MONTH_FIRST

LONGEST_PATTERN = 1000
# A key's parts are looked up one in the other: thousands take minutes.
MOST_PARTS = 100
_DEEP = re.compile(
    r"""^[ \t]*(?:\[\[?[ \t]*)?(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)"""
    f"{{{MOST_PARTS}}}",
    re.MULTILINE,
)


def read_spec(path: Path) -> Spec:
    """The spec in a `competition.toml`.

    Raises
    ------
    FileProblem
        When the file can't be read.
    DataError
        When it is no TOML.
    FaultsError
        Naming every unknown key, wrong type, missing key and contradiction, with its line.
    """
    try:
        text = ordinary.read_text(path, encoding="utf-8-sig")
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})",
            where=str(path),
            todo=f"`harness new {path.parent}` writes one from the files beside it",
        ) from problem
    except UnicodeDecodeError as problem:
        raise DataError("is not UTF-8 text", where=str(path), todo="save it as UTF-8") from problem
    return parse(text, root=path.parent, where=str(path))


def parse(text: str, *, root: Path, where: str) -> Spec:
    """`read_spec` of a text; its paths are relative to `root`."""
    try:
        if deep := _DEEP.search(text):
            line = text.count("\n", 0, deep.end()) + 1
            raise ValueError(f"a key of more than {MOST_PARTS} parts (at line {line})")
        raw = tomllib.loads(text)
    # ValueError: also for a number of more digits than Python takes.
    except (ValueError, RecursionError) as problem:
        raise DataError(
            f"is not TOML: {problem}", where=where, todo="texts need quotes; a table starts [name]"
        ) from problem
    faults = Faults(text)
    fields = _top(Section(raw, "", faults))
    if faults.found:
        raise FaultsError(faults.found, where=where)
    return Spec(root=root, source=where, **fields)


def _top(top: Section) -> dict[str, Any]:
    top.required("name", '"my-competition"')
    fields: dict[str, Any] = {"name": top.text("name", ""), "title": top.text("title", "")}
    top.known += ["train", "classes"]
    for table in ("train", "classes"):
        if table not in top:
            top.fault("", f"the table [{table}] is missing")
    train = Section(top.raw.get("train"), "train", top.faults)
    fields |= _train(train)
    fields |= _classes(Section(top.raw.get("classes"), "classes", top.faults))
    if (test := top.table("test")) is not None:
        fields |= _test(test, fields)
    if (columns := top.table("columns")) is not None:
        fields |= _columns(columns)
    if (groups := top.table("groups")) is not None:
        fields["keep_copies"] = groups.flag("copies", False)
        fields["groups"] = _groups(groups, fields)
    if (split := top.table("split")) is not None:
        fields["split"] = _split(split, fields)
    fields["blocks"] = tuple(_block(block) for block in top.tables("blocks"))
    _no_name_twice(top, "blocks", [block.name for block in fields["blocks"]])
    fields["leaderboards"] = tuple(
        leaderboard(board, fields["classes"]) for board in top.tables("leaderboards")
    )
    names = [board.name or board.metric for board in fields["leaderboards"]]
    _no_name_twice(top, "leaderboards", names)
    if (answers := top.table("answers")) is not None:
        fields["answers"] = _answers(answers)
    flags, values = fields["label_columns"], fields["classes"]
    if flags and values and len(flags) != len(values):
        train.fault("label", f"names {len(flags)} columns for {len(values)} classes")
    _one_role_each(train, fields)
    top.close()
    return fields


def _train(train: Section) -> dict[str, Any]:
    if train.raw:
        train.required("features", '"train.csv"')
    fields: dict[str, Any] = {
        "train": train.path("features") or "",
        "header": train.flag("header", False),
        "id_column": train.column("id"),
        "train_ids": train.path("ids"),
        "train_ids_header": train.flag("ids_header", True),
        **_label(train),
        "labels": train.path("labels"),
        "labels_header": train.flag("labels_header", False),
        "labels_id_column": train.column("labels_id"),
        "labels_column": train.column("labels_column"),
    }
    if train.raw and ("label" in train) == ("labels" in train):
        train.fault(
            "", "needs either label (a column of the features) or labels (a file of its own)"
        )
    for key in ("labels_header", "labels_id", "labels_column"):
        if key in train and "labels" not in train:
            train.fault(key, "means nothing without labels")
    if "labels_id" in train and not {"id", "ids"} & set(train.raw):
        train.fault("labels_id", "means nothing without id, the features' column of ids")
    if "ids" in train and "id" in train:
        train.fault("ids", "is a file of ids, id a column: give one of them")
    if "ids_header" in train and "ids" not in train:
        train.fault("ids_header", "means nothing without ids")
    train.close()
    return fields


def _label(train: Section) -> dict[str, Any]:
    """One column of labels, or one for each class."""
    if isinstance(train.raw.get("label"), list):
        return {"label_column": None, "label_columns": train.texts("label")}
    return {"label_column": train.column("label"), "label_columns": ()}


def _classes(classes: Section) -> dict[str, Any]:
    values = classes.texts("values", what="the label values in order")
    names = classes.texts("names", what="names, one for each value")
    if classes.raw:
        classes.required("values", '["1", "2"]')
    if values and len(values) < 2:
        classes.fault("values", "must hold at least two classes")
    if any(value != value.strip() or not value for value in values):
        classes.fault("values", "holds a value that is blank, or begins or ends with a blank")
    if names and len(names) != len(values):
        classes.fault("names", f"holds {len(names)} names for {len(values)} values")
    read: dict[str, Any] = {
        "classes": values,
        "class_names": names,
        "ignore_case": classes.flag("ignore_case", False),
        "unlabelled": classes.texts("unlabelled", what="cells of rows without a label"),
    }
    if read["ignore_case"] and len({spelling(value) for value in values}) < len(values):
        classes.fault("ignore_case", "values differ in case alone")
    if both := [value for value in read["unlabelled"] if value in values]:
        classes.fault("unlabelled", f"{both[0]!r} is one of the values too")
    classes.close()
    return read


def _test(test: Section, fields: dict[str, Any]) -> dict[str, Any]:
    test.required("features", '"test.csv"')
    ids = test.path("ids")
    if "ids" in test and "id" in test:
        test.fault("ids", "is a file of ids, id a column: give one of them")
    # The test file is written like the training file unless it says otherwise.
    column = test.column("id") if "id" in test or ids else fields["id_column"]
    test.known.append("id")
    if "first_id" in test and ("id" in test or ids):
        test.fault("first_id", "means nothing where the test rows have ids of their own")
    if "first_id" in test and "id" not in test:
        column = None
    for key in ("ids_header", "ids_column"):
        if key in test and "ids" not in test:
            test.fault(key, "means nothing without ids")
    read = {
        "test": test.path("features"),
        "test_header": test.flag("header", fields["header"]),
        "test_id_column": column,
        "test_ids": ids,
        "test_ids_header": test.flag("ids_header", True),
        "test_ids_column": test.column("ids_column"),
        "first_id": test.whole("first_id", 1),
    }
    test.close()
    return read


def _columns(columns: Section) -> dict[str, Any]:
    read: dict[str, Any] = {
        "drop": columns.texts("drop"),
        "text": columns.texts("text"),
        "missing": columns.flag("missing", False),
        "numbers": columns.texts("numbers"),
        "dates": columns.texts("dates"),
        "booleans": columns.texts("booleans"),
        "missing_marks": columns.texts("missing_marks", what="texts that stand for no value"),
        "decimal": columns.choice("decimal", (".", ",")),
        "date_order": columns.choice("date_order", (DAY_FIRST, MONTH_FIRST)),
    }
    # What counts as missing may be missing.
    read["infinite"] = columns.choice("infinite", ("missing",)) == "missing"
    read["missing"] = read["missing"] or read["infinite"]
    # Dropping goes before all else, so that `drop = [...]` can be added as it is advised.
    for key in ("text", "numbers", "dates", "booleans"):
        read[key] = tuple(column for column in read[key] if column not in read["drop"])
    columns.close()
    return read


def _has_ids(fields: dict[str, Any]) -> bool:
    return fields["id_column"] is not None or fields["train_ids"] is not None


def _groups(groups: Section, fields: dict[str, Any]) -> GroupSpec | None:
    read = GroupSpec(
        column=groups.column("column"),
        file=groups.path("file"),
        header=groups.flag("header", False),
        id_column=groups.column("id"),
        pattern=groups.text("pattern"),
        known=groups.share("known", whole=True),
    )
    said = sum(("column" in groups or "file" in groups, "pattern" in groups))
    if said != 1 and (said or not fields["keep_copies"]):
        groups.fault("", "needs one of column, file and pattern")
    for key in ("header", "id"):
        if key in groups and "file" not in groups:
            groups.fault(key, "means nothing without file")
    for key in ("pattern", "id"):
        if key in groups and not _has_ids(fields):
            groups.fault(key, "means nothing without [train] id, the column of ids")
    if read.pattern is not None:
        _try_pattern(groups, read.pattern)
    groups.close()
    return read if said else None


def _try_pattern(groups: Section, pattern: str) -> None:
    if len(pattern) > LONGEST_PATTERN:
        groups.fault("pattern", f"has more than {LONGEST_PATTERN} characters")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        groups.fault("pattern", f"is no regular expression: {problem}")


def _split(split: Section, fields: dict[str, Any]) -> SplitSpec:
    files = split.table("files")
    listed: list[tuple[str, str]] = []
    for part in files.raw if files is not None else ():
        path = files.path(part) if files is not None else None
        if path is not None:
            listed.append((part, path))
    if ("column" in split) == (files is not None):
        split.fault("", "needs either column or files")
    if files is not None and not _has_ids(fields):
        split.fault("files", "means nothing without [train] id: list files name rows by id")
    read = SplitSpec(
        column=split.column("column"),
        files=tuple(listed),
        train=split.texts("train", what="parts that always train")
        if "train" in split
        else ("train",),
        absent=split.flag("absent", False),
    )
    if "absent" in split and files is None:
        split.fault("absent", "means nothing without files")
    split.known.append("train")
    if files is not None and listed and all(part in read.train for part, _ in listed):
        split.fault("files", "names no part that is held out, such as test")
    split.close()
    return read


def _block(block: Section) -> BlockSpec:
    block.required("name", '"mfcc"')
    block.known += ["columns", "shape"]
    read: dict[str, Any] = {
        "name": block.text("name", ""),
        "first": block.column("first"),
        "last": block.column("last"),
    }
    if ("first" in block) != ("last" in block) or ("columns" in block) == ("first" in block):
        block.fault("", "needs columns = [start, stop], or columns = [names], or first and last")
    width = None
    if (columns := block.raw.get("columns")) is not None:
        whole = isinstance(columns, list) and all(type(x) is int for x in columns)
        if whole and len(columns) == 2 and 0 <= columns[0] < columns[1]:
            read |= {"start": columns[0], "stop": columns[1]}
            width = columns[1] - columns[0]
        elif not whole and isinstance(columns, list) and all(isinstance(x, str) for x in columns):
            read["names"] = tuple(columns)
            width = len(columns)
        else:
            block.fault("columns", "must be [start, stop) with 0 <= start < stop, or names")
    shape = block.raw.get("shape")
    if shape is not None:
        if isinstance(shape, list) and shape and all(type(x) is int and x > 0 for x in shape):
            read["shape"] = tuple(shape)
            if width is not None and math.prod(shape) != width:
                shown = " x ".join(map(str, shape))
                block.fault("shape", f"{shown} is {math.prod(shape)}, but it has {width} columns")
        else:
            block.fault("shape", "must be a list of whole numbers above 0, such as [7, 24]")
    block.close()
    return BlockSpec(**read)


def _answers(answers: Section) -> AnswerSpec:
    answers.required("labels", '"answers/test_labels.csv"')
    read = AnswerSpec(
        labels=answers.path("labels") or "",
        header=answers.flag("header", False),
        id_column=answers.column("id"),
        label_column=answers.column("label"),
        part_column=answers.column("part"),
        group_column=answers.column("group"),
    )
    for key in ("part", "group"):
        if key in answers and "label" not in answers:
            answers.fault(key, "needs label beside it, the column of labels")
    answers.close()
    return read


def _no_name_twice(top: Section, key: str, names: list[str]) -> None:
    for name in sorted(name for name, count in Counter(names).items() if name and count > 1):
        top.fault(key, f"two are called {name!r}")


def _one_role_each(train: Section, fields: dict[str, Any]) -> None:
    groups, split = fields.get("groups"), fields.get("split")
    roles = [
        ("[train] id", fields["id_column"]),
        ("[train] label", fields["label_column"]),
        *(("[train] label", column) for column in fields["label_columns"]),
        # A group that the board's rows partly know is a feature as well.
        (
            "[groups] column",
            groups.column if groups and groups.file is None and groups.known is None else None,
        ),
        ("[split] column", split.column if split else None),
        *(
            (f"[columns] {key}", column)
            for key in ("drop", "text", "numbers", "dates", "booleans")
            for column in fields.get(key, ())
        ),
    ]
    seen: dict[str, str] = {}
    for role, column in roles:
        if column is None:
            continue
        if column in seen:
            train.faults.add("", "", f"column {column!r} is both {seen[column]} and {role}")
        seen.setdefault(column, role)
