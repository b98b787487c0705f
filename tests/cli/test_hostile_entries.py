"""Entries from strangers: whatever their files hold is named, and nothing of it is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from standins import Run, add

from harness.competition import Competition

Change = Callable[[Path], None]
COMMANDS = [
    "entries",
    "entries --json",
    "submit",
    "report --entry logistic-001",
    "verify logistic-001",
    "predict --rows data/test_data.csv --entry logistic-001",
    "blend logistic-001 logistic-001",
    "entries --posted logistic-001 0.5",
]


class Evil:
    """Unpickled, it writes a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("executed"),)


def receipt(**told: Any) -> Change:
    def change(path: Path) -> None:
        file = path / "receipt.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | told))

    return change


def raw(name: str, data: bytes) -> Change:
    return lambda path: (path / name).write_bytes(data) and None


def array(name: str, value: Any) -> Change:
    return lambda path: np.save(path / name, value, allow_pickle=True)


OBJECTS = np.array([Evil()], dtype=object)
HEAD = b"\x93NUMPY\x01\x00\x76\x00"
CHANGES: dict[str, Change] = {
    "competition without data": receipt(competition={"fingerprint": "x"}),
    "data that are no path": receipt(competition={"fingerprint": "x", "data": [1]}),
    "source that is no path": receipt(source={"data": "../../etc", "train": 5}),
    "versions that are none": receipt(versions=5),
    "versions in a text": receipt(versions="\x1b[31m"),
    "expected of no number": receipt(expected={"logloss": {"score": [], "low": 0, "high": 1}}),
    "members elsewhere": receipt(blend={"members": [{"name": "../../x", "weight": 1}]}),
    "deep json": raw("receipt.json", b"[" * 1_000_000),
    "deep objects": raw("receipt.json", b'{"a":' * 100_000),
    "a number of 6000 digits": raw(
        "receipt.json",
        b'{"competition":{"fingerprint":"x"},"scores":{"logloss":' + b"9" * 6000 + b"}}",
    ),
    "json of half surrogates": raw(
        "receipt.json", b'{"competition":{"fingerprint":"\\ud800"},"scores":{},"model":"\\udc00"}'
    ),
    "deep history": raw("history.json", b"[" * 500_000),
    "endless loss": raw("history.json", b'[{"loss":[1e400]}]'),
    **{
        f"{name} {kind}": change
        for name in ("oof.npy", "y.npy", "test.npy", "folds.npy", "rows.npy", "oof_raw.npy")
        for kind, change in {
            "of objects": array(name, OBJECTS),
            "of code": raw(name, HEAD + b"open('executed','w')".ljust(117) + b"\n"),
            "of brackets": raw(name, HEAD + (b"{'descr':" + b"[" * 60).ljust(118)),
            "of no dimension": array(name, np.float64(1)),
            "of no number": array(name, np.full((120, 3), np.nan)),
            "beyond all rows": array(name, np.full(120, 2**62)),
            "below all rows": array(name, np.full(120, -5)),
            "of nothing": array(name, np.zeros((0, 3))),
        }.items()
    },
}


@pytest.mark.parametrize("kind", CHANGES)
def test_an_entry_s_files_are_believed_in_nothing(run: Run, world: Competition, kind: str) -> None:
    told = {"logloss": {"score": 1.0, "low": 0.9, "high": 1.1, "rows": 60, "metric": "logloss"}}
    entry = add(world, "logistic", 1.0, expected=told)
    CHANGES[kind](entry.path)
    before = {path for path in Path().rglob("*") if "report" not in path.parts}
    for command in COMMANDS:
        code, out, err = run(*command.split())
        assert code in (0, 1, 2), command
        assert "fault of harness" not in err, (command, err)
        assert "\x1b" not in out + err
    assert not Path("executed").exists()
    left = {path.name for path in Path().rglob("*") if "report" not in path.parts} - {
        path.name for path in before
    }
    assert left <= {"journal.json", "submission-logloss.csv", "submission-logloss.json"}


@pytest.mark.parametrize("name", ["../x", "..", "/etc/passwd", "a/b", "x" * 5000, "~", "a\x00b"])
def test_no_name_leads_out_of_the_folder_of_entries(
    run: Run, world: Competition, name: str
) -> None:
    add(world, "logistic", 1.0)
    for command in (
        ["submit", "--entry", name],
        ["report", "--entry", name],
        ["verify", name],
        ["blend", name, "logistic-001"],
        ["entries", "--posted", name, "0.5"],
        ["entries", "--forget", name],
        ["fit", "--model", "prior", "--no-calibrate", "--name", name],
        ["predict", "--entry", name, "--rows", "data/test_data.csv"],
    ):
        code, _, err = run(*command)
        assert code in (1, 2), command
        assert "fault of harness" not in err, (command, err)
    assert sorted(path.name for path in Path().iterdir()) == ["data", "submissions"]
