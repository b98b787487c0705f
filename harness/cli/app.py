"""The `harness` command: thread settings first, then one thin file per command."""

from __future__ import annotations

import sys

import typer

from harness.cli import fit, grade, submit
from harness.errors import HarnessError
from harness.threads import settle

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("fit")(fit.command)
app.command("submit")(submit.command)
app.command("grade")(grade.command)


def main() -> None:
    """Run the command line; user errors become one or two lines and an exit code."""
    settle()
    try:
        app()
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
