"""The pictures of a comparison: accuracy beside the report's and by time, F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from harness.report import _canvas
from harness.report._canvas import BLUE, GREY, INK, ORANGE
from harness.systems._outcome import Outcome
from harness.systems._system import Figure, System


def draw_accuracies(system: System, outcomes: Sequence[Outcome], path: Path, *, title: str) -> None:
    """Accuracy of each model, the report's mark beside ours; and ours against training time."""
    names = [one.run.name for one in outcomes]
    reported = {
        figure.run or names[0]: figure for figure in system.figures if figure.measure == "accuracy"
    }
    with _canvas.style([*names, title]):
        figure = Drawing(figsize=(9.2, 1.7 + 0.45 * max(4, len(names))), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _bars(left, outcomes, reported)
        for one in outcomes:
            seconds, accuracy = max(one.measures["seconds"], 0.01), one.measures["accuracy"]
            right.plot(seconds, accuracy, "o", color=BLUE, ms=7)
            right.annotate(
                f" {one.run.name}", (seconds, accuracy), size=8, xytext=(4, 4),
                textcoords="offset points",
            )  # fmt: skip
        right.set_xscale("log")
        times = [max(one.measures["seconds"], 0.01) for one in outcomes]
        # Over several decades there is room for their beginnings alone.
        between = (1,) if max(times) > 50 * min(times) else (1, 2, 5)
        right.xaxis.set_major_locator(LogLocator(subs=between))
        # The scale's own labels are formulas.
        right.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        right.xaxis.set_minor_formatter(NullFormatter())
        right.margins(x=0.35, y=0.2)
        right.set_xlabel("training, seconds of one fit")
        right.set_ylabel("accuracy")
        right.grid(visible=True)
        figure.suptitle(title, x=0.01, ha="left", size=10)
        _canvas.save(figure, path)


def _bars(axes: Any, outcomes: Sequence[Outcome], reported: dict[str, Figure]) -> None:
    at = np.arange(len(outcomes))
    values = [one.measures["accuracy"] for one in outcomes]
    axes.barh(at, values, 0.5, color=BLUE, label="here")
    for row, one in enumerate(outcomes):
        axes.text(values[row], row, f" {values[row]:.3f}", va="center", size=8)
        prior = one.evidence.prior_scores["accuracy"]
        axes.vlines(prior, row - 0.3, row + 0.3, color=INK, linewidth=1.2,
                    label="class prior" if row == 0 else None)  # fmt: skip
        figure = reported.get(one.run.name)
        if figure is not None:
            high = figure.value if figure.high is None else figure.high
            axes.plot([figure.value, high], [row - 0.34] * 2, "-", color=ORANGE, lw=2)
            axes.plot((figure.value + high) / 2, row - 0.34, "v", color=ORANGE, ms=7,
                      label="the report" if row == 0 else None)  # fmt: skip
    axes.set_yticks(at, [one.run.name for one in outcomes])
    axes.set_ylim(len(outcomes) - 0.4, -0.7)
    axes.set_xlim(0, 1.08)
    axes.set_xlabel("accuracy")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3, borderaxespad=0)


def draw_f1(outcomes: Sequence[Outcome], path: Path, *, title: str) -> None:
    """F1 of each class across models: one cell each, the darker the better."""
    labels = _canvas.labels_of(outcomes[0].evidence.names)
    models = [one.run.name for one in outcomes]
    cells = np.stack([one.confusion.f1 for one in outcomes], axis=1)
    with _canvas.style([*labels, *models, title]):
        k, m = cells.shape
        figure, axes = _canvas.figure_of(0.95 * m, 0.36 * k)
        axes.pcolormesh(
            np.arange(m + 1) - 0.5, np.arange(k + 1) - 0.5, cells,
            cmap="Blues", vmin=0, vmax=1, edgecolor="white",
        )  # fmt: skip
        shades = colormaps["Blues"](cells)
        for row, column in np.ndindex(k, m):
            dark = shades[row, column, :3].mean() < 0.55
            axes.text(column, row, f"{cells[row, column]:.2f}", ha="center", va="center", size=8,
                      color="white" if dark else INK)  # fmt: skip
        axes.invert_yaxis()
        axes.set_yticks(range(k), labels)
        axes.set_xticks(range(m), models, rotation=30, ha="right", rotation_mode="anchor")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)
        _canvas.save(figure, path)


def draw_folds(
    honest: Sequence[float], wrong: Sequence[float], what: str, path: Path, *, title: str
) -> None:
    """Accuracy fold by fold: a net that is carried over climbs, a fresh one doesn't."""
    with _canvas.style([what, title]):
        figure, axes = _canvas.figure_of(5.2, 2.8)
        at = np.arange(1, len(honest) + 1)
        for values, colour, mark, label in (
            (wrong, ORANGE, "v", f"{what}, mean {np.mean(wrong):.3f}"),
            (honest, BLUE, "o", f"a new net in every fold, mean {np.mean(honest):.3f}"),
        ):
            axes.plot(at, values, mark + "-", color=colour, label=label)
            axes.axhline(float(np.mean(values)), color=colour, lw=0.8, ls="--")
        axes.set_xticks(at)
        axes.set_xlabel("fold")
        axes.set_ylabel("accuracy")
        axes.set_ylim(None, 1.02)
        axes.grid(axis="y", color=GREY, alpha=0.3)
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2), borderaxespad=0)
        axes.set_title(title)
        _canvas.save(figure, path)
