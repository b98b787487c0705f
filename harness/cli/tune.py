"""`harness tune`: search a model's settings; the best is judged on fresh folds and kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _console, _progress
from harness.cli._options import SUBMISSIONS, Data, Groups, Json, Seed, Submissions

if TYPE_CHECKING:
    from harness.tune import Tuned, Tuning
    from harness.tuning.trials import Trial


def command(
    model: Annotated[
        str, typer.Option("--model", help="Which model; see `harness models`.")
    ] = "dense",
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            min=1,
            help="How many settings to try, those of earlier runs counted."
            " Default: 50; with --budget what there is time for.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            help="Time for everything, such as 90s or 5m. A clock can't be repeated to the byte.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="What decides: a leaderboard or a metric. Default: logloss, or the only one.",
            show_default=False,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting that is not searched, as often as needed.",
            show_default=False,
        ),
    ] = None,
    scaler: Annotated[
        str | None,
        typer.Option("--scaler", help="Not searched either, where given.", show_default=False),
    ] = None,
    reducer: Annotated[
        str, typer.Option("--reducer", help="See `harness reducers`.")
    ] = "drop-constant",
    balance: Annotated[
        str, typer.Option("--balance", help="Class rebalancing; see `harness samplers`.")
    ] = "none",
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="See `harness splits`. Default: stratified; groups are kept whole if declared.",
            show_default=False,
        ),
    ] = None,
    cv: Annotated[int, typer.Option("--cv", min=2, help="Number of folds.")] = 5,
    groups: Groups = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Split even rows that belong together.")
    ] = False,
    seed: Seed = 0,
    name: Annotated[
        str | None, typer.Option("--name", help="The entry's name.", show_default=False)
    ] = None,
    data: Data = None,
    train: Annotated[
        Path | None, typer.Option("--train", help="Training matrix, instead of --data.")
    ] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="Training labels.")] = None,
    test: Annotated[Path | None, typer.Option("--test", help="Test matrix.")] = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Search a model's settings; judge the best on fresh folds and keep it as an entry."""
    started = time.perf_counter()
    from harness.cli._auto import seconds_of
    from harness.zoo._members import parse_settings

    parameters = parse_settings(model, set_ or [])
    seconds = None if budget is None else seconds_of(budget)

    from harness import checkpoints, entries
    from harness.cli._common import data_for_fit
    from harness.competitions._find import find
    from harness.plans import FitSettings
    from harness.tune import prepare

    if name is not None and name not in checkpoints.ended(submissions):
        entries.check_name(submissions, name)
    if train is None and labels is None and test is None:
        data = data_for_fit(data, submissions)
    competition = find(data, train=train, labels=labels, test=test, groups=groups, demo=True)
    _console.pass_on_notes(competition)
    settings = FitSettings(
        model=model,
        parameters=parameters,
        scaler=scaler,
        reducer=reducer,
        balance=balance,
        cv=cv,
        seed=seed,
        split=split,
        allow_leak=allow_leak,
    )
    given = {"data": data, "train": train, "labels": labels, "test": test}
    source = {option: str(path.absolute()) for option, path in given.items() if path is not None}
    if groups is not None:
        source["groups"] = groups
    ready = prepare(competition, settings, metric=metric, trials=trials, budget=seconds)
    found = _tuned(ready, submissions, name, source, started)
    if json:
        _console.print_json(_as_json(found))
        return
    _print(ready, found)


