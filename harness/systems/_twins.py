"""The two leaky originals, made as their reports made them, to stand beside the honest entries.

As in the museum: what is made here is wrong on purpose, and no number of it becomes an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from harness.atomic import write_text
from harness.competition import Competition, Probabilities
from harness.competitions._answers import read_answers
from harness.errors import DataError
from harness.evaluate import metrics
from harness.museum._exhibit import asked
from harness.museum.carried_over import carried
from harness.plans import Plan
from harness.report.confusion import Confusion, confusion_of
from harness.submission import Rule, check, decide

# The decision rule of the MLBP report: class 1 wherever no class passes 25 %.
RULE = Rule(0.25, 0)
VALIDATION = 0.2


@dataclass(frozen=True, eq=False)
class Twin:
    """What the original comes to on the same rows.

    Attributes
    ----------
    what : str
        Heads the column of its numbers.
    measures : mapping
        As `Outcome.measures`.
    folds : list of (loss, accuracy)
    confusion : Confusion, optional
        As the report drew it.
    confusion_told : str
    files : tuple of Path
    notes : tuple of str
    """

    what: str
    measures: Mapping[str, float]
    folds: list[tuple[float, float]] = field(default_factory=list)
    confusion: Confusion | None = None
    confusion_told: str = ""
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def carried_twin(ready: Plan, out: Path, seed: int) -> Twin:
    """One net carried through all folds, as the GTZAN+ report has it."""
    competition, fold = ready.competition, ready.folds[0]
    proba, y = carried(ready.pipeline, competition, fold), competition.y
    folds = []
    for number in range(int(fold.max()) + 1):
        held = fold == number
        folds.append(
            (
                metrics.score("logloss", y[held], proba[held]),
                metrics.score("accuracy", y[held], proba[held]),
            )
        )
    losses, accuracies = (np.array(column) for column in zip(*folds, strict=True))
    measures = {
        "accuracy": float(accuracies.mean()),
        "accuracy sd": float(accuracies.std()),
        "loss": float(losses.mean()),
    }
    measures |= {f"fold {k} accuracy": one for k, (_, one) in enumerate(folds, start=1)}
    confusion = confusion_of(y, proba)
    return Twin(
        "as the report did it",
        measures | {"macro-f1": confusion.averages["macro"]["f1"]},
        folds,
        confusion,
        "one net carried through the folds: wrong on purpose",
    )


def notebook_twin(ready: Plan, out: Path, seed: int) -> Twin:
    """The MLBP report's notebook: one split, a scaler fitted again on the test rows, two files."""
    competition = ready.competition
    X, y, k = np.asarray(competition.X), competition.y, competition.n_classes
    training, watched = train_test_split(
        np.arange(len(y)), test_size=VALIDATION, stratify=y, random_state=seed
    )
    scaler, net = clone(ready.pipeline[:-1]), clone(ready.pipeline[-1]).set_params(watch=0.0)
    net.fit(scaler.fit_transform(X[training], y[training]), y[training])
    of_watched = asked(net, scaler.transform(X[watched]), k)
    measures = {
        "training accuracy": net.history_["accuracy"][-1],
        "training loss": net.history_["loss"][-1],
        "validation accuracy": metrics.score("accuracy", y[watched], of_watched),
        "validation loss": metrics.score("logloss", y[watched], of_watched),
    }
    what = "as the report did it"
    if competition.X_test is None:
        note = "there are no test rows, so that its slips on them can't be shown"
        return Twin(what, measures, notes=(note,))
    # The slip: test rows are scaled by their own means, and what else learns learns from them.
    blind = np.zeros(len(competition.X_test), dtype=np.int64)
    again = clone(ready.pipeline[:-1]).fit_transform(np.asarray(competition.X_test), blind)
    if again.shape[1] != net.n_features_in_:
        # A column that is constant in one part alone: the notebook had no such step.
        again = scaler.transform(np.asarray(competition.X_test))
    test = asked(net, again, k)
    labels = decide(test, RULE)
    files, notes = _files(competition, test, labels, out)
    measures |= graded(competition, test, labels)
    rows = min(len(watched), len(labels))
    cells = np.bincount(y[watched][:rows] * k + labels[:rows], minlength=k * k)
    return Twin(
        what,
        measures,
        confusion=(matrix := Confusion(cells.reshape(k, k).astype(np.int64))),
        confusion_told="validation labels beside answers for test rows: wrong on purpose; chance "
        f"would put {by_chance(matrix):.3f} on the diagonal",
        files=files,
        notes=notes,
    )


def by_chance(confusion: Confusion) -> float:
    """The share on the diagonal of answers that have nothing to do with the labels."""
    return float(confusion.support @ confusion.predicted / confusion.rows**2)


def graded(competition: Competition, proba: Probabilities, labels: Any) -> dict[str, float]:
    """What both leaderboards give to test answers; nothing where they aren't known."""
    if competition.answers is None:
        return {}
    try:
        y = read_answers(competition)
    except DataError:
        return {}
    return {
        "leaderboard accuracy": float((labels == y).mean()),
        "leaderboard logloss": metrics.score("logloss-cells", y, proba),
    }


def _files(
    competition: Competition, proba: Probabilities, labels: Any, out: Path
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Both submissions as the report wrote them, and what a grader says to them."""
    files, notes = [], []
    for board in competition.leaderboards:
        eats_labels = metrics.metric(board.metric).eats == "labels"
        head = ",".join(board.header)
        if eats_labels:
            values = [[label] for label in competition.decode(labels)]
            lines = [f"# {head}"]
        else:
            values = [[f"{value:.4f}" for value in row] for row in proba]
            lines = [head]
        lines += [
            ",".join([name, *row]) for name, row in zip(competition.test_ids, values, strict=True)
        ]
        path = out / f"submission-{board.name}.csv"
        write_text(path, "\n".join(lines) + "\n")
        files.append(path)
        found = check(path, competition, board, "strict")
        refused = [str(fault) for fault in found if fault.refused]
        said = f"refused: {refused[0]}" if refused else "accepted"
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        notes.append(f"{path.name}, by the strict rules: {said}{more}")
    return tuple(files), tuple(notes)


TWINS: dict[str, Callable[[Plan, Path, int], Twin]] = {
    "carried": carried_twin,
    "notebook": notebook_twin,
}
