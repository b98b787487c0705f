"""`harness entries` and `blend all`: nothing that lies there vanishes, nothing stops the rest."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from standins import Run
from worlds import write_small

from harness import checkpoints
from harness.competition import Competition
from harness.evaluate.crossval import Fold
from harness.fit import FitSettings, fit, plan
from harness.leftovers import unfinished


def fitted(run: Run, *options: str) -> None:
    code, _, err = run("fit", "--model", "prior", *options)
    assert code == 0, err


def test_entries_of_other_data_are_counted_and_named(
    run: Run, world: Competition, tmp_path: Path
) -> None:
    write_small(tmp_path / "other", seed=7)
    fitted(run, "--data", "other", "--name", "elsewhere")
    fitted(run, "--data", "data", "--name", "here")
    _, out, _ = run("entries", "--data", "data")
    assert "1 entry of other data: elsewhere (--all lists them)" in out
    _, out, _ = run("entries", "--data", "data", "--all")
    line = next(line for line in out.splitlines() if line.strip().startswith("elsewhere:"))
    assert "prior on small" in line
    assert "other" in line
    assert "logloss 1." in line
    _, out, _ = run("entries", "--data", "data", "--json")
    told = json.loads(out)
    assert [one["name"] for one in told["of_other_data"]] == ["elsewhere"]
    assert [row["name"] for row in told["rows"]] == ["prior", "here"]


def stopped(world: Competition, folder: Path) -> None:
    def stop(fold: Fold) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(plan(world, FitSettings("lda")), folder, on_fold=stop)


def test_what_a_stopped_fit_left_is_named_with_its_size_and_how_it_goes_on(
    run: Run, world: Competition
) -> None:
    stopped(world, Path("submissions"))
    _, out, _ = run("entries")
    assert "unfinished: lda (1 finished fold, " in out
    assert "kB) in submissions/.work-" in out
    assert "removed in 14 days" in out
    left = unfinished(Path("submissions"))[0]
    assert left.size == sum(p.stat().st_size for p in left.path.rglob("*") if p.is_file())
    _, out, _ = run("entries", "--json")
    assert json.loads(out)["unfinished"][0]["folds"] == 1


def test_a_run_that_is_alive_isnt_left_over(world: Competition, tmp_path: Path) -> None:
    seen: list[int] = []
    fit(
        plan(world, FitSettings("lda")),
        tmp_path,
        on_fold=lambda fold: seen.append(len(unfinished(tmp_path))),
    )
    assert set(seen) == {0}


def test_an_old_left_over_is_removed_by_the_next_fit(run: Run, world: Competition) -> None:
    stopped(world, Path("submissions"))
    path = unfinished(Path("submissions"))[0].path
    old = time.time() - (checkpoints.FORGOTTEN_AFTER_DAYS + 1) * 86_400
    os.utime(path, (old, old))
    fitted(run)
    assert not path.exists()


def test_blend_all_passes_by_what_doesnt_fit_and_says_so(run: Run, world: Competition) -> None:
    for name, options in {
        "one": ("--model", "lda"),
        "two": ("--model", "naive-bayes"),
        "elsewhere": ("--model", "lda", "--cv", "4"),
        "broken": ("--model", "prior"),
    }.items():
        assert run("fit", "--name", name, *options)[0] == 0
    (Path("submissions") / "broken" / "oof.npy").write_bytes(b"no array")
    code, _, err = run("blend", "all")
    assert code == 0, err
    assert "passed by: elsewhere: was judged on other rows or folds than" in err
    assert "passed by: broken" in err
    blended = json.loads((Path("submissions") / "blend-001" / "blend.json").read_text())
    assert sorted(blended["members"]) == ["one", "two"]
    # What was named is not passed by in silence.
    code, _, err = run("blend", "one", "two", "elsewhere")
    assert code == 1
    assert "other rows or folds" in err


def test_blend_all_of_entries_that_dont_go_together_says_what_they_lack(
    run: Run, world: Competition
) -> None:
    for cv in ("3", "4"):
        assert run("fit", "--model", "lda", "--name", f"cv{cv}", "--cv", cv)[0] == 0
    code, _, err = run("blend", "all")
    assert code in (1, 2)
    assert "two entries or more" in err
    assert "passed by:" in err
