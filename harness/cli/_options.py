"""Options that several commands share: one wording, one default, one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="The competition's folder. Default: HARNESS_DATA, else ./data.",
        show_default=False,
    ),
]
Submissions = Annotated[
    Path,
    typer.Option("--submissions", envvar="HARNESS_SUBMISSIONS", help="Where the entries are kept."),
]
EntryName = Annotated[
    str | None,
    typer.Option("--entry", help="Which entry. Default: the best one.", show_default=False),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups",
        metavar="COLUMN",
        help="A column whose equal values belong together, such as a track or an artist.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of everything random.")
]

SUBMISSIONS = Path("submissions")
