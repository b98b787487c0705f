"""Which column of a file is which of the leaderboard's, and what is wrong with its header."""

from __future__ import annotations

from collections.abc import Sequence

from harness.competition import Competition, Leaderboard
from harness.submission._faults import TOLD_SINGLY, Faults
from harness.submission._file import Sheet
from harness.submission._names import classes_named, plain

# What tools call the row numbers that they write in front.
_INDEX_NAMES = {"", "index", "unnamed: 0", "rowid", "row_names"}
# So many of an index's values are ids where it holds the ids.
KNOWN_IDS = 0.5
# Of many columns so many are named.
MOST_SHOWN = 5
_INDEX_HINT = " (pandas needs index=False, R row.names=FALSE)"


def columns_of(
    sheet: Sheet,
    competition: Competition,
    board: Leaderboard,
    expected: Sequence[str],
    faults: Faults,
) -> tuple[Sheet, dict[str, int]]:
    """Each of the leaderboard's columns to its position in the file.

    Parameters
    ----------
    expected : sequence of str
        The test rows' ids: a column that holds them is the id column, whatever it is called.

    Returns
    -------
    sheet : Sheet
        With the first line among the data where that is no header.
    where : mapping of column name to position
        Columns that can't be found are missing from it.
    """
    wanted = board.columns
    if _is_data(sheet.first, competition, board):
        faults.add(
            "no-header",
            f"there is no header; the first line must be {board.first_line}",
            line=sheet.first_line,
            name=sheet.first[0],
        )
        first = sheet.first[0]
        sheet = sheet.with_first_as_data()
        width = sheet.frame.width
        if width == len(wanted):
            return sheet, {name: i for i, name in enumerate(wanted)}
        if width == len(wanted) + 1 and _counts(sheet, 0) and _holds_ids(sheet, 1, expected):
            faults.add(
                "index-column",
                f"column 1 only counts the rows{_INDEX_HINT}",
                line=sheet.first_line,
                name=first,
            )
            return sheet, {name: i + 1 for i, name in enumerate(wanted)}
        faults.add("ragged", f"the lines have {width} cells instead of {len(wanted)}")
        return sheet, {}
    names = _cleaned(sheet, wanted, faults)
    for other in competition.leaderboards:
        if same_header(names, other.columns) and not same_header(names, wanted):
            faults.add(
                "other-leaderboard",
                f"this is a file for the {other.name} leaderboard, not for {board.name}",
                line=sheet.first_line,
                name=names[-1],
                column=len(names),
            )
            return sheet, {}
    columns = _Columns(sheet, names, board, expected, faults)
    columns.match_classes(competition)
    columns.match_names()
    columns.match_places()
    columns.tell_the_rest()
    return sheet, columns.where


