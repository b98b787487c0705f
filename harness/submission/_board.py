"""Which leaderboard a file is for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from harness.competition import Competition, Leaderboard
from harness.errors import UsageError
from harness.submission._cells import NULLS
from harness.submission._faults import Faults
from harness.submission._file import open_sheet
from harness.submission._header import has_header, same_header


def board_of(path: Path, competition: Competition) -> Leaderboard:
    """The leaderboard that a file is for, by its header; by its number of columns without one.

    Raises
    ------
    UsageError
        Where it fits none of them, or several.
    FileProblem
        When there is no such file, or it can't be read.
    """
    boards = competition.leaderboards
    widths = {len(board.columns) for board in boards}
    parted = {board.delimiter for board in boards}
    sheet = open_sheet(
        path,
        widths,
        Faults("kaggle", id_column="", rows=0),
        delimiter=parted.pop() if len(parted) == 1 else ",",
    )
    if sheet is None:
        # What holds no table is no submission for any of them.
        return boards[0] if boards else _only(boards, path, competition)
    cleaned = [cell.strip().lstrip("#").strip() for cell in sheet.first]
    for fits in (
        [board for board in boards if same_header(_asked(cleaned, board), board.columns)],
        [board for board in boards if len(board.columns) == len(cleaned)],
        [board for board in boards if has_header(cleaned, board.columns)],
        # Without a header, or with another one, row numbers may stand in front.
        [board for board in boards if len(board.columns) == len(cleaned) - 1],
        # The ids were forgotten.
        [board for board in boards if has_header(cleaned, board.header[1:])],
    ):
        # Boards that share a header read the file alike; the first is as good as any.
        if fits and len({board.columns for board in fits}) == 1:
            return fits[0]
    return _only(boards, path, competition)


def _asked(names: list[str], board: Leaderboard) -> list[str]:
    """A file's column names without those that `board` passes over."""
    return [name for name in names if name not in board.ignored]


def _only(boards: tuple[Leaderboard, ...], path: Path, competition: Competition) -> Leaderboard:
    if len(boards) == 1:
        return boards[0]
    if not boards:
        raise UsageError(
            "has no leaderboards",
            where=competition.name,
            todo="describe one under [[leaderboards]] in competition.toml",
        )
    names = " or ".join(f"--metric {board.name}" for board in boards)
    raise UsageError(
        "its header fits no leaderboard", where=str(path), todo=f"say which it is for: {names}"
    )


def with_labels_of(path: Path, form: Competition) -> Competition:
    """A competition known by a sample of labels alone, with those of a file among its classes.

    Such a sample shows some of the classes only. Where it shows whole numbers, only whole numbers
    are taken for classes; where it has columns of classes, they are known, and nothing is added.

    Raises
    ------
    FileProblem
        When there is no such file, or it can't be read.
    """
    board = form.leaderboards[0]
    if board.holds != "labels":
        return form
    faults = Faults("kaggle", id_column="", rows=0)
    sheet = open_sheet(path, {len(board.columns)}, faults, delimiter=board.delimiter)
    if sheet is None or sheet.frame.width < len(board.columns):
        return form
    whole = all(_is_whole(value) for value in form.classes)
    # Counted from the end: row numbers may stand in front.
    place = board.columns.index(board.header[1]) - len(board.columns) + sheet.frame.width
    cells = sheet.frame.to_series(place).str.strip_chars().unique().to_list()
    if whole:
        # As pandas writes whole numbers beside a gap: 2.0 is another form of 2.
        cells = [re.sub(r"\.0+$", "", cell) for cell in cells]
    found = {v for v in cells if v.casefold() not in NULLS and (not whole or _is_whole(v))}
    classes = (*form.classes, *sorted(found - set(form.classes)))
    return replace(form, classes=classes, class_names=classes)


def _is_whole(value: str) -> bool:
    return value.removeprefix("-").isdigit()
