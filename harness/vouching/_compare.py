"""What is kept against what comes out now."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# Another machine may take sums in another order; the same machine gives the same bits.
ROUNDING = 1e-5
MOST_NAMED = 3


@dataclass(frozen=True)
class Check:
    """One thing that an entry says, and whether it comes out again.

    Attributes
    ----------
    what : str
    verdict : "agrees", "disagrees" or "not checked"
    said : str
        What agrees; what differs, and by how much; why it wasn't checked.
    """

    what: str
    verdict: Literal["agrees", "disagrees", "not checked"]
    said: str


def of_arrays(
    what: str, files: Mapping[str, tuple[NDArray | None, NDArray | None]], said: str
) -> Check:
    """Each file's array as it is kept against the one that comes out now; None: there is none."""
    for name, (kept, now) in files.items():
        if (kept is None) != (now is None):
            there = "is missing" if kept is None else "shouldn't be there"
            return Check(what, "disagrees", f"{name} {there}")
        if kept is None or now is None:
            continue
        largest = apart(kept, now)
        if largest > ROUNDING:
            rows = "other rows"
            if kept.shape == now.shape:
                off = ~(np.abs(kept - now) <= ROUNDING)
                rows = f"{int(off.reshape(len(kept), -1).any(axis=1).sum())} of {len(kept)} rows"
            return Check(
                what, "disagrees", f"{name} is not {said}: {rows} differ, by up to {largest:.3g}"
            )
    return Check(what, "agrees", f"{' and '.join(files)}: {said}")


def of_values(what: str, kept: Any, now: Any, said: str) -> Check:
    """Numbers and names of the receipt against those that come out now."""
    found = list(differences(kept, now))
    if not found:
        return Check(what, "agrees", said)
    named = [
        f"{where} is {_told(then)} in the receipt, {_told(new)} recomputed"
        for where, then, new in found[:MOST_NAMED]
    ]
    more = len(found) - len(named)
    return Check(what, "disagrees", "; ".join(named) + (f"; and {more} more" if more else ""))


def apart(one: NDArray, other: NDArray) -> float:
    """The largest difference; infinite for other shapes, and where a cell is no number."""
    if one.shape != other.shape:
        return math.inf
    largest = float(np.abs(one - other).max(initial=0.0))
    return largest if math.isfinite(largest) else math.inf


def differences(kept: Any, now: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two trees of JSON differ beyond rounding: path, and both values there."""
    if isinstance(now, Mapping) and isinstance(kept, Mapping):
        for key in dict.fromkeys((*now, *kept)):
            yield from differences(kept.get(key), now.get(key), f"{where} {key}".strip())
    elif _listed(now) and _listed(kept) and len(now) == len(kept):
        for number, (one, other) in enumerate(zip(kept, now, strict=True), start=1):
            yield from differences(one, other, f"{where} {number}".strip())
    elif not _alike(kept, now):
        yield where, kept, now


def _listed(thing: Any) -> bool:
    return isinstance(thing, Sequence) and not isinstance(thing, str)


def _alike(kept: Any, now: Any) -> bool:
    if _number(kept) and _number(now):
        if math.isfinite(kept) and math.isfinite(now):
            return abs(kept - now) <= ROUNDING * max(1.0, abs(now))
        return kept == now or (math.isnan(kept) and math.isnan(now))
    if _listed(kept) and _listed(now):
        return list(kept) == list(now)
    return type(kept) is type(now) and bool(kept == now)


def _number(thing: Any) -> bool:
    return isinstance(thing, int | float) and not isinstance(thing, bool)


def _told(value: Any) -> str:
    if value is None:
        return "missing"
    return f"{value:.4f}" if isinstance(value, float) else repr(value)
