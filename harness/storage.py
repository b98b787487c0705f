"""Fitted pipelines on disk, without pickle: nothing in the files can run code when they are loaded.

A saved pipeline is a folder:

- ``pipeline.json``: what it is (kind of each step, versions, SHA-256 of every file);
- ``steps.skops``: the scikit-learn steps, in skops' format (a zip of JSON and npy);
- ``model/``: the model in its own format, where it has one (`save` and `load`: LightGBM's text,
  ``.keras``).

Loading believes nothing. Sums are compared (against damage: whoever alters a file can alter its sum
too). Every type named in ``steps.skops`` is held against a list before any of them is made:
scikit-learn's public estimators, the few private types below, and estimators of this package.
Decision trees are checked for links that lead outside of them, because scikit-learn follows those
without looking; so are boosted trees, and LightGBM's text (`harness.zoo._tree_text`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.tree._tree import Tree

from harness import _skops, ordinary
from harness.atomic import cannot_write, write_json
from harness.competition import FloatMatrix, Labels, Probabilities
from harness.errors import EntryError
from harness.prepare._weights import BalancedWeights
from harness.zoo._flat_trees import FlatTrees

FORMAT = 1
ABOUT, STEPS, MODEL = "pipeline.json", "steps.skops", "model"
PACKAGES = ("numpy", "scikit-learn", "skops", "lightgbm", "keras", "tensorflow")

# Parts of fitted estimators that skops doesn't trust by itself.
PRIVATE_TYPES = frozenset(
    {
        "sklearn.tree._tree.Tree",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
    }
)
# Where estimators of this package may come from.
OWN_PACKAGES = ("harness.prepare", "harness.zoo")


class SavedPipeline:
    """A loaded pipeline: it predicts, and can't be fitted again.

    Attributes
    ----------
    classes_ : int array
        The class codes that columns of probabilities stand for.
    steps : list of (name, fitted transformer or classifier)
    about : mapping
        As ``pipeline.json`` holds it.
    notes : tuple of str
        Versions that have changed since it was saved.
    """

    def __init__(
        self, steps: list[tuple[str, Any]], about: Mapping[str, Any], notes: tuple[str, ...]
    ) -> None:
        self.steps = steps
        self.about = about
        self.notes = notes
        self.classes_: Labels = np.asarray(steps[-1][1].classes_)

    def predict_proba(self, X: FloatMatrix) -> Probabilities:
        """Probabilities of raw rows; float64, shape (n, K), columns in the order of `classes_`.

        The same bits as the pipeline that was saved, on the same machine.
        """
        rows: Any = X
        for _, step in self.steps[:-1]:
            rows = step.transform(rows)
        return self.steps[-1][1].predict_proba(rows)

    def predict(self, X: FloatMatrix) -> Labels:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def save_pipeline(pipeline: Any, folder: Path, *, about: Mapping[str, Any] | None = None) -> None:
    """Write a fitted pipeline into the new folder `folder`, which appears whole or not at all.

    Samplers are left out, class weights and selections among pipelines unwrapped: they have no part
    in predicting.

    Parameters
    ----------
    pipeline : fitted imblearn or scikit-learn Pipeline
    folder : Path
        Must not exist, or be empty.
    about : mapping, optional
        More for ``pipeline.json``; must be fit for JSON.

    Raises
    ------
    EntryError
        When a step holds a type that `load_pipeline` would refuse.
    FileProblem
        When the folder can't be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    except OSError as problem:
        raise cannot_write(folder, problem) from problem
    try:
        _fill(pipeline, part, about or {})
        part.chmod(0o755)
        # Onto an empty folder this succeeds, onto a full one it doesn't.
        part.rename(folder)
    except OSError as problem:
        raise cannot_write(folder, problem) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def load_pipeline(folder: Path) -> SavedPipeline:
    """The pipeline that `save_pipeline` wrote.

    Raises
    ------
    EntryError
        When a file is missing, damaged, altered, or names a type that isn't on the list. Nothing
        of it was run.
    """
    try:
        about = json.loads(ordinary.read_text(folder / ABOUT))
        if about["format"] != FORMAT:
            raise ValueError(f"its format is {about['format']!r}, this harness reads {FORMAT}")
        _compare_sums(folder, about["files"])
        with warnings.catch_warnings():
            # Said in `notes` instead.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            steps = _read_steps(folder / STEPS)
        names = list(about["steps"])
        if about["model"] is not None:
            steps.append(_class_of(about["model"]).load(folder / MODEL))
        return SavedPipeline(
            list(zip(names, steps, strict=True)), about, _changed(about["versions"])
        )
    except EntryError:
        raise
    # A damaged or crafted file can make the parsers raise nearly anything.
    except Exception as problem:
        raise _refused(folder, f"{type(problem).__name__}: {problem}") from problem


