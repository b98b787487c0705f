"""Missing cells by column, and the most frequent values of text columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from harness.competition import Labels
from harness.explore._axes import head
from harness.explore.look import Numbers
from harness.explore.texts import TextColumn
from harness.report import _canvas
from harness.report._canvas import BLUE, GREY, ORANGE
from harness.report.text import counted, percent

MOST_COLUMNS = 40
MOST_TEXT_COLUMNS = 12


def draw_missing(
    names: Sequence[str], train: Numbers, test: Numbers | None, path: Path, *, title: str
) -> None:
    """The share of missing cells of each column that has any, the emptiest first.

    Parameters
    ----------
    names : sequence of str
        Of all columns.
    train, test : float64 array, shape (columns,)
        Shares; `test` is None where there are no test rows.
    """
    either = train if test is None else np.maximum(train, test)
    order = np.argsort(-either, kind="stable")
    order = order[either[order] > 0]
    shown: Labels = order[:MOST_COLUMNS]
    if len(order) > len(shown):
        title += f" (the first {len(shown)} of {len(order)})"
    labels = [names[c] for c in shown]
    with _canvas.style([*labels, title]):
        figure, axes = _canvas.figure_of(6.0, max(1.0, 0.34 * len(shown)))
        at = np.arange(len(shown))
        kinds = [("training rows", train, BLUE, 0.0, 0.7)]
        if test is not None:
            kinds = [
                ("training rows", train, BLUE, -0.19, 0.36),
                ("test rows", test, ORANGE, 0.19, 0.36),
            ]
        for kind, shares, colour, offset, height in kinds:
            axes.barh(at + offset, shares[shown], height, color=colour, label=kind)
            for row, share in enumerate(shares[shown].tolist()):
                text = f"  {percent(share)}"
                axes.text(share, row + offset, text, size=7, va="center")
        axes.set_yticks(at, labels)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(0, min(1.15, either.max() * 1.15))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel("share of missing cells")
        axes.legend(loc="lower right")
        axes.set_title("\n".join(textwrap.wrap(title, 70)))
        _canvas.save(figure, path)


def draw_texts(columns: Sequence[TextColumn], path: Path, *, title: str) -> None:
    """A panel for each text column with its most frequent values."""
    shown = columns[:MOST_TEXT_COLUMNS]
    if len(columns) > len(shown):
        title += f" (the first {len(shown)} of {counted(len(columns), 'column')})"
    texts = [text for column in shown for text in (column.name, *column.values)]
    with _canvas.style([*texts, title]):
        rows = [len(column.values) + (column.others > 0) + (column.missing > 0) for column in shown]
        ratios = [max(1, number) + 2 for number in rows]
        figure = Figure(figsize=(7.5, 0.2 * sum(ratios) + 0.6), layout="constrained")
        grid = figure.subplots(len(shown), 1, squeeze=False, height_ratios=ratios)[:, 0]
        for axes, column in zip(grid, shown, strict=True):
            labels, counts = list(column.values), list(column.counts)
            colours = [BLUE] * len(labels)
            for count, label in (
                (column.others, f"{counted(column.distinct - len(labels), 'other value')}"),
                (column.missing, "missing"),
            ):
                if count:
                    labels.append(label)
                    counts.append(count)
                    colours.append(GREY)
            at = np.arange(len(labels))
            axes.barh(at, counts, 0.75, color=colours)
            for row, count in enumerate(counts):
                axes.text(
                    count, row, f"  {count} ({percent(count / column.rows)})", size=7, va="center"
                )
            axes.set_yticks(at, labels, size=7.5)
            axes.set_ylim(len(labels) - 0.4, -0.6)
            axes.set_xlim(0, max(1, *counts, 1) * 1.25)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.tick_params(axis="y", length=0)
            axes.tick_params(axis="x", labelsize=7)
            told = f"{column.name}: {counted(column.distinct, 'value')}"
            axes.set_title("\n".join(textwrap.wrap(told, 90)), size=9, pad=3)
        head(figure, title)
        _canvas.save(figure, path)
