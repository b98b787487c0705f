"""Entries: written whole, read with suspicion, never colliding, never leaving their folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import small

from harness import entries
from harness.errors import EntryError, FileProblem, UnknownNameError, UsageError

WORLD = small(rows=6, test_rows=4)
RECEIPT: dict[str, Any] = {
    "model": "knn",
    "created": "2024-05-01T12:00:00+00:00",
    "competition": {"name": "small", "fingerprint": WORLD.fingerprint, "data": "/data/small"},
    "scores": {"accuracy": 0.5},
}


def fill(part: Path) -> Mapping[str, Any]:
    np.save(part / "y.npy", WORLD.y)
    np.save(part / "oof.npy", np.full((6, 3), 1 / 3))
    np.save(part / "folds.npy", np.arange(6) % 2)
    np.save(part / "test.npy", np.full((4, 3), 1 / 3))
    return RECEIPT


def other(part: Path) -> Mapping[str, Any]:
    return fill(part) | {"competition": {"name": "else", "fingerprint": "x", "data": "/data/x"}}


def test_entries_are_numbered_in_the_order_of_making(tmp_path: Path) -> None:
    names = [entries.write(tmp_path, "knn", fill).name for _ in range(3)]
    assert names == ["knn-001", "knn-002", "knn-003"]
    assert [e.name for e in entries.read_all(tmp_path)] == names


def test_a_tenth_entry_comes_after_the_ninth_and_a_thousandth_last(tmp_path: Path) -> None:
    for name in ("knn-1000", "knn-9", "knn-10", "knn", "lda-1"):
        entries.write(tmp_path, name, fill, numbered=False)
    found = [e.name for e in entries.read_all(tmp_path)]
    assert found == ["knn", "knn-9", "knn-10", "knn-1000", "lda-1"]
    assert entries.write(tmp_path, "knn", fill).name == "knn-1001"


def test_an_entry_reads_back(tmp_path: Path) -> None:
    entry = entries.read(entries.write(tmp_path, "knn", fill).path)
    entry.check(WORLD)
    assert (entry.model, entry.fingerprint) == ("knn", WORLD.fingerprint)
    assert entry.oof.shape == (6, 3)
    assert entry.folds.tolist() == [0, 1, 0, 1, 0, 1]
    assert entry.history == []


def test_a_chosen_name_is_taken_as_it_is(tmp_path: Path) -> None:
    assert entries.write(tmp_path, "mine", fill, numbered=False).name == "mine"


def test_a_chosen_name_taken_meanwhile_is_numbered_and_no_fit_lost(tmp_path: Path) -> None:
    entries.write(tmp_path, "mine", fill, numbered=False)
    assert entries.write(tmp_path, "mine", fill, numbered=False).name == "mine-001"


def test_many_fits_that_end_at_once_never_collide(tmp_path: Path) -> None:
    threads = [threading.Thread(target=entries.write, args=(tmp_path, "a", fill)) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.name for e in entries.read_all(tmp_path)] == [f"a-{i:03d}" for i in range(1, 10)]


def test_a_failed_fill_leaves_nothing(tmp_path: Path) -> None:
    def failing(part: Path) -> Mapping[str, Any]:
        fill(part)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        entries.write(tmp_path, "knn", failing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "../up", "a\\b", "a b", "-x", "a\n", "é" * 51, "a\0"]
)
def test_a_name_that_is_no_plain_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="can't be an entry's name"):
        entries.check_name(tmp_path, name)


@pytest.mark.parametrize("name", ["mine", "svm_C=5", "größer-2", "v1.2+pca@40", "7"])
def test_a_plain_name_is_taken(tmp_path: Path, name: str) -> None:
    entries.check_name(tmp_path, name)


def test_a_taken_name_is_refused(tmp_path: Path) -> None:
    entries.write(tmp_path, "mine", fill, numbered=False)
    with pytest.raises(UsageError, match="already an entry"):
        entries.check_name(tmp_path, "mine")


def test_no_folder_has_no_entries(tmp_path: Path) -> None:
    assert entries.read_all(tmp_path / "none") == []
    assert entries.broken(tmp_path / "none") == []


def test_unfinished_work_and_other_files_are_no_entries(tmp_path: Path) -> None:
    entries.write(tmp_path, "knn", fill)
    (tmp_path / ".part-1").mkdir()
    (tmp_path / ".part-1" / "receipt.json").write_text(json.dumps(RECEIPT))
    (tmp_path / "figures").mkdir()
    (tmp_path / "note.txt").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [e.name for e in entries.read_all(tmp_path)] == ["knn-001"]
    assert entries.broken(tmp_path) == []


def test_a_linked_entry_is_an_entry(tmp_path: Path) -> None:
    entries.write(tmp_path / "elsewhere", "knn", fill)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "best").symlink_to(tmp_path / "elsewhere" / "knn-001")
    assert [e.name for e in entries.read_all(tmp_path / "here")] == ["best"]


@pytest.mark.parametrize(
    "receipt",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"competition": "small", "scores": {}}',
        '{"competition": {"fingerprint": 5}, "scores": {}}',
        '{"competition": {"fingerprint": "x"}}',
        '{"competition": {"fingerprint": "x"}, "scores": []}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_damaged_receipt_is_left_out_and_named(tmp_path: Path, receipt: str) -> None:
    entries.write(tmp_path, "knn", fill)
    broken = entries.write(tmp_path, "knn", fill)
    (broken.path / "receipt.json").write_bytes(receipt.encode(errors="surrogateescape"))
    assert [e.name for e in entries.read_all(tmp_path)] == ["knn-001"]
    (told,) = entries.broken(tmp_path)
    assert str(broken.path) in told
    assert "delete the folder" in told


@pytest.mark.parametrize(
    ("name", "spoil", "told"),
    [
        ("oof.npy", lambda p: p.unlink(), "no oof.npy"),
        ("oof.npy", lambda p: p.write_bytes(b""), "can't be used"),
        ("oof.npy", lambda p: p.write_bytes(p.read_bytes()[:-8]), "can't be used"),
        ("oof.npy", lambda p: np.save(p, np.zeros((5, 3))), "5 x 3, not 6 x 3"),
        ("oof.npy", lambda p: np.save(p, np.zeros((6, 2))), "6 x 2, not 6 x 3"),
        ("oof.npy", lambda p: np.save(p, np.zeros((6, 3), np.float32)), "float64 array"),
        ("oof.npy", lambda p: np.save(p, np.zeros(6)), "2 dimensions"),
        ("oof.npy", lambda p: np.save(p, np.array([{}]), allow_pickle=True), "can't be used"),
        ("y.npy", lambda p: np.save(p, np.full(6, 3)), "within 0..2"),
        ("y.npy", lambda p: np.save(p, np.zeros(6)), "int64 array"),
        ("test.npy", lambda p: np.save(p, np.zeros((3, 3))), "3 x 3, not 4 x 3"),
    ],
)
def test_a_damaged_array_is_told(
    tmp_path: Path, name: str, spoil: Callable[[Path], Any], told: str
) -> None:
    entry = entries.write(tmp_path, "knn", fill)
    spoil(entry.path / name)
    with pytest.raises(EntryError, match=told):
        entry.check(WORLD)


@pytest.mark.parametrize("content", ["{", "{}", "[1]"])
def test_a_damaged_history_is_told(tmp_path: Path, content: str) -> None:
    entry = entries.write(tmp_path, "knn", fill)
    (entry.path / "history.json").write_text(content)
    with pytest.raises(EntryError, match=r"history\.json"):
        _ = entry.history


def test_an_unreadable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileProblem, match="can't be listed"):
        entries.read_all(tmp_path)


def test_an_entry_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    path = entries.write(tmp_path, "knn", fill).path
    assert entries.find(tmp_path, "knn-001").path == path
    assert entries.find(tmp_path, f"{path}/").path == path


def test_an_unknown_entry_is_answered_with_the_nearest(tmp_path: Path) -> None:
    entries.write(tmp_path, "knn", fill)
    with pytest.raises(UnknownNameError, match="did you mean knn-001"):
        entries.find(tmp_path, "knn-01")


@pytest.mark.parametrize("name", ["..", "../secret", "/etc", ".", ""])
def test_a_name_that_leads_out_of_the_folder_is_unknown(tmp_path: Path, name: str) -> None:
    entries.write(tmp_path, "secret", fill, numbered=False)
    entries.write(tmp_path / "in", "knn", fill)
    with pytest.raises(UnknownNameError, match="known: knn-001"):
        entries.find(tmp_path / "in", name)


def test_without_any_entry_the_answer_is_to_fit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="harness fit"):
        entries.find(tmp_path, "knn-001")


def test_an_entry_of_other_data_is_refused_with_the_way_to_use_it(tmp_path: Path) -> None:
    entries.write(tmp_path, "knn", other)
    assert entries.read_all(tmp_path, fingerprint=WORLD.fingerprint) == []
    with pytest.raises(EntryError, match=r"other data .else.\n  use --data /data/x"):
        entries.find(tmp_path, "knn-001", fingerprint=WORLD.fingerprint)
