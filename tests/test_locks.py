"""Several processes at once, and what a killed one leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from worlds import small

from harness import entries, journal, locks
from harness.atomic import replacing, write_text
from harness.cli.app import main
from harness.competitions._find import find
from harness.fit import FitSettings, fit, plan

# Posts a note for each name; waits for a line on stdin, so that all begin together.
POSTER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from worlds import small
from harness import journal
world = small()
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    journal.post(world, Path(sys.argv[2]), "prior-001", f"{sys.argv[3]}.{number}", None)
"""
# Ends in the middle of writing a file, whichever it is, as a kill would.
KILLED = """
import os, signal, sys
from pathlib import Path
Path.replace = lambda self, to: os.kill(os.getpid(), signal.SIGKILL)
from harness.cli.app import main
main(sys.argv[1:])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fit(plan(small(), FitSettings("prior")), tmp_path)
    return tmp_path


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(f"{locks.PART}*"))


def test_every_note_of_many_processes_is_kept(folder: Path) -> None:
    here = str(Path(__file__).parent)
    posters = [
        subprocess.Popen(
            [sys.executable, "-c", POSTER, here, str(folder), str(k)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for k in range(3)
    ]
    for one in posters:
        assert one.stdout is not None
        one.stdout.readline()
    for one in posters:
        one.communicate("go\n", timeout=60)
        assert one.returncode == 0
    kept = sorted(one.score for one in journal.read(folder, small()))
    assert kept == sorted(k + number / 10 for k in range(3) for number in range(5))


@pytest.mark.parametrize("has_locks", [True, False], ids=["locks", "no-locks"])
def test_every_note_of_many_threads_is_kept(
    folder: Path, has_locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_locks:
        monkeypatch.setattr(locks, "fcntl", None)

    def post(k: int) -> None:
        journal.post(small(), folder, "prior-001", str(1 + k / 100), None)

    threads = [threading.Thread(target=post, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = sorted(one.score for one in journal.read(folder, small()))
    assert kept == [1 + k / 100 for k in range(16)]
    assert not (folder / locks.TURN).exists()


def test_notes_taken_back_and_noted_at_once_add_up(folder: Path) -> None:
    for k in range(8):
        journal.post(small(), folder, "prior-001", str(k), None)
    jobs = [lambda: journal.forget(small(), folder, "prior-001")] * 8
    jobs += [
        lambda k=k: journal.post(small(), folder, "prior-001", str(9 + k), None) for k in range(8)
    ]
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.read(folder, small())) == 8


def test_without_locks_a_dead_one_s_turn_passes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    turn = folder / locks.TURN
    turn.touch()
    os.utime(turn, (0, 0))
    journal.post(small(), folder, "prior-001", "0.5", None)
    assert len(journal.read(folder, small())) == 1


def test_taking_back_from_no_folder_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing was posted"):
        journal.forget(small(), tmp_path / "none", "prior-001")
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(locks.fcntl is None, reason="no locks here")
@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "--metric", "logloss"],
        ["submit", "--metric", "logloss", "--out", "out.csv"],
        ["entries", "--posted", "prior-001", "1.0"],
    ],
    ids=["submit", "out", "posted"],
)
def test_what_a_killed_command_left_is_gone_after_the_next(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from worlds import write_small

    monkeypatch.chdir(tmp_path)
    fit(plan(find(write_small(tmp_path / "data")), FitSettings("prior")), Path("submissions"))
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert parts(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert not ended.value.code
    assert parts(tmp_path) == []


def test_a_folder_of_the_user_is_swept_of_own_files_alone(tmp_path: Path) -> None:
    kept = [".part-of-mine.csv", ".part-folder1"]
    (tmp_path / kept[0]).write_text("mine")
    (tmp_path / kept[1]).mkdir()
    dead = tmp_path / ".part-abcd_123.csv"
    dead.write_text("half")
    write_text(tmp_path / "out.csv", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "out.csv"} | (
        {dead.name} if locks.fcntl is None else set()
    )


@pytest.mark.skipif(locks.fcntl is None, reason="no locks here")
def test_the_half_file_of_a_living_process_stays(folder: Path) -> None:
    entry = entries.find(folder, "prior-001")
    with replacing(entry.path / "submission.csv") as part:
        part.write_text("half")
        entries.sweep(folder)
        assert parts(folder) == [part.name]
    assert (entry.path / "submission.csv").read_text() == "half"


@pytest.mark.skipif(locks.fcntl is None, reason="no locks here")
def test_a_file_swept_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness import atomic

    real, swept = atomic.hold, []

    def late(handle: int, *, wait: bool = False) -> bool | None:
        if not swept:
            swept.extend(parts(tmp_path))
            locks.sweep(tmp_path)
        return real(handle, wait=wait)

    monkeypatch.setattr(atomic, "hold", late)
    write_text(tmp_path / "out.csv", "whole")
    assert len(swept) == 1
    assert (tmp_path / "out.csv").read_text() == "whole"
    assert parts(tmp_path) == []
