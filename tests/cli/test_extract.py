"""`harness extract`, and what goes on with its competition."""

from __future__ import annotations

import json
import re
from pathlib import Path

from audio.sounds import collection
from musics import fma
from standins import Run


def test_audio_becomes_an_entry(run: Run) -> None:
    collection(Path("songs"), songs=6, seconds=0.6)
    code, out, err = run("extract", "songs", "--out", "data", "--features", "s0", "--jobs", "1")
    assert code == 0
    assert "data: 12 training rows, 26 features, 2 classes" in out
    assert "12 files: 12 extracted now, 0 known, 0 skipped" in out
    assert "next: harness fit --data data" in err
    assert run("check")[0] == 0
    code, out, _ = run("fit", "--model", "lda", "--cv", "3")
    assert code == 0
    assert "lda-001" in out


def test_its_result_as_json(run: Run) -> None:
    collection(Path("songs"), seconds=1.2)
    (Path("songs") / "rock" / "bad.wav").write_bytes(b"words")
    arguments = ["extract", "songs", "--out", "data", "--features", "s0,mel", "--segment", "0.5"]
    arguments += ["--set", "mel.bands=64", "--jobs", "1", "--json"]
    assert run(*arguments)[0] == 1
    code, out, err = run(*arguments, "--allow-skipped")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["files"], told["extracted_now"], told["skipped"], told["rows"]) == (7, 0, 1, 12)
    assert told["blocks"] == ["s0", "mel"]
    assert told["features"] == 26 + 64 * 16


def test_the_sets_are_listed_and_so_are_their_settings(run: Run) -> None:
    code, out, _ = run("features")
    assert code == 0
    assert re.search(r"^mlbp264 +The 2018 competition's 264 columns", out, re.MULTILINE)
    assert "mfcc-seq" in json.loads(run("features", "--json")[1])
    assert "mel.bands  216" in run("features", "mel")[1]
    assert json.loads(run("features", "mel", "--json")[1])["bands"] == 216
    assert "s0 has no settings" in run("features", "s0")[1]
    assert run("features", "mell")[0] == 2


def test_too_many_bad_files_are_one_answer(run: Run) -> None:
    collection(Path("songs"))
    (Path("songs") / "rock" / "bad.wav").write_bytes(b"words")
    code, out, err = run("extract", "songs", "--out", "data", "--features", "s0", "--jobs", "1")
    assert (code, out) == (1, "")
    assert err.startswith("error: data/skipped.csv: too many files can't be used: 1 of 7 files")
    assert "--allow-skipped" in err


def test_mistakes_are_answered_before_anything_is_read(run: Run) -> None:
    for arguments, told in (
        (["nowhere", "--out", "data"], "no such file or folder"),
        (["."], "--out"),
        ([".", "--out", "data", "--features", "mlbp26"], "did you mean mlbp264"),
        ([".", "--out", "data", "--set", "mel=3"], "SET.NAME=VALUE"),
        ([".", "--out", "data", "--segment", "0"], "--segment"),
    ):
        code, out, err = run("extract", *arguments)
        assert (code, out) == (2, "")
        assert told in err
    assert not Path("data").exists()


def test_collections_are_chosen_from(run: Run) -> None:
    fma(Path("music"))
    arguments = ["extract", "music", "--out", "data", "--features", "fma518", "--subset", "full"]
    code, out, err = run(*arguments, "--level", "2")
    assert code == 0
    assert "data: 20 training rows, 231 features, 2 classes" in out
    code, out, err = run("extract", "music", "--out", "data", "--subset", "tiny")
    assert (code, out) == (2, "")
    assert "--subset tiny" in err
    code, out, err = run("extract", "music", "--out", "new", "--labels", "rock")
    assert (code, out) == (2, "")
    assert "--labels" in err


def test_a_published_split_is_taken_by_name(run: Run) -> None:
    collection(Path("songs"), songs=3)
    for k, part in enumerate(("train", "test")):
        Path("lists").mkdir(exist_ok=True)
        lines = "".join(f"{genre}.{k:05d}.au\n" for genre in ("jazz", "rock"))
        (Path("lists") / f"{part}.txt").write_text(lines)
    arguments = ["extract", "songs", "--out", "data", "--features", "s0", "--jobs", "1"]
    code, _, err = run(*arguments, "--split-files", "lists")
    assert code == 0
    assert "split: train 2, test 2, in none 2" in err
