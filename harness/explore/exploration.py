"""Everything that the pictures show, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.competition import Competition
from harness.explore._classes import part_counts
from harness.explore.correlation import (
    Correlations,
    Pair,
    block_counts,
    correlation_notes,
    correlations_of,
)
from harness.explore.look import Look, Numbers, look_at, missing_shares, notes_on
from harness.explore.projection import SHARES, Projection, project
from harness.explore.texts import TextColumn, text_columns
from harness.report.text import plain, shown_names

MOST_PAIRS_TOLD = 100


@dataclass(frozen=True, eq=False)
class Exploration:
    """A competition's training rows, looked at.

    Attributes
    ----------
    look : Look
        The rows and columns that pictures show.
    correlations : Correlations, optional
        None with fewer than two number columns.
    projection : Projection, optional
        None where nothing varies.
    texts : tuple of TextColumn
    missing : float64 array, shape (columns,)
        Share of missing training cells in every column, text or number.
    missing_test : float64 array, optional
        The same of the test rows.
    """

    look: Look
    correlations: Correlations | None
    projection: Projection | None
    texts: tuple[TextColumn, ...]
    missing: Numbers
    missing_test: Numbers | None

    @property
    def competition(self) -> Competition:
        """The competition that was looked at."""
        return self.look.competition

    @property
    def any_missing(self) -> bool:
        """Whether any cell is missing, in training or test rows."""
        test = self.missing_test
        return bool(self.missing.any()) or (test is not None and bool(test.any()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What anybody who looks at the pictures should know."""
        found = self.correlations
        more = correlation_notes(found, self.look) if found is not None else ()
        return (*notes_on(self.look), *more)

    def as_dict(self) -> dict[str, Any]:
        """The numbers as JSON can hold them."""
        look, competition = self.look, self.competition
        counts, total = look.counts.tolist(), max(1, int(look.counts.sum()))
        names = shown_names(competition.class_names)
        parts = part_counts(competition)
        return {
            "competition": plain(competition.name),
            "rows": len(look.trained),
            "rows_in_pictures": len(look.rows),
            "test_rows": len(competition.test_ids),
            "columns": len(competition.columns),
            "number_columns": len(look.columns),
            "classes": [
                {"class": name, "rows": count, "share": count / total}
                for name, count in zip(names, counts, strict=True)
            ],
            "parts": {} if parts is None else _parts(names, *parts),
            "constant_columns": [look.full_names[k] for k in np.flatnonzero(look.constant)],
            "missing": self._missing(),
            "correlations": self._correlations(),
            "projection": self._projection(),
            "texts": [_text(column) for column in self.texts],
            "notes": list(self.notes),
        }

    def _missing(self) -> list[dict[str, Any]]:
        test = np.zeros_like(self.missing) if self.missing_test is None else self.missing_test
        names = shown_names(self.competition.columns)
        return [
            {"column": names[c], "train": float(self.missing[c]), "test": float(test[c])}
            for c in np.flatnonzero((self.missing > 0) | (test > 0))
        ]

    def _correlations(self) -> dict[str, Any] | None:
        found = self.correlations
        if found is None:
            return None
        return {
            "threshold": found.threshold,
            "pairs": found.total,
            "beyond": len(found.pairs),
            "strongest": [self.told(pair) for pair in found.pairs[:MOST_PAIRS_TOLD]],
            "blocks": [
                {"one": one, "other": other, "beyond": count}
                for one, other, count in block_counts(found.pairs, self.look)
            ],
        }

    def told(self, pair: Pair) -> dict[str, Any]:
        """A pair of columns by name."""
        one, other = self.look.full_names[pair.one], self.look.full_names[pair.other]
        return {"one": one, "other": other, "correlation": pair.r}

    def _projection(self) -> dict[str, Any] | None:
        found = self.projection
        if found is None:
            return None
        return {
            "explained": found.explained[:50].tolist(),
            "components_for": {str(share): found.needed(share) for share in SHARES},
        }


def _parts(names: tuple[str, ...], parts: tuple[str, ...], counts: Any) -> dict[str, Any]:
    return {
        part: dict(zip(names, row, strict=True))
        for part, row in zip(parts, counts.tolist(), strict=True)
    }


def _text(column: TextColumn) -> dict[str, Any]:
    return {
        "column": column.name,
        "values": dict(zip(column.values, column.counts, strict=True)),
        "distinct": column.distinct,
        "others": column.others,
        "missing": column.missing,
    }


def explore(competition: Competition, *, threshold: float = 0.7, seed: int = 0) -> Exploration:
    """Look at a competition's training rows.

    Parameters
    ----------
    threshold : float
        Pairs of columns with an absolute correlation above it are listed; 0 to 1.
    seed : int
        Which rows, where there are more than pictures need.
    """
    look = look_at(competition, seed=seed)
    return Exploration(
        look=look,
        correlations=correlations_of(look, threshold) if len(look.columns) > 1 else None,
        projection=project(look, seed=seed),
        texts=text_columns(competition, look.trained),
        missing=missing_shares(competition, look.trained),
        missing_test=None if competition.X_test is None else missing_shares(competition),
    )
