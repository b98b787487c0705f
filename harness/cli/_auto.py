"""How `harness fit --model auto` is run and printed."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli import _console, _progress
from harness.errors import UsageError
from harness.registry import lookup

if TYPE_CHECKING:
    from harness.auto import AutoSettings, Step
    from harness.competition import Competition
    from harness.entries import Entry

UNITS = {"s": 1, "m": 60, "h": 3600}
MODEL = "auto"


def seconds_of(text: str) -> float:
    """A budget such as ``90``, ``90s``, ``2m`` or ``1.5h``, in seconds."""
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*([smh]?)", text.strip().lower(), re.ASCII)
    if match is None or float(match[1]) == 0:
        raise UsageError(
            f"{text!r} is no length of time", where="--budget", todo="such as 90s, 2m or 1h"
        )
    return float(match[1]) * UNITS[match[2] or "s"]


def refuse(given: dict[str, bool]) -> None:
    """Refuse the options that mean nothing to a portfolio."""
    meaningless = [option for option, there in given.items() if there]
    if meaningless:
        raise UsageError(
            f"--model auto takes no {', '.join(meaningless)}: every member has its own",
            todo="leave it out, or fit that one model by its name",
        )


def run(
    competition: Competition,
    settings: AutoSettings,
    submissions: Path,
    *,
    name: str | None,
    source: dict[str, str],
    began: float,
    json: bool,
) -> None:
    """Try the portfolio and print what each member brought."""
    from harness import entries
    from harness.auto import auto, spent_before, written_before
    from harness.evaluate import metrics
    from harness.portfolio import EFFORTS, PORTFOLIO, suited

    effort = lookup("effort", settings.effort, EFFORTS)
    metrics.metric(settings.metric)
    if written := written_before(competition, settings, submissions):
        _console.say(f"{written.name} was written by an earlier run of this, stopped at its end")
    elif name is not None:
        entries.check_name(submissions, name)
    until = None
    if settings.budget is not None:
        _console.say("note: a clock budget can't be repeated to the byte; --effort can")
    if spent := spent_before(competition, settings, submissions):
        _console.say(
            f"goes on from a run that was stopped after {_progress.length(spent)}, which count"
        )
    if settings.budget is not None:
        until = began + settings.budget - spent
    suiting = len(suited(PORTFOLIO, competition))
    total = suiting if settings.budget else min(effort.members, suiting)
    header = [f"{'member':<20}{'log-loss':>9}{'blend':>9}{'seconds':>9}"]
    with _progress.folds(2 * total, MODEL, until=until) as advance:

        def on_step(step: Step) -> None:
            advance(f"{step.name} done; {step.left} members to come")
            if not json:
                left = None if until is None else max(0.0, until - time.monotonic())
                _console.tell(line(step, left), flush=True)

        def on_phase(phase: str) -> None:
            # With the first phase: what is refused is refused before it.
            if not json:
                print("\n".join([*header, f"- {phase}"]), flush=True)
            header.clear()

        entry = auto(
            competition,
            settings,
            submissions,
            name=name,
            source=source,
            began=began,
            on_step=on_step,
            on_phase=on_phase,
            on_status=advance.say,
        )
    if json:
        _console.print_json({"entry": entry.name, "path": str(entry.path), **entry.receipt})
        return
    _print_result(entry)


def line(step: Step, left: float | None = None) -> str:
    """One member that finished, as a line of the table; of a budget, what is left of it."""
    which = step.name if step.repeat == 0 else f"{step.name} ({step.repeat + 1})"
    if step.problem:
        return f"{which:<20} left out: {step.problem}"
    more = f"  a minute more may take {step.next_minute:.3f} off"
    expect = more if step.next_minute >= 0.001 else ""
    expect += "" if left is None else f"  {_progress.length(left)} left"
    return f"{which:<20}{step.alone:>9.4f}{step.score:>9.4f}{step.seconds:>9.1f}{expect}"


def _print_result(entry: Entry) -> None:
    from harness.cli.fit import print_expected

    receipt: dict[str, Any] = dict(entry.receipt)
    untried = dict[str, list[str]]()
    for name, why in receipt["untried"].items():
        untried.setdefault(why, []).append(name)
    for why, names in untried.items():
        _console.tell(f"Not in it, as {why}: {', '.join(names)}")
    begun = ", ".join(f"{name}: {how}" for name, how in receipt["unfinished"].items())
    if begun:
        _console.tell(f"Begun again and not finished: {begun}")
    if receipt["stopped"] and receipt["stopped"] not in untried:
        _console.tell(f"Stopped early: {receipt['stopped']}")
    if receipt["interrupted"]:
        print("Stopped by hand: this is the best so far")
    print_blend(receipt["blend"])
    for said in receipt["calibration"]["said"]:
        _console.tell(said)
    prior, scores = receipt["prior_scores"], receipt["scores"]
    _console.tell(
        f"out-of-fold: log-loss {scores['logloss']:.4f} (prior {prior['logloss']:.4f}),"
        f" accuracy {scores['accuracy']:.4f} (prior {prior['accuracy']:.4f})"
    )
    print_expected(receipt)
    for note in receipt["notes"]:
        _console.tell(f"note: {note}")
    _console.tell(
        f"Entry {entry.name} in {entry.path}"
        f" ({receipt['seconds']:.1f} s, {receipt['cpu_seconds']:.1f} CPU seconds)"
    )


def print_blend(blend: dict[str, Any]) -> None:
    """The members with their shares and what each adds."""
    from rich import box
    from rich.table import Table

    tried = ", ".join(f"{method} {score:.4f}" for method, score in blend["tried"].items())
    _console.tell(f"blended by {blend['method']} (across folds, {blend['metric']}: {tried})")
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("member", overflow="fold")
    for column in (blend["metric"], "share", "adds"):
        table.add_column(column, justify="right", no_wrap=True)
    for member in sorted(blend["members"], key=lambda one: -one["share"]):
        adds = member["adds"]
        table.add_row(
            member["name"],
            f"{member['score']:.4f}",
            f"{member['share']:.0%}" if member["share"] else "-",
            f"{adds['gain']:+.4f} ± {adds['error']:.4f}" if adds else "",
        )
    _console.console().print(table)


def clock() -> float:
    """Now, as a budget's beginning."""
    return time.monotonic()
