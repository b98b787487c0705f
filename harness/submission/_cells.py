"""The labels and probabilities of a submission: text cells become numbers, and faults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness.board import parted
from harness.competition import Competition, Labels, Leaderboard, Probabilities, spelling
from harness.submission import _amounts
from harness.submission._faults import Faults
from harness.submission._file import Sheet
from harness.submission._ids import whole_number

# The value of a label that a cell of several doesn't have.
UNLISTED = -1.0
NULLS = {"", "na", "n/a", "nan", "-nan", "null", "none", "<na>", "#n/a"}
INFINITE = r"^(?i)[+-]?inf(inity)?$"
# A number up to 1 with the decimal comma that Excel writes in much of Europe: 0,5 and 5,6e-05.
COMMA = r"^([+-]?[01]?),(\d+)$|^([+-]?\d?),(\d+[eE][+-]?\d+)$"


def labels_of(sheet: Sheet, column: int, competition: Competition, faults: Faults) -> Labels:
    """Each row's class, 0..K-1; -1 where the cell tells none. Shape (rows of the file,)."""
    cells = sheet.frame.to_series(column)
    values = cells.unique(maintain_order=True).to_list()
    shift = _shift(values, competition.classes)
    meant: dict[str, int] = {}
    told: dict[str, list[str]] = {}
    spelled = _spelled(competition)
    for value in values:
        code, label = _label(value, competition, shift, spelled)
        meant[value] = -1 if label is None else competition.classes.index(label)
        if code:
            told.setdefault(code, []).append(value)
    if shift:
        low = int(competition.classes[0])
        faults.add(
            "label-base",
            f"labels count from {low - shift}; they must count from {low}",
            lines=sheet.lines[sheet.whole],
        )
    for code, wrong in told.items():
        rows = np.flatnonzero(cells.is_in(wrong).to_numpy() & sheet.whole)
        _tell_labels(code, sheet.lines[rows], cells.gather(rows), meant, competition, faults)
    return cells.replace_strict(meant, return_dtype=pl.Int64).to_numpy()


def _spelled(competition: Competition) -> dict[str, str]:
    """Each class under its label and name without case and underscores, where no other has it."""
    found: dict[str, set[str]] = {}
    for named in (competition.classes, competition.class_names):
        for label, name in zip(competition.classes, named, strict=False):
            found.setdefault(_key(name), set()).add(label)
    return {key: labels.pop() for key, labels in found.items() if len(labels) == 1}


def _key(label: str) -> str:
    return spelling(label.replace("_", " "))


