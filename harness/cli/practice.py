"""`harness practice`: a competition of one's own, out of any labelled set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import Groups, Json, Seed


def command(
    data: Annotated[
        Path, typer.Argument(metavar="DIR", help="The labelled set: a folder, or one table.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="NEW", help="The practice competition's folder.")
    ],
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="COLUMN", help="The column of labels.", show_default=False),
    ] = None,
    groups: Groups = None,
    test_share: Annotated[
        float, typer.Option("--test-share", min=0.05, max=0.95, help="Share of the rows to hide.")
    ] = 0.4,
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            help="Hide this part of the competition's own split instead.",
            show_default=False,
        ),
    ] = None,
    public: Annotated[
        float,
        typer.Option("--public", min=0.05, max=0.95, help="Share of the test rows scored openly."),
    ] = 0.3,
    seed: Seed = 0,
    format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    keep_ids: Annotated[
        bool,
        typer.Option("--keep-ids", help="Keep test ids even where they give the class away."),
    ] = False,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Rows that look like one song's are none.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a competition from labelled rows: hidden answers, a public and a private part."""
    from harness.practice import practice

    made = practice(
        data,
        out,
        label=label,
        groups=groups,
        part=part,
        test_share=test_share,
        public_share=public,
        seed=seed,
        format=format,
        keep_ids=keep_ids,
        allow_leak=allow_leak,
    )
    competition = made.competition
    rows, tests = len(competition.y), len(competition.test_ids)
    private = tests - made.public_rows
    if json:
        _console.print_json(
            {
                "path": made.path,
                "name": competition.name,
                "rows": rows,
                "test_rows": tests,
                "public_rows": made.public_rows,
                "private_rows": private,
                "features": len(competition.columns),
                "classes": competition.classes,
                "groups": made.groups,
                "group_by": made.group_by,
                "leaderboards": [board.name for board in competition.leaderboards],
                "notes": made.notes,
            }
        )
        return
    for note in made.notes:
        _console.say(note)
    _console.tell(
        f"{made.path}: {rows} training and {tests} test rows"
        f" ({made.public_rows} public, {private} private),"
        f" {len(competition.columns)} features, {competition.n_classes} classes"
    )
    if made.groups is not None and made.groups < rows:
        _console.tell(
            f"  {made.groups} groups {made.group_by} in training; none of them has test rows"
        )
    print("  the test rows' labels are in answers/, which only grade opens")
    _console.say(
        f"next: harness fit --data {made.path}; harness submit --data {made.path};"
        f" harness grade FILE --data {made.path}"
    )
