"""The receipt of a fit: what is needed to repeat it, what it scored, what it cost."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import __version__
from harness.competition import Competition
from harness.evaluate import metrics
from harness.evaluate.baseline import prior_of
from harness.evaluate.calibration import Verdict
from harness.evaluate.crossval import Fold
from harness.evaluate.leaks import leak_of
from harness.evaluate.songs import recordings_of
from harness.provenance import code_digest as code_digest
from harness.provenance import machine
from harness.provenance import versions as versions
from harness.threads import cores
from harness.zoo import _members

if TYPE_CHECKING:
    from harness.plans import FitSettings, Judged, Plan


def make(
    ready: Plan, folds: list[Fold], judged: Judged, verdict: Verdict, notes: list[str]
) -> dict[str, Any]:
    """What is needed to repeat the fit, and what it scored; everything JSON can hold.

    The folds' own scores are the model's; all others are those of the probabilities that stand
    after the court's verdict.
    """
    per_fold = {name: [fold.scores[name] for fold in folds] for name in metrics.METRICS}
    return {
        **environment(),
        "settings": asdict(ready.settings),
        **described(ready.settings),
        "pipeline": [step for step, _ in ready.pipeline.steps],
        "split": {
            "kind": ready.split,
            "folds": ready.total,
            "repeats": len(ready.folds),
            "seed": ready.settings.seed,
            "judged_rows": len(np.unique(judged.rows)),
            "leak": leak_of(ready.competition, ready.split),
        },
        "competition": about(ready.competition),
        **scored(ready.competition, judged, verdict),
        "fold_mean": {name: float(np.mean(values)) for name, values in per_fold.items()},
        "fold_sd": {name: _deviation(values) for name, values in per_fold.items()},
        "folds": [
            {"number": f.number + 1, "seconds": round(f.seconds, 3), "scores": dict(f.scores)}
            for f in folds
        ],
        "notes": merged(notes),
    }


def of_blend(
    competition: Competition, judged: Judged, verdict: Verdict, split: dict[str, Any]
) -> dict[str, Any]:
    """The same of an entry that is made of others' probabilities; its folds are theirs."""
    parts = {number: judged.folds == number for number in np.unique(judged.folds)}
    per_fold = {
        name: [metrics.score(name, judged.y[part], judged.oof[part]) for part in parts.values()]
        for name in metrics.METRICS
    }
    return {
        **environment(),
        "split": split
        | {
            "judged_rows": len(np.unique(judged.rows)),
            "leak": leak_of(competition, str(split.get("kind", ""))),
        },
        "competition": about(competition),
        **scored(competition, judged, verdict),
        "fold_mean": {name: float(np.mean(values)) for name, values in per_fold.items()},
        "fold_sd": {name: _deviation(values) for name, values in per_fold.items()},
        "folds": [
            {"number": int(number) + 1, "scores": {n: per_fold[n][i] for n in per_fold}}
            for i, number in enumerate(parts)
        ],
    }


def environment() -> dict[str, Any]:
    """When it was made, on what machine, and with which versions."""
    return {
        "harness": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv[1:],
        "versions": versions(),
        "machine": machine(),
        "cores": cores(),
    }


def about(competition: Competition) -> dict[str, Any]:
    """What a receipt says of the competition."""
    return {
        "name": competition.name,
        "fingerprint": competition.fingerprint,
        "data": str(competition.root.resolve()),
        "classes": list(competition.classes),
        "class_names": list(competition.class_names),
        "rows": len(competition.y),
        "columns": len(competition.columns),
        "test_rows": len(competition.test_ids),
    }


def scored(competition: Competition, judged: Judged, verdict: Verdict) -> dict[str, Any]:
    """Out-of-fold scores before and after the court's verdict, and those of the class prior."""
    y, raw = judged.y, judged.oof
    stands = {name: verdict.proba_for(name, raw) for name in metrics.METRICS}
    prior = prior_of(competition.y, judged.rows, judged.folds, competition.n_classes)
    return {
        "scores": {name: metrics.score(name, y, oof) for name, oof in stands.items()},
        "raw_scores": {name: metrics.score(name, y, raw) for name in stands},
        "calibration": verdict.as_dict(),
        "prior_scores": {name: metrics.score(name, y, prior) for name in metrics.METRICS},
        "song_level": song_scores(competition, replace(judged, oof=verdict.proba)),
    }


def described(settings: FitSettings) -> dict[str, Any]:
    """The model, every hyper-parameter with its value, and the scaler that it gets."""
    parameters = dict(settings.parameters) | dict(settings.alternatives)
    return {
        "model": settings.model,
        "parameters": _members.resolved(settings.model, parameters),
        "scaler": settings.scaler or _members.MODELS.load(settings.model).SCALER,
    }


def merged(notes: list[str]) -> list[str]:
    """Each note once; notes that differ in one number only become one with its range."""
    by_words: dict[str, list[str]] = {}
    for note in dict.fromkeys(notes):
        by_words.setdefault(re.sub(r"\d+", "#", note), []).append(note)
    found = []
    for alike in by_words.values():
        numbers = [[int(n) for n in re.findall(r"\d+", note)] for note in alike]
        columns = list(zip(*numbers, strict=True))
        if len(alike) == 1 or sum(len(set(column)) > 1 for column in columns) != 1:
            found += alike
            continue
        spans = iter(
            str(column[0]) if len(set(column)) == 1 else f"{min(column)} to {max(column)}"
            for column in columns
        )
        words = re.split(r"\d+", alike[0])
        found.append("".join(word + next(spans, "") for word in words))
    return found


def _deviation(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def song_scores(competition: Competition, judged: Judged) -> dict[str, Any] | None:
    """Scores of whole recordings, where rows are parts of them; None where they aren't.

    A recording's probabilities are the mean log-probabilities of its rows, made to sum to 1. Which
    rows are one is told by the groups, see `harness.evaluate.songs.recordings_of`.
    """
    recordings = recordings_of(competition)
    if recordings is None:
        return None
    songs, mixed = recordings
    known = songs[judged.rows] >= 0
    rows, y, oof = judged.rows[known], judged.y[known], judged.oof[known]
    # A repeated split predicts every song once a repeat.
    order = np.argsort(rows, kind="stable")
    repeat = np.empty(len(rows), dtype=np.int64)
    repeat[order] = np.arange(len(rows)) - np.searchsorted(rows[order], rows[order])
    found, first, of = np.unique(
        np.column_stack([songs[rows], repeat]), axis=0, return_index=True, return_inverse=True
    )
    if len(found) in (0, len(rows)):
        return None
    logs = np.zeros((len(found), competition.n_classes))
    np.add.at(logs, of.ravel(), np.log(np.clip(oof, metrics.EPSILON, 1)))
    logs /= np.bincount(of.ravel())[:, None]
    proba = np.exp(logs - logs.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    return {
        "songs": len(np.unique(found[:, 0])),
        "mixed_groups": mixed,
        "scores": {name: metrics.score(name, y[first], proba) for name in metrics.METRICS},
    }


def peak_memory_mb() -> float | None:
    """The most memory this process ever held, in MB; None where the system doesn't tell."""
    if os.name != "posix":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kilobytes, macOS in bytes.
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
