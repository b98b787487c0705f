"""The registry of models, and their hyper-parameters as their `make` functions declare them.

A model is a module with

- a docstring whose first line says what it is;
- ``make(*, random_state, ...)``: keyword-only, typed, with defaults; returns an unfitted
  scikit-learn classifier. Its signature is the list of what ``--set name=value`` takes;
- ``SCALER``: the scaler it wants when the user names none.
"""

from __future__ import annotations

from typing import Any

from harness.registry import Files

MODELS = Files("model", "harness.zoo")


def make(name: str, settings: dict[str, Any], *, seed: int) -> Any:
    """The unfitted classifier called `name`, with checked settings."""
    return MODELS.load(name).make(random_state=seed, **settings)
