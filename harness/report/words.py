"""What the page and the terminal both say, in words. The texts are plain: each medium escapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.evaluate import metrics
from harness.report.evidence import Evidence, mapping
from harness.report.text import counted, plain

# A receipt holds more; these say how an entry came about.
TOLD = ("model", "parameters", "settings", "pipeline", "split", "seconds", "peak_memory_mb")
# Told already, under another name.
UNTOLD = {"settings.model", "settings.parameters"}


def earned(evidence: Evidence) -> str:
    """What the numbers were measured on."""
    rows, folds = counted(evidence.rows, "row"), counted(len(evidence.folds), "fold")
    return f"out-of-fold, {rows} in {folds}"


def about(evidence: Evidence) -> str:
    """What the competition is, as far as the receipt tells; "" where it tells nothing."""
    told = mapping(evidence.receipt.get("competition"))
    if not told.get("name"):
        return ""
    title = f" ({evidence.title})" if evidence.title else ""
    sizes = [
        counted(told[key], thing)
        for key, thing in (
            ("rows", "training row"),
            ("test_rows", "test row"),
            ("columns", "column"),
        )
        if isinstance(told.get(key), int) and told[key]
    ]
    return f"{plain(told['name'])}{title}: {', '.join([*sizes, _classes(evidence)])}"


def _classes(evidence: Evidence) -> str:
    return counted(len(evidence.names), "class")


def score_rows(evidence: Evidence) -> Iterator[tuple[str, str, str, str]]:
    """Metric, the entry's score, the prior's, and which direction is better."""
    for name, score in evidence.scores.items():
        better = "higher" if metrics.metric(name).higher_is_better else "lower"
        yield name, f"{score:.4f}", f"{evidence.prior_scores[name]:.4f}", better


def prior_line(evidence: Evidence) -> str:
    """Whether the entry beats the class prior, by log-loss."""
    own, prior = evidence.scores["logloss"], evidence.prior_scores["logloss"]
    if own < prior:
        return f"It beats the class prior by {prior - own:.4f} of log-loss."
    return f"It does not beat the class prior: its log-loss is higher by {own - prior:.4f}."


def expectations(evidence: Evidence) -> Iterator[str]:
    """What each leaderboard should show, with its interval, as the fit computed it."""
    if leak := mapping(evidence.receipt.get("split")).get("leak"):
        yield plain(f"Leaky split: {leak}. No score of it can be expected on new rows.")
        return
    if not mapping(evidence.receipt.get("competition")).get("test_rows"):
        return
    for board, told in mapping(evidence.receipt.get("expected")).items():
        numbers = [mapping(told).get(key) for key in ("score", "low", "high", "rows")]
        if not all(isinstance(number, int | float) for number in numbers):
            continue
        score, low, high, rows = numbers
        by = mapping(told).get("metric", board)
        scored = "" if by == board else f", scored as {by}"
        yield plain(
            f"Leaderboard {board}{scored}: expect {score:.4f} "
            f"(95 % interval {low:.4f} to {high:.4f} on {rows} test rows)."
        )


def setting_rows(receipt: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the receipt tells of the making: names and values, nested names dotted."""
    for name in TOLD:
        if name in receipt:
            yield from _flat(name, receipt[name])
    if versions := mapping(receipt.get("versions")):
        yield "versions", plain(", ".join(f"{name} {told}" for name, told in versions.items()))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if name in UNTOLD or value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
        return
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    yield plain(name.removeprefix("settings.")), plain(text)
