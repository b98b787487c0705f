"""Keras classifiers on disk: weights in a ``.keras`` file, the rest in JSON.

Loading rebuilds the net from this project's own code and takes nothing but weights from the file:
no layer, function or class that a file names is ever looked up.
"""

from __future__ import annotations

import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from harness import ordinary
from harness.atomic import replacing, write_json
from harness.errors import EntryError, FileProblem

MODEL, ABOUT = "model.keras", "about.json"
FORMAT = 1
# Of the files in the archive: the earliest that a zip can say.
DATE = (1980, 1, 1, 0, 0, 0)
METADATA, CONFIG = "metadata.json", "config.json"
# Hyper-parameters that aren't settings: objects of the user's, with code of their own.
NOT_SAVED = ("callbacks",)


def save(model: Any, folder: Path) -> None:
    """Write a fitted `KerasClassifier` into `folder`."""
    params = {k: v for k, v in model.get_params(deep=False).items() if k not in NOT_SAVED}
    if not isinstance(params["random_state"], int | np.integer):
        params["random_state"] = None
    classes = model.classes_
    if classes.dtype == object:
        # Plain text; a label of any other kind would come back as something else.
        classes = np.array([str(label) for label in classes])
    about = {
        "format": FORMAT,
        "kind": type(model).__name__,
        "settings": params,
        "classes": classes.tolist(),
        "classes_dtype": classes.dtype.str,
        "columns": model.n_features_in_,
        "column_names": getattr(model, "feature_names_in_", np.array([])).tolist(),
        "history": model.history_,
        "kept_epoch": model.kept_epoch_,
        "notes": list(model.notes_),
    }
    text = json.dumps(about, default=_plain)
    with replacing(folder / MODEL) as part, warnings.catch_warnings():
        # Keras 3.15 hands its variables to numpy 2 in a way that numpy is about to give up.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        with _temporary_in(folder):
            model.model_.save(part)
        _settle(part)
    write_json(folder / ABOUT, json.loads(text))


@contextmanager
def _temporary_in(folder: Path) -> Iterator[None]:
    """Have temporary files made in `folder`: Keras makes some, and a killed run leaves them.

    There they go with the half-written model; in the system's folder nobody would remove them.
    """
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def load(kind: Any, folder: Path) -> Any:
    """The classifier of class `kind` in `folder`."""
    try:
        about = json.loads(ordinary.read_text(folder / ABOUT))
        if (about["format"], about["kind"]) != (FORMAT, kind.__name__):
            raise ValueError(f"holds a {about['kind']}, format {about['format']}")
        settings = {k: tuple(v) if isinstance(v, list) else v for k, v in about["settings"].items()}
        model = kind(**settings)
        model._plan()
        model.classes_ = np.array(about["classes"], dtype=np.dtype(about["classes_dtype"]))
        model.n_features_in_ = int(about["columns"])
        if about["column_names"]:
            model.feature_names_in_ = np.array(about["column_names"], dtype=object)
        model.history_ = about["history"]
        model.kept_epoch_ = int(about["kept_epoch"])
        model.notes_ = tuple(about["notes"])
        net = model.checked_network(model.n_features_in_, len(model.classes_), 0)
        net.load_weights(folder / MODEL)
    except FileNotFoundError as problem:
        raise FileProblem(
            "no saved model here", where=str(problem.filename or folder), todo="fit it again"
        ) from problem
    except Exception as problem:
        # Zip, HDF5 and Keras each have their own ways of saying that a file is damaged.
        first_line = str(problem).strip().partition("\n")[0]
        raise EntryError(
            f"the saved model can't be read ({type(problem).__name__}: {first_line})",
            where=str(folder),
            todo="fit it again",
        ) from problem
    model.model_ = net
    return model


def _settle(path: Path) -> None:
    """Rewrite a ``.keras`` file so that the same net gives the same bytes whenever it is saved.

    Keras dates it, and tells parts that layers share by their addresses in memory: they get numbers
    in the order in which they come.
    """
    with zipfile.ZipFile(path) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    about = json.loads(parts[METADATA])
    about.pop("date_saved", None)
    parts[METADATA] = json.dumps(about).encode()
    numbers: dict[bytes, int] = {}

    def number(found: re.Match[bytes]) -> bytes:
        return b"%s%d" % (found[1], numbers.setdefault(found[2], len(numbers) + 1))

    parts[CONFIG] = re.sub(rb'("shared_object_id": )(\d+)', number, parts[CONFIG])
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(zipfile.ZipInfo(name, DATE), data)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} can't be saved as JSON")
