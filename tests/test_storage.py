"""Saved pipelines: the same bits back, nothing run, nothing half-written."""

from __future__ import annotations

import copy
import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.svm import SVC
from worlds import small

from harness import _skops, storage
from harness.competition import Competition
from harness.errors import EntryError, FileProblem
from harness.prepare import pipeline, reducers, samplers, scalers
from harness.storage import load_pipeline, save_pipeline
from harness.zoo import _members

pytestmark = pytest.mark.machine


@pytest.fixture(scope="module")
def competition() -> Competition:
    """90 rows with a missing cell and a text column."""
    made = small(rows=90)
    made.X[4, 2] = np.nan
    made.X[:, 5] = np.arange(90) % 4
    object.__setattr__(made, "text", {5: ("a", "b", "c", "d")})
    return made


def fit(competition: Competition, model: Any = None, **choice: Any) -> Any:
    """A fitted pipeline."""
    if model is None:
        model = _members.make("logistic", {}, seed=0)
    return pipeline.build(competition, model, **choice).fit(competition.X, competition.y)


@pytest.fixture
def saved(competition: Competition, tmp_path: Path) -> Path:
    """A saved forest of three trees."""
    model = _members.make("forest", {"n_estimators": 3}, seed=0)
    save_pipeline(fit(competition, model), tmp_path / "saved")
    return tmp_path / "saved"


def same_bits(built: Any, folder: Path, X: np.ndarray) -> bool:
    """Whether a pipeline, saved and loaded, predicts the same bytes."""
    save_pipeline(built, folder)
    return load_pipeline(folder).predict_proba(X).tobytes() == built.predict_proba(X).tobytes()


@pytest.mark.parametrize("name", scalers.SCALERS)
def test_every_scaler(name: str, competition: Competition, tmp_path: Path) -> None:
    assert same_bits(fit(competition, scaler=name), tmp_path / "p", competition.X)


@pytest.mark.parametrize("row", reducers.REDUCERS.values(), ids=reducers.REDUCERS.keys())
def test_every_reducer(row: Any, competition: Competition, tmp_path: Path) -> None:
    text = row.example.split(" or ")[0].replace("20", "3").replace("50", "3")
    assert same_bits(fit(competition, reducer=text), tmp_path / "p", competition.X)


@pytest.mark.parametrize("name", samplers.SAMPLERS)
def test_every_sampler_is_left_out(name: str, competition: Competition, tmp_path: Path) -> None:
    assert same_bits(fit(competition, balance=name), tmp_path / "p", competition.X)
    steps = dict(load_pipeline(tmp_path / "p").steps)
    assert "sampler" not in steps
    assert "Balanced" not in type(steps["model"]).__name__


