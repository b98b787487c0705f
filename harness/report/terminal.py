"""The report on a terminal: the matrix where it fits, else the classes; then the pairs in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.confusion import Confusion
from harness.report.evidence import Evidence
from harness.report.text import percent, shortened, unlike
from harness.report.words import earned, prior_line, score_rows

SHOWN_SCORES = ("accuracy", "logloss", "logloss-cells", "macro-f1")
MOST_PAIRS = 5
LONGEST_NAME = 24
# Names up to this length can head a column.
LONGEST_HEAD = 5


def show(evidence: Evidence, console: Console) -> None:
    """Print the report's numbers. Every text is plain already and is never read as markup."""
    _line(console, f"{evidence.name}: {earned(evidence)}")
    for note in evidence.notes:
        _line(console, f"note: {note}")
    console.print(_scores(evidence))
    _line(console, prior_line(evidence))
    table = matrix(evidence.confusion, evidence.names)
    fits = console.measure(table, options=console.options.update(width=100_000)).maximum
    if fits <= console.width:
        _line(
            console, "\nRows are true classes, columns predicted ones: counts, shares of the row."
        )
        console.print(table)
    else:
        console.print(classes(evidence.confusion, evidence.names))
    _line(console, "Most confused:" if evidence.confusion.pairs else "Every row is right.")
    for pair in evidence.confusion.pairs[:MOST_PAIRS]:
        _line(console, f"  {pair.sentence(evidence.names)}")


def _line(console: Console, text: str) -> None:
    # The terminal wraps; a pipe gets whole lines.
    console.print(Text(text), soft_wrap=True)


def _scores(evidence: Evidence) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("", "this entry", "class prior"):
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    for name, own, prior, _ in score_rows(evidence):
        if name in SHOWN_SCORES:
            table.add_row(Text(name), own, prior)
    return table


def matrix(confusion: Confusion, names: Sequence[str]) -> Table:
    """Counts over row shares; long names stand at the rows, and numbers for them at the columns."""
    labels = unlike([shortened(name, LONGEST_NAME) for name in names])
    short = max(map(len, labels)) <= LONGEST_HEAD
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    for number, label in enumerate(labels, start=1):
        table.add_column(Text(label if short else str(number)), justify="right", no_wrap=True)
    for true, label in enumerate(labels):
        cells = []
        for predicted, count in enumerate(confusion.counts[true].tolist()):
            style = "bold" if true == predicted else ""
            cell = Text(str(count), style=style if count else "dim")
            if count:
                share = percent(confusion.shares[true, predicted]).replace(" ", "")
                cell.append(f"\n{share}", style=style or "dim")
            cells.append(cell)
        table.add_row(Text(label if short else f"{true + 1:>2} {label}"), *cells)
    return table


def classes(confusion: Confusion, names: Sequence[str]) -> Table:
    """Precision, recall, F1 and support of each class, and their averages."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("class", overflow="fold")
    for head in ("precision", "recall", "F1", "support", "predicted"):
        table.add_column(head, justify="right", no_wrap=True)
    scores = (confusion.precision, confusion.recall, confusion.f1)
    for k, name in enumerate(names):
        counts = str(confusion.support[k]), str(confusion.predicted[k])
        table.add_row(Text(name), *(f"{score[k]:.3f}" for score in scores), *counts)
    table.add_section()
    for kind, each in confusion.averages.items():
        cells = (f"{each[score]:.3f}" for score in ("precision", "recall", "f1"))
        table.add_row(f"{kind} average", *cells, str(confusion.rows), str(confusion.rows))
    return table
