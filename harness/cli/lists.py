"""`harness models`, `metrics`, `splits` and so on: what can be named in options."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli import _console
from harness.cli._options import Json


def register(app: typer.Typer) -> None:
    """Add the list commands to `app`."""
    app.command("features")(features)
    app.command("models")(models)
    app.command("metrics")(metrics)
    app.command("splits")(splits)
    app.command("scalers")(scalers)
    app.command("reducers")(reducers)
    app.command("samplers")(samplers)


def features(
    name: Annotated[
        str | None, typer.Argument(help="A set: list its settings.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """List the feature sets of `extract`, or what --set takes for one of them."""
    from harness.audio import SETS

    if name is None:
        _print_rows([(one, SETS.summary(one)) for one in SETS.names()], json)
        return
    from harness.audio.plan import settings_of

    known = settings_of(name)
    if json:
        _console.print_json(known)
        return
    for setting, default in known.items():
        _console.tell(f"{name}.{setting}  {default}")
    if not known:
        _console.tell(f"{name} has no settings")


def models(
    name: Annotated[
        str | None, typer.Argument(help="A model: list its hyper-parameters.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """List the models, or what --set takes for one of them."""
    if name is None:
        from harness.zoo._members import MODELS, presets

        def described(one: str) -> str:
            named = ", ".join(presets(one))
            return MODELS.summary(one) + (f" Presets: {named}." if named else "")

        _print_rows([(one, described(one)) for one in MODELS.names()], json)
        return
    from harness.zoo._members import describe, presets, written

    parameters, known = describe(name), presets(name)
    if json:
        settings = [p._asdict() for p in parameters]
        _console.print_json({"settings": settings, "presets": known})
        return
    for p in parameters:
        _console.tell(f"{p.name} ({p.type}, default {p.default})\n    {p.meaning}")
    for one, values in known.items():
        _console.tell(f"--preset {one}\n    {' '.join(written(values))}")


def metrics(json: Json = False) -> None:
    """List the metrics, with direction and range."""
    from harness.evaluate.metrics import METRICS, Metric

    def described(row: Metric) -> str:
        direction = "higher is better" if row.higher_is_better else "lower is better"
        return f"{row.summary}; {direction}, best {row.best:g}, worst {row.worst:g}"

    _print_rows([(name, described(row)) for name, row in METRICS.items()], json)


def splits(json: Json = False) -> None:
    """List the ways to split rows into folds."""
    from harness.evaluate.splits import SPLITS

    _print_rows([(name, row.summary) for name, row in SPLITS.items()], json)


def scalers(json: Json = False) -> None:
    """List the scalers."""
    from harness.prepare.scalers import SCALERS

    _print_rows([(name, row.summary) for name, row in SCALERS.items()], json)


def reducers(json: Json = False) -> None:
    """List the reducers."""
    from harness.prepare.reducers import REDUCERS

    _print_rows([(name, row.summary) for name, row in REDUCERS.items()], json)


def samplers(json: Json = False) -> None:
    """List the class rebalancers."""
    from harness.prepare.samplers import SAMPLERS

    _print_rows([(name, row.summary) for name, row in SAMPLERS.items()], json)


def _print_rows(rows: list[tuple[str, str]], json: bool) -> None:
    if json:
        _console.print_json(dict(rows))
        return
    width = max(len(name) for name, _ in rows)
    for name, summary in rows:
        _console.tell(f"{name:<{width}}  {summary}")
