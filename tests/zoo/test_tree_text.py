"""LightGBM's text from a stranger: sound and loaded, or refused in a line; never a crash."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import EntryError
from harness.zoo import _members, _tree_text
from harness.zoo.lightgbm import ABOUT, TREES, BoostedTrees

COLUMNS, CLASSES = 3, 3


def grown(rounds: int = 2, leaves: int = 5, rows: int = 90) -> tuple[Any, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, COLUMNS))
    y = np.arange(rows) % CLASSES
    X[:, 0] += y
    X[:, 2] = np.round(X[:, 2])
    settings = {"n_estimators": rounds, "num_leaves": leaves, "early_stopping": 0}
    settings |= {"min_child_samples": 3, "extra_trees": False, "colsample_bytree": 1.0}
    return _members.make("lightgbm", settings, seed=0).fit(X, y), X


@pytest.fixture(scope="module")
def text() -> str:
    return str(grown()[0].boosters_[0].model_to_string())


def put(name: str, value: str, tree: int = 1) -> Callable[[str], str]:
    """Give a tree's line another value."""

    def change(text: str) -> str:
        before, behind = text.split(f"Tree={tree}\n")
        changed, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", behind, count=1)
        assert count == 1
        return f"{before}Tree={tree}\n{changed}"

    return change


def swapped(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


MALFORMED: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda text: "", "begin and end"),
    "half": (lambda text: text[: len(text) // 3], "begin and end"),
    "negative leaves": (put("num_leaves", "-5"), "tree 1 has -5 leaves"),
    "no leaves": (put("num_leaves", "0"), "tree 1 has 0 leaves"),
    "two billion leaves": (put("num_leaves", "2000000000"), "no whole number"),
    "many leaves": (put("num_leaves", "999999999"), "999999999 leaves"),
    "leaves in words": (put("num_leaves", "five"), "no whole number"),
    "one leaf too many": (put("num_leaves", "6"), "4 numbers in split_feature where 5 are due"),
    "a node that is its own child": (put("left_child", "0 2 -1 -3"), "above its parent"),
    "a circle": (put("right_child", "1 1 3 2"), "above its parent"),
    "a child far away": (put("left_child", "1 2 3 2000000"), "outside of it"),
    "a leaf far away": (put("left_child", "1 2 3 -99"), "outside of it"),
    "a child beyond 32 bits": (put("left_child", "1 2 3 4294967296"), "no whole number"),
    "one leaf twice": (put("left_child", "-2 -2 -2 -2"), "two parents, or with none"),
    "a fraction of a child": (put("left_child", "1 2 3 -1.5"), "no whole number"),
    "a column far away": (put("split_feature", "0 0 0 3"), "beyond its 3"),
    "a negative column": (put("split_feature", "0 0 0 -1"), "beyond its 3"),
    "a threshold that is none": (put("threshold", "nan 0 0 0"), "no number"),
    "a threshold without end": (put("threshold", "1e999 0 0 0"), "isn't finite"),
    "a leaf without end": (put("leaf_value", "0 0 0 0 1e999"), "isn't finite"),
    "few thresholds": (put("threshold", "0"), "1 numbers in threshold where 4 are due"),
    "categories": (put("num_cat", "1"), "num_cat isn't 0"),
    "a split on a category": (put("decision_type", "1 2 2 2"), "unknown decision_type"),
    "linear leaves": (put("is_linear", "1"), "is_linear isn't 0"),
    "no thresholds": (swapped("\nthreshold=", "\nthresholds="), "lacks threshold"),
    "leaves said twice": (swapped("num_cat=0", "num_leaves=5\nnum_cat=0"), "num_leaves' twice"),
    "a tree left out": (swapped("Tree=2", "Tree=3"), "tree 2 is called '3'"),
    "a tree too few": (lambda t: re.sub(r"Tree=5\n.*?\n\n", "", t, flags=re.S), "no rounds of 3"),
    "two billion classes": (swapped("num_class=3", "num_class=2000000000"), "no whole number"),
    "other classes": (swapped("num_class=3", "num_class=4"), "num_class is 4 where 3 is due"),
    "trees of a round": (
        swapped("num_tree_per_iteration=3", "num_tree_per_iteration=1"),
        "num_tree_per_iteration is 1",
    ),
    "other columns": (swapped("max_feature_idx=2", "max_feature_idx=200"), "is 200 where 2 is"),
    "another objective": (swapped("objective=multiclass ", "objective=binary "), "objective"),
    "a forest": (swapped("label_index=0", "label_index=0\naverage_output"), "averaged"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_by_what_is_wrong(name: str, text: str) -> None:
    change, said = MALFORMED[name]
    with pytest.raises(_tree_text.UnsoundTreesError, match=re.escape(said)):
        _tree_text.read(change(text), classes=CLASSES, columns=COLUMNS)


@pytest.mark.parametrize(
    ("rounds", "leaves", "rows"), [(3, 5, 90), (1, 2, 90), (2, 31, 400), (2, 4, 6)]
)
def test_sound_trees_predict_the_same_bits(
    rounds: int, leaves: int, rows: int, tmp_path: Path
) -> None:
    model, X = grown(rounds, leaves, rows)
    model.save(tmp_path)
    assert BoostedTrees.load(tmp_path).predict_proba(X).tobytes() == (
        model.predict_proba(X).tobytes()
    )


def test_what_the_trees_don_t_need_is_never_passed_on(text: str) -> None:
    spoiled = text.replace("feature_names=", "feature_names=%s%n ").replace(
        "end of parameters", "[num_threads: 2000000000]\nend of parameters"
    )
    sizes = re.sub("tree_sizes=.*", "tree_sizes=-1 999999999", spoiled)
    found = _tree_text.read(sizes, classes=CLASSES, columns=COLUMNS).text()
    assert found == _tree_text.read(text, classes=CLASSES, columns=COLUMNS).text()
    assert "%n" not in found
    assert "num_threads" not in found


def test_the_file_is_named_in_one_line(tmp_path: Path) -> None:
    model, _ = grown()
    model.save(tmp_path)
    path = tmp_path / TREES[0]
    path.write_text(put("num_leaves", "-5")(path.read_text()))
    with pytest.raises(EntryError, match="tree 1 has -5 leaves") as problem:
        BoostedTrees.load(tmp_path)
    assert problem.value.where == str(path)
    assert "\n" not in problem.value.what


@pytest.mark.parametrize(
    "about",
    [
        {"classes": []},
        {"classes": [[1, 2]]},
        {"columns": -1},
        {"columns": 2**40},
        {"settings": {"charm": 1}},
        {"settings": []},
    ],
    ids=str,
)
def test_a_spoiled_description_is_refused(about: dict[str, Any], tmp_path: Path) -> None:
    grown()[0].save(tmp_path)
    path = tmp_path / ABOUT
    path.write_text(json.dumps(json.loads(path.read_text()) | about))
    with pytest.raises(EntryError):
        BoostedTrees.load(tmp_path)


def test_threads_are_not_the_file_s_to_choose(tmp_path: Path) -> None:
    grown()[0].save(tmp_path)
    path = tmp_path / ABOUT
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"settings": about["settings"] | {"n_jobs": 10**9}}))
    assert BoostedTrees.load(tmp_path).n_jobs <= (os.cpu_count() or 1)


