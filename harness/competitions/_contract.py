"""What the organisers' samples hold a competition to: ids as they write them, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from harness.board import Leaderboard
from harness.competitions._rows import listed
from harness.competitions._sample import Sample, read_sample, whole
from harness.competitions._spec import LeaderboardSpec, Spec
from harness.errors import HarnessError


def contracts(
    spec: Spec, test_ids: tuple[str, ...]
) -> tuple[tuple[Leaderboard, ...], tuple[str, ...]]:
    """The leaderboards with their samples' rows, and the test rows' ids as the samples write them.

    Ids are joined by value: where a sample writes 240, a test file's 240.0 is that. A board whose
    sample says something else than the test file or the spec can't be written.
    """
    boards = []
    samples = [_read(described, spec) for described in spec.leaderboards]
    written = _as_written([(b, s) for b, s, why in samples if s is not None and not why], test_ids)
    for described, (board, sample, why) in zip(spec.leaderboards, samples, strict=True):
        if sample is not None and not why:
            why = _unlike(board, sample, written) if written else ""
            board = board if why else _with_rows(board, sample)
        why = described.unwritable or why
        boards.append(replace(board, unwritable=why, remedy=_remedy(described) if why else ""))
    return tuple(boards), written


def _remedy(described: LeaderboardSpec) -> str:
    if described.unwritable:
        return (
            "write its format under [[leaderboards]] in competition.toml (label and spelling, "
            "classes, or probability and positive: see the README), and take `unwritable` out"
        )
    return (
        "get the sample and the test file of one competition; or take `sample` out of "
        "[[leaderboards]] in competition.toml, and what is written there counts"
    )


def _as_written(
    samples: Sequence[tuple[Leaderboard, Sample]], test_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """The test rows' ids as the first sample that has all of them writes them."""
    for board, sample in samples:
        if board.has_ids and test_ids:
            ids = sample.cells[board.header[0].strip()]
            order = joined(ids, test_ids)
            if order is not None:
                return tuple(ids[place] for place in order)
    if test_ids and all(whole(identity) != identity for identity in test_ids):
        # Whole numbers that became floats on their way into the file.
        return tuple(map(whole, test_ids))
    return test_ids


def joined(found: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """For each wanted id the place of the same one in `found`; None where they aren't the same.

    The same are ids that are written alike; else, where that fits one to one, numbers of one value,
    or moments.
    """
    if len(found) != len(wanted):
        return None
    for form in (str.strip, whole, _value, _moment):
        place = {form(identity): k for k, identity in enumerate(found)}
        order = [place.get(form(identity), -1) for identity in wanted]
        if len(place) == len(found) and len(set(order)) == len(order) and -1 not in order:
            return order
    return None


def _value(identity: str) -> str:
    """A number's value, exact; a text as it is."""
    try:
        number = Decimal(identity.strip())
    except InvalidOperation:
        return identity
    return str(number.normalize()) if number.is_finite() else identity


def _moment(identity: str) -> str:
    """A date or a moment, however many parts of a second it is written with; a text as it is."""
    try:
        return datetime.fromisoformat(identity.strip()).isoformat()
    except ValueError:
        return identity


def _unlike(board: Leaderboard, sample: Sample, test_ids: tuple[str, ...]) -> str:
    """How a sample's rows differ from the test rows; "" where they don't."""
    name = sample.path.name
    if not sample.rows:
        # A header alone says how submissions are written, and nothing of the rows.
        return ""
    if not board.has_ids:
        if sample.rows == len(test_ids):
            return ""
        return f"{name} has {sample.rows} rows, the test file {len(test_ids)}"
    ids = sample.cells[board.header[0].strip()]
    if set(ids) == set(test_ids) and len(ids) == len(test_ids):
        return ""
    if "" in ids:
        return f"{name} has rows without an id"
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = [i for i in ids if i in seen or seen.add(i)]  # type: ignore[func-returns-value]
        return f"{name} has the id {twice[0]} more than once"
    known, own = set(test_ids), set(ids)
    strange = [identity for identity in ids if identity not in known]
    lacking = [identity for identity in test_ids if identity not in own]
    why = f"{name} has {len(ids)} ids, the test file {len(test_ids)}"
    if strange:
        why += f"; not in the test file: {listed(strange, 4)}"
    if lacking:
        why += f"; not in {name}: {listed(lacking, 4)}"
    return why


def _read(described: LeaderboardSpec, spec: Spec) -> tuple[Leaderboard, Sample | None, str]:
    path = spec.path(described.sample) if described.sample else None
    board = Leaderboard(
        metric=described.metric,
        header=(described.id_header, *described.answers),
        sample=path,
        name=described.name,
        public=described.public,
        columns=described.written,
        positive=described.positive,
        top=described.top,
        separator=described.separator,
        spelling=described.spelling,
        ignored=described.ignored,
        delimiter=described.delimiter,
    )
    if path is None or described.unwritable or not path.is_file():
        return board, None, ""
    try:
        sample = read_sample(path)
    except HarnessError as error:
        return board, None, f"its sample {path.name} can't be read: {error.what}"
    return board, sample, _other_header(board, sample)


def _other_header(board: Leaderboard, sample: Sample) -> str:
    ignored = {name.strip() for name in board.ignored}
    found = tuple(name for column, name in sample.written.items() if column not in ignored)
    if found == board.columns or tuple(map(str.strip, found)) == board.columns:
        return ""
    shown = listed(found, 12) if sample.header else "none"
    return (
        f"the header of {sample.path.name} is {shown}, and competition.toml has "
        f"{listed(board.columns, 12)}"
    )


def _with_rows(board: Leaderboard, sample: Sample) -> Leaderboard:
    """The board with its sample's ids, and the cells that submissions copy from it."""
    cells = (sample.cells[column.strip()] for column in board.kept)
    return replace(board, rows=tuple(zip(*cells, strict=True)))
