"""`harness fit`: cross-validate, refit, keep the entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _auto, _console, _ledger, _progress
from harness.cli._options import SUBMISSIONS, Data, Groups, Json, Seed, Submissions
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.entries import Entry
    from harness.plans import Plan

CV = 5


def command(
    model: Annotated[
        str, typer.Option("--model", help="Which model, or `auto`; see `harness models`.")
    ] = "dense",
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A hyper-parameter, as often as needed; see `harness models MODEL`."
            " Several values, C=0.1/1/10, are for --split nested.",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="Settings that the model knows by name; --set changes them. See `harness models`.",
            show_default=False,
        ),
    ] = None,
    scaler: Annotated[
        str | None,
        typer.Option(
            "--scaler",
            help="See `harness scalers`. Default: what the model asks for."
            " Several, standard/power, are for --split nested.",
            show_default=False,
        ),
    ] = None,
    reducer: Annotated[
        str, typer.Option("--reducer", help="See `harness reducers`.")
    ] = "drop-constant",
    balance: Annotated[
        str,
        typer.Option(
            "--balance",
            help="Class rebalancing; see `harness samplers`. `all` or a list compares them.",
        ),
    ] = "none",
    dry: Annotated[
        bool, typer.Option("--dry", help="When comparing samplers: keep no entries.")
    ] = False,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate/--no-calibrate",
            help="Calibrate the probabilities where that is better beyond noise.",
        ),
    ] = True,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="See `harness splits`. Default: stratified; groups are kept whole if declared.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="What --split nested and --model auto choose by. Default: the first leaderboard's;"
            " auto: logloss.",
            show_default=False,
        ),
    ] = None,
    cv: Annotated[
        int | None,
        typer.Option(
            "--cv",
            min=2,
            help="Number of folds. Default: 5; --model auto's effort says how many.",
            show_default=False,
        ),
    ] = None,
    groups: Groups = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Split even rows that belong together.")
    ] = False,
    seed: Seed = 0,
    bags: Annotated[
        int,
        typer.Option(
            "--bags", help="Fit each model so many times, seeds apart, and take the mean."
        ),
    ] = 1,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget", help="For --model auto: time to use, such as 90s or 2m.", show_default=False
        ),
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(
            "--effort",
            help="For --model auto: small, medium or large. Default: medium.",
            show_default=False,
        ),
    ] = None,
    final: Annotated[
        str,
        typer.Option(
            "--final", help="Test probabilities from a `refit` on all rows, or the `bag` of folds."
        ),
    ] = "refit",
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
    """Cross-validate a model, fit it on all rows and keep the entry."""
    began = _auto.clock()
    if model == _auto.MODEL:
        _auto.refuse(
            {
                "--set": bool(set_),
                "--preset": preset is not None,
                "--scaler": scaler is not None,
                "--reducer": reducer != "drop-constant",
                "--balance": balance != "none",
                "--final": final != "refit",
                "--bags": bags != 1,
            }
        )
        if budget is not None and effort is not None:
            raise UsageError(
                "--budget and --effort say the same thing in two ways",
                todo="give one: --budget is clock time, --effort repeats to the byte",
            )
        parameters: dict[str, Any] = {}
        alternatives: Any = {}
    else:
        from harness.zoo._alternatives import parse_alternatives

        if budget is not None or effort is not None:
            raise UsageError(
                "only --model auto takes a --budget or an --effort",
                where="--budget" if budget is not None else "--effort",
                todo="leave it out; `harness tune` searches the settings of a model that has some",
            )
        parameters, alternatives = parse_alternatives(model, set_ or [], preset=preset)

    from harness import checkpoints, entries
    from harness.cli._common import data_for_fit
    from harness.competitions._find import find
    from harness.ledger import asks_for_ledger
    from harness.plans import FitSettings, plan

    several = asks_for_ledger(balance)
    if dry and not several:
        raise UsageError(
            "only a comparison of samplers can do without entries",
            where="--dry",
            todo="leave it out, or use --balance all",
        )
    if name is not None and not several and name not in checkpoints.ended(submissions):
        entries.check_name(submissions, name)
    if train is None and labels is None and test is None:
        data = data_for_fit(data, submissions)
    competition = find(data, train=train, labels=labels, test=test, groups=groups, demo=True)
    _console.pass_on_notes(competition)
    given = {"data": data, "train": train, "labels": labels, "test": test}
    source = {option: str(path.absolute()) for option, path in given.items() if path is not None}
    if groups is not None:
        source["groups"] = groups
    if model == _auto.MODEL:
        from harness.auto import AutoSettings

        asked = AutoSettings(
            effort=effort or "medium",
            budget=None if budget is None else _auto.seconds_of(budget),
            metric=metric or "logloss",
            cv=cv,
            seed=seed,
            split=split,
            allow_leak=allow_leak,
        )
        _auto.run(competition, asked, submissions, name=name, source=source, began=began, json=json)
        return
    settings = FitSettings(
        model=model,
        parameters=parameters,
        scaler=scaler,
        reducer=reducer,
        balance=balance,
        cv=cv or CV,
        seed=seed,
        final=final,
        split=split,
        allow_leak=allow_leak,
        calibrate=calibrate,
        alternatives=alternatives,
        metric=metric,
        bags=bags,
    )
    if several:
        _ledger.run(
            competition, settings, submissions, name=name, source=source, dry=dry, json=json
        )
        return
    entry = _fitted(plan(competition, settings), submissions, name, source, lines=not json)
    if json:
        _console.print_json({"entry": entry.name, "path": str(entry.path), **entry.receipt})
        return
    _print_result(entry)


def _fitted(
    ready: Plan, submissions: Path, name: str | None, source: dict[str, str], *, lines: bool
) -> Entry:
    """Run the plan under a progress bar, a line a fold; say what is taken from an earlier run."""
    from harness import entries
    from harness.fit import finished_before, fit, written_before

    competition, model = ready.competition, ready.settings.model
    if written := written_before(ready, submissions):
        _console.say(
            f"{written.name} was written by an earlier run of this fit, stopped at its end"
        )
        return fit(ready, submissions)
    if name is not None:
        entries.check_name(submissions, name)
    if ready.settings.split is None and competition.predefined is not None:
        parts = ", ".join(competition.part_names)
        _console.say(
            f"note: {competition.name} has a split of its own ({parts}); --split predefined uses it"
        )
    if "nested" in ready.split:
        inner = ready.pipeline[-1]
        count = len(inner.choices)
        _console.say(
            f"choosing among {count} by {inner.metric}: {count} x {inner.folds} inner fits in each"
            " fold and for all rows"
        )
    # A fold of one row has no score worth a line.
    lines = lines and ready.total < len(competition.y)
    resumed = finished_before(ready, submissions)
    if resumed:
        names = ", ".join(str(number) for number in resumed)
        _console.say(f"fold {names} of an earlier run of this fit taken as it was")
    with _progress.folds(ready.total + 1, model) as advance:

        def on_fold(fold: Any) -> None:
            advance(f"{model}: {fold.number + 1} of {ready.total} folds done")
            if lines:
                _console.tell(fold_line(fold), flush=True)

        def on_step(step: str) -> None:
            advance.say(f"{model}: {step}")

        return fit(ready, submissions, name=name, source=source, on_fold=on_fold, on_step=on_step)


def fold_line(fold: Any) -> str:
    """One fold as the source reports print it, and what it chose."""
    loss, accuracy = fold.scores["logloss"], fold.scores["accuracy"]
    line = f"Fold {fold.number + 1} - Loss {loss:.4f} - Accuracy {accuracy:.4f}"
    if not fold.choice:
        return line
    from harness.evaluate.nested import told

    metric, inner = fold.choice["metric"], fold.choice["inner"]
    return f"{line} - chose {told(fold.choice['chosen'])} (inner {metric} {inner:.4f})"


def out_of_fold(expect: Mapping[str, Any]) -> str:
    """What the out-of-fold score was, where the final model is expected to do otherwise."""
    gain = expect.get("gain")
    if not gain:
        return ""
    return f"; out-of-fold {expect['score'] - gain:.4f}, final model {gain:+.4f}"


def scored_as(board: str, metric: str) -> str:
    """What a board is scored with, where its name doesn't say so."""
    return "" if board == metric else f", scored as {metric}"


