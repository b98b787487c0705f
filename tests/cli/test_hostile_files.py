"""Pipes, sockets, devices, folders and links to nowhere, wherever a file is named."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import draw

from harness.competition import Competition
from harness.competitions._find import find

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")

TOML = """\
name = "odd"
[train]
features = "train.csv"
header = true
ids = "train_ids.csv"
labels = "labels.csv"
[test]
features = "test.csv"
ids = "test_ids.csv"
[classes]
values = ["1", "2", "3"]
[groups]
file = "groups.csv"
[split.files]
train = "list_train.txt"
test = "list_test.txt"
[[leaderboards]]
metric = "logloss"
classes = ["1", "2", "3"]
sample = "sample.csv"
[answers]
labels = "answers.csv"
"""
NAMED = [line.partition('"')[2].partition('"')[0] for line in TOML.splitlines() if ".csv" in line]
NAMED += ["list_train.txt", "list_test.txt", "competition.toml"]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    # A socket's path may have 100 characters only.
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


KINDS: dict[str, Callable[[Path], None]] = {
    "pipe": _pipe,
    "link to a pipe": lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to("p"))[1],
    "socket": _socket,
    "folder": Path.mkdir,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "random": lambda path: path.symlink_to("/dev/urandom"),
    "nothing": lambda path: path.symlink_to("/dev/null"),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "cyclic": lambda path: path.symlink_to(path.name),
}


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """What waits for ever is stopped, and fails."""

    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A competition in which every file that can be named is named."""
    data = tmp_path / "data"
    data.mkdir()
    X, y = draw(60, 0)
    header = "a,b,c,d,e,f"
    for name, rows in (("train", X), ("test", X[:30])):
        np.savetxt(data / f"{name}.csv", rows, delimiter=",", header=header, comments="")
        ids = [f"{name}{k}" for k in range(len(rows))]
        (data / f"{name}_ids.csv").write_text("\n".join(["id", *ids, ""]))
    np.savetxt(data / "labels.csv", y + 1, fmt="%d")
    np.savetxt(data / "answers.csv", y[:30] + 1, fmt="%d")
    np.savetxt(data / "groups.csv", np.arange(60) // 2, fmt="%d")
    for part, rows in (("train", range(40)), ("test", range(40, 60))):
        (data / f"list_{part}.txt").write_text("".join(f"train{k}\n" for k in rows))
    lines = [f"test{k},0.25,0.5,0.25" for k in range(30)]
    (data / "sample.csv").write_text("\n".join(["id,1,2,3", *lines, ""]))
    (data / "competition.toml").write_text(TOML)
    return data


def _refused(run: Run, *arguments: str) -> str:
    code, _, err = run(*arguments)
    assert code in (1, 2), err
    assert err.startswith("error: ")
    assert "fault of harness" not in err
    return err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMED)
def test_a_competition_that_names_no_ordinary_file_is_refused(
    run: Run, odd: Path, name: str, kind: str
) -> None:
    (odd / name).unlink()
    KINDS[kind](odd / name)
    arguments = ["entries", "--data", "data"]
    if name == "answers.csv":
        arguments = ["grade", "data/sample.csv", "--data", "data"]
    elif name == "sample.csv":
        arguments = ["check-submission", "answers.csv", "--data", "data"]
    err = _refused(run, *arguments)
    if name != "sample.csv":
        assert name in err


def test_the_odd_competition_is_whole(run: Run, odd: Path) -> None:
    assert run("entries", "--data", "data")[0] == 0
    assert run("grade", "data/sample.csv", "--data", "data")[0] == 0


@pytest.mark.parametrize("kind", ["pipe", "endless", "dangling", "cyclic"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "--model", "prior", "--train", "x.csv", "--labels", "data/labels.csv"],
        ["fit", "--model", "prior", "--train", "data/train.csv", "--labels", "x.csv"],
        ["entries", "--data", "x.toml"],
        ["entries", "--data", "x.csv"],
        ["new", "data", "--force", "--train", "x.csv"],
        ["new", "x.csv"],
        ["check-submission", "x.csv", "--data", "data"],
        ["grade", "x.csv", "--data", "data"],
        ["predict", "x.wav"],
        ["extract", "x.csv", "--out", "out"],
        ["extract", "data", "--out", "x.csv"],
        ["weights", "musicnn", "--from", "x.whl"],
        ["practice", "x.csv", "--out", "out"],
    ],
    ids=" ".join,
)
def test_a_command_that_is_given_no_ordinary_file_refuses_it(
    run: Run, odd: Path, arguments: list[str], kind: str
) -> None:
    (named,) = [word for word in arguments if word.startswith("x.")]
    KINDS[kind](Path(named))
    _refused(run, *arguments)


# Names that a built-in competition looks for.
LOOKED_FOR = [
    "competition.toml",
    "train_data.csv",
    "train_labels.csv",
    "features_30_sec.csv",
    "features_3_sec.csv",
    "data.csv",
    "images.npz",
    "genres.csv",
    "tracks.csv",
]


@pytest.mark.parametrize("kind", ["pipe", "endless", "folder", "cyclic"])
@pytest.mark.parametrize("name", LOOKED_FOR)
def test_a_folder_with_no_ordinary_file_is_looked_at(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    KINDS[kind](data / name)
    before = sorted(data.iterdir())
    _refused(run, "entries", "--data", "data")
    _refused(run, "new", "data")
    assert sorted(data.iterdir()) == before


@pytest.mark.parametrize("kind", ["pipe", "endless", "cyclic"])
@pytest.mark.parametrize(
    "name",
    ["receipt.json", "oof.npy", "y.npy", "folds.npy", "test.npy", "history.json", "rows.npy"],
)
def test_an_entry_with_no_ordinary_file_is_named(
    run: Run, world: Competition, name: str, kind: str
) -> None:
    entry = add(world, "logistic", 1.0)
    (entry.path / name).unlink(missing_ok=True)
    KINDS[kind](entry.path / name)
    for arguments in (
        ["entries"],
        ["submit", "--entry", entry.name],
        ["report", "--entry", entry.name],
        ["verify", entry.name],
        ["blend", entry.name, entry.name],
    ):
        code, _, err = run(*arguments)
        assert code in (0, 1, 2)
        assert "fault of harness" not in err


@pytest.mark.parametrize("kind", KINDS)
def test_a_journal_that_is_no_ordinary_file_is_named(
    run: Run, world: Competition, kind: str
) -> None:
    add(world, "logistic", 1.0)
    KINDS[kind](Path("submissions/journal.json"))
    assert "journal.json" in _refused(run, "entries")


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "endless", "nothing"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "--out", "x.csv"],
        ["check", "--data", "data", "--write-groups", "x.csv"],
    ],
    ids=" ".join,
)
def test_what_is_no_ordinary_file_is_not_written_over(
    run: Run, world: Competition, arguments: list[str], kind: str
) -> None:
    from harness.fit import FitSettings, fit, plan

    fit(plan(find(Path("data")), FitSettings("prior")), Path("submissions"))
    KINDS[kind](Path("x.csv"))
    before = os.lstat("x.csv").st_mode
    code, _, err = run(*arguments)
    assert "fault of harness" not in err
    assert code in (1, 2) or arguments[0] == "check"
    assert os.lstat("x.csv").st_mode == before
