"""From a folder of files to a spec, with the reasons: what `harness new` writes.

Nothing is asked and nothing is printed here. Every guess leaves a `Reason`; what can't be guessed
is an error that names the option to say it with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.competitions import (
    _infer_aside,
    _infer_boards,
    _infer_kind,
    _infer_labels,
    _infer_test,
)
from harness.competitions import _infer_columns as columns
from harness.competitions._infer_classes import ClassTable, class_table
from harness.competitions._infer_files import Files, sort_out
from harness.competitions._infer_groups import find_groups
from harness.competitions._infer_look import Look, Reason, Wishes
from harness.competitions._rows import inside, listed
from harness.competitions._sample import read_sample
from harness.competitions._spec import AnswerSpec, GroupSpec, Spec
from harness.errors import DataError
from harness.readers import ALL, Peek, Table, inspect, read_table

__all__ = ["Inference", "Reason", "Wishes", "infer", "infer_files"]


@dataclass(frozen=True)
class Inference:
    """A spec and how it came about."""

    spec: Spec
    reasons: tuple[Reason, ...]


def infer(folder: Path, wishes: Wishes | None = None, **named: Path) -> Inference:
    """The spec of the files in `folder`; `named` says which is ``train``, ``labels``, ``test``.

    Raises
    ------
    DataError
        When it can't be told which file holds the training rows, or which column the labels.
    """
    return _infer(folder, sort_out(folder, named), wishes or Wishes())


def infer_files(
    train: Path,
    *,
    labels: Path | None = None,
    test: Path | None = None,
    wishes: Wishes | None = None,
) -> Inference:
    """The spec of these files, wherever they lie."""
    named = {"train", "labels", "test"}
    return _infer(train.parent, Files(train, labels, test, named=named), wishes or Wishes())


def _infer(root: Path, files: Files, wishes: Wishes) -> Inference:
    if files.train is None:
        raise DataError("holds no training rows", where=str(root), todo="name them: --train FILE")
    look = Look(
        files=files,
        train=inspect(files.train),
        labels=inspect(files.labels) if files.labels else None,
        test=inspect(files.test) if files.test else None,
        samples=[read_sample(path) for path in files.samples],
        wishes=wishes,
    )
    _infer_aside.without_label_map(look)
    asked = {column for sample in look.samples for column in sample.columns}
    look.test_values = _infer_test.values_of(look.test, asked)
    look.sample_ids = _infer_test.sample_ids(look)
    _tell_files(look)
    flags = _infer_kind.one_hot(look, _infer_labels.USUAL_LABELS)
    label = None if flags else _infer_labels.label_column(look)
    look.label_columns = len(flags) or int(label is not None)
    table = columns.texts_of(look, label)
    id_column = columns.id_column(look, table, label)
    test_id = _infer_test.test_id_column(look, id_column)
    grouped = find_groups(look, table, {label, id_column, *flags})
    group = grouped.column
    split = columns.split_column(look, {label, id_column, group, *flags})
    told = {label, id_column, group, split.column if split else None, *flags}
    drop, kinds = columns.sorted_out(look, table, told, grouped, test_id)
    aside = {*told, *drop}
    features = [column for column in look.train.columns if column not in aside]
    if not features:
        raise DataError(
            f"has no feature columns beside {listed(look.train.columns)}",
            where=str(look.train.path),
            todo="name the table that has features: --train FILE",
        )
    text = columns.text_columns(look, features, kinds)
    if grouped.known is not None:
        # Of rows whose group is known it tells what the group is like.
        text = [*text, str(group)]
    infinite = columns.infinite(look, features, kinds)
    classes = ClassTable(flags) if flags else _classes(look, table, label, root)
    spec = Spec(
        root=root,
        name=_name_of(root),
        train=inside(root, files.train),
        header=look.train.header,
        classes=classes.values,
        ignore_case=classes.ignore_case,
        unlabelled=classes.unlabelled,
        id_column=id_column,
        label_column=label,
        label_columns=flags,
        drop=(*drop, *_infer_test.extra_columns(look, test_id)),
        text=tuple(text),
        numbers=tuple(kinds.numbers),
        dates=tuple(kinds.dates),
        booleans=tuple(kinds.booleans),
        missing=columns.missing(look, features, kinds) or infinite,
        infinite=infinite,
        missing_marks=tuple(kinds.marks),
        decimal=kinds.decimal,
        date_order=kinds.order,
        groups=GroupSpec(column=group, known=grouped.known) if group else None,
        split=split,
        blocks=columns.blocks(look, features) if look.train.header else (),
    )
    if look.labels is not None and label is None and not flags:
        spec = _with_label_file(look, spec, look.labels)
    if look.test is not None:
        spec = _infer_test.with_test_rows(look, spec, look.test, test_id)
    test_columns = look.test.columns if look.test is not None and look.test.header else ()
    maps = _infer_aside.label_maps(look, spec.classes)
    known = _infer_boards.Known(test_columns, look.test_values, maps)
    spec, said = _infer_boards.leaderboards(spec, look.samples, known)
    look.reasons += [Reason(*reason) for reason in said]
    if files.answers is not None and look.test is not None:
        spec = _with_answers(look, spec, inspect(files.answers))
    _infer_aside.tell(look, root)
    return Inference(spec, tuple(look.reasons))


def _classes(look: Look, table: Table, label: str | None, root: Path) -> ClassTable:
    """The classes, of the training file's column or of the file of labels."""
    if label is not None or look.labels is None:
        _infer_kind.refuse_numbers(look, look.train, str(label))
        return class_table(look, list(table.text[str(label)]), str(label), root=root)
    column = _infer_labels.label_in(look, look.labels)
    _infer_kind.refuse_numbers(look, look.labels, column)
    labels = read_table(look.labels.path, header=look.labels.header, text=ALL)
    return class_table(look, list(labels.text[column]), column, root=root)


def _tell_files(look: Look) -> None:
    for key, peek in (("train", look.train), ("labels", look.labels), ("test", look.test)):
        if peek is None:
            continue
        shape = f"{peek.rows} rows, {len(peek.columns)} columns"
        look.say(f"{key}.features" if key != "labels" else "train.labels", peek.path.name, shape)
        if peek.kind == "csv":
            key = "train.labels_header" if key == "labels" else f"{key}.header"
            look.say(key, "true" if peek.header else "false", peek.header_reason)


def _with_label_file(look: Look, spec: Spec, peek: Peek) -> Spec:
    spec = replace(spec, labels=inside(spec.root, peek.path), labels_header=peek.header)
    if len(peek.columns) == 1:
        return spec
    spec = replace(spec, labels_column=_infer_labels.label_in(look, peek))
    if spec.id_column is not None and spec.id_column in peek.columns:
        look.say("train.labels_id", spec.id_column, "both files have it")
        spec = replace(spec, labels_id_column=spec.id_column)
    return spec


def _with_answers(look: Look, spec: Spec, peek: Peek) -> Spec:
    """Answers only where they fit the test rows; a guess that doesn't is better left out."""
    if look.test is None or peek.rows != look.test.rows or len(peek.columns) > 2:
        return spec
    path, header = inside(spec.root, peek.path), peek.header
    if len(peek.columns) == 1:
        answers = AnswerSpec(path, header)
    else:
        answers = AnswerSpec(path, header, id_column=peek.columns[0], label_column=peek.columns[1])
    look.say(
        "answers.labels", peek.path.name, "named like the test rows' answers; only grade opens it"
    )
    return replace(spec, answers=answers)


def _name_of(root: Path) -> str:
    return root.resolve().name or "competition"
