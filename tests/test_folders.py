"""Folders appear whole; what a dead maker left is swept, what a living one makes is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness import folders, locks
from harness.atomic import replacing
from harness.errors import FileProblem

WRITER = """
import sys, time
from pathlib import Path
from harness.atomic import replacing
with replacing(Path(sys.argv[1]) / "whole.json") as part:
    part.write_text("half")
    print(part.name, flush=True)
    time.sleep(60)
"""
MAKER = """
import sys, time
from pathlib import Path
from harness.folders import making
with making(Path(sys.argv[1])) as part:
    (part / "half").write_text("done")
    print(part.name, flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def hidden(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.glob(f"{folders.PART}*"))


ASIDE = """
import sys, time
from pathlib import Path
from harness.folders import aside
with aside(Path(sys.argv[1])) as part:
    (part / "half").write_text("done")
    print(part.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=[MAKER, WRITER, ASIDE], ids=["folder", "file", "aside"])
def maker(tmp_path: Path, request: pytest.FixtureRequest):
    """Another process in the middle of making a folder, or a file, in `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", request.param, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with folders.making(tmp_path / "in") as part:
        (part / "file").write_text("text")
        assert not (tmp_path / "in" / "one").exists()
        path = folders.place(part, lambda: "one")
    assert path == tmp_path / "in" / "one"
    assert (path / "file").read_text() == "text"
    assert names(tmp_path / "in") == ["one"]


def test_a_folder_aside_is_gone_at_the_end_and_its_errors_are_its_own(tmp_path: Path) -> None:
    own = OSError("own")

    def fail() -> None:
        with folders.aside(tmp_path / "new") as part:
            (part / "big").write_text("x")
            assert names(tmp_path / "new") == [part.name]
            raise own

    with pytest.raises(OSError, match="own") as caught:
        fail()
    assert caught.value is own
    assert names(tmp_path / "new") == []


def test_a_folder_aside_in_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileProblem), folders.aside(tmp_path / "file"):
        pass


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def stopped() -> None:
        with folders.making(tmp_path) as part:
            (part / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert names(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="No space left"), folders.making(tmp_path):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []


def test_a_parent_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileProblem, match="can't be written"), folders.making(tmp_path / "file"):
        pass


def test_the_part_of_a_living_maker_is_left_alone(tmp_path: Path, maker: subprocess.Popen) -> None:
    before = hidden(tmp_path)
    folders.sweep(tmp_path)
    assert hidden(tmp_path) == before != []


@pytest.mark.skipif(locks.fcntl is None, reason="no locks here")
def test_the_part_of_a_killed_maker_is_swept_at_once(
    tmp_path: Path, maker: subprocess.Popen
) -> None:
    os.kill(maker.pid, signal.SIGKILL)
    maker.wait()
    assert hidden(tmp_path)
    with folders.making(tmp_path) as part:
        assert hidden(tmp_path) == [part.name]


def test_without_locks_only_old_parts_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    for name in ("old", "new"):
        (tmp_path / f"{folders.PART}{name}").mkdir()
    os.utime(tmp_path / f"{folders.PART}old", (0, 0))
    folders.sweep(tmp_path)
    assert hidden(tmp_path) == [f"{folders.PART}new"]


def test_a_file_is_whole_while_others_sweep(tmp_path: Path) -> None:
    with replacing(tmp_path / "whole.json") as part:
        part.write_text("text")
        folders.sweep(tmp_path)
    assert (tmp_path / "whole.json").read_text() == "text"
    assert names(tmp_path) == ["whole.json"]


def test_a_link_called_like_a_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / f"{folders.PART}link").symlink_to(tmp_path / "precious")
    folders.sweep(tmp_path)
    assert (tmp_path / "precious").is_dir()


def test_a_name_taken_meanwhile_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").touch()
    names = iter(["a", "b", "c"])
    with folders.making(tmp_path) as part:
        assert folders.place(part, lambda: next(names)).name == "c"


def test_many_at_once_never_collide(tmp_path: Path) -> None:
    def make(number: int) -> None:
        def name() -> str:
            return f"x-{len([n for n in names(tmp_path) if n.startswith('x-')])}"

        with folders.making(tmp_path) as part:
            (part / str(number)).touch()
            folders.place(part, name)

    threads = [threading.Thread(target=make, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(tmp_path) == sorted(f"x-{i}" for i in range(12))
    assert {names(path)[0] for path in tmp_path.iterdir()} == {str(i) for i in range(12)}
