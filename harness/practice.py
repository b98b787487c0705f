"""The job `practice`: a competition made out of any labelled set.

Some of the rows become test rows. Their labels go to a file under ``answers/`` that `fit` never
opens, which also says whose score is public and whose stays private until the end. Rows that belong
together (groups, and exact copies) are never parted: neither between training and test rows, nor
between the public and the private part.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness import submission
from harness.atomic import write_text
from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition, Labels
from harness.competitions._answers import read_answers, read_parts
from harness.competitions._find import SPEC, recognised
from harness.competitions._infer import Wishes, infer, infer_files
from harness.competitions._infer_boards import leaderboards
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.competitions._parting import draw, units
from harness.competitions._practice_files import FORMATS, Parts, same_cells, write_files
from harness.competitions._spec import GroupSpec, LeaderboardSpec, Spec
from harness.competitions._telling import ids_tell
from harness.competitions._write import to_toml
from harness.errors import DataError, HarnessError, UsageError
from harness.evaluate.songs import sure_parts
from harness.folders import making, place
from harness.registry import lookup

TEST_SHARE, PUBLIC_SHARE = 0.4, 0.3


@dataclass(frozen=True)
class Practice:
    """A practice competition that was made.

    Attributes
    ----------
    path : Path
    competition : Competition
        As it loads; its answers are in a file that nothing here has kept.
    public_rows : int
        Test rows whose score is public; the others are private.
    groups : int or None
        Different groups among the training rows.
    group_by : str
        What makes a group, in a word or two; "" without groups.
    notes : tuple of str
        What the user should know of how it was made.
    """

    path: Path
    competition: Competition
    public_rows: int
    groups: int | None
    group_by: str
    notes: tuple[str, ...]


def practice(
    data: Path,
    out: Path,
    *,
    label: str | None = None,
    groups: str | None = None,
    part: str | None = None,
    test_share: float = TEST_SHARE,
    public_share: float = PUBLIC_SHARE,
    seed: int = 0,
    format: str = "csv",
    keep_ids: bool = False,
    allow_leak: bool = False,
) -> Practice:
    """Make a competition in `out` from the labelled rows of `data`; the same seed, the same bytes.

    Parameters
    ----------
    data : Path
        A competition's folder, any folder that `harness new` understands, or one table.
    out : Path
        The new folder: it appears whole or not at all, and must not exist (or be empty).
    label, groups : str, optional
        The column of labels, and that of rows that belong together.
    part : str, optional
        Take this part of the competition's own split as test rows, instead of drawing them.
    test_share, public_share : float
        Of the rows, and of the test rows.
    keep_ids : bool
        Keep the test rows' ids even where they give the class away.
    allow_leak : bool
        Go on where rows look like parts of one song and no groups are known.

    Raises
    ------
    UsageError
        When `out` is there already, or an option can't be taken.
    DataError
        When there are no labelled rows, they can't be parted, or rows look like parts of one song.
    """
    lookup("format", format, FORMATS)
    new = out.resolve()
    _refuse_full(new, out)
    spec = _source(data, label, groups)
    source = load(spec)
    if source.groups is None and not allow_leak and (song := sure_parts(source)) is not None:
        raise DataError(
            f"rows look like parts of one song: {song.reason}",
            where=str(data),
            todo=f"{song.todo}; or --allow-leak, if they aren't",
        )
    rng = np.random.default_rng(seed)
    notes = list(source.notes)
    unit, copies = units(source.groups, source.X)
    if copies:
        notes.append(f"{copies} rows are copies of each other: copies stay on one side")
    parts = _parts(source, unit, part, test_share, public_share, keep_ids, rng, notes)
    boards = [replace(b, public=float(parts.public.mean())) for b in _with_samples(spec)]
    with making(new.parent) as folder, _named_as(folder, out):
        made = write_files(folder, source, spec, parts, boards, format=format)
        title = f"Practice: {source.title or source.name}"
        made = replace(made, name=f"{source.name}-practice", title=title)
        how = f"--test-share {test_share:g}" if part is None else f"--part {part}"
        heading = [
            f"Practice: rows of {source.name}, parted by `harness practice` with",
            f"{how} --public {public_share:g} --seed {seed}.",
        ]
        write_text(folder / SPEC, to_toml(made, heading=heading))
        _write_samples(_verified(folder, source, parts))
        place(folder, lambda: _free(new, out))
    competition = load(read_spec(out / SPEC))
    public = int(parts.public.sum())
    distinct = None if competition.groups is None else len(np.unique(competition.groups))
    return Practice(out, competition, public, distinct, _group_by(spec), tuple(notes))


def _source(data: Path, label: str | None, groups: str | None) -> Spec:
    """The spec of the labelled rows alone: what test rows there are stay out of it."""
    if not data.exists():
        raise UsageError(
            "there is no such file or folder",
            where=str(data),
            todo="give a folder with labelled rows, or a table",
        )
    spec = _found(data) if label is None else None
    if spec is None:
        wishes = Wishes(label=label, groups=groups)
        inferred = infer_files(data, wishes=wishes) if data.is_file() else infer(data, wishes)
        spec = inferred.spec
    if groups is not None:
        text = tuple(column for column in spec.text if column != groups)
        drop = tuple(column for column in spec.drop if column != groups)
        spec = replace(spec, groups=GroupSpec(column=groups), text=text, drop=drop)
    return replace(spec, test=None, test_id_column=None, test_ids=None, answers=None)


def _group_by(spec: Spec) -> str:
    given = spec.groups
    if given is None:
        return ""
    if given.pattern is not None:
        return "cut out of the ids"
    return f"by {given.column or given.file}"


def _found(data: Path) -> Spec | None:
    if data.suffix == ".toml":
        return read_spec(data)
    if (data / SPEC).exists():
        return read_spec(data / SPEC)
    known = recognised(data)
    return None if known is None else known[1]


def _parts(
    source: Competition,
    unit: Labels,
    part: str | None,
    test_share: float,
    public_share: float,
    keep_ids: bool,
    rng: np.random.Generator,
    notes: list[str],
) -> Parts:
    if part is None:
        if source.predefined is not None:
            names = ", ".join(source.part_names)
            notes.append(f"its own split isn't kept; --part takes one of its parts ({names})")
        test = draw(unit, source.y, test_share, rng)
        train = ~test
    else:
        train, test = _own_part(source, unit, part, notes)
    _refuse_empty(source, train, test)
    # In another order than the source's, whose rows may stand sorted by class.
    rows = rng.permutation(np.flatnonzero(test))
    public = draw(unit[rows], source.y[rows], public_share, rng)
    if public.all() or not public.any():
        raise DataError(
            f"{len(rows)} test rows can't be parted into public and private ones",
            where=source.name,
            todo="choose a larger --test-share, or a --public nearer to 0.5",
        )
    ids = [source.train_ids[row] for row in rows] if source.train_ids else []
    if ids and not keep_ids and (why := ids_tell(source)):
        notes.append(f"{why}: the test rows are numbered from 1 (--keep-ids keeps their ids)")
        ids = []
    ids = ids or [str(k + 1) for k in range(len(rows))]
    return Parts(np.flatnonzero(train), rows, public, tuple(ids))


def _own_part(
    source: Competition, unit: Labels, part: str, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The competition's own part `part` as test rows; all others that it names train."""
    if source.predefined is None:
        raise UsageError("it has no split of its own", where="--part", todo="use --test-share")
    if part not in source.part_names:
        raise UsageError(
            f"no part of {source.name} is called {part!r}",
            where="--part",
            todo=f"its parts are {', '.join(source.part_names)}",
        )
    test = source.predefined == source.part_names.index(part)
    train = (source.predefined >= ALWAYS_TRAINS) & ~test
    if left := int((source.predefined == LEFT_OUT).sum()):
        notes.append(f"{left} rows stand in no part of its split, and are left out")
    both = np.intersect1d(unit[test], unit[train])
    if len(both):
        train &= ~np.isin(unit, both)
        notes.append(f"training rows that belong to test rows are left out ({len(both)} groups)")
    return train, test


