"""`harness fit --model auto` against what a user would pick instead.

    python tests/benchmarks/against_peers.py --install DIR          once; a few GB
    python tests/benchmarks/against_peers.py --environment DIR --out OUT [--sets ...] [--peers ...]
        [--folds 5] [--budget 120] [--effort medium]
    python tests/benchmarks/against_peers.py --out OUT --table      what is there, nothing is run

Five folds, stratified, shuffled with seed 0; a grouped set's groups stay whole. Every competitor
gets a fold's training part and predicts its held-out part, in a process of its own, one at a time.
AutoGluon's best preset has `--budget` seconds a fold, its default preset the same, FLAML half of
it; the others take what they take.

``--sets demo`` is another question: of the way from the class shares to the best log-loss that is
possible on its made test rows, how much does each go?

What a fold gave is saved as it ends (OUT/SET/COMPETITOR/foldN.npz and .json), so a benchmark that
was killed goes on where it stopped. What is there isn't run again, unless `--again auto` says so,
after a change of harness. The tables are Markdown.

Processor seconds and memory are those of the whole tree of processes, imports and the prediction
included. A competitor that is limited by the clock does less on a busy machine: the load average
before each fold is saved, and its range printed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from _peer_plan import (
    COMPETITORS,
    DEFAULT_PEERS,
    DEFAULT_SETS,
    ENVIRONMENTS,
    FOLDS,
    SETS,
    Data,
    Plan,
    python_of,
)
from _peer_table import tables
from _process_tree import run

from harness.atomic import replacing, write_json
from harness.evaluate.metrics import logloss_rows

RUNNER = Path(__file__).with_name("_peer_runner.py")
# Left in an environment when all of it is installed.
INSTALLED = "installed.json"


def install(folder: Path) -> None:
    """Make the environments that aren't whole; pip says what it can't get."""
    for name, wanted in ENVIRONMENTS.items():
        place = folder / name
        if (place / INSTALLED).exists():
            continue
        print(f"installing {', '.join(wanted)} into {place}", flush=True)
        if not python_of(place).exists():
            venv.create(place, with_pip=True)
        pip = [str(python_of(place)), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", *wanted], check=True)
        listed = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True)
        write_json(place / INSTALLED, json.loads(listed.stdout))


def compete(plan: Plan) -> None:
    """Run what isn't there yet: fold by fold, so that competitors meet the same hour."""
    for name in plan.sets:
        try:
            data = SETS[name]()
        except FileNotFoundError as problem:
            print(f"{name}: skipped, {problem.filename} is absent", flush=True)
            continue
        for fold, (train, held_out) in enumerate(data.folds()[: plan.folds]):
            for peer in plan.peers:
                if not (plan.folder(name, peer) / f"fold{fold}.json").exists():
                    _one(plan, name, peer, fold, data, train, held_out)


def _one(
    plan: Plan,
    name: str,
    peer: str,
    fold: int,
    data: Data,
    train: np.ndarray,
    held_out: np.ndarray,
) -> None:
    """One competitor on one fold, saved; a competitor that fails is reported and passed over."""
    folder = plan.folder(name, peer)
    folder.mkdir(parents=True, exist_ok=True)
    task: dict[str, Any] = {"X": data.X[train], "y": data.y[train], "X_test": data.X[held_out]}
    if data.groups is not None:
        task["groups"] = data.groups[train]
    limit = COMPETITORS[peer].share * plan.budget
    log = folder / f"fold{fold}.log"
    with tempfile.TemporaryDirectory(prefix="peer") as place:
        given, result = Path(place) / "task.npz", Path(place) / "result.npz"
        np.savez(given, **task)
        command = [str(plan.python(peer)), str(RUNNER), peer, str(given), str(result)]
        command += ["--seconds", str(limit), "--effort", plan.effort]
        # No look outside; whatever they leave is cleaned up with the rest, even after a kill.
        own = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": place, "TMPDIR": place}
        cost = run(command, log=log, environment=os.environ | own)
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()
        if cost.code != 0 or not result.exists():
            last = next((line for line in reversed(said) if line.strip()), "")
            print(f"{name} fold {fold} {folder.name}: failed ({last}); see {log}", flush=True)
            return
        with np.load(result) as found, replacing(folder / f"fold{fold}.npz") as part:
            proba = found["proba"]
            groups = held_out if data.groups is None else data.groups[held_out]
            np.savez(part, proba=proba, y=data.y[held_out], groups=groups)
    told = next(json.loads(line) for line in reversed(said) if line.startswith("{"))
    write_json(folder / f"fold{fold}.json", asdict(cost) | told)
    loss = logloss_rows(data.y[held_out], proba).mean()
    print(
        f"{name} fold {fold} {folder.name}: log-loss {loss:.4f}, {cost.cpu_seconds:.0f} CPU s,"
        f" {cost.seconds:.0f} s, {cost.peak_mb:.0f} MB, load {cost.load_before:.1f} before",
        flush=True,
    )


def main() -> None:
    """Install, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--install", type=Path, metavar="DIR", help="make the environments in DIR")
    parser.add_argument("--environment", type=Path, default=Path("data/peers"), metavar="DIR")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(DEFAULT_SETS))
    parser.add_argument("--peers", nargs="+", choices=COMPETITORS, default=list(DEFAULT_PEERS))
    parser.add_argument("--folds", type=int, choices=range(1, FOLDS + 1), default=FOLDS)
    parser.add_argument("--out", type=Path, default=Path("data/against_peers"))
    parser.add_argument("--budget", type=float, default=120.0, metavar="SECONDS")
    parser.add_argument("--effort", choices=("small", "medium", "large"), default="medium")
    parser.add_argument("--again", nargs="+", choices=COMPETITORS, default=[])
    parser.add_argument("--table", action="store_true", help="print what is saved; run nothing")
    given = parser.parse_args()
    # A kill stops the competitor as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by a signal; goes on where it was"))
    if given.install is not None:
        install(given.install)
        return
    plan = Plan(
        sets=tuple(given.sets),
        peers=tuple(given.peers),
        folds=given.folds,
        out=given.out,
        environment=given.environment,
        budget=given.budget,
        effort=given.effort,
    )
    if not given.table:
        for peer in plan.peers:
            if not plan.python(peer).exists():
                parser.error(f"{peer} isn't in {plan.environment}: --install {plan.environment}")
        for name in plan.sets:
            for peer in given.again:
                shutil.rmtree(plan.folder(name, peer), ignore_errors=True)
        compete(plan)
    print("\n".join(tables(plan)))


if __name__ == "__main__":
    main()
