"""`harness entries`: the local leaderboard."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions
from harness.errors import UsageError

# Of a table that nothing narrows.
WIDEST = 10_000
# Of entries of other data, unless all are listed.
MOST_NAMED = 8


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
    forget: Annotated[
        str | None,
        typer.Option(
            "--forget",
            metavar="ENTRY",
            help="Take back what was noted last for an entry.",
            show_default=False,
        ),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option("--board", help="The leaderboard that answered.", show_default=False),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List the entries of other data, too.")
    ] = False,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Show the local leaderboard: every entry, the class prior first, gaps with their error."""
    if board is not None and posted is None and forget is None:
        raise UsageError("says which leaderboard --posted or --forget is of", where="--board")
    from harness import journal
    from harness.cli._common import competition_for
    from harness.leaderboard import of_other_data, standings
    from harness.leftovers import unfinished

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    if posted is not None:
        noted = journal.post(competition, submissions, *posted, board)
        _console.say(f"noted: {noted}")
        if advice := journal.advice(competition, submissions, noted):
            _console.say(f"note: {advice}")
    if forget is not None:
        _console.say(f"taken back: {journal.forget(competition, submissions, forget, board)}")
    answers = journal.read(submissions, competition)
    table = standings(competition, submissions, metric)
    others, left = of_other_data(competition, submissions, metric), unfinished(submissions)
    for line in table.warnings:
        _console.say(line)
    if json:
        _console.print_json(
            {
                "competition": competition.name,
                "metric": metric,
                "rows": [r.as_dict() for r in table.rows],
                "of_other_data": [one.as_dict() for one in others],
                "unfinished": [one.as_dict() for one in left],
                "optimism": table.optimism,
                "compared": table.compared,
                "posted": [asdict(one) | {"gap": one.gap} for one in answers],
            }
        )
        return
    _print(competition.name, metric, table.rows)
    if any(row.tied for row in table.rows):
        print("~ can't be told apart from the best (paired over rows, 5 % over all comparisons)")
    if any(row.leak for row in table.rows):
        reason = next(row.leak for row in table.rows if row.leak)
        _console.tell(f"leaky: {reason}; no such score can be expected of new rows")
    if table.set_aside:
        _console.tell(f"not the best, whatever they score: {table.set_aside}")
    if table.optimism > 0:
        _console.tell(
            f"the best of {table.compared} looks about {table.optimism:.4f} better than it is"
        )
    for line in journal.summary(answers):
        _console.tell(line)
    _tell_others(others, metric, every=every)
    for one in left:
        _console.tell(f"unfinished: {one}")
    if len(table.rows) == 1:
        _console.say("no entries yet: harness fit --model dense")


def _tell_others(others: list[Any], metric: str, *, every: bool) -> None:
    """How many entries are of other data, and their names; with `every` a line for each."""
    if not others:
        return
    count = f"{len(others)} {'entry' if len(others) == 1 else 'entries'} of other data"
    if every:
        _console.tell(f"{count}, which can't be compared with these:")
        for one in others:
            score = "" if one.score is None else f", {metric} {one.score:.4f}"
            _console.tell(f"  {one.name}: {one.model} on {one.competition} ({one.data}){score}")
        return
    names = [one.name for one in others]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    _console.tell(f"{count}: {', '.join(names[:MOST_NAMED])}{more} (--all lists them)")


def _print(competition: str, metric: str, rows: list[Any]) -> None:

    console = _console.console()
    title = f"{competition}, by out-of-fold {metric}"
    columns = _columns(rows)

    def width() -> int:
        endless = console.options.update(width=WIDEST)
        return console.measure(_table(title, columns), options=endless).maximum

    # What doesn't fit is said beneath or left out; numbers are never cut or folded.
    beneath: list[list[str]] = []
    for name in ("how", "split", "seconds", "logloss-cells"):
        if name in columns and name != metric and width() > console.width:
            left_out = columns.pop(name)
            beneath += [left_out] if name in ("how", "split") else []
    console.width = max(console.width, width())
    console.print(_table(title, columns))
    for row, *told in zip(rows, *beneath, strict=True):
        if any(told):
            _console.tell(f"{row.name}: {', '.join(one for one in told if one)}")


def _columns(rows: list[Any]) -> dict[str, list[str]]:
    """Every column's cells, by its title."""
    columns = {"entry": [row.name for row in rows]}
    for name in rows[0].scores:
        columns[name] = [f"{row.scores[name]:.4f}" for row in rows]
    columns["gap to best"] = [_apart(row, max(one.judged for one in rows)) for row in rows]
    if any(row.how for row in rows):
        columns["how"] = [row.how for row in rows]
    if len({row.split for row in rows[1:]}) > 1:
        columns["split"] = [row.split for row in rows]
    columns["seconds"] = ["" if row.seconds is None else f"{row.seconds:.1f}" for row in rows]
    return columns


def _apart(row: Any, most: int) -> str:
    if row.leak:
        return "best, but leaky" if row.best else "leaky"
    if row.best:
        return "best"
    if row.gap is None and row.judged < most:
        return f"{row.judged} rows only"
    apart = "" if row.gap is None else f"{row.gap.value:.4f} ±{row.gap.error:.4f}"
    return f"~ {apart}" if row.tied else apart


def _table(title: str, columns: dict[str, list[str]]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title)
    for name in columns:
        table.add_column(
            name, justify="left" if name in ("entry", "how", "split") else "right", no_wrap=True
        )
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*cells)
    return table