@pytest.mark.parametrize("name", ["lda", "qda", "svm", "forest", "knn", "hist-gb", "naive-bayes"])
def test_the_same_model_gives_the_same_bytes(
    name: str, competition: Competition, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        built = fit(competition, _members.make(name, {}, seed=0), scaler="quantile")
        # Other addresses: what a model is saved as must not tell where it stood in memory.
        save_pipeline(copy.deepcopy(built), tmp_path / folder)
    files = [p.relative_to(tmp_path / "one") for p in sorted((tmp_path / "one").rglob("*.*"))]
    assert Path("steps.skops") in files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_array_in_two_places_stays_one_array(tmp_path: Path) -> None:
    values = np.arange(5.0)
    data = _skops.settled(skops.io.dumps({"first": values, "second": values, "bytes": b"abc"}))
    back = skops.io.loads(data)
    assert back["first"] is back["second"]
    np.testing.assert_array_equal(back["first"], values)
    assert back["bytes"] == b"abc"


@pytest.mark.parametrize("method", ["sigmoid", "temperature"])
def test_calibrated_classifiers(method: str, competition: Competition, tmp_path: Path) -> None:
    model = CalibratedClassifierCV(SVC(), method=method, cv=2)
    assert same_bits(fit(competition, model), tmp_path / "p", competition.X)


def test_weights_around_a_model_with_its_own_format(
    competition: Competition, tmp_path: Path
) -> None:
    built = fit(competition, _members.make("lightgbm", {"n_estimators": 5}, seed=0),
                balance="weights")  # fmt: skip
    assert same_bits(built, tmp_path / "p", competition.X)
    assert (tmp_path / "p" / "model" / "trees.txt").is_file()


def test_it_predicts_labels_and_keeps_what_it_was_told(
    competition: Competition, tmp_path: Path
) -> None:
    built = fit(competition)
    save_pipeline(built, tmp_path / "p", about={"fold": 3})
    loaded = load_pipeline(tmp_path / "p")
    np.testing.assert_array_equal(loaded.predict(competition.X), built.predict(competition.X))
    assert loaded.classes_.tolist() == [0, 1, 2]
    assert loaded.about["fold"] == 3
    assert loaded.notes == ()


def test_no_file_holds_a_pickle(saved: Path) -> None:
    inside = zipfile.ZipFile(saved / "steps.skops").namelist()
    assert {Path(name).suffix for name in inside} == {".json", ".npy"}


def test_a_folder_that_holds_something_stays_as_it_is(
    competition: Competition, saved: Path
) -> None:
    before = {path: path.read_bytes() for path in saved.iterdir()}
    with pytest.raises(FileProblem):
        save_pipeline(fit(competition), saved)
    assert {path: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


def test_a_failure_while_writing_leaves_nothing(
    competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "write_json", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(FileProblem):
        save_pipeline(fit(competition), tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_couldn_t_be_loaded_is_not_saved(
    competition: Competition, tmp_path: Path
) -> None:
    with pytest.raises(EntryError, match="holds types that aren't loaded"):
        save_pipeline(fit(competition, HistGradientBoostingClassifier(max_iter=2)), tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["pipeline.json", "steps.skops"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "one byte"])
def test_damage_is_one_clear_error(saved: Path, name: str, damage: str) -> None:
    path = saved / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]
        path.write_bytes({"empty": b"", "cut": data[:middle], "one byte": flipped}[damage])
    with pytest.raises(EntryError, match=r"can't be loaded .*\n.*fit the entry again"):
        load_pipeline(saved)


def test_a_file_that_doesn_t_belong_is_an_error(saved: Path) -> None:
    (saved / "model").mkdir()
    (saved / "model" / "extra.keras").touch()
    with pytest.raises(EntryError, match=r"not part of it: model/extra\.keras"):
        load_pipeline(saved)


def test_another_format_is_named(saved: Path) -> None:
    about = json.loads((saved / "pipeline.json").read_text())
    (saved / "pipeline.json").write_text(json.dumps(about | {"format": 99}))
    with pytest.raises(EntryError, match="its format is 99"):
        load_pipeline(saved)


def test_other_versions_are_noted(saved: Path) -> None:
    about = json.loads((saved / "pipeline.json").read_text())
    about["versions"]["scikit-learn"] = "0.1"
    (saved / "pipeline.json").write_text(json.dumps(about))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "saved with scikit-learn 0.1" in load_pipeline(saved).notes[0]


def swap(saved: Path, change: Callable[[bytes], bytes]) -> None:
    """Alter the steps as somebody would who also alters their sum."""
    path = saved / "steps.skops"
    path.write_bytes(change(path.read_bytes()))
    about = json.loads((saved / "pipeline.json").read_text())
    about["files"]["steps.skops"] = storage._sum(path)
    (saved / "pipeline.json").write_text(json.dumps(about))


def rewritten(data: bytes, edit: Callable[[str], str]) -> bytes:
    """A skops file with its schema edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, edit(content.decode()) if name == "schema.json" else content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("subprocess", "Popen"),
        ("numpy", "memmap"),
        ("harness.storage", "save_pipeline"),
        ("harness.prepare.pipeline", "build"),
        ("harness.zoo._members", "make"),
        ("harness.zoo.nothing", "Forest"),
        ("harness.zoo.forest.inner", "Forest"),
        ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"),
    ],
)
def test_a_type_that_isn_t_on_the_list_is_refused(saved: Path, module: str, name: str) -> None:
    swap(
        saved,
        lambda data: rewritten(
            data,
            lambda text: text.replace('"harness.zoo.forest"', f'"{module}"').replace(
                '"Forest"', f'"{name}"'
            ),
        ),
    )
    with pytest.raises(EntryError, match="aren't loaded: .*" + name):
        load_pipeline(saved)


def test_something_that_is_no_step_is_refused(saved: Path) -> None:
    swap(saved, lambda _: skops.io.dumps(["a", "b", "c", "d"]))
    with pytest.raises(EntryError, match="a str in place of a step"):
        load_pipeline(saved)


@pytest.mark.parametrize("field", ["left_child", "feature"])
def test_a_tree_that_leads_out_of_itself_is_refused(
    competition: Competition, tmp_path: Path, field: str
) -> None:
    built = fit(competition, _members.make("forest", {"n_estimators": 2}, seed=0))
    tree = built[-1].estimators_[1].tree_
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][0] = 10_000
    tree.__setstate__(state)
    save_pipeline(built, tmp_path / "p")
    with pytest.raises(EntryError, match="links that lead outside"):
        load_pipeline(tmp_path / "p")


@pytest.mark.parametrize(
    "path", ["os:system", "harness.zoo.forest:Forest", "harness.prepare._weights:BalancedWeights"]
)
def test_a_model_class_that_isn_t_one_is_refused(saved: Path, path: str) -> None:
    about = json.loads((saved / "pipeline.json").read_text())
    (saved / "pipeline.json").write_text(json.dumps(about | {"model": path}))
    with pytest.raises(EntryError):
        load_pipeline(saved)
