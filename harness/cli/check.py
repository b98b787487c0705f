"""`harness check`: the data looked at before anything is fitted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import _console, _progress
from harness.cli._options import SUBMISSIONS, Data, Groups, Json, Seed, Submissions

if TYPE_CHECKING:
    from harness.check._run import Checked
    from harness.competition import Competition
    from harness.entries import Entry

STYLES = {"bad": "bold red", "warn": "yellow", "info": "cyan"}


def command(
    data: Data = None,
    groups: Groups = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this check, as often as needed.", show_default=False),
    ] = None,
    cv: Annotated[int, typer.Option("--cv", min=2, help="Folds that a fit will ask for.")] = 5,
    entry: Annotated[
        str | None,
        typer.Option(
            "--entry",
            help="Whose out-of-fold probabilities judge the labels. Default: the best one.",
            show_default=False,
        ),
    ] = None,
    write_groups: Annotated[
        Path | None,
        typer.Option(
            "--write-groups",
            metavar="FILE",
            help="Write the groups that keep copies together, one number a training row.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when something bad is found.")
    ] = False,
    seed: Seed = 0,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Look for faults of the data: what, how bad, and what to do about it."""
    from harness.cli._common import competition_for

    competition = competition_for(data, submissions, groups=groups)
    _console.pass_on_notes(competition)
    judge = _judge(competition, entry, submissions)

    from harness.check._finding import Severity
    from harness.check._run import CHECKS, check

    with _progress.folds(len(only or CHECKS.names()), "check") as on_step:
        checked = check(
            competition,
            entry=judge,
            cv=cv,
            seed=seed,
            only=only or (),
            groups=write_groups is not None,
            on_step=on_step,
        )
    if write_groups is not None:
        _write_groups(checked, write_groups)
    if json:
        _console.print_json(checked.as_dict())
    else:
        _print(checked)
    if strict and checked.count(Severity.BAD):
        raise typer.Exit(1)


def _judge(competition: Competition, name: str | None, submissions: Path) -> Entry | None:
    """The entry that is named, else the one with the lowest out-of-fold log-loss, if any."""
    from harness import entries

    if name is None:
        from harness.leaderboard import standings

        table = standings(competition, submissions, "logloss")
        # The first row is the class prior, which is no entry.
        name = next((row.name for row in table.rows[1:] if row.best), None)
    if name is None:
        return None
    entry = entries.find(submissions, name, fingerprint=competition.fingerprint)
    entry.check(competition)
    return entry


def _write_groups(checked: Checked, path: Path) -> None:
    from harness.atomic import write_text

    if checked.groups is None:
        _console.say(f"no two rows belong together: {path} was not written")
        return
    write_text(path, "".join(f"{group}\n" for group in checked.groups.tolist()))
    number = len(set(checked.groups.tolist()))
    _console.say(f"{path}: {number} groups of {len(checked.groups)} rows")


def _print(checked: Checked) -> None:
    """Findings from bad to info, then what was looked at and found clean, and what wasn't."""
    from rich.table import Table
    from rich.text import Text

    from harness.check._finding import ORDER
    from harness.report.text import plain

    console = _console.console()
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, one in checked.findings:
        head = Text(f"{str(one.severity).upper():4}", style=STYLES[str(one.severity)])
        grid.add_row(head, Text(f"{name}: {plain(one.what)}"))
        grid.add_row("", Text(plain(one.how_bad), style="dim"))
        grid.add_row("", Text(f"-> {plain(one.todo)}"))
    console.print(grid)
    for title, lines in (
        ("Nothing found in", _clean(checked)),
        ("Not looked at", _skipped(checked)),
    ):
        if lines:
            console.print(Text(f"\n{title}:"))
            rest = Table.grid(padding=(0, 1))
            rest.add_column(no_wrap=True)
            rest.add_column(overflow="fold")
            for name, seen in lines:
                rest.add_row(f"  {name}", Text(plain(seen), style="dim"))
            console.print(rest)
    counts = ", ".join(f"{checked.count(severity)} {severity}" for severity in ORDER)
    console.print(Text(f"\n{plain(checked.competition)}: {counts} ({checked.seconds:.1f} s)"))


def _clean(checked: Checked) -> list[tuple[str, str]]:
    return [
        (name, out.seen)
        for name, out in checked.outcomes.items()
        if not out.findings and not out.skipped
    ]


def _skipped(checked: Checked) -> list[tuple[str, str]]:
    return [(name, out.seen) for name, out in checked.outcomes.items() if out.skipped]
