"""Which column of a file is which of the leaderboard's, and what is wrong with its header."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.competition import Competition, Leaderboard
from harness.submission._faults import Faults
from harness.submission._file import Sheet

# What tools call the row numbers that they write in front.
_INDEX_NAMES = {"", "index", "unnamed: 0", "rowid", "row_names"}


def columns_of(
    sheet: Sheet, competition: Competition, board: Leaderboard, faults: Faults
) -> tuple[Sheet, dict[str, int]]:
    """Each of the leaderboard's columns to its position in the file.

    Returns
    -------
    sheet : Sheet
        With the first line among the data where that is no header.
    where : mapping of column name to position
        Columns that can't be found are missing from it.
    """
    wanted = board.header
    if _is_data(sheet.first, competition, wanted):
        faults.add(
            "no-header",
            f"there is no header; the first line must be {','.join(wanted)}",
            line=sheet.first_line,
            name=sheet.first[0],
        )
        sheet = sheet.with_first_as_data()
        width = sheet.frame.width
        if width == len(wanted):
            return sheet, {name: i for i, name in enumerate(wanted)}
        faults.add("ragged", f"the lines have {width} cells instead of {len(wanted)}")
        return sheet, {}
    names = _cleaned(sheet, wanted, faults)
    for other in competition.leaderboards:
        if same_header(names, other.header) and not same_header(names, wanted):
            faults.add(
                "other-leaderboard",
                f"this is a file for the {other.name} leaderboard, not for {board.name}",
                line=sheet.first_line,
                name=names[1],
                column=2,
            )
            return sheet, {}
    return sheet, _found(names, wanted, sheet.first_line, sheet.frame.width, faults)


def same_header(first: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a file's first cells are `header`, however badly written or ordered."""
    return sorted(map(_plain, first)) == sorted(map(_plain, header))


def _is_data(first: Sequence[str], competition: Competition, wanted: Sequence[str]) -> bool:
    # Class columns may be called 1, 2, ...: only names that are no numbers tell a header from data.
    known = {_plain(name) for name in wanted if not _is_number(name)}
    cells = [cell.strip() for cell in first]
    if any(_plain(cell) in known for cell in cells):
        return False
    numeric = {name for name in wanted if _is_number(name)}
    if len(numeric) > 1 and numeric <= set(cells):
        return False
    if len(cells) == 2 and cells[1] in competition.classes:
        return True
    return all(map(_is_number, cells)) or (
        len(cells) > 1 and all(map(_is_number, cells[1:])) and cells[0] in competition.test_ids
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cleaned(sheet: Sheet, wanted: Sequence[str], faults: Faults) -> list[str]:
    """The file's column names without comment signs and spaces around them."""
    first, line = list(sheet.first), sheet.first_line
    if first[0] not in wanted and first[0].lstrip().startswith("#"):
        faults.add(
            "header-comment",
            f"the header starts with {first[0][: first[0].index('#') + 1]!r}"
            " (numpy.savetxt needs comments='')",
            line=line,
            name=first[0],
        )
        first[0] = first[0].lstrip().lstrip("#").lstrip()
    spaced = [i for i, name in enumerate(first) if name not in wanted and name != name.strip()]
    if spaced:
        faults.add(
            "header-spaces",
            f"spaces around column names: {', '.join(repr(first[i]) for i in spaced)}",
            line=line,
            name=first[spaced[0]],
            column=spaced[0] + 1,
        )
    return [name if name in wanted else name.strip() for name in first]


def _found(
    names: list[str], wanted: Sequence[str], line: int, width: int, faults: Faults
) -> dict[str, int]:
    where: dict[str, int] = {}
    extra: list[int] = []
    for i, name in enumerate(names[:width]):
        if name in where:
            faults.add("header-twice", f"two columns are called {name!r}", line=line)
        elif name in wanted:
            where[name] = i
        else:
            extra.append(i)
    missing = [name for name in wanted if name not in where]
    _match_spelling(names, wanted, missing, extra, where, line, faults)
    if len(names) == len(wanted):
        # A name in the right place is taken for what stands there, to go on checking.
        for i in [i for i in extra if wanted[i] in missing]:
            _unexpected(
                "header-name", f"is called {names[i]!r}, not {wanted[i]!r}", names, i, line, faults
            )
            where[wanted[i]] = i
            missing.remove(wanted[i])
            extra.remove(i)
    for i in extra:
        is_index = i == 0 and names[0].casefold() in _INDEX_NAMES
        code = "index-column" if is_index else "extra-column"
        hint = " (pandas needs index=False, R row.names=FALSE)" if is_index else ""
        _unexpected(code, f"({names[i]!r}) is one too many{hint}", names, i, line, faults)
    for name in missing:
        code = "no-id-column" if name == wanted[0] else "missing-column"
        faults.add(code, f"there is no column {name!r}", line=line, name=name)
    given = sorted(where, key=lambda name: where[name])
    if not missing and given != list(wanted):
        as_text = " (sorted as text: 1, 10, 2, ...)" if given[1:] == sorted(wanted[1:]) else ""
        faults.add(
            "column-order",
            f"the columns are in the order {', '.join(given)}{as_text}, not {', '.join(wanted)}",
            line=line,
        )
    return where


def _match_spelling(
    names: list[str],
    wanted: Sequence[str],
    missing: list[str],
    extra: list[int],
    where: dict[str, int],
    line: int,
    faults: Faults,
) -> None:
    """Match names that differ from a wanted one in case or punctuation only."""
    plain = {_plain(name): name for name in wanted}
    if len(plain) < len(wanted):
        return
    for i in list(extra):
        name = plain.get(_plain(names[i]))
        if name in missing:
            _unexpected(
                "header-spelling",
                f"must be written {name!r}, not {names[i]!r}",
                names,
                i,
                line,
                faults,
            )
            where[name] = i
            missing.remove(name)
            extra.remove(i)


def _unexpected(
    code: str, words: str, names: Sequence[str], i: int, line: int, faults: Faults
) -> None:
    faults.add(code, f"column {i + 1} {words}", line=line, name=names[i], column=i + 1)


def _plain(name: str) -> str:
    """A name without what tools put between its parts; the point in a number stays."""
    return re.sub(r"[\s_-]+|(?<!\d)\.|\.(?!\d)", "", name).casefold()
