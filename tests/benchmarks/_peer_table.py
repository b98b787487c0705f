"""What the saved folds say: Markdown tables."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from _peer_plan import COMPETITORS, REFERENCE, SETS, Plan

from harness.evaluate.metrics import logloss_rows

FIGURES = (
    *("set", "competitor", "folds", "log-loss", "accuracy", "CPU s a fold", "s a fold", "peak MB"),
    *("log-loss less AutoGluon's", "log-loss ratio", "CPU ratio"),
)
OVERALL = ("geometric mean", "largest", "accuracy, mean difference", "CPU, geometric mean")


@dataclass(frozen=True)
class Result:
    """A competitor on a set, over the folds that it has: fold -> rows or numbers."""

    loss: dict[int, np.ndarray]
    right: dict[int, np.ndarray]
    groups: dict[int, np.ndarray]
    cost: dict[int, dict[str, Any]]

    def mean(self, what: str, folds: Iterable[int]) -> float:
        """Over all held-out rows of those folds."""
        return float(np.concatenate([getattr(self, what)[fold] for fold in folds]).mean())

    def of_cost(self, what: str, folds: Iterable[int] | None = None) -> list[float]:
        """One number for each fold."""
        return [self.cost[fold][what] for fold in (self.cost if folds is None else folds)]


def read(plan: Plan, name: str, peer: str) -> Result | None:
    """What is saved; None where nothing is."""
    result = Result({}, {}, {}, {})
    for fold in range(plan.folds):
        path = plan.folder(name, peer) / f"fold{fold}.json"
        if not path.exists():
            continue
        result.cost[fold] = json.loads(path.read_text(encoding="utf-8"))
        with np.load(path.with_suffix(".npz")) as saved:
            y, proba = saved["y"], saved["proba"]
            result.loss[fold] = logloss_rows(y, proba)
            result.right[fold] = (proba.argmax(axis=1) == y).astype(float)
            result.groups[fold] = saved["groups"]
    return result if result.cost else None


@dataclass(frozen=True)
class Ratio:
    """A competitor against the reference, over the folds that both have."""

    loss: float
    difference: float
    error: float
    accuracy: float
    cpu: float


def against(one: Result, reference: Result) -> Ratio | None:
    """None where they have no fold in common. A group counts as one observation."""
    folds = sorted(set(one.cost) & set(reference.cost))
    if not folds:
        return None
    apart = np.concatenate([one.loss[fold] - reference.loss[fold] for fold in folds])
    together = np.concatenate([one.groups[fold] for fold in folds])
    apart = pd.Series(apart).groupby(together).mean().to_numpy()
    return Ratio(
        loss=one.mean("loss", folds) / reference.mean("loss", folds),
        difference=float(apart.mean()),
        error=float(apart.std(ddof=1) / np.sqrt(len(apart))),
        accuracy=one.mean("right", folds) - reference.mean("right", folds),
        cpu=sum(one.of_cost("cpu_seconds", folds)) / sum(reference.of_cost("cpu_seconds", folds)),
    )


def tables(plan: Plan) -> Iterator[str]:
    """The lines of both tables and of the notes."""
    found = {
        (name, peer): result
        for name in plan.sets
        for peer in plan.peers
        if (result := read(plan, name, peer)) is not None
    }
    ratios: dict[tuple[str, str], Ratio] = {}
    for (name, peer), result in found.items():
        if (name, REFERENCE) in found:
            ratio = against(result, found[name, REFERENCE])
            if ratio is not None:
                ratios[name, peer] = ratio
    yield from _figures(found, ratios)
    yield ""
    yield from _summary(plan, found, ratios)
    yield ""
    yield from _ways(plan, found)
    yield from _notes(plan, found)


def _ways(plan: Plan, found: dict) -> Iterator[str]:
    """The share of the way from the class shares to the best possible, where that is known."""
    for name in plan.sets:
        data = SETS[name]() if any(one == name for one, _ in found) else None
        if data is None or data.best is None:
            continue
        train, held_out = data.folds()[0]
        shares = np.bincount(data.y[train]) / len(train)
        prior = float(-np.log(shares[data.y[held_out]]).mean())
        yield f"{name}: class shares {prior:.4f}, best possible {data.best:.4f};"
        yield "- of the way between them:"
        for (one, peer), result in found.items():
            if one == name:
                share = (prior - result.mean("loss", result.cost)) / (prior - data.best)
                yield f"- {COMPETITORS[peer].title}: {share:.1%}"
        yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _head(cells: Sequence[str]) -> Iterator[str]:
    yield _row(cells)
    yield _row(["---"] * len(cells))


def _figures(found: dict, ratios: dict) -> Iterator[str]:
    """Every competitor on every set."""
    yield from _head(FIGURES)
    for (name, peer), one in found.items():
        ratio = ratios.get((name, peer))
        told = ["", "", ""]
        if ratio is not None and peer != REFERENCE:
            told = [f"{ratio.difference:+.4f} ± {ratio.error:.4f}"]
            told += [f"{ratio.loss:.3f}", f"{ratio.cpu:.2f}"]
        scores = [f"{one.mean(what, one.cost):.4f}" for what in ("loss", "right")]
        costs = [f"{np.mean(one.of_cost(what)):.0f}" for what in ("cpu_seconds", "seconds")]
        costs += [f"{max(one.of_cost('peak_mb')):.0f}"]
        title = COMPETITORS[peer].title
        yield _row([name, title, str(len(one.cost)), *scores, *costs, *told])


def _summary(plan: Plan, found: dict, ratios: dict) -> Iterator[str]:
    """Log-loss ratios, one row for each competitor."""
    names = [name for name in plan.sets if (name, REFERENCE) in ratios]
    if not names:
        yield f"Nothing of {COMPETITORS[REFERENCE].title} yet: no ratios."
        return
    yield from _head(["log-loss ratio to AutoGluon best_quality", *names, *OVERALL])
    for peer in plan.peers:
        has = [ratios[name, peer] for name in names if (name, peer) in ratios]
        if not has:
            continue
        cells = [f"{ratios[n, peer].loss:.3f}" if (n, peer) in ratios else "" for n in names]
        overall = [f"{_geometric(one.loss for one in has):.3f}"]
        overall += [f"{max(one.loss for one in has):.3f}"]
        overall += [f"{np.mean([one.accuracy for one in has]):+.4f}"]
        overall += [f"{_geometric(one.cpu for one in has):.2f}"]
        yield _row([COMPETITORS[peer].title, *cells, *overall])


def _geometric(values: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(values)))))


GROUPED = (
    "Groups of emotify stay whole inside harness, AutoGluon (`group_on`) and FLAML too;"
    " LightGBM and CatBoost with defaults split nothing."
)


def _notes(plan: Plan, found: dict) -> Iterator[str]:
    """What is needed to read the tables."""
    yield f"Budget: {plan.budget:g} s a fold for AutoGluon, {plan.budget / 2:g} s for FLAML;"
    yield f"harness with `--effort {plan.effort}`, which no clock limits. {os.cpu_count()} cores."
    if any(name == "emotify" for name, _ in found):
        yield GROUPED
    absent = sorted(
        {x for one in found.values() for c in one.cost.values() for x in c.get("absent", ())}
    )
    if absent:
        yield f"AutoGluon ran without {', '.join(absent)}."
    for peer in plan.peers:
        costs = [c for (_, p), one in found.items() if p == peer for c in one.cost.values()]
        if costs:
            versions = sorted({cost["version"] for cost in costs})
            loads = [cost["load_before"] for cost in costs]
            got = sum(cost["cpu_seconds"] for cost in costs)
            got /= sum(cost["seconds"] for cost in costs) * (os.cpu_count() or 1)
            yield (
                f"- {COMPETITORS[peer].title}: {', '.join(versions)}; load before a fold"
                f" {min(loads):.1f} to {max(loads):.1f}; had {got:.0%} of the cores"
            )
