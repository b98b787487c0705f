"""A `[[leaderboards]]` table, parsed and checked."""

from __future__ import annotations

from harness.competitions._section import Section
from harness.competitions._spec import LeaderboardSpec

FORMS = ("label", "classes", "probability")


def leaderboard(board: Section, classes: tuple[str, ...]) -> LeaderboardSpec:
    """The leaderboard that a table describes; its faults go to `board.faults`."""
    board.required("metric", '"accuracy"')
    ids = board.raw.get("id") is not False
    if not ids:
        board.known.append("id")
    read = LeaderboardSpec(
        metric=board.text("metric", ""),
        name=board.text("name", ""),
        # A column of ids may have no name: a table written with its row numbers has none.
        id_header=(board.column("id") if "id" in board and ids else None) or _nameless(board, ids),
        ids=ids,
        label_header=board.text("label"),
        class_headers=board.texts("classes", what="column names, one for each class"),
        probability_header=board.text("probability"),
        positive=board.text("positive"),
        top=board.whole("top", 1),
        separator=_between(board, "separator", " ", most=3),
        spelling=board.texts("spelling", what="labels, one for each class"),
        columns=board.texts("columns"),
        ignored=board.texts("ignored"),
        delimiter=_between(board, "delimiter", ",", most=1),
        unwritable=board.text("unwritable", ""),
        sample=board.path("sample"),
        public=board.share("public"),
    )
    _check_form(board, read, classes)
    _check_columns(board, read)
    board.close()
    return read


def _nameless(board: Section, ids: bool) -> str:
    return "" if not ids or board.raw.get("id") == "" else "id"


def _between(board: Section, key: str, usual: str, *, most: int) -> str:
    """What stands between things: one character, or a few."""
    board.known.append(key)
    value = board.raw.get(key, usual)
    if isinstance(value, str) and 1 <= len(value) <= most and not set(value) & set('\n\r"'):
        return value
    few = "one character" if most == 1 else f"one to {most} characters"
    board.fault(key, f'must be {few} in quotes, such as "{usual}"')
    return usual


def _check_form(board: Section, read: LeaderboardSpec, classes: tuple[str, ...]) -> None:
    forms = [key for key in FORMS if key in board]
    if len(forms) != 1 and not (read.unwritable and not forms):
        board.fault(
            "",
            "needs either label (one column) or classes (a column for each class),"
            " or probability (one column, of two classes)",
        )
    if "classes" in board and classes and len(read.class_headers) != len(classes):
        board.fault(
            "classes", f"names {len(read.class_headers)} columns for {len(classes)} classes"
        )
    for key, needed in (("positive", "probability"), ("top", "label"), ("spelling", "label")):
        if key in board and needed not in board:
            board.fault(key, f"means nothing without {needed}")
    if "separator" in board and "top" not in board:
        board.fault("separator", "means nothing without top")
    if "probability" in board:
        if classes and len(classes) != 2:
            board.fault("probability", f"is for two classes, and there are {len(classes)}")
        if "positive" not in board:
            shown = f" = {classes[-1]!r}" if classes else ""
            board.fault("positive", f"is missing; write positive{shown}, the class it is of")
        elif classes and read.positive not in classes:
            board.fault("positive", f"{read.positive!r} is none of {', '.join(classes)}")
    if "top" in board and classes and not 2 <= read.top <= len(classes):
        board.fault("top", f"must be from 2 to {len(classes)}, the number of classes")
    if read.spelling and classes and len(read.spelling) != len(classes):
        board.fault("spelling", f"holds {len(read.spelling)} labels for {len(classes)} classes")


def _check_columns(board: Section, read: LeaderboardSpec) -> None:
    if read.ids and read.id_header in read.answers and not read.unwritable:
        board.fault("id", f"{read.id_header!r} is the name of another column too")
    wanted = ((read.id_header,) if read.ids else ()) + read.answers
    lacking = [name for name in wanted if name not in read.written]
    if lacking and not read.unwritable:
        board.fault("columns", f"lacks {', '.join(map(repr, lacking))}")
    if twice := sorted(set(read.ignored) & set(read.written)):
        board.fault("ignored", f"names {twice[0]!r}, which is written")
