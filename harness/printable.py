r"""Texts from data, as a terminal may show them.

A file's, column's, class's or entry's name can hold anything: codes that move the cursor, set the
window's title, turn the direction of what follows, or break the line and look like a message of
ours. What doesn't print is shown by its code, as Python writes it (``\x1b``, ``\u202e``).
"""

from __future__ import annotations

import re

# Controls but line ends and tabs; soft hyphens, marks of direction, invisible characters, tags;
# line and paragraph separators; halves of surrogate pairs (bytes of a file name that are no UTF-8).
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# A line of a message that goes on: its own lines are indented, those of data aren't known to be.
_BREAK = re.compile(r"\n(?!  )")
_LONG_WORD = re.compile(r"\S{301,}")
LONGEST_WORD = 300
LONGEST_LINE = 2000


def printable(text: str) -> str:
    """`text` with what doesn't print shown by its code; line ends and tabs are left."""
    return _ODD.sub(_code, text)


def prints(character: str) -> bool:
    """Whether a character shows, or is a line end or a tab."""
    return not _ODD.match(character)


def one_line(text: str) -> str:
    """`printable`, and line ends by their code too."""
    return printable(text).replace("\n", "\\n")


def paragraph(text: str) -> str:
    """`printable`; a line end within it stays only where its own next line is indented."""
    start = len(text) - len(text.lstrip("\n"))
    end = len(text.rstrip("\n")) if text.strip("\n") else start
    return text[:start] + _BREAK.sub(r"\\n", printable(text[start:end])) + text[end:]


def message(text: str) -> str:
    """An error or a note: printable, no line but its own, what is long cut in the middle."""
    lines = _BREAK.sub(r"\\n", printable(text)).split("\n")
    return "\n".join(
        shortened(_LONG_WORD.sub(lambda word: shortened(word[0], LONGEST_WORD), line), LONGEST_LINE)
        for line in lines
    )


def for_json(written: str) -> str:
    """JSON text with what doesn't print escaped as JSON does it."""
    return _ODD.sub(_json_code, written)


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters; the middle is left out, since ends tell names apart."""
    if len(text) <= longest:
        return text
    tail = (longest - 3) // 2
    return f"{text[: longest - 3 - tail]}...{text[-tail:]}"


def _code(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _json_code(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))
