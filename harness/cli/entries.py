"""`harness entries`: the local leaderboard."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions


def command(
    metric: Annotated[
        str, typer.Option("--metric", help="Sort by this metric; see `harness metrics`.")
    ] = "logloss",
    data: Data = None,
    posted: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--posted",
            metavar="ENTRY SCORE",
            help="Note what the real leaderboard answered to an entry.",
            show_default=False,
        ),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option("--board", help="The leaderboard that answered.", show_default=False),
    ] = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Show the local leaderboard: every entry, the class prior first, gaps with their error."""
    from harness import journal
    from harness.cli._common import competition_for
    from harness.leaderboard import standings

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    if posted is not None:
        noted = journal.post(competition, submissions, *posted, board)
        where = "inside" if noted.inside else "outside"
        _console.say(
            f"noted: {noted.entry} got {noted.score:.5f} on {noted.board}, expected "
            f"{noted.expected:.4f}, {where} {noted.low:.4f} to {noted.high:.4f}"
        )
    answers = journal.read(submissions, competition)
    table = standings(competition, submissions, metric)
    for line in table.warnings:
        _console.say(line)
    if json:
        _console.print_json(
            {
                "competition": competition.name,
                "metric": metric,
                "rows": [r.as_dict() for r in table.rows],
                "optimism": table.optimism,
                "posted": [asdict(one) | {"gap": one.gap} for one in answers],
            }
        )
        return
    _print(competition.name, metric, table.rows)
    if any(row.tied for row in table.rows):
        print("~ can't be told apart from the best (paired over rows, 5 % over all comparisons)")
    if table.optimism > 0:
        print(
            f"the best of {len(table.rows) - 1} looks about {table.optimism:.4f} better than it is"
        )
    if answers:
        print(journal.summary(answers))
    if len(table.rows) == 1:
        _console.say("no entries yet: harness fit --model dense")


def _print(competition: str, metric: str, rows: list[Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=f"{competition}, by out-of-fold {metric}")
    table.add_column("entry", no_wrap=True)
    shown = list(rows[0].scores)
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("gap to best", justify="right", no_wrap=True)
    told = any(row.how for row in rows)
    if told:
        table.add_column("how", overflow="fold")
    several = len({row.split for row in rows[1:]}) > 1
    if several:
        table.add_column("split")
    table.add_column("seconds", justify="right")
    for row in rows:
        apart = "" if row.gap is None else f"{row.gap.value:.4f} ±{row.gap.error:.4f}"
        seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
        apart = f"~ {apart}" if row.tied else apart
        split = ([row.how] if told else []) + ([row.split] if several else [])
        scores = [f"{row.scores[name]:.4f}" for name in shown]
        table.add_row(row.name, *scores, "best" if row.best else apart, *split, seconds)
    Console(highlight=False, markup=False).print(table)
