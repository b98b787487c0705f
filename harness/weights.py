"""The job `weights`: pretrained weights are fetched, when somebody asks for that and never else.

pip fetches the published wheel as it fetches any package, without what it depends on. The wheel is
not installed and nothing in it is run: its checkpoints are read as bytes, their hashes compared
with those written down in `harness.pretrained`, and kept in the cache as plain arrays.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import DataError
from harness.pretrained import musicnn
from harness.registry import unknown

SOURCES = {musicnn.PACKAGE: f"{len(musicnn.NETWORKS)} networks of music tagging"}


@dataclass(frozen=True)
class Fetched:
    """A network, where its weights are kept, and whether they came only now."""

    network: str
    summary: str
    path: Path
    fresh: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return vars(self) | {"sha256": musicnn.NETWORKS[self.network].identity}


def kept() -> dict[str, bool]:
    """Every network by name, and whether its weights are here."""
    return {name: musicnn.here(name) for name in musicnn.NETWORKS}


def fetch(
    name: str, source: Path | None = None, *, on_step: Callable[[str], None] = lambda step: None
) -> tuple[Fetched, ...]:
    """Bring published weights into the cache; nothing is done where they are there.

    Parameters
    ----------
    name : str
        One of `SOURCES`.
    source : Path, optional
        A wheel, or a folder of checkpoints, to take them from; pip fetches them otherwise.
    on_step : callable
        Told what is being done.

    Raises
    ------
    UnknownNameError, UsageError
        Where a name or path can't be taken.
    DataError, FileProblem
        Where they can't be fetched, or aren't those that were published.
    """
    if name not in SOURCES:
        raise unknown("set of weights", name, SOURCES)
    missing = [network for network, there in kept().items() if not there]
    if missing and source is not None:
        musicnn.bring(source, missing, published=True)
    elif missing:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            on_step(f"pip downloads {musicnn.PACKAGE} {musicnn.VERSION} (29 MB)")
            wheel = _download(Path(folder))
            on_step("checking and converting its checkpoints")
            musicnn.bring(wheel, missing, published=True)
    return tuple(
        Fetched(network, row.summary, musicnn.place(network), network in missing)
        for network, row in musicnn.NETWORKS.items()
    )


def _download(folder: Path) -> Path:
    """The wheel, fetched by pip as the user has set it up."""
    package = f"{musicnn.PACKAGE}=={musicnn.VERSION}"
    command = [sys.executable, "-m", "pip", "download", package, "--no-deps", "--only-binary"]
    command += [":all:", "--dest", str(folder), "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    told = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    faults = [line for line in told if line.lower().startswith("error")] or told[-1:]
    if any("from versions: none" in line for line in told):
        faults = ["it finds no index that has it; is there a network?"]
    raise DataError(
        f"pip can't download {package} ({'; '.join(faults[:1]) or 'no reason given'})",
        where=f"harness weights {musicnn.PACKAGE}",
        todo=f"where there is a network, `pip download {package} --no-deps`; then here"
        f" `harness weights {musicnn.PACKAGE} --from WHEEL`",
    )
