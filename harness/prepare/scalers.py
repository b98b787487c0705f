"""The scalers, one row each. A row names its class and imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.registry import lookup, resolve


@dataclass(frozen=True)
class Scaler:
    """One row of the table.

    Attributes
    ----------
    path : str, optional
        ``"module:class"`` of a scikit-learn transformer; None leaves the columns as they are.
    options : mapping
        What the class is made with.
    """

    summary: str
    path: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


SCALERS: dict[str, Scaler] = {
    "standard": Scaler("mean 0, standard deviation 1", "sklearn.preprocessing:StandardScaler"),
    "minmax": Scaler("the range 0 to 1", "sklearn.preprocessing:MinMaxScaler"),
    "robust": Scaler(
        "median 0, interquartile range 1; outliers don't count",
        "harness.prepare._scaling:RobustColumns",
    ),
    "quantile": Scaler(
        "ranks, mapped to a normal distribution; any tail becomes light",
        "harness.prepare._scaling:QuantileColumns",
    ),
    "power": Scaler(
        "Yeo-Johnson: the power that makes a column most nearly normal",
        "harness.prepare._scaling:PowerColumns",
    ),
    "unit": Scaler(
        "one spread for all columns where they share a unit, as pixels do; else standard",
        "harness.prepare._scaling:UnitColumns",
    ),
    "none": Scaler("the columns as they are"),
}


def make(name: str) -> Any | None:
    """The unfitted scaler called `name`; None for ``"none"``.

    Raises
    ------
    UnknownNameError
        Naming the known ones.
    """
    row = lookup("scaler", name, SCALERS)
    return None if row.path is None else resolve(row.path)(**row.options)