def _tuned(
    ready: Tuning, submissions: Path, name: str | None, source: dict[str, str], started: float
) -> Tuned:
    """Run the search with a line a trial on stderr."""
    from harness import entries
    from harness.tune import tried_before, tune, written_before

    if written := written_before(ready, submissions):
        _console.say(f"{written.name} was written by an earlier run of this, stopped at its end")
        return tune(ready, submissions)
    if name is not None:
        entries.check_name(submissions, name)
    if ready.budget is not None:
        _console.say("note: a clock budget can't be repeated to the byte; --trials can")
    before = tried_before(ready, submissions)
    if before:
        _console.say(f"{before} trials of an earlier run of this search taken as they were")
    of = "" if ready.budget is not None else f" of {ready.trials}"

    total = None if ready.budget is not None else ready.trials - before
    until = None
    if ready.budget is not None:
        until = time.monotonic() + ready.budget - (time.perf_counter() - started)
    with _progress.folds(total, f"tune {ready.settings.model}", until=until) as advance:

        def on_trial(trial: Trial, best: Trial | None) -> None:
            advance(f"trial {trial.number + 2}{of}")
            _console.say(f"trial {trial.number + 1}{of}: {_how(trial)}{_standing(trial, best)}")

        def on_fold(trial: Trial) -> None:
            folds = f"{len(trial.steps)} of {ready.search.base.total} folds"
            advance.say(f"trial {trial.number + 1}{of}, {folds}")

        def on_step(step: str) -> None:
            advance.say(step)
            _console.say(step)

        return tune(
            ready,
            submissions,
            name=name,
            source=source,
            started=started,
            on_trial=on_trial,
            on_fold=on_fold,
            on_step=on_step,
        )


def _how(trial: Trial) -> str:
    """How a trial ended, and what it tried."""
    tried = " ".join(f"{name}={value}" for name, value in trial.params.items()) or "the defaults"
    if trial.why:
        ended = "given up" if trial.state == "pruned" else trial.state
        return f"{ended}: {trial.why}; {tried}"
    if trial.score is None:
        folds = f"{len(trial.steps)} fold{'s' * (len(trial.steps) != 1)}"
        return f"given up after {folds} at {trial.steps[-1]:.4f}; {tried}"
    return f"{trial.score:.4f}; {tried}"


def _standing(trial: Trial, best: Trial | None) -> str:
    if best is None:
        return ""
    if best.number == trial.number:
        return "; the best so far"
    return f"; best {best.score:.4f} (trial {best.number + 1})"


def _as_json(found: Tuned) -> dict[str, Any]:
    from harness.tune import pareto

    return {
        "entry": found.entry.name,
        "path": str(found.entry.path),
        **found.entry.receipt,
        "trials": [trial.as_dict() for trial in found.trials],
        "pareto": [trial.number + 1 for trial in pareto(found)],
    }


def _print(ready: Tuning, found: Tuned) -> None:
    from rich import box
    from rich.table import Table

    from harness.cli.fit import print_expected

    record: Mapping[str, Any] = found.record
    _console.tell(
        f"{record['trials']} trials: {record['complete']} complete, {record['pruned']} given up "
        f"early, {record['failed']} failed"
    )
    table = Table(box=box.SIMPLE_HEAD, title=f"{found.entry.name}: {record['metric']}")
    table.add_column("settings")
    # The first two as the search scores them; an entry is calibrated as is best for it.
    for column in ("search's folds", "fresh folds", "as an entry"):
        table.add_column(column, justify="right")
    shown = {"the defaults": ("default_search_score", "default_fresh_score", "default_score")}
    if not found.best.number:
        shown.clear()
    shown[f"trial {record['best']}"] = ("search_score", "fresh_score", "score")
    for what, scores in shown.items():
        table.add_row(what, *(_four(record[score]) for score in scores))
    _console.console().print(table)
    if found.best.params:
        print("Settings: " + ", ".join(f"{k} {v}" for k, v in found.best.params.items()))
    for sentence in record["said"]:
        _console.tell(sentence)
    for line in found.entry.receipt["calibration"]["said"]:
        _console.tell(line)
    print_expected(found.entry.receipt)
    for note in found.entry.receipt["notes"]:
        _console.say(f"note: {note}")
    _console.tell(
        f"Entry {found.entry.name} in {found.entry.path}, the search's pictures in tuning/"
    )


def _four(score: float | None) -> str:
    return "-" if score is None else f"{score:.4f}"
