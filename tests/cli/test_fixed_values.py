"""Options with a fixed set of values: a wrong one is answered with the right ones."""

from __future__ import annotations

import pytest
from standins import Run, add

from harness.competition import Competition

WRONG = [
    ("fit --model auto --effort lrage", "large"),
    ("fit --model auto --metric acuracy", "accuracy"),
    ("fit --model auto --split stratifed", "stratified"),
    ("fit --model logistc", "logistic"),
    ("fit --model prior --final refitt", "refit"),
    ("fit --model prior --split stratifed", "stratified"),
    ("fit --model prior --balance smoot", "smote"),
    ("fit --model prior --scaler standart", "standard"),
    ("fit --model prior --reducer pcaa", "pca"),
    ("fit --model prior --metric acuracy", "accuracy"),
    ("tune --model logistic --metric acuracy", "accuracy"),
    ("tune --model logistic --split stratifed", "stratified"),
    ("tune --model logistic --scaler standart --trials 1", "standard"),
    ("blend all --method greeedy", "greedy"),
    ("blend all --metric acuracy", "accuracy"),
    ("entries --metric acuracy", "accuracy"),
    ("entries --board acuracy --posted logistic-001 0.5", "accuracy"),
    ("submit --metric acuracy", "accuracy"),
    ("check-submission data/train_labels.csv --metric acuracy", "accuracy"),
    ("grade data/train_labels.csv --metric acuracy", "accuracy"),
    ("reproduce s1 --effort smal", "small"),
    ("reproduce s11", "s1"),
    ("audit --only held-outt", "held-out"),
    ("audit --museum random-splitt", "random-split"),
    ("check --only duplicate", "duplicates"),
    ("extract data --features mffc --out o", "mfcc"),
    ("weights musicn", "musicnn"),
    ("models logistc", "logistic"),
    ("verify logistic-01", "logistic-001"),
]


@pytest.mark.parametrize(("words", "meant"), WRONG, ids=[words for words, _ in WRONG])
def test_a_wrong_value_is_answered_with_the_nearest(
    run: Run, world: Competition, words: str, meant: str
) -> None:
    add(world, "logistic", 1.0)
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert "did you mean " in err
    assert meant in err.partition("did you mean ")[2].partition("?")[0]
    assert "known: " in err
