"""The job `blend`: entries of the same folds become one, honestly scored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from worlds import small

from harness import entries
from harness.blend import blend
from harness.entries import Entry
from harness.errors import EntryError, UsageError
from harness.evaluate import metrics
from harness.fit import FitSettings, fit, plan

COMPETITION = small(rows=240, test_rows=90)


def fitted(folder: Path, model: str, **settings: object) -> Entry:
    return fit(plan(COMPETITION, FitSettings(model, **settings)), folder)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder = tmp_path_factory.mktemp("entries")
    return [fitted(folder, "lda"), fitted(folder, "knn")]


@pytest.fixture(scope="module")
def blended(pair: list[Entry]) -> Entry:
    return blend(COMPETITION, pair, pair[0].path.parent)


def test_a_blend_is_an_entry_like_any_other(blended: Entry) -> None:
    again = entries.read(blended.path)
    again.check(COMPETITION)
    assert again.name == "blend-001"
    assert again.test is not None
    assert again.test.shape == (90, 3)
    np.testing.assert_allclose(again.test.sum(axis=1), 1)


def test_its_scores_are_those_of_its_out_of_fold_probabilities(blended: Entry) -> None:
    for name in ("accuracy", "logloss"):
        assert blended.receipt["scores"][name] == pytest.approx(
            metrics.score(name, blended.y, blended.oof_for(name))
        )


def test_the_receipt_says_who_has_which_share_and_adds_what(blended: Entry) -> None:
    members = {one["name"]: one for one in blended.receipt["blend"]["members"]}
    assert set(members) == {"lda-001", "knn-001"}
    assert sum(one["share"] for one in members.values()) == pytest.approx(1)
    assert members["lda-001"]["adds"]["error"] > 0


def test_the_weights_are_kept_where_predicting_finds_them(blended: Entry) -> None:
    kept = json.loads((blended.path / "blend.json").read_text())
    assert kept["members"] == ["lda-001", "knn-001"]
    assert len(kept["weights"]) == 2


def test_every_leaderboard_gets_an_interval_around_its_score(blended: Entry) -> None:
    for expected in blended.receipt["expected"].values():
        assert expected["low"] < expected["score"] < expected["high"]
        assert expected["rows"] == 90


def test_a_method_asked_for_is_the_one_taken(pair: list[Entry], tmp_path: Path) -> None:
    made = blend(COMPETITION, pair, tmp_path, method="average", name="mean")
    assert made.name == "mean"
    assert made.receipt["blend"]["method"] == "average"
    assert list(made.receipt["blend"]["tried"]) == ["average"]


def test_the_same_entries_give_the_same_bytes(pair: list[Entry], tmp_path: Path) -> None:
    one, other = (blend(COMPETITION, pair, tmp_path) for _ in range(2))
    assert (one.path / "oof.npy").read_bytes() == (other.path / "oof.npy").read_bytes()
    assert (one.path / "test.npy").read_bytes() == (other.path / "test.npy").read_bytes()


def test_a_blend_can_be_blended_again(pair: list[Entry], blended: Entry, tmp_path: Path) -> None:
    assert blend(COMPETITION, [blended, pair[0]], tmp_path).model == "blend"


def test_other_folds_are_refused_by_name(pair: list[Entry], tmp_path: Path) -> None:
    other = fitted(tmp_path, "logistic", seed=1)
    with pytest.raises(EntryError, match="other rows or folds than lda-001") as caught:
        blend(COMPETITION, [pair[0], other], tmp_path)
    assert "same --split, --cv and --seed" in str(caught.value)


@pytest.mark.parametrize(
    ("array", "told"), [("y", "other labels than the competition"), ("oof", "don't sum to 1")]
)
def test_an_entry_whose_arrays_were_changed_is_refused(
    pair: list[Entry], tmp_path: Path, array: str, told: str
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(pair[0].path, changed)
    values = np.load(changed / f"{array}.npy")
    np.save(changed / f"{array}.npy", (values + 1) % 3 if array == "y" else values * 3)
    with pytest.raises(EntryError, match=told):
        blend(COMPETITION, [pair[1], entries.read(changed)], tmp_path)


def test_other_data_are_refused(pair: list[Entry], tmp_path: Path) -> None:
    with pytest.raises(EntryError, match="other data"):
        blend(small(rows=240, test_rows=90, seed=3), pair, tmp_path)


def test_one_entry_is_no_blend(pair: list[Entry], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two entries or more"):
        blend(COMPETITION, pair[:1], tmp_path)


def test_an_entry_named_twice_is_refused(pair: list[Entry], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lda-001 is named twice"):
        blend(COMPETITION, [pair[0], pair[0]], tmp_path)


def test_nothing_is_left_of_a_blend_that_was_refused(pair: list[Entry], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        blend(COMPETITION, pair[:1], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_blend_promises_no_more_than_it_was_judged_with(blended: Entry) -> None:
    expected = blended.receipt["expected"]["logloss"]
    assert expected["gain"] == 0
    assert expected["score"] == pytest.approx(blended.receipt["scores"]["logloss"])
