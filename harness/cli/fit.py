"""`harness fit`: cross-validate, refit, keep the entry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    model: Annotated[str, typer.Option(help="which model")] = "dense",
    data: Annotated[Path | None, typer.Option(help="the competition's folder")] = None,
) -> None:
    """Fit a model: per-fold scores, out-of-fold score, and an entry in submissions/."""
    from harness.competitions._find import find
    from harness.fit import FitSettings, fit

    entry = fit(find(data), FitSettings(model), Path("submissions"))
    print(entry.name, entry.receipt["scores"])
