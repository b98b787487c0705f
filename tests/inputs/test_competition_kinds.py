"""What kind of competition it is comes first: served, or refused by its kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from corpus import Case, Corpus, judge
from made import Made, Truth, make

CASES = Corpus()
NUMBER = r"(?i:regress|a number to predict|predicts? (?:a )?numbers?|numbers? to predict)"
MANY = (
    r"(?i)several (?:labels|classes|columns)|multi-?label|more than one (?:label|class)|"
    r"(?:labels|classes) (?:a|in|per|to) "
)
# Advice that sends the user of another kind of competition in a circle.
CIRCLE = r"(?!.*name another column)"


def _predict(to: Path, values: list[str], cell: str, label: str = "price") -> None:
    """A label column of these values, and a sample that holds `cell`."""
    made = make(label=label)
    made.train[label] = values
    made.sample = {"id": made.test["id"], label: [cell] * 60}
    made.write(to)


def _numbers(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).gamma(3, 60_000, 150)


@CASES.refused(CIRCLE + ".*" + NUMBER)
def house_prices(to: Path) -> None:
    _predict(to, [f"{v:.0f}" for v in _numbers()], "169277.0524984")


@CASES.refused(CIRCLE + ".*" + NUMBER)
def house_prices_with_a_sample_of_zeros(to: Path) -> None:
    _predict(to, [f"{v:.2f}" for v in _numbers()], "0")


@CASES.refused(CIRCLE + ".*" + NUMBER)
def rings_of_a_shell(to: Path) -> None:
    """29 whole numbers, and a mean in the sample: to be predicted as a number."""
    ages = [str(int(v) % 27 + 3) for v in _numbers()]
    _predict(to, ages, "9.707", "Rings")


@CASES.refused(CIRCLE + ".*" + NUMBER)
def sales_of_a_day(to: Path) -> None:
    _predict(to, [f"{v / 1000:.1f}" for v in _numbers()], "52.25", "sales")


@CASES.refused(CIRCLE + ".*" + NUMBER)
def shares_between_0_and_1(to: Path) -> None:
    _predict(to, [f"{v / (v + 150_000):.4f}" for v in _numbers()], "0.5", "engagement")


@CASES.refused(CIRCLE + f".*(?:{NUMBER}|2 columns.*several answers)")
def two_numbers_to_predict(to: Path) -> None:
    made = make(label="energy")
    made.train["energy"] = [f"{v / 7e5:.4f}" for v in _numbers()]
    made.train["gap"] = [f"{v / 3e5:.4f}" for v in _numbers(4)]
    made.sample = {"id": made.test["id"], "energy": ["0.1779"] * 60, "gap": ["1.8892"] * 60}
    made.write(to)


@CASES.refused(CIRCLE + ".*" + NUMBER)
def a_number_without_a_sample(to: Path) -> None:
    made = make(label="target")
    made.train["target"] = [f"{v:.3f}" for v in _numbers()]
    made.write(to)


@CASES.either(r"target|probabilit")
def area_under_the_curve(to: Path) -> Truth:
    """Twenty times as many of one class, a sample of 0.5."""
    made = make(("0", "1"))
    return made.write(to, made.one("1"))


@CASES.either(r"p_yes|probabilit|sample_submission")
def a_probability_column_with_another_name(to: Path) -> Truth:
    made = make(("no", "yes"), label="subscribed")
    truth = made.one("yes", "p_yes")
    truth.header = ["id", "p_yes"]
    return made.write(to, truth)


@CASES.either(r"(?i)several|five|\b5\b|map|ranked|top")
def five_clusters_in_a_cell(to: Path) -> Truth:
    """An hotel's cluster: the five likeliest, apart by spaces."""
    made = make(("91", "41", "48", "64", "65", "5"), label="hotel_cluster")
    return made.write(to, made.ranks("91", "41", "48", "64", "65"))


@CASES.either(r"(?i)several|three|\b3\b|map|ranked|top")
def three_names_apart_by_commas(to: Path) -> Truth:
    made = make(("ant", "bee", "fly", "wasp"), label="species")
    return made.write(to, made.ranks("ant", "bee", "fly", separator=","))


