"""The README's command reference, made from the commands themselves.

``python tests/readme.py`` writes it; the tests check that it is up to date.
"""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- reference: made by tests/readme.py -->\n", "<!-- end of reference -->"


def commands() -> list[str]:
    """Every command's name, in the order that `harness --help` shows."""
    from harness.cli.app import app

    return [info.name for info in app.registered_commands]


def help_of(*words: str) -> str:
    """What ``harness WORDS --help`` prints, 88 columns wide."""
    from harness.cli.app import app

    done = CliRunner().invoke(app, [*words, "--help"], prog_name="harness", terminal_width=88)
    assert done.exit_code == 0, done.output
    return "\n".join(line.rstrip() for line in done.output.strip().splitlines())


def reference() -> str:
    """The section between the markers."""
    parts = [f"```\n{help_of()}\n```\n"]
    parts += [f"### harness {name}\n\n```\n{help_of(name)}\n```\n" for name in commands()]
    return "\n".join(parts)


def with_reference(text: str) -> str:
    """`text` with its reference section made anew."""
    pattern = re.escape(START) + ".*?" + re.escape(END)
    return re.sub(pattern, lambda _: START + reference() + END, text, flags=re.DOTALL)


if __name__ == "__main__":
    README.write_text(with_reference(README.read_text(encoding="utf-8")), encoding="utf-8")
