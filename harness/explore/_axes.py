"""What figures share: columns along an axis, scales for wide ranges, colours for classes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.scale import SymmetricalLogTransform
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from harness.explore.look import Look, Numbers, Section
from harness.report._canvas import GREY, INK, inches

# As many names as an axis of a page's width can hold.
MOST_NAMED = 60
WIDTH = 10.5
# Small panels, one for each class, side by side.
GRID_COLUMNS = 5
# Low and high stand apart on both sides of a light middle, in print and for colour-blind people.
SIGNED_MAP = "RdBu_r"
NO_VALUE = "#d9d9d9"
# A linear axis shows this range of sizes; a wider one hides the smaller ones.
WIDE_RANGE = 300
# Ten colours as far apart as ten can be; beyond them the mark changes.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7",
    "#56B4E9", "#7f7f7f", "#8c4a2f", "#9a8f00", "#5b3f9e",
)  # fmt: skip
MARKS = "o^sDvPX<>p"


def class_style(k: int) -> tuple[str, str]:
    """Colour and mark of class k."""
    return COLOURS[k % len(COLOURS)], MARKS[k // len(COLOURS) % len(MARKS)]


def head(figure: Figure, title: str) -> None:
    """A title over all panels, in as many lines as the figure is narrow."""
    # A letter of it is about a twelfth of an inch wide.
    lines = textwrap.wrap(title, int(11 * figure.get_figwidth()))
    figure.suptitle("\n".join(lines), x=0.01, ha="left", size=11)


def name_columns(
    axes: Axes,
    look: Look,
    columns: Sequence[int],
    *,
    along: Literal["x", "y"] = "x",
    width: float,
) -> None:
    """Name the columns at 0, 1, ... along an axis: all of them, or numbers where they are many.

    Parameters
    ----------
    width : float
        Inches that an x axis has; names that need more are turned.
    """
    axis = axes.xaxis if along == "x" else axes.yaxis
    at, texts, label = _column_ticks(look, columns)
    axis.set_major_locator(FixedLocator(at))
    axis.set_major_formatter(FixedFormatter(texts))
    turned = along == "x" and _turned(texts, width)
    axes.tick_params(axis=along, labelsize=_points(texts), length=2, rotation=90 if turned else 0)
    if label:
        (axes.set_xlabel if along == "x" else axes.set_ylabel)(label, size=8)


def names_height(look: Look, columns: Sequence[int], *, width: float) -> float:
    """Inches that the names below an x axis take."""
    _, texts, label = _column_ticks(look, columns)
    longest = max(inches(text, _points(texts)) for text in texts)
    if not _turned(texts, width):
        longest = 0.15
    return longest + (0.2 if label else 0)


def _column_ticks(look: Look, columns: Sequence[int]) -> tuple[list[int], list[str], str]:
    """Where ticks stand, their texts, and what to call them."""
    names = [look.names[k] for k in columns]
    if len(names) <= MOST_NAMED:
        return list(range(len(names))), names, ""
    at = list(range(0, len(names), _step(len(names))))
    # Names as short as the numbers of columns without a header stand for themselves.
    if max(map(len, names)) <= 6:
        return at, [names[k] for k in at], "column"
    return at, [str(look.columns[columns[k]] + 1) for k in at], "number of the column, from 1"


def _points(texts: Sequence[str]) -> float:
    return 8 if len(texts) <= 30 else 6.5


def _turned(texts: Sequence[str], width: float) -> bool:
    room = 0.95 * width / len(texts)
    return any(inches(text, _points(texts)) > room for text in texts)


def _step(number: int) -> int:
    """Apart in round numbers, so that about twelve ticks stand on the axis."""
    power = 10 ** int(math.log10(number / 12))
    return min((power * m for m in (1, 2, 5, 10)), key=lambda step: abs(number / step - 12))


def mark_bounds(axes: Axes, section: Section, look: Look, *, both: bool = False) -> None:
    """Lines where a block ends, or a line of its matrix."""
    if section.shape is not None:
        ends = np.arange(1, section.shape[0]) * section.shape[1]
    else:
        owner = {k: s for s, part in enumerate(look.sections) for k in part.columns.tolist()}
        owners = [owner.get(k, -1) for k in section.columns.tolist()]
        ends = np.flatnonzero(np.diff(owners)) + 1
    for end in ends - 0.5:
        axes.axvline(end, color=GREY, linewidth=0.6, zorder=0.8)
        if both:
            axes.axhline(end, color=GREY, linewidth=0.6, zorder=0.8)


def name_sections(axes: Axes, look: Look) -> None:
    """The blocks' names over their columns, where there is room for them."""
    number = len(look.columns)
    for section in look.sections:
        width = len(section.columns) / number * WIDTH
        if inches(section.name, 7.5) < 0.9 * width:
            place = float(section.columns.mean())
            along = axes.get_xaxis_transform()
            axes.text(
                place,
                0.97,
                section.name,
                size=7.5,
                color=INK,
                ha="center",
                va="top",
                transform=along,
                bbox={"color": "white", "alpha": 0.7, "pad": 1},
            )


