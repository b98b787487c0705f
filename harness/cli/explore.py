"""`harness explore`: pictures of the training rows, and one page that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Seed, Submissions


def command(
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The folder to write to. Default: explore/NAME of the competition.",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option("--threshold", min=0, max=1, help="List pairs of columns correlated beyond."),
    ] = 0.7,
    submissions: Submissions = SUBMISSIONS,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Draw the training rows: classes, rows, class means, correlations, principal components."""
    from harness.cli._common import competition_for

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)

    from harness.explore.words import facts, headline
    from harness.explore.write import default_folder, refuse_foreign, write_exploration

    folder = out or default_folder(competition)
    refuse_foreign(folder)
    _console.say(f"drawing into {folder}")
    written = write_exploration(competition, folder, threshold=threshold, seed=seed)
    if json:
        _console.print_json(written.as_dict())
        return
    print(headline(written.exploration))
    for subject, told in facts(written.exploration):
        _console.tell(f"  {subject}: {told}")
    _console.tell(f"\n{written.page}")
    for path in written.files:
        _console.tell(str(path))