def _fill(pipeline: Any, folder: Path, about: Mapping[str, Any]) -> None:
    import skops.io

    whole = list(pipeline.steps)
    while hasattr(whole[-1][1], "best_pipeline_"):
        # A selection among pipelines: the one that it chose.
        whole[-1:] = whole[-1][1].best_pipeline_.steps
    steps = [
        (name, step)
        for name, step in whole
        if step not in (None, "passthrough") and not hasattr(step, "fit_resample")
    ]
    names, kept = [name for name, _ in steps], [step for _, step in steps]
    while isinstance(kept[-1], BalancedWeights):
        kept[-1] = kept[-1].estimator_
    own = None
    if hasattr(kept[-1], "save"):
        model = kept.pop()
        own = f"{type(model).__module__}:{type(model).__qualname__}"
        _class_of(own)
        model.save(folder / MODEL)
    dumped = _skops.settled(skops.io.dumps(kept))
    _trusted(dumped)
    (folder / STEPS).write_bytes(dumped)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(
        folder / ABOUT,
        {
            **about,
            "format": FORMAT,
            "steps": names,
            "model": own,
            "versions": _versions(),
            "files": {path.relative_to(folder).as_posix(): _sum(path) for path in files},
        },
    )


def _read_steps(path: Path) -> list[Any]:
    import skops.io

    data = ordinary.read_bytes(path)
    steps = skops.io.loads(data, trusted=_trusted(data))
    if not isinstance(steps, list):
        raise ValueError(f"{STEPS} holds no list of steps")
    for step in steps:
        if not isinstance(step, BaseEstimator):
            raise ValueError(f"{STEPS} holds a {type(step).__name__} in place of a step")
    _check_trees(steps, set())
    return steps


def _trusted(data: bytes) -> list[str]:
    """The types in a skops file that it doesn't trust by itself, if each of them is on the list."""
    import skops.io

    named = skops.io.get_untrusted_types(data=data)
    refused = [name for name in named if name not in PRIVATE_TYPES and not _is_own(name)]
    if refused:
        raise EntryError(
            f"{STEPS} holds types that aren't loaded: {', '.join(refused)}",
            todo="fit it again; a model of your own with such parts needs `save` and `load`",
        )
    return named


def _is_own(name: str) -> bool:
    """Whether `name` is an estimator class of this package."""
    module, _, attribute = name.rpartition(".")
    if not module.startswith(tuple(f"{package}." for package in OWN_PACKAGES)):
        return False
    try:
        if find_spec(module) is None:
            return False
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    return (
        isinstance(found, type) and issubclass(found, BaseEstimator) and found.__module__ == module
    )


def _class_of(path: str) -> Any:
    """The model class at ``"module:class"``, which must be one of the zoo's with its own format."""
    module, _, name = path.partition(":")
    if not module.startswith("harness.zoo.") or not _is_own(f"{module}.{name}"):
        raise EntryError(f"{path} is no model of the zoo", todo="fit it again")
    found = getattr(import_module(module), name)
    if not callable(getattr(found, "load", None)):
        raise EntryError(f"{path} can be saved but not loaded", todo="give it a `load(folder)`")
    return found


def _check_trees(thing: Any, seen: set[int]) -> None:
    """Raise ValueError where a decision tree links to nodes or columns that don't exist."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Tree):
        _check_tree(thing)
    elif isinstance(thing, FlatTrees):
        thing.check()
    elif isinstance(thing, Mapping):
        for inner in thing.values():
            _check_trees(inner, seen)
    elif isinstance(thing, (list, tuple)) or (
        isinstance(thing, np.ndarray) and thing.dtype == object
    ):
        for inner in thing:
            _check_trees(inner, seen)
    elif hasattr(thing, "__dict__"):
        _check_trees(vars(thing), seen)


def _check_tree(tree: Any) -> None:
    here = np.arange(tree.node_count)
    left, right = tree.children_left, tree.children_right
    leaf = left == -1
    if not np.array_equal(leaf, right == -1):
        raise ValueError("a decision tree has half a leaf")
    # Children stand behind their parent, so that every walk ends.
    good = leaf | (
        (left > here)
        & (right > here)
        & (left < tree.node_count)
        & (right < tree.node_count)
        & (tree.feature >= 0)
        & (tree.feature < tree.n_features)
    )
    if not good.all():
        raise ValueError("a decision tree has links that lead outside of it")


def _sum(path: Path) -> str:
    return hashlib.sha256(ordinary.read_bytes(path)).hexdigest()


def _compare_sums(folder: Path, sums: Mapping[str, str]) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    there.discard(ABOUT)
    if missing := sorted(set(sums) - there):
        raise ValueError(f"missing: {', '.join(missing)}")
    if more := sorted(there - set(sums)):
        raise ValueError(f"not part of it: {', '.join(more)}")
    for name, expected in sums.items():
        if _sum(folder / name) != expected:
            raise ValueError(f"{name} has changed since it was written")


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _changed(saved: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"saved with {package} {saved[package]}, loaded with {now}: predictions may differ"
        for package, now in _versions().items()
        if package in saved and saved[package] != now
    )


def _refused(folder: Path, why: str) -> EntryError:
    return EntryError(
        f"the saved pipeline can't be loaded ({why})",
        where=str(folder),
        todo="nothing of it was run; fit the entry again",
    )
