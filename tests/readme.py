"""The parts of the README that the project makes itself: the session, the models, the reference.

``python tests/readme.py`` writes them (the session by running it); the tests check that models and
reference are up to date, and that every command shown still runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

README = Path(__file__).parent.parent / "README.md"
SESSION = (
    "harness fit --model dense",
    "harness fit --model lda",
    "harness entries",
    "harness submit --metric logloss --out logloss.csv",
    "harness submit --metric accuracy",
    "harness grade logloss.csv",
    "harness report",
)


def commands() -> list[str]:
    """Every command's name, in the order that `harness --help` shows."""
    from harness.cli.app import app

    return [str(info.name) for info in app.registered_commands]


def help_of(*words: str) -> str:
    """What ``harness WORDS --help`` prints, 88 columns wide."""
    from harness.cli.app import app

    done = CliRunner().invoke(app, [*words, "--help"], prog_name="harness", terminal_width=88)
    assert done.exit_code == 0, done.output
    return "\n".join(line.rstrip() for line in done.output.strip().splitlines())


def reference() -> str:
    """The commands' own help."""
    parts = [f"```\n{help_of()}\n```\n"]
    parts += [f"### harness {name}\n\n```\n{help_of(name)}\n```\n" for name in commands()]
    return "\n".join(parts)


def models() -> str:
    """The table of models."""
    from harness.zoo._members import MODELS

    rows = [f"| `{name}` | {MODELS.summary(name)} |" for name in MODELS.names()]
    return "\n".join(["| `--model` | what it is |", "|---|---|", *rows]) + "\n"


def run(command: str, folder: Path) -> str:
    """Run one of the README's commands in `folder`, as a user would; what it printed."""
    program = Path(sys.executable).parent / "harness"
    environment = os.environ | {"COLUMNS": "100", "HARNESS_CACHE": str(folder / ".cache")}
    done = subprocess.run(
        [program, *command.split()[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def session() -> str:
    """The session, run in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        shown = [f"$ {command}\n{run(command, Path(folder))}\n" for command in SESSION]
    return "```\n" + "\n".join(shown) + "```\n"


def replaced(text: str, name: str, made: str) -> str:
    """`text` with the part between the markers called `name` replaced."""
    pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
    assert re.search(pattern, text, flags=re.DOTALL), f"README.md has no part {name}"
    return re.sub(pattern, lambda m: f"{m[1]}\n{made}\n{m[2]}", text, flags=re.DOTALL)


def made_by_code(text: str) -> str:
    """`text` with models and reference made anew."""
    return replaced(replaced(text, "models", models()), "reference", reference())


if __name__ == "__main__":
    written = made_by_code(README.read_text(encoding="utf-8"))
    if "--no-session" not in sys.argv:
        written = replaced(written, "session", session())
    README.write_text(written, encoding="utf-8")
