"""Results go to stdout, everything else to stderr; colours and bars only on a terminal.

Here is the one place where texts of data meet the terminal: the streams that `clean_streams` puts
in place, and the tables' `console`, show by its code what doesn't print.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.printable import for_json, message, one_line, paragraph, printable

if TYPE_CHECKING:
    from rich.console import Console


class Clean:
    """A text stream that nothing reaches but what prints."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write, printable."""
        return int(self.raw.write(printable(text)))

    def writelines(self, lines: Any) -> None:
        """Write them all, printable."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


@contextmanager
def clean_streams() -> Iterator[None]:
    """Stdout and stderr under `Clean`, as long as the block lasts."""
    before = sys.stdout, sys.stderr
    # A name that the terminal's encoding can't show is shown by its code, not by a failure.
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = (Clean(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """What tables are printed on: its own codes for colours are its own, those of data aren't."""
    from rich.console import Console
    from rich.segment import Segment

    class Printing(Console):
        def render_str(self, text: str, **how: Any) -> Any:
            # Every cell and title passes here before it is measured.
            return super().render_str(one_line(text), **how)

        def render(self, renderable: Any, options: Any = None) -> Any:
            for one in super().render(renderable, options):
                yield one if one.control else Segment(printable(one.text), one.style)

    stream = sys.stderr if stderr else sys.stdout
    return Printing(
        file=stream.raw if isinstance(stream, Clean) else stream,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=soft_wrap,
    )


def tell(text: str, *, flush: bool = False) -> None:
    """A line of a result on stdout; a line end in a name doesn't make two of it."""
    print(paragraph(text), flush=flush)


def say(text: str) -> None:
    """One line of progress or advice, on stderr."""
    print(message(text), file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """A result as JSON on stdout."""
    print(for_json(json.dumps(value, indent=2, ensure_ascii=False, default=_plain)))


def _plain(value: Any) -> Any:
    """Numpy's scalars and paths, as JSON can hold them."""
    return value.item() if hasattr(value, "item") else str(value)


def pass_on_notes(competition: Any) -> None:
    """Pass on what the user should know of how the competition was read."""
    for note in competition.notes:
        say(note)