def wide_scale(axes: Axes, values: Numbers) -> bool:
    """Give the y axis a scale on which `values` of very unlike sizes can be seen; True if so.

    The scale is linear around 0, logarithmic beyond; linear everywhere where that is enough.
    """
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not len(sizes):
        return False
    small, middle, largest = np.quantile(sizes, [0.02, 0.5, 1])
    if largest < WIDE_RANGE * middle:
        return False
    # Decades beyond ten would only be ticks.
    linear = 10.0 ** math.floor(math.log10(max(small, largest * 1e-10)))
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    _symlog(axes, min(low, 0.0), max(high, 0.0), linear, 1, _decades(linear, low, high))
    return True


def deviations_scale(axes: Axes, values: Numbers) -> bool:
    """Give the y axis a scale for standardised `values`: True if it isn't linear.

    Beyond 3 it is logarithmic where any value is beyond 10: otherwise a few far rows would press
    all others into a line.
    """
    sizes = np.abs(values[np.isfinite(values)])
    largest = float(sizes.max(initial=0))
    if largest <= 10:
        return False
    far = [m * 10.0**k for k in range(math.ceil(math.log10(largest)) + 1) for m in (1, 3)]
    far = [tick for tick in far if 3 <= tick < 1.3 * largest]
    # Every other one of many.
    far = far[:: 1 + len(far) // 8]
    ticks = [*(-tick for tick in far[::-1]), 0.0, *far]
    _symlog(axes, float(np.nanmin(values)), float(np.nanmax(values)), 3, 1.5, ticks)
    return True


def _symlog(
    axes: Axes, low: float, high: float, linear: float, share: float, ticks: list[float]
) -> None:
    """A scale that is linear up to `linear`, on `share` decades' room, with room at both ends."""
    axes.set_yscale("symlog", linthresh=linear, linscale=share)
    scale = SymmetricalLogTransform(10, linear, share)
    bottom, top = scale.transform(np.array([low, high]))
    room = 0.04 * (top - bottom)
    axes.set_ylim(*scale.inverted().transform(np.array([bottom - room, top + room])))
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(FuncFormatter(_power))


def _decades(linear: float, low: float, high: float) -> list[float]:
    """0 and powers of ten on both sides, few enough to be read."""
    first = round(math.log10(linear))
    reach = [math.ceil(math.log10(max(end, linear))) - first for end in (high, -low)]
    step = max(1, math.ceil(sum(reach) / 7))
    ticks = [0.0]
    for sign, end, decades in ((1, high, reach[0]), (-1, -low, reach[1])):
        if end > 0:
            # With steps the linear part's ends would crowd around 0.
            powers = (10.0 ** (first + k) for k in range(step - 1, decades + 1, step))
            ticks += [sign * power for power in powers if power <= end * 1.5]
    return sorted(ticks)


def _power(value: float, position: Any = None) -> str:
    if value == 0 or 1e-3 <= abs(value) <= 1e4:
        return f"{value:g}"
    return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
