"""What `--model auto` tries, in this order: cheap and promising first, different from each other.

The order of `PORTFOLIO` is that of small matrices of numbers. On an ordinary table, with text or
with many rows, boosted trees and a net carry all the weight (see `suited`).

A row is a model with a scaler and settings. `harness fit --model auto` blends them; one alone is
fitted by naming its model, scaler and settings. How the rows and their order were found stands in
the README ("What auto tries").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.competition import Competition


@dataclass(frozen=True)
class Row:
    """One member: what `harness fit` would be told, and when it is worth it.

    Attributes
    ----------
    model, scaler, parameters
    after : str, optional
        A relative that costs less, earlier in the portfolio. Where that one carries less than
        `LEAST_OF_RELATIVES` of the weight, this one isn't tried.
    again : bool
        Whether other folds and seeds bring something. What is a mean of dozens of models already
        costs most and gains least.
    """

    model: str
    scaler: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    after: str | None = None
    again: bool = True


# See `Row.after`.
LEAST_OF_RELATIVES = 0.1

SMOOTH = {"hidden": (256, 256), "activation": "silu", "dropout": 0.5, "epochs": 40}
DEEP = {"hidden": (256, 256, 256), "activation": "gelu", "dropout": 0.5, "epochs": 40}
WIDE = {"hidden": (512,), "activation": "relu", "dropout": 0.5, "epochs": 40}
STEPS = {"batch_size": 64, "l2": 1e-4}

PORTFOLIO: dict[str, Row] = {
    "lda-quantile": Row("lda", "quantile"),
    "qda-power": Row("qda", "power"),
    "svm-power": Row("svm", "power", {"C": 5.0}),
    "tabm-quantile": Row("tabm", "quantile", again=False),
    "lightgbm": Row("lightgbm", again=False),
    "svm-unit": Row("svm", "unit", {"C": 5.0}),
    "qda-quantile": Row("qda", "quantile"),
    "svm-quantile": Row("svm", "quantile", {"C": 2.0}),
    "logistic-quantile": Row("logistic", "quantile", {"C": 0.03}),
    "knn-quantile": Row("knn", "quantile"),
    "net-smooth": Row("dense", "quantile", SMOOTH | STEPS, after="tabm-quantile"),
    "net-deep": Row("dense", "power", DEEP | STEPS, after="tabm-quantile"),
    "net-wide": Row("dense", "quantile", WIDE | STEPS, after="tabm-quantile"),
    "extra-trees": Row("extra-trees", parameters={"n_estimators": 200}, again=False),
}


# Densities, kernels and neighbours: on columns of codes they carry nothing, and on many rows of
# many classes they cost more than all others together.
OF_SMALL_MATRICES = ("lda", "qda", "svm", "knn")
MANY_TRAINING_ROWS, MANY_ROWS_BY_CLASSES = 5000, 50_000
# The models of the others, the first first.
OF_TABLES = ("lightgbm", "tabm", "extra-trees", "dense")


def suited(portfolio: Mapping[str, Row], competition: Competition) -> dict[str, Row]:
    """The rows that can win on this competition, in the order that suits it.

    Small matrices of numbers get them all, in the portfolio's order. Where columns are text, or
    rows, or rows times classes, are many, trees come first and what only small matrices are for is
    left out: on three tables with categories (1600 to 3300 rows) stacking gave `lightgbm` 50 to
    70 % of the weight, `tabm` 20 to 40 %, and everything in `OF_SMALL_MATRICES` together at most
    11 %, which brought nothing on rows held out.

    Parameters
    ----------
    portfolio : mapping of name to Row
    """
    rows = len(competition.y)
    many = rows > MANY_TRAINING_ROWS or rows * competition.n_classes > MANY_ROWS_BY_CLASSES
    if not competition.text and not many:
        return dict(portfolio)
    places = {model: place for place, model in enumerate(OF_TABLES)}
    kept = [name for name, row in portfolio.items() if row.model not in OF_SMALL_MATRICES]
    kept.sort(key=lambda name: places.get(portfolio[name].model, len(places)))
    return {name: portfolio[name] for name in kept or portfolio}


@dataclass(frozen=True)
class Effort:
    """How much is done, in work units: the same wherever it runs.

    Attributes
    ----------
    members : int
        Rows of the portfolio that are tried, from the first.
    folds : int
        Of data with up to `MANY_ROWS` rows; more rows teach a model enough in `FEWER_FOLDS`.
    repeats : int
        Cross-validations of each member with a share of `LEAST_TO_REPEAT`, on other folds and with
        other seeds.
    patience : int
    gain : float
        It ends when `patience` members in a row took less than this share off the log-loss.
    thorough : bool
        Whether every member with weight is repeated, and many rows get all folds.
    """

    members: int
    folds: int
    repeats: int
    patience: int = 2
    gain: float = 0.002
    thorough: bool = False

    def folds_of(self, rows: int) -> int:
        """How many folds a set of so many rows gets."""
        few = rows <= MANY_ROWS or self.thorough
        return self.folds if few else min(self.folds, FEWER_FOLDS)

    def repeated(self, row: Row, share: float) -> bool:
        """Whether a row with this share of the weight is cross-validated again."""
        return share > 0 if self.thorough else row.again and share >= LEAST_TO_REPEAT


MANY_ROWS, FEWER_FOLDS = 1000, 5
LEAST_TO_REPEAT = 0.1

EFFORTS: dict[str, Effort] = {
    "small": Effort(7, 5, 2),
    "medium": Effort(len(PORTFOLIO), 8, 2),
    "large": Effort(len(PORTFOLIO), 8, 5, patience=4, gain=0.0005, thorough=True),
}
