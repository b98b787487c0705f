"""`harness weights`: fetch pretrained weights, or see which are here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import Json


def command(
    name: Annotated[
        str | None,
        typer.Argument(help="Whose weights to fetch: musicnn. Without it: what is here."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="Take them from a wheel, or a folder of checkpoints, instead of downloading.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Fetch pretrained weights with pip, check them, and keep them; or list those that are here."""
    from harness import weights
    from harness.errors import UsageError

    if name is None:
        if source is not None:
            raise UsageError(
                "goes with a name", where=f"--from {source}", todo="harness weights musicnn --from"
            )
        known = weights.kept()
        if json:
            _console.print_json(known)
            return
        for network, there in known.items():
            _console.tell(f"{network:<12}  {'here' if there else 'not here'}")
        if not all(known.values()):
            _console.say("`harness weights musicnn` fetches them (29 MB)")
        return
    fetched = weights.fetch(name, source, on_step=_console.say)
    if json:
        _console.print_json([one.as_dict() for one in fetched])
        return
    for one in fetched:
        _console.tell(f"{one.network:<12}  {'fetched' if one.fresh else 'was here'}  {one.summary}")
    _console.tell(f"kept in {fetched[0].path.parent}")
