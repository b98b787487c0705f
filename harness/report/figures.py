"""The figures of a report: each function takes data and a path, and writes one PNG.

Cells and bars have a fixed size in inches and figures grow with the number of classes, so that
text stays readable instead of shrinking. Colour never carries a meaning alone.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from harness.competition import Probabilities
from harness.report import _canvas
from harness.report._canvas import BLUE, GREEN, INK, ORANGE
from harness.report.confusion import Confusion
from harness.report.evidence import Curves
from harness.report.text import counted, percent

# One hue from light to dark: read by its lightness alone, on paper too.
SHARES_MAP = "Blues"
# Beyond this many classes a cell has no room for numbers.
MOST_CLASSES_WITH_NUMBERS = 60
VALIDATION = "val_"


def draw_confusion(
    confusion: Confusion, names: Sequence[str], path: Path, *, title: str, note: str = ""
) -> None:
    """The confusion matrix: counts and row shares in each cell, colour by row share.

    Parameters
    ----------
    names : sequence of str, length K
    path : Path
        Where the PNG goes; replaced whole.
    title, note : str
        First line and the line under it.
    """
    labels = _canvas.labels_of(names)
    with _canvas.style([*labels, title, note]):
        k = confusion.n_classes
        width, height, points = _cell_size(confusion)
        figure, axes = _canvas.figure_of(k * width, k * height)
        cells = _shade(axes, confusion)
        if k <= MOST_CLASSES_WITH_NUMBERS:
            _write_cells(axes, confusion, points)
        support = zip(labels, confusion.support, strict=True)
        rows = [label if n else f"{label} (no rows)" for label, n in support]
        _name_both_axes(axes, rows, labels, width, min(9.5, points + 0.5))
        wide = max(44, int(k * width / _canvas.inches("x", 10)))
        axes.set_title("\n".join([*textwrap.wrap(title, wide), *textwrap.wrap(note, wide)]))
        _add_colour_bar(figure, cells, k * width)
        _canvas.save(figure, path)


def _cell_size(confusion: Confusion) -> tuple[float, float, float]:
    """A cell's width and height in inches, and the size of its count in points."""
    k = confusion.n_classes
    if k > MOST_CLASSES_WITH_NUMBERS:
        return 0.16, 0.16, 6.5
    points, height = (10.0, 0.56) if k <= 12 else (8.5, 0.46) if k <= 25 else (7.0, 0.38)
    longest = max(len(str(confusion.counts.max())), len(">99 %"))
    width = max(height * 1.2, longest * 0.64 * points / 72 + 0.12)
    return max(width, 3.2 / k), max(height, 1.6 / k), points


def _shade(axes: Axes, confusion: Confusion) -> QuadMesh:
    edges = np.arange(confusion.n_classes + 1) - 0.5
    cells = axes.pcolormesh(
        edges, edges, confusion.shares, cmap=SHARES_MAP, vmin=0, vmax=1, edgecolor="white"
    )
    axes.invert_yaxis()
    return cells


def _write_cells(axes: Axes, confusion: Confusion, points: float) -> None:
    shades = colormaps[SHARES_MAP](confusion.shares)
    for true, predicted in np.argwhere(confusion.counts):
        count, share = confusion.counts[true, predicted], confusion.shares[true, predicted]
        colour = _readable_on(shades[true, predicted])
        # Inside its cell by construction: not measured again when room is made for the labels.
        at: dict[str, Any] = {"color": colour, "ha": "center", "in_layout": False}
        axes.text(predicted, true - 0.02, f"{count}", size=points, va="bottom", **at)
        axes.text(predicted, true + 0.06, percent(share), size=points - 2, va="top", **at)
    # Empty cells stay quiet, so that the others stand out.
    for true, predicted in np.argwhere(confusion.counts == 0):
        at = {"color": "#b5b5b5", "ha": "center", "va": "center", "in_layout": False}
        axes.text(predicted, true, "0", size=points - 2, **at)


