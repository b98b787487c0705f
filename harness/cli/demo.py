"""`harness demo`: make the demo competition, or another world like it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import Json, Seed


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it.")] = Path("data"),
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Make the demo competition, whose best possible scores are known; a seed is a world."""
    from harness.competitions import demo

    world = demo.make(folder, seed=seed)
    best = asdict(world.best.test)
    if json:
        _console.print_json({"path": folder, "seed": seed, "best_possible": best})
        return
    _console.tell(
        f"{folder}: {len(world.y)} training and {len(world.y_test)} test rows of world {seed}"
    )
    for name, value in best.items():
        _console.tell(f"  best possible {name.replace('_', '-')} on these test rows: {value:.4f}")
