"""Rows as lines over the columns: some of them, in front of the span of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.explore._axes import (
    WIDTH,
    class_style,
    deviations_scale,
    head,
    mark_bounds,
    name_columns,
    name_sections,
    names_height,
    wide_scale,
)
from harness.explore.look import Look, Numbers, Section
from harness.report import _canvas
from harness.report.text import counted

LINES = 6
# For the columns, beside the axis of values.
ROOM = WIDTH - 0.6
MOST_SECTIONS = 12
# Beyond this many columns points on a line can't be told apart.
MOST_POINTS = 60
THIN_BEYOND = 500


def draw_rows(look: Look, path: Path, *, title: str, scaled: bool = False, seed: int = 0) -> None:
    """A panel for the whole rows and one for each block, every panel with its own scale.

    Parameters
    ----------
    scaled : bool
        Whether to draw the standardised cells or the raw ones.
    seed : int
        Which rows are drawn as lines.
    """
    values = look.scaled if scaled else look.raw
    unit = "deviations from the mean" if scaled else "value"
    rescale = deviations_scale if scaled else wide_scale
    sections = [look.whole, *look.sections[:MOST_SECTIONS]]
    chosen = _chosen(look, seed)
    legend = [f"row {look.rows[n] + 1}: {look.classes[look.y[n]]}" for n in chosen]
    with _canvas.style([*legend, *look.names, *(s.name for s in sections), title]):
        below = [names_height(look, s.columns.tolist(), width=ROOM) for s in sections]
        height = 2.4 * len(sections) + sum(below) + 0.9
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        grid = figure.subplots(len(sections), 1, squeeze=False)[:, 0]
        name_sections(grid[0], look)
        for axes, section in zip(grid, sections, strict=True):
            _draw_section(axes, look, section, values, chosen, legend)
            wide = rescale(axes, values[:, section.columns])
            axes.set_ylabel(unit, size=8)
            axes.set_title(_head(section, wide))
        handles, texts = grid[0].get_legend_handles_labels()
        columns = 2 if max(map(len, texts)) > 36 else 4
        figure.legend(handles, texts, loc="outside lower left", ncols=columns)
        head(figure, title)
        _canvas.save(figure, path)


def _head(section: Section, wide: bool) -> str:
    shape = f", {section.shape[0]} x {section.shape[1]}" if section.shape else ""
    scale = " (linear around 0, logarithmic beyond)" if wide else ""
    return f"{section.name}: {counted(len(section.columns), 'column')}{shape}{scale}"


def _chosen(look: Look, seed: int) -> list[int]:
    """A row of each of the most frequent classes, by chance; more of one where they are few."""
    rng = np.random.default_rng(seed)
    order = np.argsort(-look.counts, kind="stable")
    queues = [rng.permutation(np.flatnonzero(look.y == k)).tolist() for k in order]
    chosen: list[int] = []
    while (left := [queue for queue in queues if queue]) and len(chosen) < LINES:
        chosen += [queue.pop() for queue in left[: LINES - len(chosen)]]
    return chosen


def _draw_section(
    axes: Axes,
    look: Look,
    section: Section,
    values: Numbers,
    chosen: list[int],
    legend: list[str],
) -> None:
    at = np.arange(len(section.columns))
    inside = values[:, section.columns]
    few = len(at) <= MOST_POINTS
    for shares, shade, label in (
        ((0.0, 1.0), "#ececec", "lowest to highest of all rows"),
        ((0.05, 0.95), "#cfcfcf", "5 % to 95 % of all rows"),
    ):
        band = _quantiles(inside, shares)
        edges = np.repeat(np.arange(len(at) + 1) - 0.5, 2)[1:-1]
        low_edges, high_edges = np.repeat(band, 2, axis=1)
        axes.fill_between(edges, low_edges, high_edges, color=shade, linewidth=0, label=label)
    for n, name in zip(chosen, legend, strict=True):
        colour, mark = class_style(int(look.y[n]))
        marks: dict[str, Any] = {"marker": mark, "ms": 3} if few else {}
        width = 0.9 if len(at) <= THIN_BEYOND else 0.3
        axes.plot(at, inside[n], color=colour, linewidth=width, label=name, **marks)
    mark_bounds(axes, section, look)
    name_columns(axes, look, section.columns.tolist(), width=ROOM)
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(axis="y")
    axes.set_xlim(-0.5, len(at) - 0.5)


def _quantiles(values: Numbers, shares: tuple[float, float]) -> Numbers:
    """Of each column's cells, shape (2, d); NaN where a column has none."""
    found = np.full((2, values.shape[1]), np.nan)
    filled = ~np.isnan(values).all(axis=0)
    found[:, filled] = np.nanquantile(values[:, filled], shares, axis=0)
    return found
