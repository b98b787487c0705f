"""`harness new`: describe a competition from its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import Json


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the files.")],
    label: Annotated[
        str | None, typer.Option("--label", help="The column of labels.", show_default=False)
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="The column of ids.", show_default=False)
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option("--groups", help="The column of groups that stay whole.", show_default=False),
    ] = None,
    train: Annotated[
        Path | None, typer.Option("--train", help="The training rows.", show_default=False)
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="The file of labels.", show_default=False)
    ] = None,
    test: Annotated[
        Path | None, typer.Option("--test", help="The test rows.", show_default=False)
    ] = None,
    ignore_case: Annotated[
        bool | None,
        typer.Option(
            "--ignore-case/--keep-case",
            help="Whether labels that differ in case alone are one class.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Write competition.toml there: for files in a folder that can't be written.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a competition.toml that is there.")
    ] = False,
    json: Json = False,
) -> None:
    """Write competition.toml from the files in DIR; print what was inferred, and why."""
    from harness.competitions._new import describe

    said = {"label": label, "id": identity, "groups": groups, "ignore_case": ignore_case}
    files = {"train": train, "labels": labels, "test": test}
    made = describe(folder, said, files, out=out, force=force)
    competition = made.competition
    if json:
        _console.print_json(
            {
                "path": made.path,
                "name": competition.name,
                "rows": len(competition.y),
                "features": len(competition.columns),
                "classes": competition.classes,
                "test_rows": len(competition.test_ids),
                "inferred": [{"key": r.key, "value": r.what, "why": r.why} for r in made.reasons],
            }
        )
        return
    width = max((len(reason.key) for reason in made.reasons), default=0)
    for reason in made.reasons:
        _console.tell(f"{reason.key:<{width}}  {reason.what}: {reason.why}")
    _console.tell(
        f"{made.path}: {len(competition.y)} rows, {len(competition.columns)} features, "
        f"{competition.n_classes} classes, {len(competition.test_ids)} test rows"
    )
    _console.pass_on_notes(competition)
    _console.say(
        f"put right in it what was guessed wrong; then: harness fit --data {out or folder}"
    )
