"""`harness audit`: leaks shown, not preached."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _console, _progress
from harness.cli._options import Groups, Json, Seed
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.competition import Competition

STYLES = {"passed": "green", "failed": "bold red", "note": "cyan", "not run": "yellow"}


def command(
    exhibit: Annotated[
        str | None,
        typer.Argument(help="With --museum: show this exhibit only.", show_default=False),
    ] = None,
    museum: Annotated[
        bool,
        typer.Option("--museum", help="Show known leaks on these data, beside their honest twins."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Which model; see `harness models`. Default: dense.", show_default=False
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A hyper-parameter, as in fit.", show_default=False
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            metavar="MODULE:NAME",
            help="A scikit-learn classifier of yours, in a module that lies here.",
            show_default=False,
        ),
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(
            "--function",
            metavar="MODULE:NAME",
            help="A cross-validation of yours: run(X, y, folds), and X_test if it has that "
            "argument, gives out-of-fold probabilities (and the test rows').",
            show_default=False,
        ),
    ] = None,
    scaler: Annotated[
        str | None, typer.Option("--scaler", help="As in fit.", show_default=False)
    ] = None,
    reducer: Annotated[
        str | None, typer.Option("--reducer", help="As in fit.", show_default=False)
    ] = None,
    balance: Annotated[str, typer.Option("--balance", help="As in fit.")] = "none",
    split: Annotated[
        str | None, typer.Option("--split", help="As in fit.", show_default=False)
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this sentinel, as often as needed.", show_default=False),
    ] = None,
    cv: Annotated[int, typer.Option("--cv", min=2, help="Number of folds.")] = 5,
    rows: Annotated[
        int, typer.Option("--rows", min=50, help="About so many training rows are used.")
    ] = 1000,
    permutations: Annotated[
        int, typer.Option("--permutations", min=1, help="How often labels are dealt anew.")
    ] = 5,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=1,
            metavar="SECONDS",
            help="Stop code of yours when one cross-validation takes longer.",
            show_default=False,
        ),
    ] = None,
    groups: Groups = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Rows that look like one song's are none.")
    ] = False,
    seed: Seed = 0,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="The competition's folder. Default: HARNESS_DATA, else ./data.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Send sentinels over a pipeline and its data; exit 1 when one of them finds a leak."""
    if exhibit is not None and not museum:
        raise UsageError(f"{exhibit!r} is for --museum", todo=f"harness audit --museum {exhibit}")
    own = "--estimator" if estimator else "--function" if function else None
    if own and (model is not None or set_):
        raise UsageError("takes no --model or --set beside it", where=own, todo="leave them out")
    if function and (scaler or reducer or balance != "none"):
        raise UsageError(
            "takes no --scaler, --reducer or --balance beside it",
            where="--function",
            todo="the function prepares its rows itself",
        )
    if timeout is not None and not own:
        raise UsageError(
            "is for code of yours", where="--timeout", todo="use it with --estimator or --function"
        )
    if museum:
        _museum(exhibit, data, groups, seed, json)
        return
    model = model or "dense"
    parameters: dict[str, Any] = {}
    alternatives: dict[str, Any] = {}
    if not own:
        from harness.zoo._alternatives import parse_alternatives

        parameters, alternatives = parse_alternatives(model, set_ or [])

    from harness.audit._apart import audit_apart
    from harness.audit._run import audit
    from harness.audit._subjects import AuditSettings
    from harness.evaluate.audit import SENTINELS

    competition = _found(data, groups)
    settings = AuditSettings(
        model=model,
        parameters=parameters,
        alternatives=alternatives,
        estimator=estimator,
        function=function,
        scaler=scaler,
        reducer=reducer,
        balance=balance,
        split=split,
        cv=cv,
        seed=seed,
        rows=rows,
        permutations=permutations,
        allow_leak=allow_leak,
    )
    # In the order in which they are sent, whatever was asked for first.
    left = [name for name in SENTINELS if name in (only or SENTINELS)]
    with _progress.folds(len(left), f"audit: {next(iter(left), '')}") as advance:

        def on_finding(finding: Any) -> None:
            left[:] = [name for name in left if name != finding.sentinel]
            advance(f"audit: {next(iter(left), 'done')}")
            if not json:
                _print_finding(finding)

        given: Any = {"only": only or (), "on_finding": on_finding}
        if own:
            audited = audit_apart(competition, settings, timeout=timeout, **given)
        else:
            audited = audit(competition, settings, **given)
    if json:
        _console.print_json(audited.as_dict())
    else:
        _print_verdict(audited)
    if audited.failed:
        raise typer.Exit(1)


