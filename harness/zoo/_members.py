"""The registry of models, and their hyper-parameters as their `make` functions declare them.

A model is a module with

- a docstring whose first line says what it is;
- ``make(*, random_state, ...)``: keyword-only, typed, with defaults, each parameter described in a
  numpy-style docstring; returns an unfitted scikit-learn classifier. Its signature is the list of
  what ``--set name=value`` takes; see `harness.zoo._settings` for the types it may use;
- ``SCALER``: the scaler it wants when the user names none;
- ``SPACE``: what is worth searching: setting to `Between`, `Whole` or `OneOf` of
  `harness.zoo._settings`; ``scaler`` is the pipeline's. Empty where nothing is. A search should try
  the defaults as well: they needn't lie in it;
- ``PRESETS``, if it has any: name to settings, such as those of a report; a literal, so that it is
  read without importing the module.

The classifier gives float64 probabilities. It may leave ``history_`` and ``notes_``. Where its
state isn't plain numpy and scikit-learn, it has ``save(folder)`` and a class method
``load(folder)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import UsageError
from harness.registry import Files, unknown
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


def parse_settings(name: str, pairs: Sequence[str], *, preset: str | None = None) -> dict[str, Any]:
    """Read ``["C=3", "hidden=256,128"]`` as the settings of model `name`, over those of `preset`.

    Raises
    ------
    UsageError
        For an unknown model or preset, and for settings it doesn't take; all mistakes at once.
    """
    underneath = {} if preset is None else dict(_preset(name, preset))
    return underneath | _settings.parse(MODELS.load(name).make, name, pairs)


def presets(name: str) -> dict[str, dict[str, Any]]:
    """The settings that model `name` knows by a name; imports nothing."""
    return MODELS.stated(name, "PRESETS") or {}


def written(settings: Mapping[str, Any]) -> list[str]:
    """Settings as ``--set`` takes them: ``["hidden=256,128", "epochs=4"]``."""
    return [f"{name}={_settings.show(value)}" for name, value in settings.items()]


def _preset(name: str, preset: str) -> dict[str, Any]:
    known = presets(name)
    if not known:
        having = [other for other in MODELS.names() if presets(other)]
        raise UsageError(
            f"{name} has no presets", where="--preset", todo=f"these have: {', '.join(having)}"
        )
    if preset not in known:
        raise unknown(f"preset of {name}", preset, known)
    return known[preset]


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
