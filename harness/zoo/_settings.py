"""Hyper-parameters from text: a model's `make` signature is the list of what it takes.

Types that a parameter may have: int, float, bool, str, ``Literal[...]``, ``tuple[int, ...]`` (or of
float), and unions of these with each other and None. ``Annotated[float, above(0)]`` bounds one;
the bound is checked before anything is fitted.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from harness.errors import UsageError
from harness.registry import unknown

# Given by the harness, not by the user: `--seed` sets it.
OWN = ("random_state",)
# Names in a search space that are no settings of the model, but of the pipeline around it.
AROUND = ("scaler",)


@dataclass(frozen=True)
class Range:
    """What a number, or every number of a tuple, must lie in."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` lies in it."""
        return (value > self.low if self.open_low else value >= self.low) and value <= self.high

    def __str__(self) -> str:
        start = f"above {self.low:g}" if self.open_low else f"at least {self.low:g}"
        if math.isinf(self.high):
            return start
        if self.open_low:
            return f"{start} and at most {self.high:g}"
        return f"from {self.low:g} to {self.high:g}"


def above(low: float, *, up_to: float = math.inf) -> Range:
    """Larger than `low`, and at most `up_to`."""
    return Range(low, up_to, open_low=True)


def at_least(low: float) -> Range:
    """`low` or larger."""
    return Range(low)


def between(low: float, high: float) -> Range:
    """From `low` to `high`, both included."""
    return Range(low, high)


@dataclass(frozen=True)
class Between:
    """To search: numbers from `low` to `high`, both included; evenly in their logarithm or not."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Whole:
    """To search: whole numbers from `low` to `high`, both included; as `Between`."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, init=False)
class OneOf:
    """To search: one of these, in no order."""

    choices: tuple[Any, ...]

    def __init__(self, *choices: Any) -> None:
        object.__setattr__(self, "choices", choices)


Domain = Between | Whole | OneOf


class Setting(NamedTuple):
    """One hyper-parameter, as ``harness models NAME`` shows it."""

    name: str
    type: str
    default: str
    meaning: str


