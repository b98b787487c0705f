"""The job `report`: figures and a page in the entry's folder, and the numbers as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.atomic import write_text
from harness.competition import Competition
from harness.entries import Entry
from harness.folders import sweep
from harness.report import figures
from harness.report.evidence import Evidence, evidence_of
from harness.report.markdown import page
from harness.report.words import earned

FOLDER = "report"
PAGE = "report.md"
FIGURES = ("confusion", "classes", "per-class", "curves")


@dataclass(frozen=True, eq=False)
class Report:
    """What was written, and the numbers in it.

    Attributes
    ----------
    evidence : Evidence
    page : Path
        The Markdown page.
    figures : mapping of figure to PNG file
        ``confusion``, ``classes``, ``per-class``, and ``curves`` where there are any.
    """

    evidence: Evidence
    page: Path
    figures: dict[str, Path]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it: the matrix, the scores, the pairs, the paths."""
        evidence, confusion, names = self.evidence, self.evidence.confusion, self.evidence.names
        return {
            "entry": evidence.name,
            "rows": evidence.rows,
            "classes": list(names),
            "scores": dict(evidence.scores),
            "prior_scores": dict(evidence.prior_scores),
            "folds": [
                {
                    "number": fold.number + 1,
                    "rows": fold.rows,
                    "seconds": fold.seconds,
                    "scores": dict(fold.scores),
                }
                for fold in evidence.folds
            ],
            "confusion": confusion.counts.tolist(),
            "shares": confusion.shares.tolist(),
            "per_class": [
                {
                    "class": name,
                    "precision": float(confusion.precision[k]),
                    "recall": float(confusion.recall[k]),
                    "f1": float(confusion.f1[k]),
                    "support": int(confusion.support[k]),
                    "predicted": int(confusion.predicted[k]),
                }
                for k, name in enumerate(names)
            ],
            "averages": {kind: dict(each) for kind, each in confusion.averages.items()},
            "pairs": [
                {
                    "true": names[pair.true],
                    "predicted": names[pair.predicted],
                    "count": pair.count,
                    "support": pair.support,
                    "share": pair.share,
                }
                for pair in confusion.pairs
            ],
            "notes": list(evidence.notes),
            "report": str(self.page),
            "figures": {name: str(path) for name, path in self.figures.items()},
        }


def write_report(entry: Entry, competition: Competition | None = None) -> Report:
    """Write the report of `entry` into its folder, over an older one.

    Parameters
    ----------
    competition : Competition, optional
        The one the entry was fitted on; it adds the title. All else stands in the entry.

    Raises
    ------
    EntryError
        When a file of the entry is missing or damaged, or doesn't fit.
    FileProblem
        When the report can't be written. Each file is whole: the new one or the old one.
    """
    evidence = evidence_of(entry, competition)
    folder = entry.path / FOLDER
    paths = {name: folder / f"{name}.png" for name in FIGURES}
    if not evidence.history:
        paths.pop("curves").unlink(missing_ok=True)
    sweep(folder)
    draw(evidence, paths)
    # The page comes last: it never shows a figure that isn't there.
    text = page(evidence, {name: path.name for name, path in paths.items()})
    write_text(folder / PAGE, text)
    return Report(evidence, folder / PAGE, paths)


def draw(evidence: Evidence, paths: dict[str, Path]) -> None:
    """Draw the figures that `paths` names."""
    confusion, names, entry = evidence.confusion, evidence.names, evidence.name
    figures.draw_confusion(
        confusion,
        names,
        paths["confusion"],
        title=f"{entry}: confusion matrix",
        note=f"accuracy {confusion.accuracy:.4f}, {earned(evidence)}",
    )
    figures.draw_classes(
        confusion, evidence.oof, names, paths["classes"], title=f"{entry}: rows of each class"
    )
    figures.draw_class_scores(
        confusion, names, paths["per-class"], title=f"{entry}: precision, recall and F1"
    )
    if "curves" in paths:
        figures.draw_curves(evidence.history, paths["curves"], title=f"{entry}: training curves")
