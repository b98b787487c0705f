"""Correlations as a matrix and by their distribution."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from harness.explore._axes import (
    MOST_NAMED,
    NO_VALUE,
    SIGNED_MAP,
    mark_bounds,
    name_columns,
)
from harness.explore.correlation import Correlations
from harness.explore.look import Look, Section
from harness.report import _canvas
from harness.report._canvas import BLUE, ORANGE
from harness.report.text import counted, percent


def draw_matrix(look: Look, found: Correlations, path: Path, *, title: str) -> None:
    """The correlation of each column with each other, in the columns' order."""
    columns = found.columns.tolist()
    width = len(columns)
    with _canvas.style([*look.names, title]):
        side = 7.6 if width > MOST_NAMED else float(np.clip(0.15 * width, 3.2, 8.6))
        figure, axes = _canvas.figure_of(side, side)
        axes.set_facecolor(NO_VALUE)
        shown = np.ma.masked_invalid(found.matrix)
        image = axes.imshow(shown, cmap=SIGNED_MAP, vmin=-1, vmax=1, aspect="auto")
        mark_bounds(axes, Section("", found.columns), look, both=True)
        name_columns(axes, look, columns, width=side)
        name_columns(axes, look, columns, along="y", width=side)
        axes.spines[:].set_visible(False)
        beside = figure.add_axes((1 + 0.15 / side, 0, 0.14 / side, 1))
        bar = figure.colorbar(image, cax=beside)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelsize=8)
        bar.set_label("correlation (grey: none, the column is constant)", size=8)
        axes.set_title("\n".join(textwrap.wrap(title, max(40, int(side * 12)))))
        _canvas.save(figure, path)


def draw_distribution(found: Correlations, path: Path, *, title: str) -> None:
    """How many pairs of columns have which correlation; those beyond the threshold stand out."""
    with _canvas.style([title]):
        figure = Figure(figsize=(7.5, 3.2), layout="constrained")
        axes = figure.subplots()
        edges = np.linspace(-1, 1, 81)
        values = found.values
        beyond = np.abs(values) > found.threshold
        label = f"beyond ±{found.threshold:g}: {counted(int(beyond.sum()), 'pair')}"
        label += f" ({percent(beyond.mean())})"
        within = f"within: {counted(int((~beyond).sum()), 'pair')}"
        axes.hist(
            [values[~beyond], values[beyond]],
            edges.tolist(),
            stacked=True,
            color=[BLUE, ORANGE],
            label=[within, label],
        )
        for end in (-found.threshold, found.threshold):
            axes.axvline(end, color=ORANGE, linewidth=1, linestyle="--")
        axes.set_xlim(-1, 1)
        axes.set_xlabel("correlation of two columns")
        axes.set_ylabel("pairs")
        axes.grid(axis="y")
        figure.legend(loc="outside lower left", ncols=2)
        axes.set_title("\n".join(textwrap.wrap(title, 80)))
        _canvas.save(figure, path)
