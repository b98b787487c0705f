"""The files of a folder as they look, and the reasons of what was inferred from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.competitions._infer_files import Files
from harness.competitions._sample import Sample
from harness.errors import FaultsError
from harness.readers import ALL, Peek, read_table


@dataclass(frozen=True)
class Reason:
    """Something inferred: which key of `competition.toml`, what it became, and why."""

    key: str
    what: str
    why: str


@dataclass(frozen=True)
class Wishes:
    """What the user says instead of a guess."""

    label: str | None = None
    id: str | None = None
    groups: str | None = None
    ignore_case: bool | None = None


@dataclass
class Look:
    """The files as they look, and what has been inferred so far.

    Attributes
    ----------
    test_values : mapping of column to set of str
        Of the test file's columns that may be ids, the values.
    sample_ids : mapping of path to str or None
        Each sample submission's column of ids.
    label_columns : int
        How many columns of the training file hold the labels.
    """

    files: Files
    train: Peek
    labels: Peek | None
    test: Peek | None
    samples: list[Sample]
    wishes: Wishes
    reasons: list[Reason] = field(default_factory=list)
    test_values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sample_ids: Mapping[Path, str | None] = field(default_factory=dict)
    label_columns: int = 0

    def say(self, key: str, what: str, why: str) -> None:
        """Note a guess."""
        self.reasons.append(Reason(key, what, why))

    @property
    def where(self) -> str:
        """The training file, for messages."""
        return str(self.train.path)


def texts(peek: Peek, columns: Collection[str]) -> dict[str, list[str]]:
    """Some columns' cells as the file writes them, without spaces around them."""
    wanted = [c for c in peek.columns if c in columns or peek.kinds[c] == "text"]
    try:
        table = read_table(peek.path, header=peek.header, text=wanted)
    except FaultsError:
        # Odd cells in other columns are told where those are read.
        table = read_table(peek.path, header=peek.header, text=ALL)
    return {c: [str(value).strip() for value in table.text[c]] for c in columns}
