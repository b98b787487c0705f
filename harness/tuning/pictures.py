"""Pictures of a search: how it went on, and each setting against the score."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from harness.evaluate import metrics
from harness.report import _canvas
from harness.report._canvas import BLUE, GREEN, GREY, ORANGE
from harness.report.text import percent
from harness.tuning.search import Search
from harness.tuning.trials import COMPLETE, PRUNED, Trial
from harness.zoo._settings import OneOf, show

HISTORY, SETTINGS = "history.png", "settings.png"
COLUMNS = 3
# Trials far behind would press all others into a line: they are drawn at the edge.
SPREAD = 2.5


def draw(
    search: Search, trials: Sequence[Trial], record: Mapping[str, Any], folder: Path
) -> list[Path]:
    """Both pictures into `folder`; none where no trial came to a score."""
    shown = _comparable(search, [trial for trial in trials if trial.steps])
    if not shown:
        return []
    title = f"{search.settings.model}: {len(trials)} trials, {search.metric} on the search's folds"
    draw_history(search, shown, record, folder / HISTORY, title=title)
    draw_settings(search, shown, record, folder / SETTINGS, title=title)
    return [folder / HISTORY, folder / SETTINGS]


def _comparable(search: Search, trials: Sequence[Trial]) -> list[Trial]:
    """The trials, those given up with the score that all folds would have given them.

    Some folds are easier than others: what counts is how far they were behind the best trial, which
    they were compared with, on the same rows.
    """
    found: list[Trial] = []
    best: Trial | None = None
    for trial in trials:
        steps = trial.steps
        if trial.state == PRUNED and best is not None and best.score is not None:
            behind = steps[-1] - best.steps[len(steps) - 1]
            steps = (*steps[:-1], best.score + behind)
        found.append(replace(trial, steps=steps))
        best = trial if search.better(trial, best) else best
    return found


def draw_history(
    search: Search, trials: Sequence[Trial], record: Mapping[str, Any], path: Path, *, title: str
) -> None:
    """Each trial's score in the order of trying, the best so far, and what fresh folds said."""
    with _canvas.style([title, search.metric]):
        figure, axes = _canvas.figure_of(6.4, 3.4)
        _limit(axes, search, trials, [record["fresh_score"]])
        _points(axes, [trial.number + 1 for trial in trials], trials)
        numbers, best = _best_so_far(search, trials)
        last = trials[-1].number + 1
        axes.step(
            [*numbers, last], [*best, best[-1]], where="post", color=BLUE, label="best so far"
        )
        axes.axhline(
            record["fresh_score"],
            color=GREEN,
            linestyle="--",
            linewidth=1.2,
            label=f"the best trial on fresh folds, {record['fresh_score']:.4f}",
        )
        axes.set_xlim(0.4, last + 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
        axes.set_xlabel("trial (the first: the defaults)")
        axes.set_ylabel(_score_label(search))
        axes.grid(visible=True)
        axes.set_title("\n".join(textwrap.wrap(title, 80)))
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3, borderaxespad=0)
        _canvas.save(figure, path)


def draw_settings(
    search: Search, trials: Sequence[Trial], record: Mapping[str, Any], path: Path, *, title: str
) -> None:
    """One panel a setting: its value against the score, with its share where one is known."""
    names = list(search.space)
    columns = min(COLUMNS, len(names))
    lines = math.ceil(len(names) / columns)
    texts = [title, search.metric, *names]
    texts += [label for trial in trials for label in map(str, trial.params.values())]
    with _canvas.style(texts):
        figure = Figure(figsize=(3.4 * columns + 0.4, 2.9 * lines + 0.5), layout="constrained")
        grid = figure.subplots(lines, columns, squeeze=False, sharey=True)
        for place, name in enumerate(names):
            axes = grid.flat[place]
            _panel(axes, search, trials, name)
            share = record["importance"].get(name)
            axes.set_title(name if share is None else f"{name}: importance {percent(share)}")
            if place % columns == 0:
                axes.set_ylabel(_score_label(search))
        for axes in grid.flat[len(names) :]:
            axes.set_visible(False)
        handles, labels = grid.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=3)
        figure.suptitle("\n".join(textwrap.wrap(title, 46 * columns)), x=0.01, ha="left", size=10)
        _canvas.save(figure, path)


