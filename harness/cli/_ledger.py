"""How `harness fit --balance all` is run and printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli import _console, _progress

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.plans import FitSettings

COLUMNS = {
    "accuracy": "accuracy",
    "balanced-accuracy": "balanced",
    "macro-f1": "macro-F1",
    "logloss": "log-loss",
    "corrected-logloss": "corrected",
    "calibration-error": "cal.error",
}
# Of the table: on a narrower terminal, cutting numbers would be worse than breaking lines.
WIDTH = 90


def run(
    competition: Competition,
    settings: FitSettings,
    submissions: Path,
    *,
    name: str | None,
    source: dict[str, str],
    dry: bool,
    json: bool,
) -> None:
    """Fit the model under each sampler and print the ledger."""
    from harness import ledger

    names = ledger.balances(settings.balance)
    ready, skipped = ledger.plans(competition, settings, names)
    if name is not None and not dry:
        ledger.check_names(submissions, name, ready)
    if done := ledger.finished_before(ready, submissions, dry=dry):
        _console.say(f"{', '.join(done)} of an earlier run of this comparison taken as it was")
    running = [settings.model]
    with _progress.folds(sum(one.total + 1 for one in ready.values()), settings.model) as advance:

        def on_fit(balance: str) -> None:
            running[0] = f"{settings.model}, {balance}"

        def on_fold(fold: Any) -> None:
            advance(f"{running[0]}: {fold.number + 1} folds done")

        found = ledger.compare(
            ready,
            submissions,
            name=name,
            source=source,
            dry=dry,
            skipped=skipped,
            on_fit=on_fit,
            on_fold=on_fold,
            on_step=lambda step: advance.say(f"{running[0]}: {step}"),
        )
    if json:
        _console.print_json({"model": settings.model, **found.as_dict()})
        return
    _print(found, settings.model)


def _print(found: Any, model: str) -> None:
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"{model} under each sampler, out-of-fold, with the change from none",
    )
    table.add_column("balance", no_wrap=True, min_width=16)
    for title in COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    for line in found.lines:
        scores = [line.scores[name] for name in COLUMNS]
        table.add_row(line.balance, *(f"{one.after:.4f}" for one in scores))
        if line is not found.lines[0]:
            table.add_row("  change", *(f"{one.value:+.4f}" for one in scores))
            table.add_row("  ± error", *(f"{one.error:.4f}" for one in scores))
    console = _console.console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    for sentence in found.said:
        _console.tell(sentence)
    for balance, reason in found.skipped.items():
        _console.say(f"{balance}: left out: {reason}")
    kept = [line.entry for line in found.lines if line.entry]
    if kept:
        _console.tell(f"Entries {', '.join(kept)}")