MUTATIONS = """
import json, re, sys
import lightgbm, numpy as np
from zoo.test_tree_text import CLASSES, COLUMNS, grown
from harness.zoo import _tree_text

WORDS = ["-5", "0", "1", "-1", "2", "3", "-3", "nan", "inf", "2000000000", "1e308", "", "4 4", "x"]

def walked(text, X):
    # By the text alone, step by step: what the library ought to say.
    total = np.zeros((len(X), CLASSES))
    for number, block in enumerate(re.split("\\nTree=", text.partition("\\nend of trees")[0])[1:]):
        lines = dict(line.partition("=")[::2] for line in block.split("\\n"))
        def of(name):
            return [float(word) for word in lines.get(name, "").split()]
        feature, threshold, left, right, leaf = map(
            of, ("split_feature", "threshold", "left_child", "right_child", "leaf_value"))
        for row, x in enumerate(X):
            node = 0 if feature else -1
            while node >= 0:
                goes = x[int(feature[node])] <= threshold[node]
                node = int(left[node] if goes else right[node])
            total[row, number % CLASSES] += leaf[-1 - node]
    total -= total.max(axis=1, keepdims=True)
    proba = np.exp(total)
    return proba / proba.sum(axis=1, keepdims=True)

def mutated(text, random):
    lines = text.split("\\n")
    end = lines.index("end of trees")
    for _ in range(random.integers(1, 3)):
        # Nodes, leaves and head more often than what nobody reads.
        at, kind = int(random.integers(0, end + 2)), random.integers(0, 8)
        key, _, value = lines[at].partition("=")
        words = value.split(" ")
        if kind < 4:
            place = random.integers(0, len(words))
            words[place] = WORDS[random.integers(0, len(WORDS))]
            lines[at] = f"{key}={' '.join(words)}"
        elif kind == 4:
            lines[at] = f"{key}={' '.join(random.permutation(words))}"
        elif kind == 5:
            lines[at] = ""
        elif kind == 6:
            other = int(random.integers(0, end))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            place = random.integers(0, len(lines[at]) + 1)
            lines[at] = lines[at][:place] + chr(random.integers(32, 127)) + lines[at][place + 1:]
    return "\\n".join(lines)

model, X = grown()
text, X = model.boosters_[0].model_to_string(), X[:20]
assert np.allclose(walked(text, X), model.predict_proba(X), atol=1e-12)
told = {"refused": 0, "loaded": 0}
for seed in range(int(sys.argv[1])):
    changed = mutated(text, np.random.default_rng(seed))
    try:
        sound = _tree_text.read(changed, classes=CLASSES, columns=COLUMNS)
    except _tree_text.UnsoundTreesError:
        told["refused"] += 1
        continue
    found = lightgbm.Booster(model_str=sound.text()).predict(X, num_threads=1)
    assert np.allclose(found, walked(changed, X), atol=1e-12), seed
    told["loaded"] += 1
print(json.dumps(told))
"""


def test_no_mutation_crashes_or_predicts_what_its_text_doesn_t_say() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MUTATIONS, "400"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["refused"] + told["loaded"] == 400
    assert min(told.values()) > 50, told
