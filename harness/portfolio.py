"""What `--model auto` tries, in this order: cheap and promising first, different from each other.

A row is a model with a scaler and settings. `harness fit --model auto` blends them; one alone is
fitted by naming its model, scaler and settings. How the rows and their order were found stands in
the README ("What auto tries").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One member: what `harness fit` would be told."""

    model: str
    scaler: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


SMOOTH = {"hidden": (256, 256), "activation": "silu", "dropout": 0.5, "epochs": 40}
DEEP = {"hidden": (256, 256, 256), "activation": "gelu", "dropout": 0.5, "epochs": 40}
WIDE = {"hidden": (512,), "activation": "relu", "dropout": 0.5, "epochs": 40}
STEPS = {"batch_size": 64, "l2": 1e-4}

PORTFOLIO: dict[str, Row] = {
    "lda-quantile": Row("lda", "quantile"),
    "qda-power": Row("qda", "power"),
    "svm-power": Row("svm", "power", {"C": 5.0}),
    "net-smooth": Row("dense", "quantile", SMOOTH | STEPS),
    "tabm-quantile": Row("tabm", "quantile"),
    "lightgbm": Row("lightgbm"),
    "svm-quantile": Row("svm", "quantile", {"C": 2.0}),
    "qda-quantile": Row("qda", "quantile"),
    "extra-trees": Row("extra-trees"),
    "net-deep": Row("dense", "power", DEEP | STEPS),
    "svm-standard": Row("svm", "standard", {"C": 5.0}),
    "net-wide": Row("dense", "quantile", WIDE | STEPS),
    "logistic-quantile": Row("logistic", "quantile", {"C": 0.03}),
    "knn-quantile": Row("knn", "quantile"),
}


@dataclass(frozen=True)
class Effort:
    """How much is done, in work units: the same wherever it runs.

    Attributes
    ----------
    members : int
        Rows of the portfolio that are tried, from the first.
    folds : int
    repeats : int
        Cross-validations of each member that carries weight, on other folds and with other seeds.
    """

    members: int
    folds: int
    repeats: int


EFFORTS: dict[str, Effort] = {
    "small": Effort(7, 5, 2),
    "medium": Effort(len(PORTFOLIO), 8, 2),
    "large": Effort(len(PORTFOLIO), 8, 5),
}
