"""`harness reproduce`: the systems of five reports, end to end, their figures beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness import folders
from harness.cli import _console, _progress
from harness.cli._options import Json
from harness.cli.fit import fold_line

if TYPE_CHECKING:
    from harness.reproduce import Reproduced
    from harness.systems._sheets import Sheet

FOLDER, WIDE = Path("reproduce"), 120


def command(
    system: Annotated[
        str | None,
        typer.Argument(metavar="[SYSTEM]", help="s0, s1, s2, s3 or s4. Without it: what they are."),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Its data: audio, or a competition; as often as needed. Default: made data.",
            show_default=False,
        ),
    ] = None,
    effort: Annotated[
        str, typer.Option("--effort", help="small, or full: the report's own settings.")
    ] = "small",
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="WHICH",
            help="For s2: imagenet (fetched), none, or a file. Default: imagenet's where they are"
            " here.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            max=2**32 - 1,
            help="Seed of everything random. Default: the report's, else 0.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Where everything goes. Default: reproduce/SYSTEM.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Run a report's system as it was described; print its figures beside what comes out."""
    from harness.systems._system import SYSTEMS

    if system is None:
        _list(json)
        return
    # An unknown name, and a folder that isn't there, are answered before anything heavy is loaded.
    SYSTEMS.summary(system)
    folders.refuse_nothing(data or (), "--data")
    from harness.reproduce import reproduce

    with _progress.folds(None, system) as advance:

        def on_step(step: str) -> None:
            advance.say(f"{system}: {step}")
            _console.say(f"{system}: {step}")

        def on_fold(run: str, fold: Any) -> None:
            advance.say(f"{system}: {run}, fold {fold.number + 1} done")
            if not json:
                _console.tell(f"{run}: {fold_line(fold)}", flush=True)

        done = reproduce(
            system,
            out or FOLDER / system,
            data=data or (),
            effort=effort,
            seed=seed,
            weights=weights,
            on_fold=on_fold,
            on_step=on_step,
        )
    if json:
        _console.print_json(done.as_dict())
        return
    _print(done)


def _list(json: bool) -> None:
    from harness.systems._system import SYSTEMS

    rows = {name: SYSTEMS.summary(name) for name in SYSTEMS.names()}
    if json:
        _console.print_json(rows)
        return
    for name, summary in rows.items():
        _console.tell(f"{name}  {summary}")


def _print(done: Reproduced) -> None:
    _console.tell(f"\n{done.name}: {done.system.title}, effort {done.effort}, seed {done.seed}")
    for sheet in done.sheets:
        if not sheet.long:
            _print_sheet(sheet)
    for note in done.notes:
        _console.tell(f"- {note}")
    submissions = done.page.parent / "submissions"
    _console.tell(f"\n{done.page}, with {len(done.files)} pictures and tables beside it")
    entry = done.outcomes[-1].entry.name
    _console.say(f"next: harness report --entry {entry} --submissions {submissions}")


def _print_sheet(sheet: Sheet) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=sheet.title, padding=(0, 2, 0, 0), pad_edge=False)
    for position, head in enumerate(sheet.head):
        table.add_column(head, justify="right" if position else "left")
    for row in sheet.rows:
        table.add_row(*map(Text, row))
    console = _console.console()
    # A pipe gets whole cells, however wide the table is.
    if not console.is_terminal:
        console.width = max(console.width, WIDE)
    console.print(table)
    if sheet.note:
        _console.tell(f"{sheet.note}\n")