def _print_result(entry: Any) -> None:
    from rich import box
    from rich.table import Table

    receipt = entry.receipt
    mean, sd = receipt["fold_mean"], receipt["fold_sd"]
    judged, of = receipt["split"]["judged_rows"], receipt["competition"]["rows"]
    if judged < of:
        _console.tell(
            f"Split {receipt['split']['kind']}: {judged} of {of} rows were held out and scored"
        )
    _console.tell(
        f"Mean - Loss {mean['logloss']:.4f} (+- {sd['logloss']:.4f})"
        f" - Accuracy {mean['accuracy']:.4f} (+- {sd['accuracy']:.4f})"
    )
    for line in [*receipt.get("nested", {}).get("said", ()), *receipt["calibration"]["said"]]:
        _console.tell(line)
    shown = {"prior": receipt["prior_scores"], entry.name: receipt["scores"]}
    if receipt["calibration"]["accepted"]:
        shown = {"prior": receipt["prior_scores"], "uncalibrated": receipt["raw_scores"]} | shown
    table = Table(box=box.SIMPLE_HEAD, title=f"{entry.name}: out-of-fold scores")
    table.add_column("metric")
    for column in shown:
        table.add_column(column, justify="right")
    for metric in receipt["scores"]:
        table.add_row(metric, *(f"{scores[metric]:.4f}" for scores in shown.values()))
    _console.console().print(table)
    songs = receipt["song_level"]
    if songs:
        whole = songs["scores"]
        _console.tell(
            f"{songs['songs']} recordings of several rows, by their rows' mean log-probability:"
            f" accuracy {whole['accuracy']:.4f}, logloss {whole['logloss']:.4f}"
        )
    print_expected(receipt)
    for note in receipt["notes"]:
        _console.say(f"note: {note}")
    _console.tell(f"Entry {entry.name} in {entry.path} ({receipt['seconds']:.1f} s)")


def print_expected(receipt: Mapping[str, Any]) -> None:
    """What each leaderboard should give, as far as the split lets that be known."""
    rows = "test rows" if receipt["competition"]["test_rows"] else "new rows"
    if leak := receipt["split"].get("leak"):
        for board, expect in receipt["expected"].items():
            _console.tell(
                f"{board} leaderboard: can't be told; {expect['score']:.4f} is of a leaky split"
            )
        _console.tell(f"Leaky split: {leak}. No score of it can be expected on {rows}")
        return
    for board, expect in receipt["expected"].items():
        _console.tell(
            f"{board} leaderboard: expect {expect['score']:.4f}"
            f" (95 % interval {expect['low']:.4f} to {expect['high']:.4f}"
            f" on {expect['rows']} {rows}{out_of_fold(expect)}{scored_as(board, expect['metric'])})"
        )
        if public := expect.get("public"):
            _console.tell(
                f"  its public part: {public['low']:.4f} to {public['high']:.4f} on"
                f" {public['rows']} rows; a move of {public['shake_up']:.4f} (standard error)"
                " from there to the private part is luck"
            )
