"""`harness predict`, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from audio.sounds import collection, music, write
from standins import Run
from worlds import write_small


@pytest.fixture
def fitted(run: Run, tmp_path: Path) -> Run:
    """Three entries' rows of numbers; `lda-001` among them."""
    write_small(tmp_path / "data")
    assert run("fit", "--model", "lda", "--cv", "3")[0] == 0
    return run


def test_rows_as_a_table_a_csv_and_json(fitted: Run) -> None:
    code, out, _ = fitted("predict", "--rows", "data/test_data.csv", "--entry", "lda-001")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 60)
    assert lines[0].split()[0] == "1"
    assert {"Rock", "Jazz", "Rap"} == set(lines[0].split()[1::2])

    code, out, _ = fitted("predict", "--rows", "data/test_data.csv", "--csv", "--top", "2")
    cells = list(csv.reader(io.StringIO(out)))
    assert cells[0] == ["name", "class_1", "probability_1", "class_2", "probability_2"]
    test = np.load("submissions/lda-001/test.npy")
    best = [test[int(row[0]) - 1, int(row[1]) - 1] for row in cells[1:]]
    np.testing.assert_allclose(best, test.max(axis=1), atol=1e-6)
    np.testing.assert_allclose([float(row[2]) for row in cells[1:]], best, atol=1e-6)

    code, out, err = fitted("predict", "--rows", "data/test_data.csv", "--json", "--top", "1")
    told = json.loads(out)
    assert (told["entry"], len(told["predictions"]), told["skipped"]) == ("lda-001", 60, [])
    (top,) = told["predictions"][0]["top"]
    assert (top["class"], top["name"]) == (str(int(test[0].argmax()) + 1), top["name"])
    assert "entry: lda-001, the best by log-loss" in err


def test_an_entry_remembers_its_data(fitted: Run) -> None:
    Path("data").rename("elsewhere")
    code, _, err = fitted("predict", "--rows", "elsewhere/test_data.csv", "--entry", "lda-001")
    assert code != 0
    assert "data" in err
    arguments = ["predict", "--rows", "elsewhere/test_data.csv", "--data", "elsewhere"]
    assert fitted(*arguments, "--entry", "lda-001")[0] == 0


def test_mistakes_are_answered(fitted: Run) -> None:
    rows = ["--rows", "data/test_data.csv"]
    for arguments, told in (
        ([], "takes audio files or --rows"),
        (["song.wav", *rows], "takes audio files or --rows"),
        ([*rows, "--csv", "--json"], "goes without --json"),
        ([*rows, "--top", "0"], "--top"),
        ([*rows, "--entry", "lda-01"], "did you mean lda-001"),
    ):
        code, out, err = fitted("predict", *arguments)
        assert (code, out) == (2, "")
        assert told in err
    code, out, err = fitted("predict", "song.wav")
    assert (code, out) == (1, "")
    assert "wasn't made of audio" in err
    assert "--rows" in err


def test_songs_are_listened_to_and_bad_ones_named(run: Run) -> None:
    collection(Path("songs"), songs=6, seconds=0.6)
    run("extract", "songs", "--out", "data", "--features", "s0", "--jobs", "1")
    run("fit", "--model", "lda", "--cv", "3")
    write(Path("new.wav"), music(0.6, seed=9))
    code, out, err = run("predict", "new.wav", "--entry", "lda-001")
    assert (code, err) == (0, "")
    name, *told = out.split()
    assert name == "new.wav"
    assert {told[0], told[2]} == {"jazz", "rock"}
    assert float(told[1]) >= float(told[3])

    Path("words.wav").write_bytes(b"words")
    code, out, err = run("predict", "words.wav", "new.wav", "--json")
    shown = json.loads(out)
    assert code == 1
    assert [one["name"] for one in shown["predictions"]] == ["new.wav"]
    assert [one["name"] for one in shown["skipped"]] == ["words.wav"]
    assert "skipped: words.wav " in err
