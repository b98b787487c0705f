"""Public and private: the shake-up to expect is the shake-up there is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from drafts import LOGLOSS, TRUTH, WORLD, proba_draft
from worlds import TOML, write_small

from harness import submission
from harness.competitions._answers import read_groups, read_parts
from harness.competitions._find import find
from harness.errors import DataError
from harness.evaluate import metrics
from harness.submission._parts import deviation, for_fewer_rows

RNG = np.random.default_rng(0)
PROBA = RNG.dirichlet(np.ones(4) * 0.7, 4000)
Y = np.array([RNG.choice(4, p=row) for row in PROBA])


def differences(name: str, rows: int, public: int, songs: int = 1) -> np.ndarray:
    """Public minus private scores of many leaderboards drawn from the same population."""
    found = []
    row = metrics.metric(name)
    values = PROBA if row.eats == "probabilities" else PROBA.argmax(axis=1)
    for seed in range(600):
        rng = np.random.default_rng(seed)
        drawn = np.repeat(rng.permutation(len(Y))[: rows // songs], songs)
        one, other = drawn[: public * songs], drawn[public * songs :]
        found.append(row.score(Y[one], values[one]) - row.score(Y[other], values[other]))
    return np.array(found)


@pytest.mark.parametrize("name", ["logloss", "accuracy", "logloss-cells", "macro-f1"])
def test_the_standard_error_is_that_of_many_leaderboards(name: str) -> None:
    values = PROBA if metrics.metric(name).eats == "probabilities" else PROBA.argmax(axis=1)
    told = submission.shake_up(name, Y, values, public=60, private=140)
    assert told == pytest.approx(differences(name, 200, 60).std(), rel=0.1)


@pytest.mark.parametrize("name", ["logloss", "macro-f1"])
def test_rows_that_belong_together_count_once(name: str) -> None:
    four = np.repeat(np.arange(1000), 4)
    y, proba = Y[four], PROBA[four]
    values = proba if name == "logloss" else proba.argmax(axis=1)
    told = submission.shake_up(name, y, values, public=240, private=560, groups=four)
    assert told == pytest.approx(differences(name, 800, 60, songs=4).std(), rel=0.1)
    alone = submission.shake_up(name, y, values, public=240, private=560)
    assert told == pytest.approx(2 * alone, rel=0.15)


def test_groups_of_one_row_change_nothing() -> None:
    one = deviation("logloss", Y, PROBA)
    assert deviation("logloss", Y, PROBA, np.arange(len(Y))) == pytest.approx(one)
    assert one == pytest.approx(metrics.logloss_rows(Y, PROBA).std(ddof=1))


def test_an_interval_for_fewer_rows_is_wider_by_their_noise() -> None:
    expected = {"score": 1.0, "low": 0.8, "high": 1.2, "rows": 400}
    wider = for_fewer_rows(expected, "logloss", 2.0, 100)
    half = math.hypot(0.2, 1.959964 * 2 * math.sqrt(1 / 100 - 1 / 400))
    assert wider["high"] == pytest.approx(1 + half)
    assert wider["low"] == pytest.approx(1 - half)
    assert for_fewer_rows(expected, "logloss", 9.0, 100)["low"] == 0
    assert for_fewer_rows(expected, "macro-f1", math.nan, 100)["low"] == pytest.approx(0.8)
    assert for_fewer_rows(expected, "accuracy", 0.5, 400)["high"] == 1.0


def test_the_private_rows_enter_into_nothing_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(proba_draft().bytes())
    public = np.arange(24) % 3 == 0
    one = submission.graded(path, WORLD, LOGLOSS, TRUTH, public=public)
    other = submission.graded(
        path, WORLD, LOGLOSS, np.where(public, TRUTH, (TRUTH + 1) % 10), public=public
    )
    assert one == other
    assert (one.rows, one.private_rows, one.private, one.whole) == (8, 16, None, None)
    full = submission.graded(path, WORLD, LOGLOSS, TRUTH, public=public, private=True)
    assert full.score == one.score
    assert (8 * full.score + 16 * full.private.score) / 24 == pytest.approx(full.whole.score)


def test_leaderboards_without_parts_are_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(proba_draft().bytes())
    found = submission.graded(path, WORLD, LOGLOSS, TRUTH)
    assert (found.rows, found.private_rows, found.shake_up) == (24, 0, None)


def test_answers_with_odd_parts_are_answered(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data", test_rows=6)
    answers = folder / "answers" / "test_labels.csv"
    assert read_parts(find(folder)) is None
    more = 'header = true\nlabel = "y"\nid = "id"\npart = "Usage"\ngroup = "song"\n'
    (folder / "competition.toml").write_text(TOML + more)
    parts = ["Private"] * 4 + ["Public"] * 2
    lines = [f"{6 - k},{k % 3 + 1},{part},s{(6 - k) // 2}" for k, part in enumerate(parts)]

    def write(rows: list[str]) -> None:
        answers.write_text("\n".join(["id,y,Usage,song", *rows]) + "\n")

    write(lines)
    assert read_parts(find(folder)).tolist() == [True, True, False, False, False, False]
    assert read_groups(find(folder)).tolist() == [0, 1, 1, 2, 2, 3]
    write([line.replace("Public", "secret") for line in lines])
    with pytest.raises(DataError, match="id 1: 'secret' is neither"):
        read_parts(find(folder))
    write([line.replace("Public", "Private") for line in lines])
    with pytest.raises(DataError, match="one part holds every row"):
        read_parts(find(folder))
    write(lines[1:])
    with pytest.raises(DataError, match="no row for the test row with id '6'"):
        read_parts(find(folder))
