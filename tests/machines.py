"""The sensitive tests under several settings, each of which computes as another machine would.

python tests/machines.py [SETTING ...]

Sums of floats depend on the processor and on how many threads share them. The tests marked
``machine`` are those whose outcome could; what a library is told here makes it take the code that
it has for an older processor. A setting that this machine can't honour is left out, and said.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
# What the user's own environment says of these is left out: each setting is what it names.
CHOOSERS = (
    "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
)  # fmt: skip
EVERY = "all that can be"
SETTINGS: dict[str, dict[str, str]] = {
    "nothing set": {},
    "a processor of 2006": {
        "OPENBLAS_CORETYPE": "Prescott",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": EVERY,
        "OMP_NUM_THREADS": "1",
    },
    "AVX2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
        "AVX512_ICL AVX512_SPR",
    },
    "Zen, oneDNN, two threads": {
        "OPENBLAS_CORETYPE": "Zen",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "TF_NUM_INTRAOP_THREADS": "2",
    },
    "oneDNN, one core": {"TF_ENABLE_ONEDNN_OPTS": "1"},
}
ONE_CORE = "one core"
MARK = "pytest.mark.machine"
# What a processor must have for OpenBLAS's code of that name; it doesn't ask.
NEEDED = {"Prescott": "SSE3", "Haswell": "AVX2", "Zen": "AVX2"}


def features() -> tuple[dict[str, bool], list[str]]:
    """What numpy finds in this processor, and what of it numpy can be told to leave out."""
    code = (
        "import json; from numpy._core import _multiarray_umath as c; "
        "print(json.dumps([{k: bool(v) for k, v in c.__cpu_features__.items()}, "
        "list(c.__cpu_dispatch__)]))"
    )
    environment = {k: v for k, v in os.environ.items() if k not in CHOOSERS}
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    there, dispatched = json.loads(told.stdout)
    return there, [name for name in dispatched if there.get(name)]


def honoured(
    setting: dict[str, str], there: dict[str, bool], optional: list[str]
) -> tuple[dict[str, str], list[str]]:
    """What of a setting this machine can honour, and what it can't."""
    kept, left = dict(setting), []
    core = kept.get("OPENBLAS_CORETYPE")
    intel = platform.machine().lower() in ("x86_64", "amd64")
    if core is not None and not (intel and there.get(NEEDED[core], False)):
        left.append(f"OPENBLAS_CORETYPE={kept.pop('OPENBLAS_CORETYPE')}")
    if "NPY_DISABLE_CPU_FEATURES" in kept:
        wanted = kept.pop("NPY_DISABLE_CPU_FEATURES")
        names = [name for name in optional if wanted == EVERY or name in wanted.split()]
        if names:
            kept["NPY_DISABLE_CPU_FEATURES"] = " ".join(names)
        else:
            left.append("NPY_DISABLE_CPU_FEATURES")
    return kept, left


def marked() -> list[str]:
    """The test files with tests so marked: pytest would import all others for nothing."""
    found = [path for path in ROOT.glob("tests/**/test_*.py") if MARK in path.read_text("utf-8")]
    return [str(path.relative_to(ROOT)) for path in sorted(found)]


def main(names: list[str]) -> int:
    """Run every setting, or those that are named; how many failed."""
    if unknown := set(names) - set(SETTINGS):
        print(f"no setting {', '.join(unknown)}; there are: {', '.join(SETTINGS)}", file=sys.stderr)
        return 2
    (there, optional), failed, files = features(), 0, marked()
    processor = f"numpy {np.__version__}, {platform.machine()}"
    print(f"tests marked machine, {processor}", flush=True)
    for name in names or SETTINGS:
        kept, left = honoured(SETTINGS[name], there, optional)
        environment = {k: v for k, v in os.environ.items() if k not in CHOOSERS} | kept
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "machine",
            "-p",
            "no:cacheprovider",
            *files,
        ]
        cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        if ONE_CORE in name and cores:
            os.sched_setaffinity(0, {min(cores)})
        else:
            command += ["-n", "auto", "--dist", "loadfile"]
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
        finally:
            if cores:
                os.sched_setaffinity(0, cores)
        seconds = time.perf_counter() - started
        print(
            f"{'ok' if done.returncode == 0 else 'FAILED':<8}{name} ({seconds:.0f} s)", flush=True
        )
        if left:
            print(f"        this machine can't honour {', '.join(left)}", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout, done.stderr, sep="\n", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
