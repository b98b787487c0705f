"""The registry of models, and their hyper-parameters as their `make` functions declare them.

A model is a module with

- a docstring whose first line says what it is;
- ``make(*, random_state, ...)``: keyword-only, typed, with defaults, each parameter described in a
  numpy-style docstring; returns an unfitted scikit-learn classifier. Its signature is the list of
  what ``--set name=value`` takes; see `harness.zoo._settings` for the types it may use;
- ``SCALER``: the scaler it wants when the user names none;
- ``SPACE``: what is worth searching: setting to `Between`, `Whole` or `OneOf` of
  `harness.zoo._settings`; ``scaler`` is the pipeline's. Empty where nothing is. A search should try
  the defaults as well: they needn't lie in it.

The classifier gives float64 probabilities. It may leave ``history_`` and ``notes_``. Where its
state isn't plain numpy and scikit-learn, it has ``save(folder)`` and a class method
``load(folder)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from harness.registry import Files
from harness.zoo import _settings
from harness.zoo._settings import Domain, Setting

MODELS = Files("model", "harness.zoo")


def make(name: str, settings: Mapping[str, Any], *, seed: int) -> Any:
    """The unfitted classifier called `name`.

    Raises
    ------
    UsageError
        For an unknown model, and for settings it doesn't take; all mistakes at once.
    """
    module = MODELS.load(name)
    return module.make(random_state=seed, **_settings.check(module.make, name, settings))


def parse_settings(name: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Read ``["C=3", "hidden=256,128"]`` as the settings of model `name`.

    Raises
    ------
    UsageError
        For an unknown model, and for settings it doesn't take; all mistakes at once.
    """
    return _settings.parse(MODELS.load(name).make, name, pairs)


def describe(name: str) -> list[Setting]:
    """The hyper-parameters of model `name`: (name, type, default, meaning)."""
    return _settings.describe(MODELS.load(name).make)


def space(name: str) -> dict[str, Domain]:
    """What is worth searching in model `name`: settings, and ``scaler``; see `_settings`."""
    return dict(MODELS.load(name).SPACE)


def resolved(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every hyper-parameter with its value: the defaults, and `settings` over them."""
    known = inspect.signature(MODELS.load(name).make).parameters
    return {
        parameter: settings.get(parameter, known[parameter].default)
        for parameter in known
        if parameter not in _settings.OWN
    }