def parse(make: Callable[..., Any], model: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Read ``name=value`` pairs by the signature of `make`.

    Raises
    ------
    UnknownNameError
        Where one unknown name is the only mistake: the known ones, and the nearest.
    UsageError
        Every mistake at once.
    """
    hints = types_of(make)
    settings: dict[str, Any] = {}
    faults: list[UsageError] = []
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            faults.append(
                UsageError(f"{pair!r} is not of the form name=value", todo="such as --set C=3")
            )
        elif name not in hints:
            faults.append(_unknown(model, name, hints))
        elif name in settings:
            faults.append(UsageError(f"{name} is set twice", todo="set it once"))
        else:
            try:
                settings[name] = _checked(name, hints[name], _read(hints[name], text))
            except ValueError as fault:
                faults.append(UsageError(f"{name}={text}: {fault}"))
    _raise(faults, "--set")
    return settings


def check(make: Callable[..., Any], model: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are values already, checked like `parse` does; lists become tuples."""
    hints = types_of(make)
    faults: list[UsageError] = []
    good: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in hints:
            faults.append(_unknown(model, name, hints))
            continue
        try:
            good[name] = _checked(name, hints[name], _fit_value(hints[name], value))
        except ValueError as fault:
            faults.append(UsageError(f"{name}={value!r}: {fault}"))
    _raise(faults, "settings")
    return good


def describe(make: Callable[..., Any]) -> list[Setting]:
    """Every hyper-parameter: name, type, default, and what its docstring says."""
    meanings = _meanings(inspect.getdoc(make) or "")
    parameters = inspect.signature(make).parameters
    return [
        Setting(name, type_name(hint), show(parameters[name].default), meanings.get(name, ""))
        for name, hint in types_of(make).items()
    ]


def types_of(make: Callable[..., Any]) -> dict[str, Any]:
    """The parameters that a user may set, and their types, `Annotated` ones with their ranges."""
    hints = get_type_hints(make, include_extras=True)
    names = [name for name in inspect.signature(make).parameters if name not in OWN]
    return {name: hints[name] for name in names}


def type_name(hint: Any) -> str:
    """A type as people read it: ``float above 0``, ``sigmoid | isotonic``, ``int, int, ...``."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return " ".join([type_name(inner), *(str(m) for m in marks if isinstance(m, Range))])
    if get_origin(hint) is Literal:
        return " | ".join(map(str, get_args(hint)))
    if _is_union(hint):
        return " | ".join(type_name(member) for member in get_args(hint))
    if get_origin(hint) is tuple:
        inside = type_name(get_args(hint)[0])
        return f"{inside},{inside},..."
    return "none" if hint is NoneType else hint.__name__


def _read(hint: Any, text: str) -> Any:
    """`text` as a value of type `hint`; ValueError says what was expected."""
    if get_origin(hint) is Annotated:
        with suppress(ValueError):
            return _read(get_args(hint)[0], text)
    elif _is_union(hint):
        # Literals and None before str, which takes anything.
        for member in sorted(get_args(hint), key=lambda member: _bare(member) is str):
            with suppress(ValueError):
                return _read(member, text)
    elif get_origin(hint) is Literal:
        for value in get_args(hint):
            if text == str(value):
                return value
    elif get_origin(hint) is tuple:
        parts = [part.strip() for part in text.strip("()[] ").split(",")]
        return tuple(_read(get_args(hint)[0], part) for part in parts if part)
    elif hint is NoneType:
        if text.lower() == "none":
            return None
    elif hint is bool:
        if text.lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
            return text.lower() in ("true", "yes", "on", "1")
    elif hint is int:
        if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
            return int(text)
    elif hint is float:
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE):
            return float(text)
    elif hint is str:
        return text
    raise ValueError(f"expected {type_name(hint)}")


def _fit_value(hint: Any, value: Any) -> Any:
    """`value` if it is of type `hint`, with whole numbers taken for floats and lists for tuples."""
    if get_origin(hint) is Annotated:
        with suppress(ValueError):
            return _fit_value(get_args(hint)[0], value)
    elif _is_union(hint):
        for member in get_args(hint):
            with suppress(ValueError):
                return _fit_value(member, value)
    elif get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
    elif get_origin(hint) is tuple:
        if isinstance(value, (list, tuple)):
            return tuple(_fit_value(get_args(hint)[0], item) for item in value)
    elif hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    elif isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise ValueError(f"expected {type_name(hint)}")


def _checked(name: str, hint: Any, value: Any) -> Any:
    """`value`, if the ranges of the union member that it belongs to hold it."""
    numbers = value if isinstance(value, tuple) else (value,)
    for number in numbers:
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError("must be finite")
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            continue
        for limits in _ranges(hint):
            if not limits.holds(number):
                raise ValueError(f"must be {limits}")
    return value


def _ranges(hint: Any) -> list[Range]:
    found = [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Range)]
    for inner in get_args(hint):
        if get_origin(hint) is not Literal:
            found += _ranges(inner)
    return list(dict.fromkeys(found))


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def show(value: Any) -> str:
    """A value as it would be written after ``name=``."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _meanings(doc: str) -> dict[str, str]:
    """Each parameter's description in a numpy-style docstring, on one line."""
    _, _, section = doc.partition("Parameters\n----------\n")
    section = re.split(r"\n\S+\n-{3,}\n", section)[0]
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line and not line[0].isspace():
            names = [name.strip() for name in line.partition(" :")[0].split(",")]
        elif line.strip():
            for name in names:
                meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return meanings


def _unknown(model: str, name: str, hints: Mapping[str, Any]) -> UsageError:
    if hints:
        return unknown(f"setting of {model}", name, hints)
    return UsageError(f"{model} has no settings, so {name} can't be set", todo="leave --set out")


def _raise(faults: Sequence[UsageError], where: str) -> None:
    if len(faults) == 1:
        fault = faults[0]
        raise type(fault)(fault.what, where=where, todo=fault.todo) from None
    if faults:
        lines = [f"{fault.what} ({fault.todo})" if fault.todo else fault.what for fault in faults]
        raise UsageError(
            f"{len(faults)} mistakes" + "".join(f"\n  - {line}" for line in lines), where=where
        )
