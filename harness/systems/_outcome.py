"""What came out of a model, as the reports measure it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from harness.entries import Entry
from harness.report.confusion import Confusion
from harness.report.evidence import Evidence, evidence_of
from harness.storage import load_pipeline
from harness.systems._data import Found
from harness.systems._system import Run

# Curves of training by the measure that they end in.
CURVES = {
    "accuracy": "training accuracy",
    "loss": "training loss",
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run as it came out.

    Attributes
    ----------
    run : Run
    entry : Entry
    found : Found
        The rows that it learned from.
    taken : bool
        Whether an earlier run had made the entry.
    changed : mapping
        Settings that differ from the report's preset.
    beside : mapping
        Measures from elsewhere, such as a graded submission.
    """

    run: Run
    entry: Entry
    found: Found
    taken: bool
    changed: Mapping[str, Any]
    beside: Mapping[str, float]

    @cached_property
    def evidence(self) -> Evidence:
        """The entry's numbers, checked."""
        return evidence_of(self.entry, self.found.competition)

    @property
    def confusion(self) -> Confusion:
        """Of the rows that were held out."""
        return self.evidence.confusion

    @cached_property
    def folds(self) -> list[tuple[float, float, float]]:
        """Loss, accuracy and seconds of each fold."""
        return [
            (float(one["scores"]["logloss"]), float(one["scores"]["accuracy"]), one["seconds"])
            for one in self.entry.receipt["folds"]
        ]

    @cached_property
    def measures(self) -> dict[str, float]:
        """Everything that a table may show, by name."""
        losses, accuracies, seconds = (list(column) for column in zip(*self.folds, strict=True))
        macro = self.confusion.averages["macro"]
        found = {
            "accuracy": float(np.mean(accuracies)),
            "loss": float(np.mean(losses)),
            "precision": macro["precision"],
            "recall": macro["recall"],
            "macro-f1": macro["f1"],
            "seconds": float(np.mean(seconds)),
        }
        if len(accuracies) > 1:
            found["accuracy sd"] = float(np.std(accuracies))
        found |= {f"fold {k} accuracy": one for k, one in enumerate(accuracies, start=1)}
        for curve, measure in CURVES.items():
            ends = [fold[curve][-1] for fold in self.evidence.history if curve in fold]
            if ends:
                found[measure] = float(np.mean(ends))
        if weights := parameters_of(self.entry):
            found["parameters"] = weights
        return found | dict(self.beside)


def parameters_of(entry: Entry) -> int | None:
    """How many numbers the saved net has; None for what is no Keras net."""
    for folder in sorted((entry.path / "models").iterdir()):
        if folder.is_dir():
            net: Any = getattr(load_pipeline(folder).steps[-1][1], "model_", None)
            return int(net.count_params()) if hasattr(net, "count_params") else None
    return None