def _panel(axes: Axes, search: Search, trials: Sequence[Trial], name: str) -> None:
    domain = search.space[name]
    default = search.default
    placed = []
    for trial in trials:
        params = (default or {}) if trial.number == 0 else trial.params
        if name in params:
            placed.append((params[name], trial))
    _limit(axes, search, trials, [])
    at: Sequence[Any]
    if isinstance(domain, OneOf):
        labels = [show(choice) for choice in domain.choices]
        at = [labels.index(value) for value, _ in placed]
        turned = max(len(label) for label in labels) * len(labels) > 28
        axes.set_xticks(
            range(len(labels)),
            _canvas.labels_of(labels, thing="choice"),
            rotation=30 if turned else 0,
            ha="right" if turned else "center",
        )
        axes.set_xlim(-0.5, len(labels) - 0.5)
    else:
        at = [value for value, _ in placed]
        if domain.log:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        room = (
            (domain.high / domain.low) ** 0.04 if domain.log else 0.04 * (domain.high - domain.low)
        )
        low = domain.low / room if domain.log else domain.low - room
        axes.set_xlim(low, domain.high * room if domain.log else domain.high + room)
    _points(axes, at, [trial for _, trial in placed], best=search.best(trials))
    axes.grid(visible=True)


def _points(
    axes: Axes, at: Sequence[float], trials: Sequence[Trial], *, best: Trial | None = None
) -> None:
    """Complete trials, those given up, and the best; those beyond the edge as arrows on it."""
    low, high = sorted(axes.get_ylim())
    x = np.asarray(at, dtype=np.float64)
    y = np.array([trial.steps[-1] for trial in trials])
    inside = np.clip(y, low, high)
    states = np.array([trial.state for trial in trials])
    beyond = inside != y
    for state, mark, colour, label in (
        (COMPLETE, "o", BLUE, "complete"),
        (PRUNED, "x", GREY, "given up early"),
    ):
        mine = (states == state) & ~beyond
        size = 4 if state == COMPLETE else 5
        axes.plot(x[mine], y[mine], mark, color=colour, ms=size, label=label, alpha=0.8)
    over = beyond & (y > high)
    if over.any():
        axes.plot(x[over], inside[over], "^", color=GREY, ms=5, clip_on=False, label="far above")
    under = beyond & (y < low)
    if under.any():
        axes.plot(x[under], inside[under], "v", color=GREY, ms=5, clip_on=False, label="far below")
    if best is not None and best in trials:
        place = list(trials).index(best)
        axes.plot(x[place], y[place], "D", ms=7, mfc="none", mec=ORANGE, mew=2, label="best")


def _limit(axes: Axes, search: Search, trials: Sequence[Trial], others: Sequence[float]) -> None:
    """Limits that show how the good trials differ."""
    complete = [trial.steps[-1] for trial in trials if trial.state == COMPLETE]
    scores = np.array(complete or [trial.steps[-1] for trial in trials])
    best, middle = _extremes(search, scores)
    worst = best + SPREAD * (middle - best)
    first = trials[0]
    seen = [best, *others, *([first.steps[-1]] if first.number == 0 else [])]
    far = scores.max() if worst > best else scores.min()
    seen.append(min(worst, far) if worst > best else max(worst, far))
    low, high = min(seen), max(seen)
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    axes.set_ylim(low - room, high + room)


def _extremes(search: Search, scores: np.ndarray) -> tuple[float, float]:
    higher = metrics.metric(search.metric).higher_is_better
    return float(scores.max() if higher else scores.min()), float(np.median(scores))


def _best_so_far(search: Search, trials: Sequence[Trial]) -> tuple[list[int], list[float]]:
    numbers, scores = [], []
    best: Trial | None = None
    for trial in trials:
        if search.better(trial, best):
            best = trial
            numbers.append(trial.number + 1)
            scores.append(trial.steps[-1])
    return numbers, scores


def _score_label(search: Search) -> str:
    way = "higher" if metrics.metric(search.metric).higher_is_better else "lower"
    return f"{search.metric} ({way} is better)"
