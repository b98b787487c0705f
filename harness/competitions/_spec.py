"""What `competition.toml` says, as frozen dataclasses: the files, before any of them is opened.

Columns are named as the header does, or ``"0"``, ``"1"``, ... where there is none. Paths are text,
relative to `Spec.root` or absolute.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BlockSpec:
    """A `[[blocks]]` table: feature columns under one name.

    Exactly one form is given: `start` and `stop` (positions among the features, half-open),
    `names` (neighbouring columns), or `first` and `last` (names, both included).
    """

    name: str
    start: int | None = None
    stop: int | None = None
    names: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class LeaderboardSpec:
    """A `[[leaderboards]]` table, as `harness.competition.Leaderboard` explains it.

    One of `label_header`, `class_headers` and `probability_header` is given, or `unwritable`.
    """

    metric: str
    name: str = ""
    id_header: str = "id"
    label_header: str | None = None
    class_headers: tuple[str, ...] = ()
    sample: str | None = None
    public: float | None = None
    ids: bool = True
    columns: tuple[str, ...] = ()
    probability_header: str | None = None
    positive: str | None = None
    top: int = 1
    separator: str = " "
    spelling: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    delimiter: str = ","
    unwritable: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns beside the ids, in class order."""
        one = self.probability_header or self.label_header
        return self.class_headers or (one or "label",)

    @property
    def written(self) -> tuple[str, ...]:
        """The file's columns in its own order."""
        return self.columns or ((self.id_header,) if self.ids else ()) + self.answers


@dataclass(frozen=True)
class GroupSpec:
    """The `[groups]` table: a column of the features, or a file, or a pattern.

    Parameters
    ----------
    column : str, optional
        Without `file`: a column of the training file. With it: the file's column of groups.
    file : str, optional
        One row for each training row, in their order or with their ids.
    header : bool
        Of `file`.
    id_column : str, optional
        The file's column of ids.
    pattern : str, optional
        A regular expression that is searched in the id; its first group, or else all that it
        matches, names the group.
    known : float, optional
        The share of the board's rows whose group is a training row's; splits leave as many of the
        held-out rows a group that the training part knows. None: all groups stay whole; 1: the
        board's rows were dealt without a look at groups, and so are folds.
    """

    column: str | None = None
    file: str | None = None
    header: bool = False
    id_column: str | None = None
    pattern: str | None = None
    known: float | None = None


@dataclass(frozen=True)
class SplitSpec:
    """The `[split]` table: the competition's own split, by a column or by list files.

    Parameters
    ----------
    column : str, optional
        A column of the training file that names each row's part.
    files : tuple of (part, path)
        Each line of a list file is the id of a row; folders and the file ending don't count.
    train : tuple of str
        The parts that always train; all others are held out.
    absent : bool
        Whether list files may name rows that aren't there; those lines are passed over.
    """

    column: str | None = None
    files: tuple[tuple[str, str], ...] = ()
    train: tuple[str, ...] = ("train",)
    absent: bool = False


@dataclass(frozen=True)
class AnswerSpec:
    """The `[answers]` table: the test rows' labels, which are public, which belong together."""

    labels: str
    header: bool = False
    id_column: str | None = None
    label_column: str | None = None
    part_column: str | None = None
    group_column: str | None = None


@dataclass(frozen=True)
class Spec:
    """A whole `competition.toml`.

    Attributes
    ----------
    ignore_case
        Whether labels that differ from a class in case or spaces alone are of it.
    unlabelled
        Cells that say that a training row has no label; such rows are left out.
    label_column, labels
        Labels stand in a column of the training file, or in a file of their own.
    label_columns
        Or in a column for each class, in their order: 1 in that of the row's label, 0 elsewhere.
    labels_id_column, labels_column
        That file's columns; without ids its rows stand in the training rows' order.
    train_ids, train_ids_header
        A file whose first column holds the training rows' ids, in their order, instead of
        `id_column`: a bare matrix has no column for them.
    test_ids, test_ids_header, test_ids_column
        A file whose first column, or this one, holds the test rows' ids. Without it they come from
        `test_id_column`; without that they are counted from `first_id`.
    keep_copies
        Whether rows of equal features are one group, beside the groups that there are.
    missing
        Whether features may have empty cells.
    infinite
        Whether infinite cells count as missing; else they are faults.
    numbers, dates, booleans
        Feature columns that are written in an odd way and become numbers (`harness.readers`'
        `Reading`).
    missing_marks
        Cells of those that hold no value.
    decimal, date_order
        ``","`` or ``"."``, ``"day-first"`` or ``"month-first"``, where their cells can't tell.
    source
        The file it was read from, for messages; "" for a built-in competition.
    notes
        What the user should know of how it was recognised.
    """

    root: Path
    name: str
    train: str
    classes: tuple[str, ...]
    title: str = ""
    class_names: tuple[str, ...] = ()
    ignore_case: bool = False
    unlabelled: tuple[str, ...] = ()
    header: bool = False
    id_column: str | None = None
    train_ids: str | None = None
    train_ids_header: bool = True
    label_column: str | None = None
    label_columns: tuple[str, ...] = ()
    labels: str | None = None
    labels_header: bool = False
    labels_id_column: str | None = None
    labels_column: str | None = None
    drop: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    missing: bool = False
    infinite: bool = False
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    missing_marks: tuple[str, ...] = ()
    decimal: str = ""
    date_order: str = ""
    groups: GroupSpec | None = None
    keep_copies: bool = False
    split: SplitSpec | None = None
    test: str | None = None
    test_header: bool = False
    test_id_column: str | None = None
    test_ids: str | None = None
    test_ids_header: bool = True
    test_ids_column: str | None = None
    first_id: int = 1
    blocks: tuple[BlockSpec, ...] = ()
    leaderboards: tuple[LeaderboardSpec, ...] = ()
    answers: AnswerSpec | None = None
    source: str = ""
    notes: tuple[str, ...] = ()

    def path(self, text: str) -> Path:
        """The file that `text` means."""
        return self.root / text
