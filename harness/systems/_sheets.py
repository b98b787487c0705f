"""The tables of a reproduction, as text: terminal, page and CSV files show the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.systems._outcome import Outcome
from harness.systems._system import Figure, System
from harness.systems._twins import Twin

OWN = "here"
HONEST = "honestly, here"


@dataclass(frozen=True)
class Sheet:
    """A table: its first column names the rows, the others hold numbers.

    Attributes
    ----------
    name : str
        Of its CSV file.
    title : str
    head : tuple of str
    rows : tuple of tuples of str
    note : str
    long : bool
        Whether it is left to the page.
    """

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    long: bool = False


def sheets_of(system: System, outcomes: Sequence[Outcome], twin: Twin | None) -> tuple[Sheet, ...]:
    """Every table of a reproduction, the report's figures beside ours first."""
    sheets = [_figures(system, outcomes, twin)]
    if len(system.runs) == 1 and len(outcomes[0].folds) > 1:
        sheets.append(_folds(outcomes[0], twin))
    sheets.append(_models(system, outcomes))
    sheets += _f1(outcomes)
    sheets += [_classification(one) for one in outcomes]
    return tuple(sheets)


def _figures(system: System, outcomes: Sequence[Outcome], twin: Twin | None) -> Sheet:
    """The report's own table, and what each number is here."""
    single = len(system.runs) == 1
    of = {one.run.name: one.measures for one in outcomes}
    head = ("", "the report", *([twin.what] if twin else []), HONEST if twin else OWN)
    rows = []
    for figure in system.figures:
        run = figure.run or outcomes[0].run.name
        what = figure.measure if single else f"{run}: {figure.measure}"
        cells = [what, _reported(figure)]
        if twin:
            cells.append(_with_sd(twin.measures, figure))
        rows.append((*cells, _with_sd(of[run], figure)))
    notes = [f"{f.measure}: {f.told}" for f in system.figures if f.told]
    return Sheet(
        "figures",
        "The report's figures, and what came out here",
        head,
        tuple(rows),
        "; ".join(notes),
    )


def _reported(figure: Figure) -> str:
    told = number(figure.value, figure.measure)
    if figure.high is not None:
        return f"{told}-{number(figure.high, figure.measure)}"
    return told if figure.sd is None else f"{told} ± {figure.sd:.3f}"


def _with_sd(measures: Mapping[str, float], figure: Figure) -> str:
    value = measures.get(figure.measure)
    if value is None:
        return ""
    told, sd = number(value, figure.measure), measures.get(f"{figure.measure} sd")
    return told if sd is None else f"{told} ± {sd:.3f}"


def number(value: float, measure: str) -> str:
    """A measure as tables show it."""
    if measure == "parameters":
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if measure == "seconds" else f"{value:.3f}"


def _folds(outcome: Outcome, twin: Twin | None) -> Sheet:
    """The lines that reports print, fold by fold."""
    of_twin = twin.folds if twin and len(twin.folds) == len(outcome.folds) else []
    head, rows = ["fold"], []
    if twin and of_twin:
        head += [f"loss, {twin.what}", "accuracy"]
    head += [f"loss, {HONEST if of_twin else OWN}", "accuracy", "seconds"]
    for k, (loss, accuracy, seconds) in enumerate(outcome.folds):
        cells = [str(k + 1)]
        if of_twin:
            cells += [f"{of_twin[k][0]:.4f}", f"{of_twin[k][1]:.4f}"]
        rows.append((*cells, f"{loss:.4f}", f"{accuracy:.4f}", f"{seconds:.1f}"))
    return Sheet("folds", "Fold by fold", tuple(head), tuple(rows))


def _models(system: System, outcomes: Sequence[Outcome]) -> Sheet:
    """Every model with its scores and its training time."""
    reported = {
        figure.run or outcomes[0].run.name: figure
        for figure in system.figures
        if figure.measure == "accuracy"
    }
    rows = []
    for one in outcomes:
        figure, found = reported.get(one.run.name), one.measures
        shown = ("accuracy", "macro-f1", "precision", "recall", "loss", "seconds")
        rows.append(
            (
                one.run.name,
                _reported(replace(figure, sd=None)) if figure else "",
                *(number(found[measure], measure) for measure in shown),
            )
        )
    head = ("model", "report", "accuracy", "F1", "precision", "recall", "loss", "seconds")
    judged: dict[str, list[str]] = {}
    for one in outcomes:
        prior = one.evidence.prior_scores["accuracy"]
        judged.setdefault(f"{one.confusion.rows} rows (class prior {prior:.3f})", []).append(
            one.run.name
        )
    of = "; ".join(f"{', '.join(runs)} on {rows}" for rows, runs in judged.items())
    note = (
        "report: its accuracy; accuracy and loss (log-loss): means over folds; F1, precision and "
        "recall: macro averages; seconds: training, one fit (of folds fitted together their "
        f"share); judged: {of}"
    )
    return Sheet("models", "The models", head, tuple(rows), note)


def _f1(outcomes: Sequence[Outcome]) -> list[Sheet]:
    """F1 of each class across models; a table for each set of classes."""
    of: dict[tuple[str, ...], list[Outcome]] = {}
    for one in outcomes:
        of.setdefault(one.evidence.names, []).append(one)
    sheets = []
    for number_, (names, some) in enumerate(of.items(), start=1):
        rows = [
            (name, *(f"{one.confusion.f1[k]:.3f}" for one in some)) for k, name in enumerate(names)
        ]
        means = [f"{one.measures['macro-f1']:.3f}" for one in some]
        rows.append(("macro average", *means))
        sheets.append(
            Sheet(
                "f1" if len(of) == 1 else f"f1-{number_}",
                "F1 of each class",
                ("class", *(one.run.name for one in some)),
                tuple(rows),
            )
        )
    return sheets


def _classification(outcome: Outcome) -> Sheet:
    """Precision, recall, F1 and support of each class."""
    confusion, names = outcome.confusion, outcome.evidence.names
    scores = (confusion.precision, confusion.recall, confusion.f1)
    rows = [
        (name, *(f"{one[k]:.3f}" for one in scores), str(confusion.support[k]))
        for k, name in enumerate(names)
    ]
    for kind, means in confusion.averages.items():
        cells = (f"{means[name]:.3f}" for name in ("precision", "recall", "f1"))
        rows.append((f"{kind} average", *cells, str(confusion.rows)))
    rows.append(("accuracy", "", "", f"{confusion.accuracy:.3f}", str(confusion.rows)))
    return Sheet(
        f"classification-{outcome.run.name}",
        f"Classification report: {outcome.run.name}",
        ("class", "precision", "recall", "F1", "support"),
        tuple(rows),
        long=True,
    )
