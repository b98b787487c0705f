"""Leaderboards from sample submissions: each is a contract, kept or said to be impossible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.competitions._class_columns import Match, match_columns
from harness.competitions._label_cells import LAST, Cells, positive_class, read_cells
from harness.competitions._rows import inside, listed
from harness.competitions._sample import Sample, id_column
from harness.competitions._spec import LeaderboardSpec, Spec

Told = tuple[str, str, str]
HOW = "the metric is in competition.toml, should the board have another"


@dataclass(frozen=True)
class Known:
    """What is known beside the samples.

    Attributes
    ----------
    columns : collection of str
        The test file's.
    ids : mapping of column to set of str
        Of those that may be ids, the values.
    label_maps : mapping of file name to mapping of class to str
        Other names of the classes, by files that list both.
    """

    columns: Collection[str] = ()
    ids: Mapping[str, frozenset[str]] | None = None
    label_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def leaderboards(
    spec: Spec, samples: Sequence[Sample], known: Known | None = None
) -> tuple[Spec, list[Told]]:
    """`spec` with a leaderboard for each sample, or the usual two without any; reasons.

    Columns of probabilities stand in the competition's class order, so a sample that has them in
    another order gives the classes theirs. A sample that can't be followed becomes a board that
    can't be written: a header of our own would only look like a submission.
    """
    boards: list[LeaderboardSpec] = []
    told: list[Told] = []
    for sample in samples:
        spec, board, said = _board(spec, sample, known or Known(), boards)
        told += said
        if any(_alike(board, other) for other in boards):
            told.append(("leaderboards", f"{sample.path.name} left out", "another has its format"))
            continue
        names = [other.name or other.metric for other in boards]
        if board.metric in names:
            board = replace(board, name=sample.path.name)
        boards.append(board)
    if not boards:
        boards = _usual(spec)
        told.append(("leaderboards", "accuracy, logloss", "no sample submission says otherwise"))
    return replace(spec, leaderboards=tuple(boards)), told


def _alike(one: LeaderboardSpec, other: LeaderboardSpec) -> bool:
    return replace(one, sample=None, name="") == replace(other, sample=None, name="")


def _board(
    spec: Spec, sample: Sample, known: Known, boards: Sequence[LeaderboardSpec]
) -> tuple[Spec, LeaderboardSpec, list[Told]]:
    """The board of one sample; of the spec, classes may have changed."""
    if not sample.header:
        return _refused(spec, sample, None, "it has no header, its first line holds data")
    ids = _ids_of(sample, spec, known)
    columns = [column for column in sample.others if column != ids]
    # What the test file has too is no answer: its cells are the sample's.
    copied = set(known.columns) - {*spec.classes, spec.label_column}
    answers = [column for column in columns if column not in copied]
    if len(answers) > 1 and spec.label_column in answers:
        # Beside the label, a column that says nothing of its row.
        idle = [c for c in answers if c != spec.label_column and _says_nothing(sample, c)]
        answers = [column for column in answers if column not in idle]
    base = LeaderboardSpec(
        "accuracy",
        id_header=ids or "",
        ids=ids is not None,
        ignored=sample.ignored,
        delimiter=sample.delimiter,
        sample=inside(spec.root, sample.path),
    )
    if not answers:
        return _refused(spec, sample, ids, "it has no column beside the ids")
    if len(answers) == 1:
        spec, board, said = _one_column(spec, sample, base, answers[0], known)
    else:
        spec, board, said = _class_columns(spec, sample, base, answers, boards)
    if board.unwritable:
        return spec, board, said
    if board.written != sample.others:
        board = replace(board, columns=sample.others)
    return spec, _as_written(board, sample), said


def _says_nothing(sample: Sample, column: str) -> bool:
    """Whether a column counts the rows, or holds the same on all of them, and no share."""
    values = sample.cells[column]
    numbers = sample.numbers(column)
    if numbers is not None and any(0 < number < 1 for number in numbers):
        return False
    numbered = [{str(first + row) for row in range(sample.rows)} for first in (0, 1)]
    return len(set(values)) == 1 or set(values) in numbered


def _as_written(board: LeaderboardSpec, sample: Sample) -> LeaderboardSpec:
    """The board's columns with the spaces around their names that the sample has."""
    of = sample.written
    if all(name == column for column, name in of.items()):
        return board
    one, share = board.label_header, board.probability_header
    return replace(
        board,
        id_header=of.get(board.id_header, board.id_header),
        label_header=of[one] if one is not None else None,
        probability_header=of[share] if share is not None else None,
        class_headers=tuple(of[column] for column in board.class_headers),
        columns=tuple(of[column] for column in board.columns),
        ignored=tuple(of[column] for column in board.ignored),
    )


