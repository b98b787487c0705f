"""What a report is made of, read from an entry's files and checked before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.competition import Competition, Labels, Probabilities
from harness.entries import Entry
from harness.errors import EntryError
from harness.evaluate import metrics
from harness.report.confusion import Confusion, confusion_of
from harness.report.text import counted, plain, shown_names

# Rows with a negative fold are never held out: they always train (-1), or the competition's own
# split leaves them out altogether (-2).
LEFT_OUT = -2

Curves = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class FoldScores:
    """One fold: its number from 0, held-out rows, scores by metric, seconds where recorded."""

    number: int
    rows: int
    scores: Mapping[str, float]
    seconds: float | None


@dataclass(frozen=True, eq=False)
class Evidence:
    """An entry's numbers, earned on rows that the model hadn't seen.

    Attributes
    ----------
    name : str
        The entry's, as people may see it.
    names : tuple of str
        The classes', in class order; printable and no two alike.
    y : int64 array, shape (n,)
    oof : float64 array, shape (n, K)
        Only rows that were held out once.
    scores, prior_scores : mapping of metric name to score
        The entry's and those of the class prior, over all held-out rows together.
    history : list of mappings
        Curves of the folds that have any.
    title : str
        The competition's, where it is at hand.
    notes : tuple of str
        What the reader should know.
    """

    name: str
    path: Path
    receipt: Mapping[str, Any] = field(repr=False)
    names: tuple[str, ...]
    y: Labels = field(repr=False)
    oof: Probabilities = field(repr=False)
    confusion: Confusion = field(repr=False)
    scores: Mapping[str, float]
    prior_scores: Mapping[str, float]
    folds: tuple[FoldScores, ...]
    history: list[Curves] = field(repr=False)
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that were held out once."""
        return len(self.y)


def evidence_of(entry: Entry, competition: Competition | None = None) -> Evidence:
    """Read and check everything that a report shows.

    Parameters
    ----------
    competition : Competition, optional
        The one the entry was fitted on. Without it, class names come from the receipt.

    Raises
    ------
    EntryError
        When a file of the entry is missing, damaged or doesn't fit the others, or the entry was
        fitted on other data than the competition's.
    """
    if competition is not None and not _same(entry, competition):
        raise EntryError(
            f"was fitted on other data than {plain(competition.name)} holds now",
            where=str(entry.path),
            todo="choose its data with --data, or fit it again",
        )
    if competition is not None:
        entry.check(competition)
    y, oof, fold = _arrays(entry)
    notes = list(_texts(entry.receipt.get("notes")))
    if unscored := int((fold < 0).sum()):
        notes.append(f"{counted(unscored, 'row')} never held out: in no number of this report")
    prior_scores = _prior_scores(entry, y, fold, oof.shape[1])
    kept = fold >= 0
    y, oof, fold = y[kept], oof[kept], fold[kept]
    return Evidence(
        name=plain(entry.name),
        path=entry.path,
        receipt=entry.receipt,
        names=_class_names(entry, competition, oof.shape[1]),
        y=y,
        oof=oof,
        # Labels are judged by the probabilities that accuracy is judged by.
        confusion=confusion_of(y, entry.oof_for("accuracy")[kept]),
        scores={
            name: metrics.score(name, y, entry.oof_for(name)[kept]) for name in metrics.METRICS
        },
        prior_scores=prior_scores,
        folds=_folds(entry, y, oof, fold),
        history=_history(entry),
        title=plain(competition.title) if competition else "",
        notes=tuple(notes),
    )