@CASES.refused(MANY)
def tags_in_one_cell(to: Path) -> None:
    made = make(("clear primary", "haze primary water", "cloudy", "clear road"), label="tags")
    rng = np.random.default_rng(2)
    words = np.array(["clear", "haze", "cloudy", "road", "water", "primary"])
    made.train["tags"] = [
        " ".join(sorted(rng.permutation(words)[: row % 3 + 1])) for row in range(150)
    ]
    made.sample = {
        "image_name": made.test["id"],
        "tags": ["primary clear agriculture road water"] * 60,
    }
    for part in (made.train, made.test):
        part["image_name"] = part.pop("id")
    made.write(to)


def _indicators(made: Made, exclusive: bool) -> Truth:
    """A column of 0 and 1 a class in place of the label, and a sample of 0.5 each."""
    truth = made.proba()
    y = made.train.pop(made.label)
    for k, name in enumerate(made.classes):
        made.train[name] = [
            str(int(c == name or (not exclusive and (row + k) % 3 == 0))) for row, c in enumerate(y)
        ]
    made.sample |= {name: ["0.5"] * 60 for name in made.classes}
    return truth


@CASES.refused(MANY)
def toxic_and_obscene(to: Path) -> None:
    made = make(("toxic", "obscene", "threat", "insult"))
    _indicators(made, exclusive=False)
    made.write(to)


@CASES.either(r"(?i)one-?hot|one column of|a column (?:a|per|for (?:each|every)) class|indicator")
def healthy_rust_or_scab(to: Path) -> Truth:
    made = make(("healthy", "multiple_diseases", "rust", "scab"), id="image_id")
    return made.write(to, _indicators(made, exclusive=True))


@CASES.right()
def quality_from_3_to_8(to: Path) -> Truth:
    made = make(("3", "4", "5", "6", "7", "8"), label="quality", rows=240)
    return made.write(to, made.labels(first="5"))


@CASES.refused(
    r"(?i)several answers|(?:two|2|several|more than one|both) (?:labels|targets|columns of labels)"
)
def two_labels_at_once(to: Path) -> None:
    made = make(label="color")
    made.train["shape"] = [("round", "square")[row % 2] for row in range(150)]
    made.sample = {"id": made.test["id"], "color": ["red"] * 60, "shape": ["round"] * 60}
    made.write(to)


@CASES.refused(r"(?i)EncodedPixels|several|numbers|values|segment|list")
def pixels_of_a_mask(to: Path) -> None:
    made = make(label="EncodedPixels", id="ImageId")
    made.train["EncodedPixels"] = [f"{i * 31} {i % 7 + 1} {i * 31 + 99} 4" for i in range(150)]
    made.sample = {"ImageId": made.test["ImageId"], "EncodedPixels": ["1 1"] * 60}
    made.write(to)


@CASES.refused(r"(?i)one class|single class|only class|same (?:label|value)|two classes|2 classes")
def a_single_class(to: Path) -> None:
    made = make(label="target")
    made.train["target"] = ["red"] * 150
    made.labels()
    made.write(to)


@CASES.refused(r"(?i)box|several|PredictionString|values|list")
def boxes_in_a_string(to: Path) -> None:
    made = make(label="PredictionString", id="patientId")
    boxes = [f"0.9 {i * 3} {i * 5} {i + 20} {i + 31}" for i in range(150)]
    made.train["PredictionString"] = boxes
    made.sample = {
        "patientId": made.test["patientId"],
        "PredictionString": ["0.5 0 0 100 100"] * 60,
    }
    made.write(to)


@CASES.right(steps=((r"--label score", ("--label", "score")),))
def essays_scored_with_halves(to: Path) -> Truth:
    """Scores 1, 1.5, 2, 2.5: classes as they stand, or a number to predict."""
    made = make(("1.0", "1.5", "2.0", "2.5"), label="score")
    return made.write(to, made.labels(first="2.0"))


@pytest.mark.parametrize("case", CASES.parameters())
def test_kinds_of_competitions(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
