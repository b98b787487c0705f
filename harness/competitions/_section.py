"""One TOML table, read key by key; every fault is collected with its place and line."""

from __future__ import annotations

import difflib
import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

LONGEST_TEXT = 10_000
# No header or key is longer.
LONGEST_LINE = 500
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")(?:\s*\.\s*[A-Za-z0-9_-]+)*\s*=")


class Faults:
    """What is wrong with one TOML file, with the line where it stands when that can be told."""

    def __init__(self, text: str) -> None:
        self.found: list[str] = []
        self._lines = locate(text)

    def add(self, place: str, key: str, what: str) -> None:
        """Note a fault of `key` in the table at `place` ("" for the top level)."""
        table = f"{place}.{key}" if place and key else place or key
        line = self._lines.get(table) or self._lines.get(place)
        self.found.append(f"{f'line {line}: ' if line else ''}{_title(place, key)}: {what}")


class Section:
    """A TOML table under a reader that knows its keys.

    Every method takes a key as known, checks its type, and gives its value, or the default where
    the key is absent or wrong. `close` reports the keys that nobody asked for.
    """

    def __init__(self, raw: Any, place: str, faults: Faults) -> None:
        self.place = place
        self.faults = faults
        self.known: list[str] = []
        self.raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        if raw is not None and not isinstance(raw, dict):
            self.fault("", f"must be a table, not {_shown(raw)}")

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def fault(self, key: str, what: str) -> None:
        """Note a fault of one key."""
        self.faults.add(self.place, key, what)

    def required(self, key: str, example: str) -> None:
        """Note a fault unless the key is there."""
        if key not in self.raw:
            self.fault(key, f"is missing; write {key} = {example}")

    def text(self, key: str, default: Any = None) -> Any:
        """A non-empty text."""
        value = self._typed(key, default, "a text in quotes", _is_text)
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            self.fault(key, f"has {len(value):,} characters; at most {LONGEST_TEXT:,}")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        """A true or false."""
        return self._typed(key, default, "true or false", lambda v: isinstance(v, bool))

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of a few texts; "" where the key is absent."""
        wanted = " or ".join(map(_shown, choices))
        return self._typed(key, "", wanted, lambda value: value in choices)

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        return self._typed(key, default, "a whole number", _is_whole)

    def share(self, key: str, *, whole: bool = False) -> float | None:
        """A number between 0 and 1, neither of them; with `whole`, 1 as well."""
        if whole and self.raw.get(key) == 1:
            self.known.append(key)
            return 1.0
        return self._typed(key, None, "a number between 0 and 1, such as 0.3", _is_share)

    def column(self, key: str) -> str | None:
        """A column: its name, or its position in a file without a header."""
        value = self._typed(
            key,
            None,
            "a column's name, or its number from 0 in a file without a header",
            _is_column,
        )
        return None if value is None else str(value)

    def texts(self, key: str, *, what: str = "columns' names") -> tuple[str, ...]:
        """A list of texts or whole numbers, none of them twice."""
        value = self._typed(
            key, [], f"a list of {what}", lambda v: isinstance(v, list) and all(map(_is_column, v))
        )
        items = tuple(str(item) for item in value)
        twice = sorted(item for item, count in Counter(items).items() if count > 1)
        if twice:
            self.fault(key, f"names {', '.join(map(repr, twice))} more than once")
        return items

    def path(self, key: str) -> str | None:
        """A path: relative and inside the folder of the file, or absolute."""
        value = self.text(key)
        if value is not None and (told := path_fault(value)):
            self.fault(key, told)
            return None
        return value

    def table(self, key: str) -> Section | None:
        """A table inside this one, or None."""
        self.known.append(key)
        if key not in self.raw:
            return None
        return Section(self.raw[key], f"{self.place}.{key}" if self.place else key, self.faults)

    def tables(self, key: str) -> Iterator[Section]:
        """Every table of an array of tables."""
        self.known.append(key)
        value = self.raw.get(key, [])
        if not isinstance(value, list):
            self.fault(key, f"must be written as [[{key}]], once for each")
            return
        for number, raw in enumerate(value):
            yield Section(raw, f"{key}[{number}]", self.faults)

    def close(self) -> None:
        """Report the keys that mean nothing here."""
        for key in self.raw:
            if key not in self.known:
                near = difflib.get_close_matches(key, self.known, n=1, cutoff=0.6)
                hint = f"did you mean {near[0]}? " if near else ""
                self.fault(key, f"is no key here; {hint}known: {', '.join(self.known)}")

    def _typed(self, key: str, default: Any, wanted: str, accepts: Any) -> Any:
        self.known.append(key)
        if key not in self.raw:
            return default
        value = self.raw[key]
        if accepts(value):
            return value
        self.fault(key, f"must be {wanted}, not {_shown(value)}")
        return default


def _is_share(value: Any) -> bool:
    return isinstance(value, float) and 0 < value < 1


def path_fault(text: str) -> str | None:
    """Why `text` can't be a path in a competition's folder, or None."""
    if "\0" in text:
        return "a path can't hold a NUL character"
    if PurePath(text).is_absolute():
        return None
    inside = posixpath.normpath(text.replace("\\", "/"))
    if inside == ".." or inside.startswith("../"):
        return f"{text!r} leaves the folder; write an absolute path if you mean that"
    return None


def locate(text: str) -> dict[str, int]:
    """The line (from 1) of every table and key: ``train.header``, ``blocks[0].name``, ...

    A hint for messages, not a parser: text inside multi-line values can mislead it.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    place = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            # Blanks without end are tried in every way to part them.
            line = line[:LONGEST_LINE]
        if header := _HEADER.match(line):
            place = header[2].replace('"', "")
            if header[1] == "[[":
                counts[place] = counts.get(place, -1) + 1
                place = f"{place}[{counts[place]}]"
            lines.setdefault(place, number)
        elif key := _KEY.match(line):
            name = key[1].strip('"')
            lines.setdefault(f"{place}.{name}" if place else name, number)
    return lines


def _title(place: str, key: str) -> str:
    """``[train] header``, ``[[blocks]] 2 columns``: a place as people read the file."""
    if match := re.fullmatch(r"(.+)\[(\d+)\]", place):
        place = f"[[{match[1]}]] number {int(match[2]) + 1}"
    elif place:
        place = f"[{place}]"
    return f"{place} {key}".strip()


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_column(value: Any) -> bool:
    # A column's name may be blank: a table written with its row numbers has such a header.
    return isinstance(value, str) or (_is_whole(value) and value >= 0)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    try:
        shown = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):  # ValueError: a number of more digits than Python writes.
        return f"a very large or deep {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."
