"""The command line as a user runs it, in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from standins import Run
from worlds import write_small

from harness.cli.app import main
from harness.competition import Competition
from harness.competitions._find import find


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def world(tmp_path: Path) -> Competition:
    return find(write_small(tmp_path / "data"))