def _refuse_empty(source: Competition, train: np.ndarray, test: np.ndarray) -> None:
    counts = np.bincount(source.y[train], minlength=source.n_classes)
    # A class of one row is on one side only, and one without any on none; both can be fitted.
    lost = np.flatnonzero((counts == 0) & (source.counts > 1))
    empty = [source.class_names[k] for k in lost]
    if empty or not test.any():
        what = f"no training row is left of {', '.join(empty)}" if empty else "no test row is left"
        raise DataError(
            what,
            where=source.name,
            todo="each class needs several rows (or groups); choose another --test-share",
        )


def _with_samples(spec: Spec) -> list[LeaderboardSpec]:
    """The leaderboards, the usual two where there are none, each with a sample to be written."""
    boards = spec.leaderboards or leaderboards(spec, [])[0].leaderboards
    return [replace(board, sample=_sample_name(board.name or board.metric)) for board in boards]


def _sample_name(board: str) -> str:
    plain = "".join(c if c.isalnum() or c in "-_." else "-" for c in board)
    return f"sample_submission_{plain}.csv"


def _verified(folder: Path, source: Competition, parts: Parts) -> Competition:
    """The competition as it reads from its files, which must say what was meant."""
    made = load(read_spec(folder / SPEC))
    same = made.X_test is not None and made.test_ids == parts.test_ids
    for X, rows in ((made.X, parts.train), (made.X_test, parts.test)):
        same = same and X is not None and same_cells(X, made, np.asarray(source.X[rows]), source)
    public = read_parts(made)
    same = same and np.array_equal(made.y, source.y[parts.train])
    same = same and np.array_equal(read_answers(made), source.y[parts.test])
    same = same and public is not None and np.array_equal(public, parts.public)
    if not same:
        raise HarnessError(
            "what was written doesn't read back the same", where=source.name, todo="report this"
        )
    return made


def _write_samples(made: Competition) -> None:
    """Sample submissions: the training rows' class shares everywhere, the row to beat."""
    shares = made.counts / made.counts.sum()
    values = np.tile(shares, (len(made.test_ids), 1))
    for board in made.leaderboards:
        submission.write(Path(str(board.sample)), made, board, values)


@contextmanager
def _named_as(folder: Path, out: Path) -> Iterator[None]:
    """Errors about files in `folder`, which is gone after them, name `out` instead."""
    try:
        yield
    except HarnessError as problem:
        problem.what = problem.what.replace(str(folder), str(out))
        problem.where = problem.where and problem.where.replace(str(folder), str(out))
        raise


def _refuse_full(new: Path, out: Path) -> None:
    empty = new.is_dir() and not any(new.iterdir()) and new != Path.cwd()
    if os.path.lexists(new) and not empty:
        raise UsageError(
            "is there already", where=f"--out {out}", todo="name a folder that is new or empty"
        )


def _free(new: Path, out: Path) -> str:
    """The new folder's name, an empty folder of that name taken away."""
    _refuse_full(new, out)
    if new.is_dir():
        new.rmdir()
    return new.name
