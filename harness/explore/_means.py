"""Each class's mean and spread in every column, as an image; a block that is a matrix as one too.

All values are standardised: 0 is the mean of all rows, 1 their deviation.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.explore._axes import (
    GRID_COLUMNS,
    NO_VALUE,
    SIGNED_MAP,
    WIDTH,
    head,
    mark_bounds,
    name_columns,
    names_height,
)
from harness.explore.look import Look, Numbers, Section
from harness.report import _canvas
from harness.report.text import counted

SPREAD_MAP = "PuOr_r"


def class_means(look: Look) -> tuple[Numbers, Numbers]:
    """Mean and deviation of the standardised cells of each class, both of shape (K, d).

    NaN where a class has no cell in a column or the column is constant; the deviation of a single
    row is 0.
    """
    k = look.competition.n_classes
    means = np.full((k, len(look.columns)), np.nan)
    spreads = means.copy()
    for c in np.unique(look.y):
        inside = look.scaled[look.y == c]
        filled = ~np.isnan(inside).all(axis=0) & ~look.constant
        means[c, filled] = np.nanmean(inside[:, filled], axis=0)
        spreads[c, filled] = np.nanstd(inside[:, filled], axis=0)
    return means, spreads


def draw_means(look: Look, section: Section, path: Path, *, title: str) -> None:
    """Two images, classes by columns: the classes' means, and their spread around them."""
    columns = section.columns
    means, spreads = (values[:, columns] for values in class_means(look))
    k = len(look.classes)
    with _canvas.style([*look.classes, *look.names, title]):
        # For the columns, between the classes' names and the colours.
        room = WIDTH - 0.8 - max(_canvas.inches(name, 8) for name in look.classes)
        row = 0.24 if k <= 12 else 0.18
        height = 2 * max(0.7, row * k) + names_height(look, columns.tolist(), width=room) + 1.6
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True)
        limit = _limit(means)
        shown = (
            (upper, means, SIGNED_MAP, -limit, limit, "mean of the class"),
            (lower, spreads, SPREAD_MAP, 0, 2, "spread within the class (1: as all rows)"),
        )
        for axes, values, colours, low, high, told in shown:
            _image(axes, values, colours, low, high)
            axes.set_yticks(range(k), look.classes, size=8 if k <= 12 else 7)
            axes.set_title(told, size=9)
            mark_bounds(axes, section, look)
            _colours(figure, [axes], share=0.03)
        name_columns(lower, look, columns.tolist(), width=room)
        upper.tick_params(axis="x", labelbottom=False, length=0)
        upper.set_xlabel("")
        head(figure, title)
        _canvas.save(figure, path)


def draw_grids(look: Look, section: Section, path: Path, *, title: str) -> None:
    """The class means of a block that is a matrix, each as an image of that matrix."""
    shape = section.shape or (1, len(section.columns))
    means = class_means(look)[0][:, section.columns]
    limit = _limit(means)
    lines, wide = shape
    most = GRID_COLUMNS if wide >= lines else 2 * GRID_COLUMNS
    across = min(most, len(look.classes))
    down = math.ceil(len(look.classes) / across)
    width = WIDTH / most
    height = min(2.4, max(0.7, width * lines / wide))
    letters = int(width / _canvas.inches("x", 7.5))
    with _canvas.style([*look.classes, title]):
        size = (max(4.0, width * across), (height + 0.55) * down + 0.9)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(down, across, squeeze=False).flat
        told = zip(look.classes, means, look.counts.tolist(), strict=True)
        # The panels come last: `zip` would take one more than it hands out.
        for (name, values, count), axes in zip(told, panels, strict=False):
            _image(axes, values.reshape(shape), SIGNED_MAP, -limit, limit)
            axes.set_xticks([])
            axes.set_yticks([])
            over = [*textwrap.wrap(name, letters), counted(count, "row")]
            axes.set_title("\n".join(over), size=7.5, pad=3)
        for axes in list(panels):
            axes.set_visible(False)
        _colours(figure, figure.axes, share=0.02)
        head(figure, title)
        _canvas.save(figure, path)


def _colours(figure: Figure, panels: Sequence[Axes], *, share: float) -> None:
    """What the colours of the panels' images mean, on that share of the width."""
    image = panels[0].images[0]
    bar = figure.colorbar(image, ax=panels, extend="both", fraction=share, pad=0.01)
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_visible(False)


def _image(axes: Axes, values: Numbers, colours: str, low: float, high: float) -> AxesImage:
    axes.set_facecolor(NO_VALUE)
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", length=0)
    shown = np.ma.masked_invalid(values)
    # Of more columns than dots some are left out: a mean of neighbours would blur the classes too.
    return axes.imshow(
        shown, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest"
    )


def _limit(means: Numbers) -> float:
    """Where colours end: a few extreme means must not bleach the others."""
    sizes = np.abs(means[np.isfinite(means)])
    return float(np.clip(np.quantile(sizes, 0.98), 0.3, 3)) if len(sizes) else 1.0
