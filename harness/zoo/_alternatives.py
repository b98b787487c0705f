"""Several values of a setting, ``C=0.1/1/10``: what ``--split nested`` chooses among."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import UsageError
from harness.zoo import _members

PARTED_BY = "/"


def parse_alternatives(
    name: str, pairs: Sequence[str], *, preset: str | None = None
) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Read ``["C=0.1/1/10", "gamma=scale"]``: settings with one value, and those with several.

    A text that is a value of its setting as it stands is never parted. A setting of `preset` that
    has several values here isn't among the first.

    Raises
    ------
    UsageError
        As `harness.zoo._members.parse_settings`.
    """
    single, several = [], {}
    for pair in pairs:
        setting, _, text = pair.partition("=")
        if PARTED_BY in text and not _is_one(name, pair):
            several[setting.strip()] = [f"{setting}={part}" for part in text.split(PARTED_BY)]
            single.append(several[setting.strip()][0])
        else:
            single.append(pair)
    # Together, so that all mistakes but those of further values are said at once.
    parameters = _members.parse_settings(name, single, preset=preset)
    alternatives = {}
    for setting, texts in several.items():
        values = [_members.parse_settings(name, [text])[setting] for text in texts]
        distinct = tuple(dict.fromkeys(values))
        if len(distinct) > 1:
            alternatives[setting] = distinct
            del parameters[setting]
    return parameters, alternatives


def _is_one(name: str, pair: str) -> bool:
    try:
        _members.parse_settings(name, [pair])
    except UsageError:
        return False
    return True
