"""`harness blend`: several entries as one."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli import _auto, _console, _progress
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions


def command(
    names: Annotated[
        list[str], typer.Argument(metavar="ENTRIES...", help="Entries' names, or `all`.")
    ],
    metric: Annotated[
        str,
        typer.Option("--metric", help="Of the leaderboard that the blend is for."),
    ] = "logloss",
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="average, greedy or stacking. Default: stacking unless another is clearly better.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The entry's name.", show_default=False)
    ] = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Blend entries that were judged on the same folds; weights are judged across folds."""
    from harness import entries
    from harness.blend import MODEL, blend, fitting_together
    from harness.cli._common import competition_for
    from harness.cli.fit import print_expected
    from harness.evaluate import ensembles
    from harness.evaluate.metrics import metric as check_metric
    from harness.leaderboard import of_other_data
    from harness.registry import lookup

    check_metric(metric)
    if method is not None:
        lookup("blending method", method, ensembles.METHODS)
    if name is not None:
        entries.check_name(submissions, name)
    competition = competition_for(data, submissions, needs_entry=True)
    _console.pass_on_notes(competition)
    if names == ["all"]:
        every = entries.read_all(submissions, fingerprint=competition.fingerprint)
        chosen, passed = fitting_together(competition, [o for o in every if o.model != MODEL])
        passed |= {one.name: "is a blend itself" for one in every if one.model == MODEL}
        for damaged in entries.broken(submissions):
            _console.say(f"passed by: {damaged}")
        for one, why in passed.items():
            _console.say(f"passed by: {one}: {why}")
        if others := of_other_data(competition, submissions, metric):
            _console.say(f"passed by: {', '.join(o.name for o in others)}: of other data")
    else:
        chosen = [
            entries.find(submissions, one, fingerprint=competition.fingerprint) for one in names
        ]
    with _progress.folds(None, f"blending {len(chosen)} entries"):
        entry = blend(competition, chosen, submissions, metric=metric, method=method, name=name)
    receipt = dict(entry.receipt)
    if json:
        _console.print_json({"entry": entry.name, "path": str(entry.path), **receipt})
        return
    _auto.print_blend(receipt["blend"])
    for said in receipt["calibration"]["said"]:
        _console.tell(said)
    scores = receipt["scores"]
    _console.tell(
        f"out-of-fold: log-loss {scores['logloss']:.4f}, accuracy {scores['accuracy']:.4f}"
    )
    print_expected(receipt)
    _console.tell(
        f"Entry {entry.name} in {entry.path} ({receipt['seconds']:.1f} s with its members')"
    )
