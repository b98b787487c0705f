"""Words and numbers as people read them, and texts from data made harmless.

Class and entry names come from files. None of them may end a table, start a link, colour a
terminal or be set as a formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.printable import prints

LONGEST = 42

_ESCAPE_SEQUENCE = re.compile(
    r"""
    \x1b \[ [0-?]* [ -/]* [@-~]                 # colours, cursor movements
    | \x1b [\]PX^_] .*? (?: \x07 | \x1b\\ | $ ) # titles, links, device strings
    | \x1b [ -/]* [0-~]?                        # the short ones
    """,
    re.VERBOSE | re.DOTALL,
)

_MARKDOWN = re.compile(r"[\\`*\[\]<>|~$&#!{}@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.I)


def plain(text: object) -> str:
    """One line of printable text: no terminal control, no line break, nothing unwritable."""
    bare = _ESCAPE_SEQUENCE.sub("", str(text))
    kept = (" " if character.isspace() else character for character in bare if _prints(character))
    return " ".join("".join(kept).split())


def _prints(character: str) -> bool:
    return character.isspace() or prints(character)


def shown_names(names: Sequence[object]) -> tuple[str, ...]:
    """Names for people: plain, none empty, no two alike."""
    return unlike([plain(name) or "(no name)" for name in names])


def unlike(names: Sequence[str]) -> tuple[str, ...]:
    """The names with their position (from 1) added where two are alike."""
    result = list(names)
    while len(set(result)) < len(result):
        alike = {name for name in result if result.count(name) > 1}
        result = [f"{n} ({k})" if n in alike else n for k, n in enumerate(result, start=1)]
    return tuple(result)


def shortened(text: str, longest: int = LONGEST) -> str:
    """At most `longest` characters; what is left out is the middle, since ends tell names apart."""
    if len(text) <= longest:
        return text
    tail = (longest - 3) // 2
    return f"{text[: longest - 3 - tail].rstrip()}...{text[-tail:].lstrip()}"


def markdown(text: object) -> str:
    """`text` as GitHub-flavoured Markdown that shows exactly these characters, in a table cell too.

    An underscore inside a word is left as it is: there it means nothing.
    """
    return _MARKDOWN.sub(lambda match: "\\" + match[0], plain(text))


def percent(share: float) -> str:
    """A share 0..1 in whole per cent; what is not quite nothing or all is not rounded to it."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def counted(number: int, thing: str) -> str:
    """``1 row``, ``23 rows``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}{_plural(thing)}"


def _plural(thing: str) -> str:
    return "es" if thing.endswith("s") else "s"