def same_header(first: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a file's first cells are `header`, however badly written or ordered."""
    return sorted(map(plain, first)) == sorted(map(plain, header))


def has_header(first: Sequence[str], header: Sequence[str]) -> bool:
    """Whether all of `header` is among a file's first cells, however badly written."""
    return set(map(plain, header)) <= set(map(plain, first))


def _is_data(first: Sequence[str], competition: Competition, board: Leaderboard) -> bool:
    wanted = board.columns
    # Class columns may be called 1, 2, ...: only names that are no numbers tell a header from data.
    known = {plain(name) for name in wanted if not _is_number(name)}
    cells = [cell.strip().lstrip("#").strip() for cell in first]
    if any(plain(cell) in known for cell in cells):
        return False
    numeric = {name for name in wanted if _is_number(name)}
    if len(numeric) > 1 and numeric <= set(cells):
        return False
    labels = {*competition.classes, *competition.class_names, *board.spelling}
    at = wanted.index(board.header[1])
    if board.holds == "labels" and len(cells) >= len(wanted) and cells[at - len(wanted)] in labels:
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


class _Columns:
    """The file's columns, matched to the wanted ones step by step.

    Attributes
    ----------
    where : dict of wanted name to position
    missing : list of wanted names without a column
    extra : list of positions that nobody wants
    """

    def __init__(
        self,
        sheet: Sheet,
        names: list[str],
        board: Leaderboard,
        expected: Sequence[str],
        faults: Faults,
    ) -> None:
        self.sheet, self.names, self.wanted = sheet, names, board.columns
        self.answers = board.header[1:]
        self.id_name = board.header[0] if board.has_ids else None
        self.ignored = board.ignored
        self.expected, self.faults = expected, faults
        self.line = sheet.first_line
        self.where: dict[str, int] = {}
        self.extra: list[int] = []
        self.missing: list[str] = list(board.columns)

    def match_classes(self, competition: Competition) -> None:
        """Name the class columns as they are wanted, where all are named by their class."""
        names, answers = self.names, self.answers
        known = {plain(name) for name in names}
        if len(answers) < 2 or all(plain(name) in known for name in answers):
            return
        kept = {plain(name) for name in self.wanted if name not in answers}
        at = [i for i in self._called() if plain(names[i]) not in kept]
        # The ids under another name, in their place.
        if self.id_name is not None and len(at) == len(answers) + 1:
            del at[min(self.wanted.index(self.id_name), len(at) - 1)]
        meant = classes_named([names[i] for i in at], competition)
        if meant is None:
            return
        code, positions = meant
        shown = ", ".join(names[i] for i in at)
        what = "count from 0" if code == "header-base" else "are called by their classes"
        self.faults.add(
            code,
            f"the class columns {what} ({shown}); they must be {', '.join(answers)}",
            line=self.line,
            name=names[at[0]],
            column=at[0] + 1,
        )
        for i, k in zip(at, positions, strict=True):
            names[i] = answers[k]

    def match_names(self) -> None:
        """Match equal names, and then those that differ in case or punctuation only."""
        for i, name in enumerate(self.names[: self.sheet.frame.width]):
            if name in self.where:
                self.faults.add("header-twice", f"two columns are called {name!r}", line=self.line)
            elif name in self.wanted:
                self._take(name, i)
            elif name not in self.ignored:
                self.extra.append(i)
        meant = {plain(name): name for name in self.wanted}
        if len(meant) < len(self.wanted):
            return
        for i in list(self.extra):
            name = meant.get(plain(self.names[i]), "")
            if name in self.missing:
                words = f"must be written {name!r}, not {self.names[i]!r}"
                self._unexpected("header-spelling", words, i)
                self._take(name, i)
            elif name:
                words = f"two columns could be {name!r}: {name!r} and {self.names[i]!r}"
                self.faults.add("header-twice", words, line=self.line)
                self.extra.remove(i)

    def match_places(self) -> None:
        """Take a name in the right place for what stands there; the ids themselves prove theirs."""
        id_name = self.id_name
        if id_name is not None:
            self._match_index(id_name)
        if id_name is not None and id_name in self.missing:
            holding = [i for i in self.extra if _holds_ids(self.sheet, i, self.expected)]
            if len(holding) == 1:
                self._rename(id_name, holding[0], certain=True)
        called = self._called()
        if id_name is not None and self.where.get(id_name) == 0 and self._is_index(0):
            called = [0, *called]
        if len(called) == len(self.wanted):
            # Beside the ids there is only one column in a file of labels.
            certain = len(self.answers) == 1 and id_name in self.where
            for i, name in zip(called, self.wanted, strict=True):
                if i in self.extra and name in self.missing:
                    self._rename(name, i, certain=certain)

    def _match_index(self, id_name: str) -> None:
        """An index without a name, in front of as many columns as are wanted, holds the ids."""
        width = len(self.wanted)
        if id_name not in self.missing or not self._is_index(0) or len(self.names) != width:
            return
        if _holds_ids(self.sheet, 0, self.expected):
            return
        cells = self.sheet.frame.to_series(0).str.strip_chars()
        known = cells.is_in(list(self.expected)).mean()
        if not (isinstance(known, float) and known >= KNOWN_IDS) and not _counts(self.sheet, 0):
            return
        shown = f"is called {self.names[0]!r}" if self.names[0] else "has no name"
        words = f"{shown} and holds the ids: it must be {id_name!r} (pandas needs index_label)"
        self._unexpected("index-ids", words, 0)
        self._take(id_name, 0)

    def tell_the_rest(self) -> None:
        """Record what nobody wants, what is missing, and another order."""
        others = [i for i in self.extra if not self._is_index(i)]
        for i in self.extra:
            if self._is_index(i):
                words = f"({self.names[i]!r}) is one too many{_INDEX_HINT}"
                self._unexpected("index-column", words, i)
            elif len(others) <= TOLD_SINGLY:
                self._unexpected("extra-column", f"({self.names[i]!r}) is one too many", i)
        if len(others) > TOLD_SINGLY:
            words = f"{_shown([self.names[i] for i in others])} are {len(others)} columns too many"
            first = others[0]
            name = self.names[first]
            self.faults.add("extra-column", words, line=self.line, name=name, column=first + 1)
        if self.id_name in self.missing:
            words = f"there is no column {self.id_name!r}"
            self.faults.add("no-id-column", words, line=self.line, name=self.id_name)
        lost = [name for name in self.missing if name != self.id_name]
        if len(lost) > TOLD_SINGLY:
            words = f"{len(lost)} columns are missing: {_shown(lost)}"
            self.faults.add("missing-column", words, line=self.line, name=lost[0])
        for name in lost if len(lost) <= TOLD_SINGLY else ():
            words = f"there is no column {name!r}"
            self.faults.add("missing-column", words, line=self.line, name=name)
        given = sorted(self.where, key=lambda name: self.where[name])
        if self.missing or given == list(self.wanted):
            return
        wanted = self.wanted
        as_text = " (sorted as text: 1, 10, 2, ...)" if given[1:] == sorted(wanted[1:]) else ""
        self.faults.add(
            "column-order",
            f"the columns are in the order {', '.join(given)}{as_text}, not {', '.join(wanted)}",
            line=self.line,
        )

    def _called(self) -> list[int]:
        """The columns that have a name, and not that of row numbers or of what nobody reads."""
        names = self.names[: self.sheet.frame.width]
        named = [i for i, name in enumerate(names) if name in self.wanted or name]
        return [i for i in named if not self._is_index(i) and names[i] not in self.ignored]

    def _is_index(self, i: int) -> bool:
        named = self.names[0]
        return i == 0 and named not in self.wanted and named.casefold() in _INDEX_NAMES

    def _take(self, name: str, i: int) -> None:
        self.where[name] = i
        self.missing.remove(name)
        if i in self.extra:
            self.extra.remove(i)

    def _rename(self, name: str, i: int, *, certain: bool) -> None:
        words = f"is called {self.names[i]!r}, not {name!r}"
        self._unexpected("header-name", words, i, certain=certain)
        self._take(name, i)

    def _unexpected(self, code: str, words: str, i: int, certain: bool | None = None) -> None:
        words = f"column {i + 1} {words}"
        name = self.names[i]
        self.faults.add(code, words, line=self.line, certain=certain, name=name, column=i + 1)


def _shown(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _counts(sheet: Sheet, column: int) -> bool:
    """Whether a column holds 0, 1, 2, ... or 1, 2, 3, ... ."""
    cells = sheet.frame.to_series(column).str.strip_chars().to_list()
    return any(cells == [str(start + i) for i in range(len(cells))] for start in (0, 1))


def _holds_ids(sheet: Sheet, column: int, expected: Sequence[str]) -> bool:
    """Whether a column holds exactly the test rows' ids, in any order."""
    cells = sheet.frame.to_series(column)
    return len(cells) == len(expected) and set(cells.str.strip_chars()) == set(expected)
