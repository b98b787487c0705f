"""The page: GitHub-flavoured Markdown around the figures, readable without them too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.report.evidence import Evidence
from harness.report.text import counted, markdown, percent, shortened
from harness.report.words import (
    about,
    earned,
    expectations,
    prior_line,
    score_rows,
    setting_rows,
)

MOST_PAIRS = 12
# A table wider than this is no table on a screen; the figure and the list of pairs say it.
MOST_COLUMNS = 25
LONGEST_SETTING = 160


def page(evidence: Evidence, figures: Mapping[str, str]) -> str:
    """The report as Markdown.

    Parameters
    ----------
    figures : mapping of figure to file name
        ``confusion``, ``classes``, ``per-class``, and ``curves`` where there are any; the files
        stand beside the page.
    """
    parts = (
        _head(evidence),
        _scores(evidence),
        _confusion(evidence, figures),
        _pairs(evidence),
        _classes(evidence, figures),
        _curves(evidence, figures),
        _making(evidence),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _head(evidence: Evidence) -> Iterator[str]:
    model = evidence.receipt.get("model")
    yield f"# {markdown(evidence.name)}"
    yield ""
    if competition := about(evidence):
        yield f"Competition {markdown(competition)}."
        yield ""
    yield (
        f"{f'Model {markdown(model)}: ' if model else ''}"
        f"accuracy **{evidence.confusion.accuracy:.4f}**, "
        f"log-loss **{evidence.scores['logloss']:.4f}** ({earned(evidence)})."
    )
    yield ""
    for note in evidence.notes:
        yield f"- Note: {markdown(note)}"
    if evidence.notes:
        yield ""


def _scores(evidence: Evidence) -> Iterator[str]:
    yield "## Scores"
    yield ""
    yield (
        "Each row's probabilities come from a model that was fitted on the other folds, together "
        "with everything else that learns from data (scaler, reducer, sampler). The row to beat is "
        "the class prior: the class shares of each fold's training part, the same for every row."
    )
    yield ""
    rows = [tuple(markdown(cell) for cell in row) for row in score_rows(evidence)]
    yield from _table(("metric", "this entry", "class prior", "better is"), rows, "lrrl")
    yield prior_line(evidence)
    yield ""
    if sentences := [markdown(sentence) for sentence in expectations(evidence)]:
        yield from (f"- {sentence}" for sentence in sentences)
        yield ""
    yield "Each fold's held-out rows:"
    yield ""
    for fold in evidence.folds:
        took = "" if fold.seconds is None else f" - {fold.seconds:.1f} s"
        yield (
            f"- Fold {fold.number + 1} - Loss {fold.scores['logloss']:.4f} - "
            f"Accuracy {fold.scores['accuracy']:.4f} - {counted(fold.rows, 'row')}{took}"
        )
    yield ""


def _confusion(evidence: Evidence, figures: Mapping[str, str]) -> Iterator[str]:
    yield "## Confusion matrix"
    yield ""
    yield "Rows are true classes, columns predicted ones. A cell holds its count and row share."
    yield ""
    yield f"![Confusion matrix, counts and row shares]({figures['confusion']})"
    yield ""
    confusion, names = evidence.confusion, [markdown(name) for name in evidence.names]
    if confusion.n_classes > MOST_COLUMNS:
        return
    yield "<details><summary>The counts as a table</summary>"
    yield ""
    rows = [(name, *counts) for name, counts in zip(names, confusion.counts.tolist(), strict=True)]
    yield from _table(("true, predicted:", *names), rows, "l" + "r" * len(names))
    yield "</details>"
    yield ""


def _pairs(evidence: Evidence) -> Iterator[str]:
    yield "## Most confused"
    yield ""
    pairs = evidence.confusion.pairs
    if not pairs:
        yield "Every row was predicted right."
        yield ""
        return
    wrong = sum(pair.count for pair in pairs)
    for pair in pairs[:MOST_PAIRS]:
        of_all = f"{percent(pair.count / wrong)} of all mistakes"
        yield f"- {markdown(f'{pair.sentence(evidence.names)}; {of_all}')}"
    if len(pairs) > MOST_PAIRS:
        rest = sum(pair.count for pair in pairs[MOST_PAIRS:])
        yield f"- {counted(rest, 'row')} in {counted(len(pairs) - MOST_PAIRS, 'other pair')}"
    yield ""


def _classes(evidence: Evidence, figures: Mapping[str, str]) -> Iterator[str]:
    yield "## Classes"
    yield ""
    confusion, names = evidence.confusion, evidence.names
    rows: list[tuple[object, ...]] = []
    for k, name in enumerate(names):
        lost = confusion.mostly_taken_for(k)
        taken = f"{names[lost.predicted]} ({percent(lost.share)})" if lost else ""
        scores = (
            f"{each[k]:.3f}" for each in (confusion.precision, confusion.recall, confusion.f1)
        )
        counts = confusion.support[k], confusion.predicted[k]
        rows.append((markdown(name), *scores, *counts, markdown(taken)))
    for kind, means in confusion.averages.items():
        cells = (f"{means[name]:.3f}" for name in ("precision", "recall", "f1"))
        rows.append((f"*{kind} average*", *cells, confusion.rows, confusion.rows, ""))
    heads = ("class", "precision", "recall", "F1", "support", "predicted", "mostly taken for")
    yield from _table(heads, rows, "lrrrrrl")
    if never := [markdown(n) for n, p in zip(names, confusion.predicted, strict=True) if not p]:
        yield f"Never predicted, so that precision counts as 0: {', '.join(never)}."
        yield ""
    yield f"![Precision, recall and F1 of each class]({figures['per-class']})"
    yield ""
    yield (
        "Where the bars below differ but the mark agrees with the true rows, the probabilities "
        "know how frequent a class is, and taking the most probable class hides it."
    )
    yield ""
    yield f"![True and predicted rows of each class]({figures['classes']})"
    yield ""


def _curves(evidence: Evidence, figures: Mapping[str, str]) -> Iterator[str]:
    if "curves" not in figures:
        return
    yield "## Training"
    yield ""
    watched = any(name.startswith("val_") for fold in evidence.history for name in fold)
    on = " `val_` curves are on rows taken from the fold's training part." if watched else ""
    yield (
        "A faint line for each fold and their mean, which ends where the first fold stopped. "
        f"Training curves look better than the scores above: the model has seen these rows.{on}"
    )
    yield ""
    yield f"![Training curves]({figures['curves']})"
    yield ""


def _making(evidence: Evidence) -> Iterator[str]:
    rows = [
        (markdown(name), markdown(shortened(value, LONGEST_SETTING)))
        for name, value in setting_rows(evidence.receipt)
    ]
    if not rows:
        return
    yield "## How it was made"
    yield ""
    yield from _table(("setting", "value"), rows, "ll")


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], align: str) -> Iterator[str]:
    """A pipe table; every cell must be escaped already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if side == 'r' else '---' for side in align)}|"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""