def _ids_of(sample: Sample, spec: Spec, known: Known) -> str | None:
    if match_columns(sample.others, spec.classes).whole:
        return None
    return id_column(sample, known=known.columns, ids=known.ids or {})


def _one_column(
    spec: Spec, sample: Sample, base: LeaderboardSpec, column: str, known: Known
) -> tuple[Spec, LeaderboardSpec, list[Told]]:
    ids = base.id_header if base.ids else None
    cells = read_cells(sample.cells[column], spec.classes)
    why = f"one column, {column!r}, with labels"
    if cells is None:
        cells, by = _mapped(spec, sample, column, known)
        why += f" as {by} has them"
    if cells is None:
        return _probability(spec, sample, base, column)
    metric = "accuracy"
    if cells.top > 1:
        metric = f"map@{cells.top}"
        why = f"{cells.top} labels in each cell of {column!r}; {HOW}"
    if cells.spelling:
        why += f", written {listed(cells.spelling)}"
    elif len(spec.classes) == 2 and sample.numbers(column) is not None:
        why += f' (should it be a probability: probability = "{column}", positive = '
        why += f'"{positive_class(column, spec.classes)[0]}" instead of label)'
    said: list[Told] = []
    if cells.absent:
        spec, said = _with_absent(spec, (*spec.classes, *cells.absent), cells.absent, sample)
    board = replace(
        base,
        metric=metric,
        label_header=column,
        top=cells.top,
        separator=cells.separator if cells.top > 1 else " ",
        spelling=cells.spelling,
    )
    return spec, board, [*said, _told(sample, board, ids, why)]


def _mapped(spec: Spec, sample: Sample, column: str, known: Known) -> tuple[Cells | None, str]:
    """What the cells hold where they are other names of the classes, and the file that says so."""
    for name, names in known.label_maps.items():
        if set(names) == set(spec.classes) and set(sample.cells[column]) <= set(names.values()):
            return Cells(spelling=tuple(names[value] for value in spec.classes)), name
    return None, ""


def _probability(
    spec: Spec, sample: Sample, base: LeaderboardSpec, column: str
) -> tuple[Spec, LeaderboardSpec, list[Told]]:
    ids = base.id_header if base.ids else None
    numbers = sample.numbers(column)
    shown = listed(dict.fromkeys(sample.cells[column]), 3)
    if numbers is None:
        why = f"its column {column!r} holds {shown}, and the classes are {listed(spec.classes)}"
        return _refused(spec, sample, ids, why)
    if len(spec.classes) != 2:
        why = f"its column {column!r} holds numbers ({shown}) for {len(spec.classes)} classes"
        if all(number.is_integer() for number in numbers):
            return _refused(spec, sample, ids, f"{why}, {listed(spec.classes)}")
        return _refused(spec, sample, ids, f"{why}; a number to predict is regression")
    if not all(0 <= number <= 1 for number in numbers):
        why = f"its column {column!r} holds {shown}, neither labels nor probabilities"
        return _refused(spec, sample, ids, why)
    positive, why = positive_class(column, spec.classes)
    shares = any("." in cell or "e" in cell.casefold() for cell in sample.cells[column])
    if why == LAST and not shares:
        why = f"its column {column!r} holds {shown}: nobody can know which of"
        return _refused(spec, sample, ids, f"{why} {listed(spec.classes)} that is")
    board = replace(base, metric="logloss", probability_header=column, positive=positive)
    why = f"one column, {column!r}: the probability of {positive} ({why}); {HOW} (roc-auc for AUC)"
    return spec, board, [_told(sample, board, ids, why)]