def _arrays(entry: Entry) -> tuple[Labels, Probabilities, Labels]:
    """`y`, `oof` and `folds`; each row that was held out has a class and probabilities."""
    y, oof, fold = entry.y, entry.oof, entry.folds
    held_out = fold >= 0
    if not held_out.any():
        raise _damaged(entry, "folds.npy says that no row was ever held out")
    if y.min() < 0 or y.max() >= oof.shape[1]:
        raise _damaged(
            entry, f"y.npy holds classes {y.min()}..{y.max()}, oof.npy 0..{oof.shape[1] - 1}"
        )
    good = np.isfinite(oof).all(axis=1) & (oof >= 0).all(axis=1) & oof.any(axis=1)
    bad = np.flatnonzero(held_out & ~good)
    if len(bad):
        rows = counted(len(bad), "row")
        raise _damaged(entry, f"oof.npy holds {rows} without probabilities, row {bad[0] + 1} first")
    return y, oof, fold


def _damaged(entry: Entry, what: str) -> EntryError:
    return EntryError(what, where=str(entry.path), todo="delete the folder and fit it again")


def mapping(value: Any) -> Mapping[str, Any]:
    """The part of a receipt as a mapping; an empty one where it holds something else."""
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(plain(text) for text in value) if isinstance(value, list | tuple) else ()


def _same(entry: Entry, competition: Competition) -> bool:
    recorded = mapping(entry.receipt.get("competition")).get("fingerprint")
    return recorded is None or recorded == competition.fingerprint


def _class_names(entry: Entry, competition: Competition | None, k: int) -> tuple[str, ...]:
    recorded = mapping(entry.receipt.get("competition"))
    found: Any = competition.class_names if competition else None
    found = found or recorded.get("class_names") or recorded.get("classes")
    if not isinstance(found, list | tuple):
        return tuple(f"class {number}" for number in range(1, k + 1))
    if len(found) != k:
        raise EntryError(
            f"holds probabilities of {counted(k, 'class')}, its competition has {len(found)}",
            where=str(entry.path),
            todo="fit it again, or choose the data it was fitted on with --data",
        )
    return shown_names(found)


def _prior_scores(entry: Entry, y: Labels, fold: Labels, k: int) -> Mapping[str, float]:
    """The scores of the row to beat: the class shares of each fold's training part."""
    recorded = mapping(entry.receipt.get("prior_scores"))
    if all(isinstance(recorded.get(name), int | float) for name in metrics.METRICS):
        return {name: float(recorded[name]) for name in metrics.METRICS}
    # Loads all of scikit-learn, which nothing else here needs.
    from harness.evaluate.baseline import prior_probabilities

    y, fold = y[fold != LEFT_OUT], fold[fold != LEFT_OUT]
    if len(np.unique(fold)) < 2:
        raise _damaged(entry, "folds.npy leaves no row to train on")
    prior = prior_probabilities(y, fold, k)[fold >= 0]
    return {name: metrics.score(name, y[fold >= 0], prior) for name in metrics.METRICS}


def _folds(entry: Entry, y: Labels, oof: Probabilities, fold: Labels) -> tuple[FoldScores, ...]:
    recorded = entry.receipt.get("folds")
    records = [mapping(one) for one in recorded] if isinstance(recorded, list) else []
    # Receipts count folds from 1, as people do.
    seconds = {one.get("number"): one.get("seconds") for one in records}
    scores = []
    for number in np.unique(fold).tolist():
        inside = fold == number
        took = seconds.get(number + 1)
        scores.append(
            FoldScores(
                number,
                int(inside.sum()),
                {name: metrics.score(name, y[inside], oof[inside]) for name in metrics.METRICS},
                float(took) if isinstance(took, int | float) else None,
            )
        )
    return tuple(scores)


def _history(entry: Entry) -> list[Curves]:
    folds = entry.history
    for curves in folds:
        for name, values in curves.items():
            if not _numbers(values):
                raise _damaged(entry, f"history.json: {plain(name)!r} is no list of numbers")
    kept = [{name: _floats(values) for name, values in fold.items() if values} for fold in folds]
    return [curves for curves in kept if curves]


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(v is None or isinstance(v, int | float) for v in values)


def _floats(values: list[Any]) -> list[float]:
    # JSON has no NaN of its own: null is what others write for it.
    return [math.nan if value is None else float(value) for value in values]