def _readable_on(background: Sequence[float]) -> str:
    """Black or white, whichever has more contrast (W3C's relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def _name_both_axes(
    axes: Axes, rows: Sequence[str], labels: Sequence[str], width: float, points: float
) -> None:
    positions = range(len(labels))
    axes.set_yticks(positions, rows, size=points)
    fits = all(_canvas.inches(label, points) < 0.95 * width for label in labels)
    turned: dict[str, Any] = (
        {} if fits else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    )
    axes.set_xticks(positions, labels, size=points, **turned)
    axes.set_ylabel("true class", labelpad=8)
    axes.set_xlabel("predicted class", labelpad=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _add_colour_bar(figure: Figure, cells: QuadMesh, width: float) -> None:
    inch = 1 / width
    beside = figure.add_axes((1 + 0.15 * inch, 0, 0.14 * inch, 1))
    bar = figure.colorbar(cells, cax=beside, format=PercentFormatter(1))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=8)
    bar.set_label("share of the true class's rows", size=8)


def draw_classes(
    confusion: Confusion, proba: Probabilities, names: Sequence[str], path: Path, *, title: str
) -> None:
    """True and predicted rows per class, with counts and shares, and the sum of probabilities.

    Where bars differ but the marks agree, the probabilities know the class's share and taking the
    most probable class hides it.
    """
    labels = _canvas.labels_of(names)
    believed = proba.sum(axis=0) * (confusion.rows / proba.sum())
    with _canvas.style([*labels, title]):
        k = confusion.n_classes
        step = 0.44 if k <= 25 else 0.36
        figure, axes = _canvas.figure_of(5.2, max(1.2, step * k))
        at = np.arange(k)
        ends = np.maximum.reduce([confusion.support, confusion.predicted, believed])
        handles: list[Any] = []
        for kind, counts, colour, offset in (
            ("true", confusion.support, BLUE, -0.2),
            ("predicted", confusion.predicted, ORANGE, 0.2),
        ):
            handles.append(axes.barh(at + offset, counts, 0.38, color=colour, label=kind))
            for row, count in enumerate(counts):
                text = f"  {count} ({percent(count / confusion.rows)})"
                axes.text(ends[row], row + offset, text, size=7.5 if k <= 25 else 6.5, va="center")
        handles += axes.plot(
            believed,
            at,
            "D",
            ms=4,
            mfc="white",
            mec=INK,
            clip_on=False,
            label="sum of probabilities",
        )
        axes.set_xlim(0, ends.max() * 1.22)
        axes.set_xlabel(f"rows of {confusion.rows}")
        _list_classes(axes, labels, title)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        _legend_below(axes, figure, handles)
        _canvas.save(figure, path)


def draw_class_scores(
    confusion: Confusion, names: Sequence[str], path: Path, *, title: str
) -> None:
    """Precision, recall and F1 of each class, as marks on one line per class."""
    support = [counted(int(n), "row") for n in confusion.support]
    labels = [f"{n}  ({s})" for n, s in zip(_canvas.labels_of(names), support, strict=True)]
    with _canvas.style([*labels, title]):
        k = confusion.n_classes
        figure, axes = _canvas.figure_of(5.2, max(1.0, 0.32 * k))
        at = np.arange(k)
        low, high = (f(confusion.precision, confusion.recall) for f in (np.minimum, np.maximum))
        axes.hlines(at, low, high, color="#c4c4c4", linewidth=1.5)
        axes.plot(confusion.precision, at, "o", ms=6, color=ORANGE, label="precision")
        axes.plot(confusion.recall, at, "s", ms=5.5, color=BLUE, label="recall")
        axes.plot(confusion.f1, at, "|", ms=11, mew=2, color=INK, label="F1")
        macro = confusion.averages["macro"]["f1"]
        axes.axvline(macro, color=GREEN, linestyle="--", linewidth=1, label=f"macro F1 {macro:.3f}")
        axes.set_xlim(-0.02, 1.02)
        _list_classes(axes, labels, title)
        _legend_below(axes, figure, axes.get_legend_handles_labels()[0])
        _canvas.save(figure, path)


def _list_classes(axes: Axes, labels: Sequence[str], title: str) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_title("\n".join(textwrap.wrap(title, 64)))


def _legend_below(axes: Axes, figure: Figure, handles: Sequence[Any]) -> None:
    below = 0, -0.5 / figure.get_size_inches()[1]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=below, ncols=4, borderaxespad=0)


def draw_curves(history: Sequence[Curves], path: Path, *, title: str) -> None:
    """Training curves by epoch: a faint line per fold, and their mean.

    The mean ends where the first fold stopped: beyond it would be the mean of other folds.

    Parameters
    ----------
    history : sequence of mappings, one per fold
        Curve name to values per epoch. ``val_NAME`` is drawn in the panel of ``NAME``.
    """
    seen = dict.fromkeys(name for fold in history for name in fold)
    panels = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in seen))
    columns = min(3, len(panels))
    lines = math.ceil(len(panels) / columns)
    with _canvas.style([*seen, title]):
        figure = Figure(figsize=(4.4 * columns, 3.2 * lines), layout="constrained")
        grid = figure.subplots(lines, columns, squeeze=False).flat
        # The grid stands last: `zip` would take one of it that it doesn't hand out.
        for panel, axes in zip(panels, grid, strict=False):
            for name, colour in ((panel, BLUE), (VALIDATION + panel, ORANGE)):
                _draw_curve(axes, [fold[name] for fold in history if name in fold], name, colour)
            axes.set_xlabel("epoch")
            axes.set_ylabel(panel)
            longest = max(len(values) for fold in history for values in fold.values())
            axes.set_xlim(1 - max(0.2, 0.02 * longest), longest + max(0.2, 0.02 * longest))
            axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
            axes.grid(visible=True)
            axes.legend()
        for axes in list(grid):
            axes.set_visible(False)
        figure.suptitle("\n".join(textwrap.wrap(title, 60 * columns)), x=0.01, ha="left", size=10)
        _canvas.save(figure, path)


def _draw_curve(axes: Axes, folds: Sequence[Sequence[float]], name: str, colour: str) -> None:
    if not folds:
        return
    shortest = min(len(values) for values in folds)
    for values in folds:
        epochs = np.arange(1, len(values) + 1)
        axes.plot(epochs, values, color=colour, alpha=0.3, linewidth=0.8)
        if len(values) > shortest or shortest == 1:
            axes.plot(epochs[-1], values[-1], ".", color=colour, alpha=0.5, ms=4)
    mean = np.mean([values[:shortest] for values in folds], axis=0)
    label = f"{name}, mean of {counted(len(folds), 'fold')}"
    mark = "o" if shortest == 1 else ""
    axes.plot(np.arange(1, shortest + 1), mean, mark + "-", color=colour, linewidth=2, label=label)