def _class_columns(
    spec: Spec,
    sample: Sample,
    base: LeaderboardSpec,
    answers: Sequence[str],
    boards: Sequence[LeaderboardSpec],
) -> tuple[Spec, LeaderboardSpec, list[Told]]:
    ids = base.id_header if base.ids else None
    found = match_columns(answers, spec.classes)
    if not found.whole:
        return _refused(spec, sample, ids, _misfit(found, spec.classes))
    said: list[Told] = []
    order = tuple(found.classes[column] for column in answers)
    if order != spec.classes and not any(board.class_headers for board in boards):
        flags = dict(zip(spec.classes, spec.label_columns or spec.classes, strict=True))
        columns = tuple(flags[value] for value in order) if spec.label_columns else ()
        spec = replace(spec, classes=order, label_columns=columns)
        said = [("classes.values", listed(order, 12), f"the order of {sample.path.name}")]
    of = {value: column for column, value in found.classes.items()}
    board = replace(
        base, metric="logloss", class_headers=tuple(of[value] for value in spec.classes)
    )
    why = "a column for each class"
    spelled = [f"{c} for {v}" for v, c in of.items() if not c.endswith(v)]
    why += f"; it writes {listed(spelled)}" if spelled else ""
    return spec, board, [*said, _told(sample, board, ids, why)]


def _misfit(found: Match, classes: Sequence[str]) -> str:
    """Why columns that don't fit the classes don't."""
    if len(found.classes) < 2:
        return f"its columns {listed(found.columns)} don't fit the classes {listed(classes)}"
    told = []
    if found.lacking:
        told.append(f"it has no column for {listed(found.lacking)}, which training rows bear")
    if found.strange:
        told.append(f"its columns {listed(found.strange)} are no class of the training rows")
    return "; ".join(told)


def _with_absent(
    spec: Spec, classes: tuple[str, ...], absent: tuple[str, ...], sample: Sample
) -> tuple[Spec, list[Told]]:
    why = f"{sample.path.name} names {listed(absent)}, which no training row bears"
    return replace(spec, classes=classes), [("classes.values", listed(classes, 12), why)]


def _told(sample: Sample, board: LeaderboardSpec, ids: str | None, why: str) -> Told:
    if ids is None:
        why += "; no ids: rows stand in the test file's order"
    if idle := [c for c in sample.others if c not in (*board.answers, ids)]:
        why += f"; the cells of {listed(map(repr, idle))} are the sample's"
    if board.ignored:
        why += f"; {listed(board.ignored)} passed over: it asks for nothing"
    return ("leaderboards", f"{board.metric} ({sample.path.name})", why)


def _refused(
    spec: Spec, sample: Sample, ids: str | None, why: str
) -> tuple[Spec, LeaderboardSpec, list[Told]]:
    """A board that can't be written, with the reason that `submit` will give."""
    board = LeaderboardSpec(
        "accuracy" if len(sample.others) <= 2 else "logloss",
        id_header=ids or "id",
        sample=inside(spec.root, sample.path),
        unwritable=why,
    )
    return spec, board, [cannot(sample.path.name, why)]


def cannot(name: str, why: str) -> Told:
    """What `new` says of a board that can't be written; from then on only `submit` does."""
    return ("leaderboards", f"{name} CAN'T BE WRITTEN", f"{why}; submit will stop")


def _usual(spec: Spec) -> list[LeaderboardSpec]:
    named = spec.test_id_column if spec.test_header else None
    id_header = named or (spec.id_column if spec.header and spec.id_column else "id")
    label = spec.label_column if spec.header and spec.label_column else "label"
    whole = all(value.lstrip("-").isdigit() for value in spec.classes)
    headers = tuple(f"Class_{v}" for v in spec.classes) if whole else spec.classes
    if id_header in headers or id_header == label:
        id_header, label = "Sample_id", "Sample_label"
    return [
        LeaderboardSpec("accuracy", id_header=id_header, label_header=label),
        LeaderboardSpec("logloss", id_header=id_header, class_headers=headers),
    ]
