"""What a report's system is: its figures, its data, its models' settings; no code of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.registry import Files

Effort = Literal["small", "full"]
EFFORTS = {
    "small": "fewer rows, fewer epochs and smaller images: some minutes at most",
    "full": "all rows and the report's own settings: minutes to hours",
}
SYSTEMS = Files("system", "harness.systems")


@dataclass(frozen=True)
class Figure:
    """A number that a report prints.

    Attributes
    ----------
    measure : str
        What is measured, as `harness.systems._measures` names it.
    value : float
    run : str
        Of which model; "" where the system has one.
    high : float, optional
        The upper end, where the report gives a range.
    sd : float, optional
    told : str
        Where in the report it stands, where that matters.
    """

    measure: str
    value: float
    run: str = ""
    high: float | None = None
    sd: float | None = None
    told: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows that some of the models learn from.

    Attributes
    ----------
    name : str
        Of the folder that they get.
    features : tuple of str
        The feature sets that are computed of audio.
    takes : "table", "image" or "sequence"
        What a competition must offer to be taken as it is.
    columns : str
        A pattern: of a table's columns, those that match are kept, where any do.
    settings : mapping
        Of the feature sets, where they aren't the usual ones.
    small : mapping
        The same at small effort.
    """

    name: str
    features: tuple[str, ...]
    takes: Literal["table", "image", "sequence"] = "table"
    columns: str = ""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    small: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Music:
    """Made music that stands in for a collection.

    Attributes
    ----------
    genres : int
    songs : mapping of effort to the songs of each genre
    seconds : mapping of effort to the songs' length
    split : bool
        Whether it brings a split of its own: training, validation and test.
    """

    genres: int
    songs: Mapping[Effort, int]
    seconds: Mapping[Effort, float]
    split: bool = False


@dataclass(frozen=True)
class World:
    """The demo world that stands in for the 2018 MLBP competition."""

    train_rows: Mapping[Effort, int]
    test_rows: Mapping[Effort, int]


@dataclass(frozen=True)
class Run:
    """A model of a report, as an ordinary fit.

    Attributes
    ----------
    name : str
        What tables call it; the entry's name.
    model, preset : str
        A member of the zoo and its settings of this report; "" where the defaults are meant.
    rows : str
        Name of the `Rows` it learns from.
    settings : mapping
        What differs from the preset always.
    small : mapping
        What differs at small effort.
    unpretrained : mapping
        What differs where pretrained weights aren't at hand.
    split, small_split : str
        As ``--split``; "" keeps groups whole where there are any. `small_split` goes before at
        small effort, where it is given.
    own_split : bool
        Whether the data's own split goes before, where they have one.
    cv : int
        Folds.
    """

    name: str
    model: str
    rows: str
    preset: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)
    unpretrained: Mapping[str, Any] = field(default_factory=dict)
    split: str = ""
    small_split: str = ""
    own_split: bool = False
    cv: int = 5


@dataclass(frozen=True)
class System:
    """A report's system.

    Attributes
    ----------
    title : str
    data : str
        The report's own data, in a sentence.
    figures : tuple of Figure
    rows : tuple of Rows
    runs : tuple of Run
    stand_in : Music or World
    source : str
        What the report is.
    seed : int
        The report's, where it tells one.
    twin : str
        Which leaky original stands beside the honest entry; "" for none.
    explored : str
        The `Rows` that are drawn before anything is fitted; "" for none.
    predicts : bool
        Whether audio that no model has seen is predicted at the end.
    why : tuple of str
        Why our figures differ from the report's, whatever the data.
    on_stand_in : str
        What the stand-in can't show.
    """

    title: str
    data: str
    figures: tuple[Figure, ...]
    rows: tuple[Rows, ...]
    runs: tuple[Run, ...]
    stand_in: Music | World
    source: str
    seed: int = 0
    twin: str = ""
    explored: str = ""
    predicts: bool = False
    why: Sequence[str] = ()
    on_stand_in: str = ""

    def rows_called(self, name: str) -> Rows:
        """The `Rows` of that name."""
        return next(one for one in self.rows if one.name == name)
