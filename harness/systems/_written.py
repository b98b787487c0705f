"""What a reproduction leaves in its folder: the page, its pictures, its tables, its numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any

from harness.atomic import write_json, write_text
from harness.report import figures
from harness.report.confusion import Confusion
from harness.report.text import markdown
from harness.report.write import write_report
from harness.systems import _pictures
from harness.systems._data import Found
from harness.systems._outcome import Outcome
from harness.systems._sheets import Sheet
from harness.systems._system import EFFORTS, Effort, System
from harness.systems._twins import Twin

PAGE, NUMBERS, TABLES = "reproduce.md", "reproduce.json", "tables"


def write(
    out: Path,
    name: str,
    system: System,
    effort: Effort,
    seed: int,
    found: Mapping[str, Found],
    outcomes: Sequence[Outcome],
    twin: Twin | None,
    sheets: Sequence[Sheet],
    notes: Sequence[str],
    explored: Path | None,
) -> tuple[Path, tuple[Path, ...]]:
    """Write everything over an older reproduction; the page comes last.

    Returns
    -------
    Path, tuple of Path
        The page, and every other file.
    """
    drawn = _drawn(out, name, system, outcomes, twin)
    for one in outcomes:
        report = write_report(one.entry, one.found.competition)
        for figure in ("confusion", "curves"):
            if figure in report.figures:
                drawn.append((f"{one.run.name}: {figure}", report.figures[figure]))
    files = [path for _, path in drawn]
    files += [_write_sheet(out / TABLES, sheet) for sheet in sheets]
    for one in outcomes:
        files += _write_matrix(out / TABLES, one.run.name, one.confusion, one.evidence.names)
    if twin:
        files += twin.files
    if explored:
        files.append(explored)
    text = "\n".join(_page(out, name, system, effort, seed, sheets, notes, drawn, explored))
    write_json(out / NUMBERS, numbers(name, system, effort, seed, found, outcomes, twin, notes))
    write_text(out / PAGE, text)
    return out / PAGE, tuple(files)


def numbers(
    name: str,
    system: System,
    effort: str,
    seed: int,
    found: Mapping[str, Found],
    outcomes: Sequence[Outcome],
    twin: Twin | None,
    notes: Sequence[str],
) -> dict[str, Any]:
    """The reproduction as JSON can hold it."""
    return {
        "system": name,
        "finished": True,
        "title": system.title,
        "source": system.source,
        "effort": effort,
        "seed": seed,
        "data": {
            one.name: {
                "told": one.told,
                "stands_in": one.stands_in,
                "path": str(one.data),
                "rows": len(one.competition.y),
                "columns": len(one.competition.columns),
                "classes": list(one.competition.class_names),
            }
            for one in found.values()
        },
        "reported": [
            {
                "run": figure.run or outcomes[0].run.name,
                "measure": figure.measure,
                "value": figure.value,
                "high": figure.high,
                "sd": figure.sd,
                "told": figure.told,
            }
            for figure in system.figures
        ],
        "runs": {
            one.run.name: {
                "entry": str(one.entry.path),
                "rows": one.run.rows,
                "changed": dict(one.changed),
                "measures": one.measures,
                "folds": [
                    dict(zip(("loss", "accuracy", "seconds"), fold, strict=True))
                    for fold in one.folds
                ],
                "f1": dict(zip(one.evidence.names, one.confusion.f1.tolist(), strict=True)),
                "confusion": one.confusion.counts.tolist(),
                "shares": one.confusion.shares.tolist(),
            }
            for one in outcomes
        },
        "as_reported": None
        if twin is None
        else {
            "wrong_on_purpose": True,
            "measures": dict(twin.measures),
            "folds": [dict(zip(("loss", "accuracy"), fold, strict=True)) for fold in twin.folds],
            "confusion": twin.confusion.counts.tolist() if twin.confusion else None,
            "files": [str(path) for path in twin.files],
        },
        "notes": list(notes),
    }


def _drawn(
    out: Path, name: str, system: System, outcomes: Sequence[Outcome], twin: Twin | None
) -> list[tuple[str, Path]]:
    """The pictures of the whole: caption and file."""
    drawn = []
    if len(outcomes) > 1:
        path = out / "accuracy.png"
        _pictures.draw_accuracies(
            system, outcomes, path, title=f"{name}: accuracy, the report's and ours"
        )
        drawn.append(("accuracy, the report's and ours, and training time", path))
        alike = [one for one in outcomes if one.evidence.names == outcomes[0].evidence.names]
        path = out / "f1.png"
        _pictures.draw_f1(alike, path, title=f"{name}: F1 of each class")
        drawn.append(("F1 of each class across models", path))
    if twin and twin.folds:
        path = out / "folds.png"
        honest = [accuracy for _, accuracy, _ in outcomes[0].folds]
        wrong = [accuracy for _, accuracy in twin.folds]
        _pictures.draw_folds(
            honest, wrong, "one net carried on", path, title=f"{name}: accuracy of each fold"
        )
        drawn.append(("accuracy of each fold", path))
    if twin and twin.confusion:
        path = out / "as-reported" / "confusion.png"
        figures.draw_confusion(
            twin.confusion,
            outcomes[0].evidence.names,
            path,
            title=f"{name}: the confusion matrix as the report drew it",
            note=f"{twin.confusion_told}; share on the diagonal {twin.confusion.accuracy:.3f}",
        )
        drawn.append(("the confusion matrix as the report drew it", path))
    return drawn


def _write_sheet(folder: Path, sheet: Sheet) -> Path:
    return _write_csv(folder / f"{sheet.name}.csv", [sheet.head, *sheet.rows])


def _write_matrix(
    folder: Path, run: str, confusion: Confusion, names: Sequence[str]
) -> Iterator[Path]:
    """The matrix raw and row-normalised."""
    for what, cells in (("raw", confusion.counts), ("normalised", confusion.shares)):
        rows = [
            [name, *(repr(cell) for cell in row)]
            for name, row in zip(names, cells.tolist(), strict=True)
        ]
        head = ["true, predicted:", *names]
        yield _write_csv(folder / f"confusion-{run}-{what}.csv", [head, *rows])


def _write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(path, text.getvalue())
    return path


def _page(
    out: Path,
    name: str,
    system: System,
    effort: Effort,
    seed: int,
    sheets: Sequence[Sheet],
    notes: Sequence[str],
    drawn: Sequence[tuple[str, Path]],
    explored: Path | None,
) -> Iterator[str]:
    yield f"# {name}: {markdown(system.title)}"
    yield ""
    yield (
        f"The system of {markdown(system.source)}, with its settings; effort {effort} "
        f"({EFFORTS[effort]}), seed {seed}. The report's data: {markdown(system.data)}."
    )
    yield ""
    yield from (f"- {markdown(note)}" for note in notes)
    yield ""
    for sheet in sheets:
        yield f"## {markdown(sheet.title)}"
        yield ""
        yield f"| {' | '.join(map(markdown, sheet.head))} |"
        yield f"|{'|'.join('---' if not k else '---:' for k in range(len(sheet.head)))}|"
        for row in sheet.rows:
            yield f"| {' | '.join(map(markdown, row))} |"
        yield ""
        if sheet.note:
            yield f"{markdown(sheet.note)}."
            yield ""
    yield "## Pictures"
    yield ""
    if explored:
        yield f"The rows in pictures: [{explored.name}]({_from(out, explored)})."
        yield ""
    for caption, path in drawn:
        yield f"![{markdown(caption)}]({_from(out, path)})"
        yield ""


def _from(out: Path, path: Path) -> str:
    return Path(relpath(path, out)).as_posix()
