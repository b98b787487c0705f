"""Results go to stdout, everything else to stderr; colours and bars only on a terminal."""

from __future__ import annotations

import json
import sys
from typing import Any


def say(text: str) -> None:
    """One line of progress or advice, on stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """A result as JSON on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    """Numpy's scalars and paths, as JSON can hold them."""
    return value.item() if hasattr(value, "item") else str(value)


def pass_on_notes(competition: Any) -> None:
    """Pass on what the user should know of how the competition was read."""
    for note in competition.notes:
        say(note)
