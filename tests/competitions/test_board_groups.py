"""Groups as the board has them: folds share groups with their training part as test rows do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competition import Competition
from harness.competitions._find import SPEC, find
from harness.competitions._new import describe
from harness.competitions._parting import mixed
from harness.evaluate import splits

ARTISTS, SONGS = 60, 6


def write(folder: Path, known: float, *, seed: int = 0) -> None:
    """Songs of artists; a share of the test rows has artists that training rows have too."""
    random = np.random.default_rng(seed)
    artist = np.repeat(np.arange(ARTISTS), SONGS)
    new = artist < ARTISTS / 4 * (1 - known)
    dealt = random.random(len(artist)) < known * 0.25 / (1 - 0.25 * (1 - known))
    test = new | dealt
    loudness = random.normal(size=len(artist))
    genre = np.array(["rock", "pop", "jazz"])[(artist + (loudness > 1)) % 3]
    lines = [f"{row},artist {artist[row]},{loudness[row]:.4f}" for row in range(len(artist))]
    labelled = [f"{line},{name}" for line, name in zip(lines, genre, strict=True)]
    train = ["id,artist,loudness,genre", *(labelled[row] for row in np.flatnonzero(~test))]
    tests = ["id,artist,loudness", *(lines[row] for row in np.flatnonzero(test))]
    (folder / "train.csv").write_text("\n".join(train) + "\n")
    (folder / "test.csv").write_text("\n".join(tests) + "\n")


def share_known(competition: Competition, artists: list[str]) -> float:
    """The share of held-out rows whose artist is in their training part, over five folds."""
    fold = splits.make(competition, splits.default_for(competition), folds=5, seed=0)[0]
    names = np.array(artists)
    known = [np.isin(names[fold == k], names[fold != k]) for k in range(5)]
    return float(np.concatenate(known).mean())


def artists_of(folder: Path) -> list[str]:
    return [line.split(",")[1] for line in (folder / "train.csv").read_text().splitlines()[1:]]


@pytest.mark.parametrize("known", [0.0, 0.3, 0.6, 1.0])
def test_folds_share_groups_as_the_test_file_does(tmp_path: Path, known: float) -> None:
    write(tmp_path, known)
    made = describe(tmp_path)
    rows = [line.split(",")[1] for line in (tmp_path / "test.csv").read_text().splitlines()[1:]]
    really = np.mean([row in set(artists_of(tmp_path)) for row in rows])
    assert share_known(made.competition, artists_of(tmp_path)) == pytest.approx(really, abs=0.08)


def test_new_groups_stay_whole_and_are_no_feature(tmp_path: Path) -> None:
    write(tmp_path, 0.0)
    made = describe(tmp_path)
    assert made.competition.columns == ("loudness",)
    assert any("the test rows' are new" in reason.why for reason in made.reasons)


def test_mixed_groups_are_a_feature_and_no_groups(tmp_path: Path) -> None:
    write(tmp_path, 1.0)
    made = describe(tmp_path)
    assert made.competition.groups is None
    splits.refuse_leak(made.competition, splits.default_for(made.competition))
    assert made.competition.columns == ("artist", "loudness")
    assert any("as of rows dealt at random" in reason.why for reason in made.reasons)


def test_partly_known_groups_are_both_and_the_share_is_kept(tmp_path: Path) -> None:
    write(tmp_path, 0.5)
    made = describe(tmp_path)
    assert made.competition.groups is not None
    assert "artist" in made.competition.columns
    assert "known = 0." in (tmp_path / SPEC).read_text()
    assert find(tmp_path).fingerprint == made.competition.fingerprint


def test_without_the_key_all_groups_stay_whole(tmp_path: Path) -> None:
    write(tmp_path, 0.5)
    describe(tmp_path)
    text = (tmp_path / SPEC).read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("known", "text"))]
    (tmp_path / SPEC).write_text("\n".join(kept) + "\n")
    assert share_known(find(tmp_path), artists_of(tmp_path)) == 0


def test_a_name_that_test_rows_share_stays_though_most_rows_have_their_own(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    names = np.concatenate([np.arange(400), random.integers(400, size=200)])
    order = random.permutation(600)
    rows = [f"{row},venue {names[row]},{random.normal():.4f}" for row in order]
    genre = [f"{row},{'ab'[names[order[k]] % 2]}" for k, row in enumerate(rows)]
    (tmp_path / "train.csv").write_text("\n".join(["id,venue,loudness,genre", *genre[:450]]) + "\n")
    (tmp_path / "test.csv").write_text("\n".join(["id,venue,loudness", *rows[450:]]) + "\n")
    assert "venue" in describe(tmp_path).competition.columns


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=8, max_size=60),
    known=st.floats(0.05, 0.95),
)
def test_whole_groups_stay_whole_and_the_others_fall_apart(sizes: list[int], known: float) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    units = mixed(codes, [str(code) for code in range(len(sizes))], known)
    for code, size in enumerate(sizes):
        assert len(np.unique(units[codes == code])) in (1, size)
    # No unit holds rows of two groups.
    assert len(set(zip(units.tolist(), codes.tolist(), strict=True))) == len(np.unique(units))


@pytest.mark.parametrize("known", [0.5, 1.0])
def test_rows_of_a_parted_group_still_count_as_one_observation(
    tmp_path: Path, known: float
) -> None:
    write(tmp_path, known)
    made = describe(tmp_path).competition
    assert made.clusters is not None
    assert len(np.unique(made.clusters)) == len(set(artists_of(tmp_path)))
