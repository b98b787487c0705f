"""Which pictures an exploration has: file, heading, caption, and how each is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.explore import _classes, _gaps, _means, _projected, _related, _rows
from harness.explore.exploration import Exploration
from harness.explore.look import Section
from harness.report._canvas import labels_of
from harness.report.text import shown_names

# One picture for each of so many blocks.
MOST_SECTIONS = 12


@dataclass(frozen=True)
class Picture:
    """A PNG file to be.

    Parameters
    ----------
    file : str
        Its name: no text from data but a block's letters and digits.
    topic : str
        The page's heading that it belongs under.
    title : str
        Stands in the picture.
    caption : str
        What it shows, for those who look at it and those who can't.
    draw : callable
        Takes the path and ``title=``.
    """

    file: str
    topic: str
    title: str
    caption: str
    draw: Callable[..., None]

    def write(self, folder: Path) -> Path:
        """Draw the picture into `folder`."""
        path = folder / self.file
        self.draw(path=path, title=self.title)
        return path


CLASSES, ROWS, MEANS = "Classes", "Rows", "Means and spread of the classes"
CORRELATIONS, COMPONENTS = "Correlations", "Principal components"
MISSING, TEXTS = "Missing cells", "Text columns"


def pictures(found: Exploration, *, seed: int = 0) -> Iterator[Picture]:
    """Every picture that these data allow, in the page's order."""
    yield from _of_classes(found)
    if len(found.look.columns):
        yield from _of_rows(found, seed)
        for number, section in enumerate(found.look.parts[:MOST_SECTIONS], start=1):
            yield from _of_section(found, section, f"{number}-{_letters(section.name)}")
    yield from _of_correlations(found)
    yield from _of_components(found)
    yield from _of_gaps(found)


def left_out(found: Exploration) -> str:
    """What is said of blocks beyond those that have pictures; "" where all have."""
    number = len(found.look.sections)
    if number <= MOST_SECTIONS:
        return ""
    return f"The first {MOST_SECTIONS} of {number} blocks have pictures of their own."


def _letters(name: str) -> str:
    """What of a block's name can stand in a file's name anywhere."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:24].strip("-") or "block"


def _of_classes(found: Exploration) -> Iterator[Picture]:
    look = found.look
    yield Picture(
        "classes.png",
        CLASSES,
        "Rows of each class",
        "Rows of each class and their share of all training rows.",
        partial(_classes.draw_class_counts, look),
    )
    if parts := _classes.part_counts(found.competition):
        yield Picture(
            "classes-in-parts.png",
            CLASSES,
            "Rows of each class in the parts of the split",
            "Rows of each class in each part of the competition's own split, and their share "
            "of the part.",
            partial(_classes.draw_parts, look, *parts),
        )


def _of_rows(found: Exploration, seed: int) -> Iterator[Picture]:
    for file, scaled, kind in (
        ("rows-raw.png", False, "Raw rows"),
        ("rows-standardised.png", True, "Standardised rows"),
    ):
        yield Picture(
            file,
            ROWS,
            kind,
            f"{kind}, whole and by block: a few rows as lines (numbered from 1 in the training "
            "file, chosen by chance) in front of the span of all rows in each column.",
            partial(_rows.draw_rows, found.look, scaled=scaled, seed=seed),
        )


def _of_section(found: Exploration, section: Section, name: str) -> Iterator[Picture]:
    yield Picture(
        f"means-{name}.png",
        MEANS,
        f"{section.name}: each class's mean and spread, standardised",
        f"{section.name}: the mean of each class in each column, and the deviation of its rows "
        "around it. Where a class is coloured, the column tells it from the others. Grey: constant "
        "or empty.",
        partial(_means.draw_means, found.look, section),
    )
    if section.shape is not None:
        shape = f"{section.shape[0]} x {section.shape[1]}"
        yield Picture(
            f"grid-{name}.png",
            MEANS,
            f"{section.name}: each class's mean as a matrix of {shape}, standardised",
            f"{section.name}: the means again, each class's as the matrix of {shape} that the "
            "block is.",
            partial(_means.draw_grids, found.look, section),
        )


def _of_correlations(found: Exploration) -> Iterator[Picture]:
    related = found.correlations
    if related is None or not related.total:
        return
    yield Picture(
        "correlations.png",
        CORRELATIONS,
        "Correlations of the columns",
        "Pearson's correlation of each column with each other; lines part the blocks.",
        partial(_related.draw_matrix, found.look, related),
    )
    yield Picture(
        "correlation-distribution.png",
        CORRELATIONS,
        "Distribution of the correlations",
        "How many pairs of columns have which correlation.",
        partial(_related.draw_distribution, related),
    )


def _of_components(found: Exploration) -> Iterator[Picture]:
    if found.projection is None:
        return
    yield Picture(
        "projection.png",
        COMPONENTS,
        "Rows along the first principal components",
        "Each standardised row along the two directions in which rows differ most. Classes that "
        "lie apart here are easy to tell; classes that don't may still lie apart elsewhere.",
        partial(_projected.draw_projection, found.look, found.projection),
    )
    yield Picture(
        "projection-classes.png",
        COMPONENTS,
        "Rows along the first principal components, one class at a time",
        "The same rows: in each panel one class's in front of all others.",
        partial(_projected.draw_projected_classes, found.look, found.projection),
    )
    yield Picture(
        "scree.png",
        COMPONENTS,
        "Variance that the components explain",
        "The share of the variance that each component explains, and all up to it.",
        partial(_projected.draw_scree, found.projection),
    )


def _of_gaps(found: Exploration) -> Iterator[Picture]:
    if found.any_missing:
        names = labels_of(shown_names(found.competition.columns), thing="column")
        yield Picture(
            "missing.png",
            MISSING,
            "Missing cells by column",
            "The share of missing cells in each column that has any.",
            partial(_gaps.draw_missing, names, found.missing, found.missing_test),
        )
    if found.texts:
        yield Picture(
            "texts.png",
            TEXTS,
            "Most frequent values of text columns",
            "The most frequent values of each text column, and how many training rows have them.",
            partial(_gaps.draw_texts, found.texts),
        )
