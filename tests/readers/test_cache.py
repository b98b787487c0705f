"""The cache of parsed files: never wrong, never in the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from harness.errors import FaultsError
from harness.readers import Table, _cache, _index, csv, read_table

READ = """
import sys
from pathlib import Path
from harness.readers import _cache, _index, csv, read_table
_cache.FROM_BYTES = _index.FROM_BYTES = 0
"""


@pytest.fixture(autouse=True)
def _cache_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files too."""
    monkeypatch.setattr(_cache, "FROM_BYTES", 0)
    monkeypatch.setattr(_index, "FROM_BYTES", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A CSV file with an id, two columns of numbers and a missing cell."""
    path = tmp_path / "a.csv"
    path.write_text("id,x,y\n" + "".join(f"n{i},{i},{i / 7!r}\n" for i in range(200)) + "n,1,\n")
    return path


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Grows by one whenever a file is parsed."""
    found: list[Path] = []
    blocks = csv.Parse.blocks

    def counted(self: csv.Parse) -> object:
        found.append(self.path)
        return blocks(self)

    monkeypatch.setattr(csv.Parse, "blocks", counted)
    return found


def read(path: Path, **options: object) -> Table:
    return read_table(path, **{"header": True, "text": ("id",), **options})  # type: ignore[arg-type]


def entries() -> list[Path]:
    return sorted((_cache.root() / "tables").glob("[!.]*"))


def parts() -> list[Path]:
    return sorted((_cache.root() / "tables").glob(".part-*"))


def age(path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 10) -> None:
    """Let time pass: now the file has long been left alone."""
    later = path.stat().st_ctime_ns + int(seconds * 1e9)
    monkeypatch.setattr(_index, "now", lambda: later)


def assert_same(one: Table, two: Table) -> None:
    assert one.numbers.tobytes() == two.numbers.tobytes()
    assert one.columns == two.columns
    assert one.number_columns == two.number_columns
    assert {k: v.tolist() for k, v in one.text.items()} == {
        k: v.tolist() for k, v in two.text.items()
    }
    assert one.fingerprint == two.fingerprint


def test_the_cache_gives_the_same_bits(
    path: Path, parses: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, cached = read(path), read(path)
    assert len(parses) == 1
    assert_same(fresh, cached)
    monkeypatch.setattr(_cache, "FROM_BYTES", 1 << 40)
    assert_same(read(path), cached)
    assert type(cached.numbers) is np.ndarray


def test_a_table_of_text_alone(path: Path, parses: list[Path]) -> None:
    fresh, cached = (read(path, text=("id", "x", "y")) for _ in range(2))
    assert_same(fresh, cached)
    assert cached.rows == 201
    assert len(parses) == 1


def test_reading_options_make_entries_of_their_own(path: Path, parses: list[Path]) -> None:
    read(path)
    assert read(path, text=("id", "x")).number_columns == ("y",)
    assert len(entries()) == 2


def test_a_copy_of_a_file_finds_the_same_entry(path: Path, parses: list[Path]) -> None:
    read(path)
    read(shutil.copy(path, path.with_name("b.csv")))
    assert len(parses) == 1


def test_missing_cells_are_noticed_in_the_cache_too(path: Path) -> None:
    read(path)
    with pytest.raises(FaultsError, match=r"line 202, column 3 \(y\): no value"):
        read(path, missing=False)


def test_files_with_faults_leave_nothing(path: Path) -> None:
    path.write_text("id,x\na,b\n")
    with pytest.raises(FaultsError):
        read(path)
    assert entries() == parts() == []


def test_an_unchanged_file_is_not_hashed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(path, monkeypatch)
    read(path)
    monkeypatch.setattr("harness.readers._source.blake2b", None)
    read(path)


def test_a_change_is_noticed_behind_the_same_size_and_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(path, monkeypatch)
    before = path.stat()
    assert read(path).numbers[5, 0] == 5
    path.write_text(path.read_text().replace("n5,5,", "n5,9,"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert read(path).numbers[5, 0] == 9


def test_a_file_swapped_by_rename_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(path, monkeypatch)
    read(path)
    other = path.with_name("b.csv")
    other.write_text(path.read_text().replace("n5,5,", "n5,9,"))
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert read(path).numbers[5, 0] == 9


def test_a_file_just_written_is_not_remembered(path: Path) -> None:
    os.utime(path)
    read(path)
    assert list((_cache.root() / "index").glob("*")) == []


def test_a_change_between_hashing_and_parsing_is_noticed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = csv.Parse.blocks

    def meddling(self: csv.Parse) -> object:
        path.write_text(path.read_text().replace("n5,5,", "n5,9,"))
        return start(self)

    monkeypatch.setattr(csv.Parse, "blocks", meddling)
    with pytest.raises(ValueError, match="changed while it was being read"):
        read(path)
    assert entries() == parts() == []


@pytest.mark.parametrize("name", ["numbers.npy", "text.json", "meta.json"])
@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "longer"])
def test_a_damaged_entry_is_made_again(
    name: str, damage: str, path: Path, parses: list[Path]
) -> None:
    fresh = read(path)
    file = entries()[0] / name
    raw = file.read_bytes()
    # `fresh` is mapped to the old file; writing into that one would pull its rug away.
    file.unlink()
    if damage != "gone":
        file.write_bytes({"cut": raw[:-9], "empty": b"", "longer": raw + b"x"}[damage])
    assert_same(read(path), fresh)
    assert len(parses) == 2
    assert_same(read(path), fresh)
    assert len(parses) == 2
    assert parts() == []


def test_a_killed_run_leaves_nothing_that_is_used(path: Path, parses: list[Path]) -> None:
    code = READ + (
        "import os, signal\n"
        "_cache.Writer.finish = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "read_table(Path(sys.argv[1]), header=True, text=('id',))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(parts()) == 1
    assert entries() == []
    assert read(path).rows == 201
    # Its owner is gone, so it was swept.
    assert parts() == []
    assert len(parses) == 1


def test_parts_of_living_processes_stay(path: Path) -> None:
    with _cache.Writer("x", 1) as writer:
        read(path)
        assert writer.part in parts()
        old = time.time() - 2 * _cache.STALE_SECONDS
        os.utime(writer.part, (old, old))
        _cache.sweep()
        assert parts() == []


def test_an_interrupt_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cache.Writer, "append", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(path)
    assert entries() == parts() == []


@pytest.mark.parametrize("method", ["__init__", "append", "finish"])
def test_a_full_disk_is_no_error(method: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = read(path)
    _cache.sweep(0)

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_cache.Writer, method, full)
    assert_same(read(path), fresh)
    assert entries() == parts() == []


def test_a_folder_that_cannot_be_is_no_error(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = read(path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file" / "cache"))
    assert_same(read(path), fresh)


def test_little_space_means_no_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(path.parent)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    read(path)
    assert entries() == []


def test_many_processes_at_once(path: Path) -> None:
    code = READ + (
        "for _ in range(5):\n"
        "    table = read_table(Path(sys.argv[1]), header=True, text=('id',))\n"
        "    _cache.sweep(0)\n"
        "print(float(table.numbers[:, 0].sum()), table.fingerprint)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = {run.communicate()[0] for run in runs}
    table = read(path)
    assert said == {f"{float(table.numbers[:, 0].sum())} {table.fingerprint}\n"}
    assert parts() == []


def test_what_was_used_longest_ago_goes_first(path: Path) -> None:
    asked = [("id",), ("id", "x"), ("id", "y")]
    names = [_cache.key(read(path, text=t).fingerprint, header=True, text=t) for t in asked]
    for place, name in enumerate(names):
        os.utime(_cache.root() / "tables" / name / "meta.json", (10**9 + place, 10**9 + place))
    # Using the oldest makes it the newest.
    read(path, text=asked[0])
    total = sum(file.stat().st_size for entry in entries() for file in entry.iterdir())
    _cache.sweep(total - 1)
    assert {entry.name for entry in entries()} == {names[0], names[2]}


def test_the_users_own_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_CACHE")
    assert _cache.root().name == "harness"
    monkeypatch.setenv("HARNESS_CACHE", "")
    assert _cache.root().name == "harness"