def _found(data: Path | None, groups: str | None) -> Competition:
    from harness.competitions._find import find

    competition = find(data, groups=groups)
    _console.pass_on_notes(competition)
    return competition


def _print_finding(finding: Any) -> None:
    from rich.text import Text

    line = Text()
    line.append(f"{finding.verdict:<8}", style=STYLES[finding.verdict])
    line.append(f" {finding.sentinel}: {finding.does}\n")
    line.append(f"{'':9}{finding.figure}")
    if finding.means:
        line.append(f": {finding.means}")
    if finding.todo:
        line.append(f"\n{'':9}to do: {finding.todo}")
    _console.console(soft_wrap=True).print(line)


def _print_verdict(audited: Any) -> None:
    count = len(audited.findings)
    silent = sum(one.verdict == "not run" for one in audited.findings)
    head = f"{audited.subject}, {audited.rows} rows, {audited.folds} folds ({audited.split}): "
    told = f"{len(audited.failed)} of {count} sentinels failed"
    if audited.failed:
        told += f" ({', '.join(audited.failed)})"
    _console.tell(head + told + (f", {silent} not run" if silent else ""))
    if audited.limits:
        print(_limits(audited.limits))


def _limits(limits: dict[str, float]) -> str:
    """How small a leak the numbers would have shown; what is compared bit by bit has no limit."""
    shares = {name: f"{100 * limit:.1f} %" for name, limit in limits.items()}
    rows = shares.pop("permuted-labels", None)
    said = (
        [f"labels it is given that leak for {rows} of the rows or more (permuted-labels)"]
        if rows
        else []
    )
    if shares:
        listed = ", ".join(f"{share} ({name})" for name, share in shares.items())
        said.append(f"gains of accuracy from {listed} on")
    return (
        f"Would have been seen: {'; '.join(said)}. Smaller leaks can pass: more --rows and "
        "--permutations see smaller ones."
    )


def _museum(name: str | None, data: Path | None, groups: str | None, seed: int, json: bool) -> None:
    from harness.museum._tour import EXHIBITS, tour

    # An unknown name is answered before anything is loaded.
    names = [name] if name else list(EXHIBITS.names())
    EXHIBITS.summary(names[0])
    competition = _found(data, groups)

    from harness.evaluate.songs import sure_parts

    if competition.groups is None and (parts := sure_parts(competition)):
        _console.say(
            f"note: the honest twins aren't quite: rows look like parts of one song "
            f"({parts.reason}); {parts.todo}"
        )
    shown: list[dict[str, Any]] = []
    with _progress.folds(len(names), f"museum: {names[0]}") as advance:
        for exhibit in tour(competition, names, seed=seed):
            following = names[len(shown) + 1 : len(shown) + 2]
            advance(f"museum: {following[0] if following else 'done'}")
            shown.append(exhibit.as_dict())
            if not json:
                _print_exhibit(exhibit, EXHIBITS.summary(exhibit.name))
    if json:
        _console.print_json({"competition": competition.name, "exhibits": shown})


def _print_exhibit(exhibit: Any, title: str) -> None:
    _console.tell(f"{exhibit.name}: {title}")
    if exhibit.absent:
        _console.tell(f"  not shown: {exhibit.absent}\n")
        return
    said = ""
    for one in exhibit.comparisons:
        if one.what != said:
            _console.tell(f"  {one.what}")
        said = one.what
        error = "" if one.error is None else f" ± {one.error:.4f}"
        _console.tell(
            f"    {one.metric:<18} wrong on purpose {one.wrong:.4f}   honest {one.honest:.4f}"
            f"   gap {one.gap:+.4f}{error}"
        )
    print(textwrap.fill(exhibit.explanation, 98, initial_indent="  ", subsequent_indent="  "))
    print()
