"""Which column holds the labels, of the training file or of a file of labels."""

from __future__ import annotations

from harness.competitions._class_columns import KNOWN_SHARE, match_columns
from harness.competitions._infer_look import Look
from harness.competitions._rows import listed, must_have
from harness.competitions._sample import USUAL_IDS
from harness.errors import DataError
from harness.readers import Peek

USUAL_LABELS = ("label", "target", "class", "genre", "y", "labels", "category")


def label_column(look: Look) -> str | None:
    """The training file's column of labels; None where they have a file of their own."""
    train, wished = look.train, look.wishes.label
    if wished is not None:
        if look.labels is not None and wished not in train.columns:
            must_have(look.labels.columns, [wished], where=str(look.labels.path))
            return None
        must_have(train.columns, [wished], where=look.where)
        look.say("train.label", wished, "you said so")
        return wished
    if look.labels is not None:
        return None
    for answers in _asked(look):
        if train.header and len(answers) == 1 and answers[0] in train.columns:
            look.say("train.label", answers[0], "the sample submission asks for it")
            return answers[0]
    return _named_by_columns(look) or _missing_in_test(look) or _usual_label(look)


def _asked(look: Look) -> list[list[str]]:
    """The columns beside the ids that each sample submission asks for."""
    return [
        [column for column in sample.others if column != look.sample_ids.get(sample.path)]
        for sample in look.samples
        if sample.header
    ]


def _named_by_columns(look: Look) -> str | None:
    """The column whose values are the names of a sample submission's columns."""
    train, test = look.train, look.test
    known = set(test.columns) if test is not None and test.header else set()
    for answers in _asked(look):
        if len(answers) < 2:
            continue
        for column in train.columns if train.header else ():
            values = train.distinct.get(column, ())
            if column in known or len(values) < 2:
                continue
            found = match_columns(answers, values)
            if len(found.classes) >= KNOWN_SHARE * len(answers) and not found.lacking:
                look.say("train.label", column, "its values are the sample submission's columns")
                return column
    return None


def _missing_in_test(look: Look) -> str | None:
    train, test = look.train, look.test
    if test is None:
        return None
    if train.header and test.header:
        there = set(test.columns)
        alone = [column for column in train.columns if column not in there]
        usual = [column for column in alone if column.lower() in USUAL_LABELS]
        if len(alone) == 1 or len(usual) == 1:
            found = usual[0] if len(usual) == 1 else alone[0]
            look.say("train.label", found, "the test file lacks it")
            return found
    elif len(train.columns) == len(test.columns) + 1:
        # Nameless columns: the label stands at one end, where there are few values.
        for column in (train.columns[-1], train.columns[0]):
            if column in train.distinct:
                why = "the test file has a column less; this one has few values"
                look.say("train.label", column, why)
                return column
    return None


def _usual_label(look: Look) -> str:
    train = look.train
    for usual in USUAL_LABELS:
        for column in train.columns:
            if column.lower() == usual:
                look.say("train.label", column, "a usual name for labels")
                return column
    likely = [c for c in train.columns if c in train.distinct and train.kinds[c] != "number"]
    some = f"; columns with few values: {listed(likely)}" if likely and train.header else ""
    raise DataError(
        f"no column looks like the labels, and no file of labels lies beside it{some}",
        where=look.where,
        todo="name the column: --label COLUMN, or the file: --labels FILE",
    )


def label_in(look: Look, peek: Peek) -> str:
    """The label file's column of labels."""
    if look.wishes.label in peek.columns:
        return str(look.wishes.label)
    if len(peek.columns) == 1:
        return peek.columns[0]
    usual = [column for column in peek.columns if column.lower() in USUAL_LABELS]
    ids = {c for c in peek.columns if c in look.train.columns or USUAL_IDS.search(c)}
    others = [column for column in peek.columns if column not in ids]
    for found in (usual, others):
        if len(found) == 1:
            return found[0]
    raise DataError(
        f"can't tell which column holds the labels: {listed(peek.columns)}",
        where=str(peek.path),
        todo="name it: --label COLUMN",
    )
