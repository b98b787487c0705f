"""The `harness` command: thread settings first, then one thin file per command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from harness import __version__
from harness.cli import (
    _console,
    audit,
    blend,
    check,
    check_submission,
    demo,
    entries,
    explore,
    extract,
    fit,
    grade,
    lists,
    new,
    practice,
    predict,
    report,
    reproduce,
    submit,
    tune,
    verify,
    weights,
)
from harness.errors import HarnessError
from harness.printable import message
from harness.threads import settle

app = typer.Typer(
    name="harness",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain text: an error is one or two lines, and help starts faster.
    rich_markup_mode=None,
)
app.command("demo")(demo.command)
app.command("weights")(weights.command)
app.command("extract")(extract.command)
app.command("new")(new.command)
app.command("practice")(practice.command)
app.command("check")(check.command)
app.command("explore")(explore.command)
app.command("fit")(fit.command)
app.command("tune")(tune.command)
app.command("blend")(blend.command)
app.command("entries")(entries.command)
app.command("submit")(submit.command)
app.command("check-submission")(check_submission.command)
app.command("grade")(grade.command)
app.command("report")(report.command)
app.command("predict")(predict.command)
app.command("reproduce")(reproduce.command)
app.command("verify")(verify.command)
app.command("audit")(audit.command)
lists.register(app)


STOPPED = 130
# Commands whose finished folds are kept.
GO_ON = {"fit", "tune", "reproduce"}


def _usage(error: TyperException, arguments: list[str]) -> str:
    """A mistake in the command line, with the page that says how it goes."""
    named = next((word for word in arguments if not word.startswith("-")), "")
    known = {info.name for info in app.registered_commands}
    page = f"harness {named} --help" if named in known else "harness --help"
    return f"{error.format_message()}\n  {page} shows what there is"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"harness {__version__}")
        raise typer.Exit


@app.callback()
def _harness(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")
    ] = False,
) -> None:
    """From feature matrices to a submission whose score can be believed."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: errors become one or two lines on stderr and an exit code."""
    settle()
    with _console.clean_streams():
        code = _run(arguments)
    sys.exit(code if isinstance(code, int) else 0)


def _run(arguments: list[str] | None) -> object:
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"] or ["--help"]
    try:
        code = app(arguments, prog_name="harness", standalone_mode=False)
    except (HarnessError, TyperException) as error:
        if debug:
            raise
        text = str(error) if isinstance(error, HarnessError) else _usage(error, arguments)
        _error(text)
        code = error.exit_code
    except KeyboardInterrupt:
        code = STOPPED
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing is left to say.
        sys.stderr.close()
        code = 1
    except OSError as error:
        if debug:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _error(f"{where}{error.strerror or error}")
        code = 1
    except MemoryError:
        if debug:
            raise
        _error("this takes more memory than there is\n  take fewer rows or columns")
        code = 1
    except Exception as error:
        if debug:
            raise
        _error(
            f"{type(error).__name__}: {error}\n"
            "  this is a fault of harness, not yours: run it again with --debug and report it"
        )
        code = 1
    if code == STOPPED:
        # typer turns Ctrl-C into this code before it gets here.
        told = "stopped; a fit goes on from its finished folds when run again"
        print(told if GO_ON & set(arguments) else "stopped", file=sys.stderr)
    return code


def _error(text: str) -> None:
    print(f"error: {message(text)}", file=sys.stderr)
