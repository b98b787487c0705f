"""The rows along their first two principal components, and what each component explains."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from harness.explore._axes import COLOURS, GRID_COLUMNS, WIDTH, class_style, head
from harness.explore.look import Look, Numbers
from harness.explore.projection import SHARES, Projection
from harness.report import _canvas
from harness.report._canvas import BLUE, INK, ORANGE
from harness.report.text import counted, percent

MOST_BARS = 40
OTHERS = "#d4d4d4"


def draw_projection(look: Look, found: Projection, path: Path, *, title: str) -> None:
    """Every row as a point, coloured (and beyond ten classes also marked) by its class."""
    places, names = _places(look, found)
    limits = _limits(places)
    outside = _outside(places, limits)
    note = f"{counted(outside, 'row')} farther out not shown" if outside else ""
    with _canvas.style([*look.classes, *names, title]):
        figure = Figure(figsize=(WIDTH, 6.2), layout="constrained")
        axes = figure.subplots()
        many = len(look.classes) > len(COLOURS)
        _scatter(axes, look, places)
        handles = []
        for k, name in enumerate(look.classes):
            colour, mark = class_style(k)
            text = "\n".join(textwrap.wrap(name, 34))
            handles += axes.plot([], [], mark, color=colour, ms=6, lw=0, label=text)
        columns = 1 if not many else 2
        figure.legend(handles=handles, loc="outside right upper", ncols=columns)
        _frame(axes, limits, names)
        if found.points.shape[1] == 1:
            axes.set_yticks([])
        axes.set_title("\n".join([*textwrap.wrap(title, 90), *([note] if note else [])]))
        _canvas.save(figure, path)


def draw_projected_classes(look: Look, found: Projection, path: Path, *, title: str) -> None:
    """A small panel for each class: its rows in front of all others."""
    places, names = _places(look, found)
    limits = _limits(places)
    k = len(look.classes)
    across = min(GRID_COLUMNS, k)
    down = -(-k // across)
    size = _size(len(look.y)) * 0.5
    with _canvas.style([*look.classes, *names, title]):
        wide = WIDTH / GRID_COLUMNS
        figure = Figure(figsize=(max(4.2, wide * across), 2.15 * down + 0.8), layout="constrained")
        panels = list(figure.subplots(down, across, squeeze=False).flat)
        for c, axes in enumerate(panels):
            if c >= k:
                axes.set_visible(False)
                continue
            own = look.y == c
            axes.scatter(places[~own, 0], places[~own, 1], s=size, c=OTHERS, lw=0)
            axes.scatter(places[own, 0], places[own, 1], s=size, c=BLUE, alpha=0.7, lw=0)
            _frame(axes, limits, ("", ""))
            axes.set_xticks([])
            axes.set_yticks([])
            told = [*textwrap.wrap(look.classes[c], 28), counted(int(own.sum()), "row")]
            axes.set_title("\n".join(told), size=7.5, pad=3)
        head(figure, title)
        _canvas.save(figure, path)


def draw_scree(found: Projection, path: Path, *, title: str) -> None:
    """The share of the variance of each component, and of all up to it."""
    shown = found.explained[:MOST_BARS]
    at = np.arange(1, len(shown) + 1)
    with _canvas.style([title]):
        figure = Figure(figsize=(7.5, 3.2), layout="constrained")
        axes = figure.subplots()
        axes.bar(at, shown, color=BLUE, label="this component")
        axes.plot(at, shown.cumsum(), "o-", color=ORANGE, ms=3, label="all up to it")
        last = 0.0
        for share in SHARES:
            needed = found.needed(share)
            # Words that would lie on each other are left to the page.
            if needed is not None and needed <= len(shown) and needed - last > len(shown) / 8:
                total = found.explained[:needed].sum()
                text = f"{needed}: {percent(total)}"
                axes.annotate(
                    text, (needed, total), (0, -14), textcoords="offset points", size=8, color=INK
                )
                last = needed
        axes.set_xlim(0.4, len(shown) + 0.6)
        axes.set_ylim(0, 1.04)
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True, min_n_ticks=1))
        axes.set_xlabel("principal component")
        axes.set_ylabel("share of the variance")
        axes.grid(axis="y")
        figure.legend(loc="outside lower left", ncols=2)
        axes.set_title("\n".join(textwrap.wrap(title, 80)))
        _canvas.save(figure, path)


def _scatter(axes: Axes, look: Look, places: Numbers) -> None:
    """All rows in an order by chance: otherwise the last class would hide the others."""
    styles = [class_style(k) for k in range(len(look.classes))]
    colours = np.array([colour for colour, _ in styles])
    marks = np.array([mark for _, mark in styles])[look.y]
    order = np.random.default_rng(0).permutation(len(look.y))
    # One call draws one kind of mark; in turns, so that none lies on top of all others.
    for turn in np.array_split(order, 1 if len(set(marks)) == 1 else 20):
        for mark in np.unique(marks[turn]):
            rows = turn[marks[turn] == mark]
            x, y = places[rows].T
            colour = colours[look.y[rows]]
            axes.scatter(x, y, s=_size(len(order)), c=colour, marker=mark, alpha=0.7, lw=0)


def _places(look: Look, found: Projection) -> tuple[Numbers, tuple[str, str]]:
    """Where the points stand, shape (n, 2), and the names of the axes."""
    told = [f"component {c + 1} ({share:.1%})" for c, share in enumerate(found.explained[:2])]
    told = [text.replace("%", " % of the variance") for text in told]
    if found.points.shape[1] == 2:
        return found.points, (told[0], told[1])
    # A single component: the classes stand above each other, so that the points can be told apart.
    jitter = np.random.default_rng(0).uniform(-0.3, 0.3, len(look.y))
    return np.column_stack([found.points[:, 0], look.y + jitter]), (
        told[0],
        "classes, one above the other",
    )


def _limits(places: Numbers) -> Numbers:
    """Low and high of both axes, shape (2, 2): a few far rows must not press the rest together."""
    low, high = np.quantile(places, [0.005, 0.995], axis=0)
    ends = np.stack([places.min(axis=0), places.max(axis=0)])
    room = np.maximum(0.5 * (high - low), 1e-9)
    limits = np.stack([np.maximum(ends[0], low - room), np.minimum(ends[1], high + room)])
    return limits + np.array([[-1], [1]]) * np.maximum(0.04 * np.ptp(limits, axis=0), 1e-9)


def _outside(places: Numbers, limits: Numbers) -> int:
    return int(((places < limits[0]) | (places > limits[1])).any(axis=1).sum())


def _frame(axes: Axes, limits: Numbers, names: Sequence[str]) -> None:
    axes.set_xlim(*limits[:, 0])
    axes.set_ylim(*limits[:, 1])
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])


def _size(rows: int) -> float:
    """Points' area: smaller where there are more."""
    return float(np.clip(40_000 / max(1, rows), 5, 40))
