"""Extraction: s0 against separate librosa calls, CPU of every set, memory, and killing it.

    python tests/benchmarks/bench_extract.py [--repeats 9] [--clips 1000] [--kills 10]

Clips are made music of 30 s at 22 050 Hz. Times are CPU of one thread, medians; only ratios mean
anything on another machine.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.threads import settle

settle()
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from audio.sounds import RATE, collection, music, write  # noqa: E402

COMMAND = "from harness.cli.app import main; main()"


def cpu(run: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of CPU."""
    run()
    spent = []
    for _ in range(repeats):
        begun = time.process_time()
        run()
        spent.append(time.process_time() - begun)
    return 1000 * statistics.median(spent)


def sets(repeats: int) -> None:
    """Each set by itself, and s0 against librosa."""
    import librosa

    from harness.audio import SETS
    from harness.audio._clip import Clip

    y = music(30)
    f = librosa.feature

    def separate(**tuning: float) -> np.ndarray:
        return np.array([
            f.chroma_stft(y=y, sr=RATE, **tuning).mean(),
            f.rms(y=y).mean(),
            f.spectral_centroid(y=y, sr=RATE).mean(),
            f.spectral_bandwidth(y=y, sr=RATE).mean(),
            f.spectral_rolloff(y=y, sr=RATE).mean(),
            f.zero_crossing_rate(y).mean(),
            *f.mfcc(y=y, sr=RATE).mean(axis=1),
        ])  # fmt: skip

    def five() -> None:
        f.zero_crossing_rate(y)
        f.spectral_centroid(y=y, sr=RATE)
        f.spectral_rolloff(y=y, sr=RATE)
        f.mfcc(y=y, sr=RATE)
        f.chroma_stft(y=y, sr=RATE)

    spent = {}
    for name in SETS.names():
        one = SETS.load(name).make()
        spent[name] = cpu(lambda one=one: one.compute(Clip(y, RATE)), repeats)
    both = [SETS.load(name).make() for name in ("s0", "mlbp264")]

    def together() -> None:
        clip = Clip(y, RATE)
        for one in both:
            one.compute(clip)

    for name, took in spent.items():
        print(f"{name:<10} {took:7.1f} ms of CPU for 30 s")
    print(f"s0 and mlbp264 of one clip: {cpu(together, repeats):.1f} ms")
    all_calls, tuned = cpu(separate, repeats), cpu(lambda: separate(tuning=0.0), repeats)
    print(f"librosa's separate calls with defaults are {all_calls / spent['s0']:.1f} times s0,")
    print(f"  {tuned / spent['s0']:.1f} times with the same tuning=0.0,")
    print(f"  {cpu(five, repeats) / spent['s0']:.1f} times without rms and bandwidth")
    found, wanted = both[0].compute(Clip(y, RATE)), separate(tuning=0.0)
    apart = np.abs(found - wanted) / np.maximum(np.abs(wanted), 1e-3 * np.abs(wanted).max())
    print(f"  largest relative difference {apart.max():.1e}")


def memory(folder: Path, clips: int) -> None:
    """The processes' largest resident memory after a quarter of the clips, and at the end."""
    source = folder / "long"
    for k in range(8):
        # A few contents under a second each to write; every file differs by its last samples.
        samples = music(30, seed=k)
        for n in range(k, clips, 8):
            samples[-4:] = (n % 251 / 1000, n // 251 / 1000, 0.1, 0.2)
            write(source / f"genre{k % 2}" / f"{n}.wav", samples, subtype="PCM_16")
    out = folder / "long_out"
    arguments = ["extract", str(source), "--out", str(out), "--features", "s0,mlbp264"]
    running = psutil.Popen([sys.executable, "-c", COMMAND, *arguments, "--jobs", "1"])
    early = late = 0
    while running.poll() is None:
        done = len(list(out.glob("extracted/s0-*/*/[!.]*.npy")))
        try:
            used = running.memory_info().rss
        except psutil.NoSuchProcess:
            break
        early = max(early, used if done < clips / 4 else 0)
        late = max(late, used)
        time.sleep(0.05)
    print(f"memory over {clips} clips: {late / early:.3f} times what the first quarter took")
    print(f"  ({early / 1e6:.0f} MB and {late / 1e6:.0f} MB)")
    shutil.rmtree(source)


def _kept(out: Path) -> int:
    return len(list(out.glob("extracted/*/*/[!.]*.npy")))


def kills(folder: Path, count: int) -> None:
    """Kill an extraction at random moments; nothing is lost, nothing computed twice."""
    from harness.extract import extract

    source = collection(folder / "songs", songs=60, seconds=6)
    whole = folder / "whole"
    arguments = ["extract", str(source), "--features", "s0,mlbp264", "--jobs", "2", "--out"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-c", COMMAND, *arguments, str(whole)], check=True, **quiet)
    out = folder / "killed"
    rng = random.Random(0)
    kept = [0]
    for _ in range(count):
        running = psutil.Popen([sys.executable, "-c", COMMAND, *arguments, str(out)], **quiet)
        # Anywhere in the work, the start included: after some arrays more, and some milliseconds.
        wanted = kept[-1] + rng.randint(0, 240 // count - 8)
        while _kept(out) < wanted and running.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.05))
        with suppress(psutil.NoSuchProcess):
            workers = running.children(recursive=True)
            running.kill()
            running.wait()
            psutil.wait_procs(workers, timeout=20)
        kept.append(_kept(out))
    made = extract(source, out, features=["s0", "mlbp264"], jobs=1)
    same = all(
        (out / name).read_bytes() == (whole / name).read_bytes()
        for name in ("train.parquet", "manifest.json", "competition.toml", "skipped.csv")
    )
    print(f"killed {count} times, {' '.join(map(str, kept))} of 240 arrays kept")
    print(f"  {made.fresh} files were left to do; the same bytes as unkilled: {same}")
    if not same or kept != sorted(kept):
        sys.exit("something was lost")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    asked = parser.parse_args()
    sets(asked.repeats)
    with tempfile.TemporaryDirectory() as name:
        if asked.kills:
            kills(Path(name), asked.kills)
        if asked.clips:
            memory(Path(name), asked.clips)


if __name__ == "__main__":
    main()
