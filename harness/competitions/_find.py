"""Which competition a command works on."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from harness.competition import Competition
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.competitions._spec import GroupSpec, Spec
from harness.errors import DataError, FileProblem, UsageError
from harness.registry import Files

SPEC = "competition.toml"
# What an extraction has computed; it stands there before there is a competition.
STORE = "extracted"
COMPETITIONS = Files("competition", "harness.competitions")


def find(
    data: Path | None = None,
    *,
    train: Path | None = None,
    labels: Path | None = None,
    test: Path | None = None,
    groups: str | None = None,
    demo: bool = False,
) -> Competition:
    """The competition at `data`, else ``HARNESS_DATA``, else ``./data``; loaded, without answers.

    Parameters
    ----------
    data : Path, optional
        A folder, a `competition.toml`, or one table with features and labels. A folder without a
        `competition.toml` may be one that a built-in competition recognises.
    train, labels, test : Path, optional
        The files themselves; `data` isn't looked at then.
    groups : str, optional
        A column of the training file whose equal values belong together, instead of the groups
        that the competition declares.
    demo : bool
        Where there is nothing at all, make the demo competition there; `Competition.notes` says so.
        Commands that only read make nothing.

    Raises
    ------
    UsageError
        When `data` doesn't exist or holds nothing, or `labels` or `test` are given without `train`.
    DataError
        When the files are no competition, or a faulty one.
    """
    if train is not None or labels is not None or test is not None:
        spec = _spec_of_files(train, labels, test)
    else:
        spec = find_spec(data, demo=demo)
    return load(spec if groups is None else replace(spec, groups=GroupSpec(column=groups)))


def find_spec(data: Path | None = None, *, demo: bool = False) -> Spec:
    """`find` without reading the tables."""
    place = data or Path(os.environ.get("HARNESS_DATA") or "data")
    named = f"--data {data}" if data is not None else f"HARNESS_DATA={place}"
    if (data is not None or os.environ.get("HARNESS_DATA")) and not place.exists():
        raise UsageError(
            "there is no such file or folder",
            where=named,
            todo="give the folder with the competition's files",
        )
    if place.is_file():
        if place.suffix == ".toml":
            return read_spec(place)
        known = recognised(place)
        return known[1] if known else _inferred(place)
    if (place / SPEC).exists():
        return read_spec(place / SPEC)
    found = _files_in(place)
    if not found:
        if not demo:
            raise UsageError(
                f"there is no competition in {place}",
                todo="name its folder: --data DIR; or make the demo: harness demo",
            )
        _make_demo(place)
        spec = read_spec(place / SPEC)
        return replace(spec, notes=(*spec.notes, f"no data in {place}: made the demo there"))
    known = recognised(place)
    if known is None:
        if STORE in found:
            raise DataError(
                "holds an extraction that wasn't finished",
                where=str(place),
                todo="run the same `harness extract` again: it goes on where it stopped",
            )
        shown = ", ".join(found[:6]) + (", ..." if len(found) > 6 else "")
        raise DataError(
            f"holds {shown}, but no {SPEC}, and no built-in competition knows these files",
            where=str(place),
            todo=f"`harness new {place}` describes them",
        )
    return known[1]


def recognised(place: Path) -> tuple[str, Spec] | None:
    """The built-in competition that knows the files at `place`, and its spec of them."""
    for name in COMPETITIONS.names():
        recognise = getattr(COMPETITIONS.load(name), "recognise", None)
        if recognise is not None and (spec := recognise(place)) is not None:
            return name, spec
    return None


def _spec_of_files(train: Path | None, labels: Path | None, test: Path | None) -> Spec:
    from harness.competitions import mlbp2018
    from harness.competitions._places import no_such_file

    if train is None:
        given = "--labels" if labels is not None else "--test"
        raise UsageError(
            "needs --train beside it", where=given, todo="name the file of features: --train FILE"
        )
    for option, path in (("--train", train), ("--labels", labels), ("--test", test)):
        if path is not None and not path.is_file():
            raise no_such_file(option, path)
    if labels is not None and mlbp2018.fits(train, labels):
        paths = [str(path.absolute()) if path is not None else None for path in (labels, test)]
        return mlbp2018.spec(train.parent, train.name, str(paths[0]), paths[1])
    return _inferred(train, labels=labels, test=test)


def _inferred(train: Path, *, labels: Path | None = None, test: Path | None = None) -> Spec:
    from harness.competitions._infer import infer_files

    return infer_files(train, labels=labels, test=test).spec


def _files_in(folder: Path) -> list[str]:
    """The names in a folder, without hidden files and READMEs; [] where there is no folder."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})",
            where=str(folder),
            todo="check its permissions, or name another folder with --data",
        ) from problem
    return [name for name in names if not name.startswith((".", "README"))]


def _make_demo(folder: Path) -> None:
    """Make the demo in `folder`, whole or not at all.

    Its files are moved in with the description first: those that a kill leaves behind are never
    taken for another competition with the same file names.
    """
    from harness.competitions import demo
    from harness.folders import making

    with making(folder) as part:
        demo.make(part)
        for path in sorted(part.iterdir(), key=lambda path: path.name != SPEC):
            # Another process may have made the same demo meanwhile.
            if not (folder / path.name).exists():
                path.rename(folder / path.name)
