"""How many rows each class has, over all and in each part of the competition's own split."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition, Labels
from harness.explore.look import Look
from harness.report import _canvas
from harness.report._canvas import BLUE
from harness.report.text import percent, shown_names


def draw_class_counts(look: Look, path: Path, *, title: str) -> None:
    """A bar for each class, with its rows and their share."""
    counts = look.counts
    labels = look.classes
    with _canvas.style([*labels, title]):
        k = len(labels)
        figure, axes = _canvas.figure_of(6.5, max(0.9, (0.32 if k <= 25 else 0.26) * k))
        axes.barh(np.arange(k), counts, 0.7, color=BLUE)
        for row, count in enumerate(counts.tolist()):
            text = f"  {count} ({percent(count / counts.sum())})" if count else "  no rows"
            axes.text(count, row, text, size=8, va="center")
        axes.set_xlim(0, max(1, counts.max()) * 1.2)
        axes.set_ylim(k - 0.4, -0.6)
        axes.set_yticks(range(k), labels)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel(f"rows of {counts.sum()}")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_title("\n".join(textwrap.wrap(title, 70)))
        _canvas.save(figure, path)


def part_counts(competition: Competition) -> tuple[tuple[str, ...], Labels] | None:
    """The names of the split's parts and their rows per class, shape (parts, K); None without it.

    Rows that are always trained on stand first, those that the split leaves out last.
    """
    if competition.predefined is None:
        return None
    codes = [ALWAYS_TRAINS, *range(len(competition.part_names)), LEFT_OUT]
    names = shown_names(["always trains", *competition.part_names, "left out"])
    y, part, k = competition.y, competition.predefined, competition.n_classes
    counts = np.array([np.bincount(y[part == code], minlength=k) for code in codes])
    used = counts.sum(axis=1) > 0
    kept = tuple(name for name, here in zip(names, used, strict=True) if here)
    return kept, counts[used].astype(np.int64)


def draw_parts(
    look: Look, parts: tuple[str, ...], counts: Labels, path: Path, *, title: str
) -> None:
    """A cell for each class and part: rows, their share of the part, and colour by that share."""
    labels = _canvas.labels_of(parts, thing="part")
    columns = [f"{name}\n{total} rows" for name, total in zip(labels, counts.sum(1), strict=True)]
    shares = (counts / counts.sum(axis=1, keepdims=True)).T
    with _canvas.style([*look.classes, *columns, title]):
        k = len(look.classes)
        figure, axes = _canvas.figure_of(1.0 * len(parts), max(0.8, 0.36 * k))
        # The light half of the colours: black can be read on all of them.
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=2 * shares.max(), aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            count = counts[column, row]
            text = f"{count} ({percent(share)})" if count else "0"
            axes.text(column, row, text, size=8, ha="center", va="center", in_layout=False)
        axes.set_yticks(range(k), look.classes)
        turned = any(_canvas.inches(name, 8.5) > 0.95 for name in labels)
        rotation: dict[str, Any] = (
            {"rotation": 30, "ha": "left", "rotation_mode": "anchor"} if turned else {}
        )
        axes.xaxis.tick_top()
        axes.set_xticks(range(len(parts)), columns, size=8.5, **rotation)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title("\n".join(textwrap.wrap(title, 60)))
        _canvas.save(figure, path)