def _label(
    cell: str, competition: Competition, shift: int, spelled: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """The fault of a label cell, and the label that it means."""
    classes, value = competition.classes, cell.strip()
    number = whole_number(value)
    if shift and number is not None:
        form = "label-form" if value != str(number) else "spaces" if cell != value else None
        return form, str(number + shift)
    if cell in classes:
        return None, cell
    if value in classes:
        return ("spaces" if number is not None else "label-spaces"), value
    if value.casefold() in NULLS:
        return "null", None
    if number is not None and str(number) in classes:
        return "label-form", str(number)
    if value in competition.class_names:
        return "label-name", classes[competition.class_names.index(value)]
    if (meant := spelled.get(_key(value))) is not None:
        return "label-spelling", meant
    return "label-unknown", None


def _shift(values: Sequence[str], classes: Sequence[str]) -> int:
    """What must be added to labels that count from another number; 0 where that isn't proved.

    Proved is it by a label just beyond one end of the classes, and none at their other end.
    """
    low = whole_number(classes[0])
    if low is None or list(classes) != [str(low + k) for k in range(len(classes))]:
        return 0
    numbers = [whole_number(value.strip()) for value in values]
    given = {number for number in numbers if number is not None}
    known = set(range(low, low + len(classes)))
    for shift in (1, -1):
        meant = {number + shift for number in given}
        if meant <= known and not given <= known:
            return shift
    return 0


def _tell_labels(
    code: str,
    lines: NDArray[np.int64],
    cells: pl.Series,
    meant: dict[str, int],
    competition: Competition,
    faults: Faults,
) -> None:
    known = f"the classes are {', '.join(competition.classes)}"
    if not len(competition.y) and all(whole_number(c) is not None for c in competition.classes):
        # Of a sample alone not all classes are known, but what they look like.
        known = f"classes are whole numbers, such as {competition.classes[0]}"
    many = {
        "spaces": "labels have spaces around them",
        "label-spaces": "labels have spaces around them",
        "null": "labels are missing",
        "label-form": "labels aren't written as whole numbers",
        "label-name": "labels are class names",
        "label-spelling": "labels are spelled otherwise",
        "label-unknown": f"labels are no class ({known})",
    }[code]

    def tell(i: int) -> str:
        cell = cells[i]
        if code == "null":
            return f"the label is missing ({cell!r})" if cell else "the label is empty"
        if code == "label-unknown":
            return f"the label {cell!r} is no class" + (f"; {known}" if len(lines) <= 3 else "")
        return f"the label {cell!r} should be written as {competition.classes[meant[cell]]!r}"

    faults.on_lines(code, lines, tell, many)


def ranks_of(
    sheet: Sheet, column: int, labels: Sequence[str], board: Leaderboard, faults: Faults
) -> Probabilities:
    """Labels in one cell, the most probable first: 1 for it, then 1/2, 1/3, ...; (rows, K).

    Labels that a cell doesn't have are `UNLISTED`, and all of them lower in a cell that can't be
    understood.
    """
    cells = sheet.frame.to_series(column).to_list()
    place = {label: k for k, label in enumerate(labels)}
    values = np.full((len(cells), len(labels)), UNLISTED)
    wrong: dict[str, list[tuple[int, str]]] = {}
    for row, cell in enumerate(cells):
        found = parted(cell.strip(), board.separator, place)
        code, why = _ranks_fault(cell, found, board.top)
        if code and sheet.whole[row]:
            wrong.setdefault(code, []).append((row, why))
        if found is None or not found:
            values[row] = 2 * UNLISTED
            continue
        for rank, label in reversed(list(enumerate(found))):
            values[row, place[label]] = 1 / (1 + rank)
    many = {"null": "labels are missing", "label-unknown": "cells hold something else than labels"}
    for code, at in wrong.items():
        faults.on_lines(
            code,
            sheet.lines[[row for row, _ in at]],
            lambda i, at=at: at[i][1],  # type: ignore[misc]
            many[code],
        )
    return values


def _ranks_fault(cell: str, found: list[str] | None, top: int) -> tuple[str, str]:
    if cell.strip().casefold() in NULLS or found == []:
        return "null", f"the label is missing ({cell!r})" if cell else "the label is empty"
    if found is None:
        return "label-unknown", f"{cell!r} holds something else than labels"
    if len(found) > top:
        return "label-unknown", f"{cell!r} holds {len(found)} labels, and {top} are the most"
    return "", ""


def probabilities_of(
    sheet: Sheet,
    columns: Sequence[int],
    names: Sequence[str],
    faults: Faults,
    *,
    sums_for: str | None,
) -> Probabilities:
    """The probabilities as the file has them, float64; NaN where a cell tells none.

    Parameters
    ----------
    columns, names
        Positions and names of the class columns that the file has.
    sums_for : str, optional
        The metric, where all class columns are there, so that rows can be summed.
    """
    proba = np.empty((len(sheet.frame), len(columns)))
    found: dict[str, list[NDArray[np.int64]]] = {}
    for k, column in enumerate(columns):
        cells = sheet.frame.to_series(column)
        numbers = cells.cast(pl.Float64, strict=False)
        proba[:, k] = numbers.fill_null(np.nan).to_numpy()
        odd = np.flatnonzero(~np.isfinite(proba[:, k]) & sheet.whole)
        if len(odd):
            stripped = cells.gather(odd).str.strip_chars()
            # Spaces around a number are seen through, and a decimal comma in it.
            points = stripped.str.replace(COMMA, "${1}${3}.${2}${4}")
            proba[odd, k] = points.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
            for code, these in _odd(stripped, proba[odd, k]).items():
                places = np.column_stack([odd[these], np.full(int(these.sum()), k)])
                found.setdefault(code, []).append(places)
    proba[~sheet.whole[:, None] | ~np.isfinite(proba)] = np.nan
    for code, parts in found.items():
        places = np.concatenate(parts)
        places = places[np.lexsort((places[:, 1], places[:, 0]))]
        if len(places):
            _tell_odd(code, places, sheet, columns, names, faults)
    _amounts.tell(sheet, columns, names, proba, faults, sums_for=sums_for)
    return proba


def _odd(cells: pl.Series, numbers: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """What is wrong with cells that are no finite numbers as they stand: a mask for each code."""
    comma = cells.str.contains(COMMA).to_numpy()
    spaces = np.isfinite(numbers) & ~comma
    null = cells.str.to_lowercase().is_in(list(NULLS)).to_numpy()
    infinite = np.isinf(numbers) | cells.str.contains(INFINITE).to_numpy()
    return {
        "spaces": spaces,
        "null": null,
        "infinite": infinite,
        "decimal-comma": comma,
        "not-a-number": ~(spaces | comma | null | infinite),
    }


def _tell_odd(
    code: str,
    places: NDArray[np.int64],
    sheet: Sheet,
    columns: Sequence[int],
    names: Sequence[str],
    faults: Faults,
) -> None:
    told = {
        "null": ("is missing", "cells are empty or NaN"),
        "infinite": ("is not finite", "cells are not finite"),
        "not-a-number": ("is no number", "cells are no numbers"),
        "decimal-comma": ("has a decimal comma", "cells have decimal commas"),
        "spaces": ("has spaces around it", "cells have spaces around them"),
    }[code]

    def tell(i: int) -> str:
        row, k = places[i].tolist()
        cell = sheet.frame.to_series(columns[k])[row]
        hint = _hint(cell.strip()) if code == "not-a-number" else ""
        return f"{names[k]}: {cell!r} {told[0]}{hint}"

    faults.on_lines(code, sheet.lines[places[:, 0]], tell, told[1])


def _hint(value: str) -> str:
    if re.fullmatch(r"\d*,\d+", value):
        return " (write a decimal point, not a comma)"
    if value.endswith("%"):
        return " (write 0.5, not 50%)"
    if value.startswith(("[", "(")):
        return " (write one number alone, without brackets)"
    return " (probabilities are asked for, not labels)" if value[:1].isalpha() else ""
