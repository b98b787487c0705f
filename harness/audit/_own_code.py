"""The user's own Python: ``module:name``, imported from the working directory, anew for each run.

Running it is what the user asks for. It is imported anew so that nothing it keeps at module level
(a cache, a model) lives from one run to the next: what it then does is decided by its arguments.
"""

from __future__ import annotations

import importlib
import inspect
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from harness.errors import DataError, HarnessError, UsageError


class OwnCode:
    """An object of the user's, by name.

    Parameters
    ----------
    path : str
        ``"module:name"``.
    option : str
        The option that it was given with, for messages.

    Raises
    ------
    UsageError
        When there is no such module or name.
    """

    def __init__(self, path: str, *, option: str) -> None:
        self.path, self.option = path, option
        self.module, colon, self.name = path.partition(":")
        if not (self.module and colon and self.name):
            raise UsageError(
                f"{path!r} is not of the form module:name",
                where=option,
                todo="such as my_model:MyClassifier, for a class in my_model.py here",
            )
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        # Imported before, by whoever: it is to start anew all the same.
        known = sys.modules.get(self.module)
        self._brought = [self.module] if known is not None and _is_users(known) else []
        self.load()

    def load(self) -> Any:
        """The object, its module freshly imported."""
        for name in self._brought:
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        before = set(sys.modules)
        try:
            with self.talking():
                module = importlib.import_module(self.module)
        except ModuleNotFoundError as problem:
            if problem.name != self.module.partition(".")[0] and problem.name != self.module:
                raise self.raised(problem) from problem
            raise UsageError(
                f"there is no module {self.module!r} here",
                where=f"{self.option} {self.path}",
                todo=f"stand where {self.module.replace('.', '/')}.py is, or install it",
            ) from problem
        # Only modules that came with it and lie here: libraries stay, they are slow to load.
        new = {name: sys.modules[name] for name in set(sys.modules) - before}
        self._brought = [name for name, one in new.items() if _is_users(one)]
        try:
            return getattr(module, self.name)
        except AttributeError as problem:
            names = [name for name in vars(module) if not name.startswith("_")]
            raise UsageError(
                f"{self.module} has no {self.name!r}",
                where=f"{self.option} {self.path}",
                todo=f"it has {', '.join(names[:12])}",
            ) from problem

    def raised(self, problem: BaseException) -> DataError:
        """What to say of an exception in the user's code."""
        return DataError(
            f"raised {type(problem).__name__}: {problem}",
            where=f"{self.option} {self.path}",
            todo="run it again with --debug to see where",
        )

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Run the user's code: what it prints goes to stderr, what it raises is said in a line."""
        try:
            with redirect_stdout(sys.stderr):
                yield
        except (HarnessError, ModuleNotFoundError):
            raise
        # Leaving Python (sys.exit) is no answer either.
        except (Exception, SystemExit) as problem:
            raise self.raised(problem) from problem


def set_generators(luck: int) -> None:
    """Set the generators that anybody may draw from: Python's, numpy's, TensorFlow's if loaded."""
    random.seed(luck)
    np.random.seed(luck)  # noqa: NPY002  (the one that others draw from)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].random.set_seed(luck)


def estimator_of(made: Any, code: OwnCode, *, seed: int) -> Any:
    """An unfitted estimator from a class, an instance, or a function that makes one.

    A class with a `random_state` gets `seed`.

    Raises
    ------
    UsageError
        For anything else, and for estimators that can't be cloned.
    """
    from sklearn.base import clone

    if isinstance(made, type):
        seeded = "random_state" in inspect.signature(made).parameters
        with code.talking():
            made = made(random_state=seed) if seeded else made()
    elif not hasattr(made, "fit") and callable(made):
        with code.talking():
            made = made()
    if not hasattr(made, "fit") or not (hasattr(made, "predict") or hasattr(made, "predict_proba")):
        raise UsageError(
            f"{type(made).__name__} has no fit and predict",
            where=f"{code.option} {code.path}",
            todo="name a scikit-learn classifier: a class, an instance, or a function without "
            "arguments that makes one; a whole cross-validation goes with --function",
        )
    if not hasattr(made, "get_params"):
        raise UsageError(
            f"{type(made).__name__} has no get_params, so that no fold can have a new one",
            where=f"{code.option} {code.path}",
            todo="derive it from sklearn.base.BaseEstimator, and only store in __init__",
        )
    try:
        return clone(made)
    except (TypeError, RuntimeError) as problem:
        raise UsageError(
            f"can't be cloned ({str(problem).splitlines()[0]})",
            where=f"{code.option} {code.path}",
            todo="derive it from sklearn.base.BaseEstimator, and only store in __init__",
        ) from problem


def takes(function: Callable[..., Any], argument: str) -> bool:
    """Whether a function can be given an argument of this name."""
    try:
        return argument in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _is_users(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    if file is None:
        return False
    path = Path(file).resolve()
    return path.is_relative_to(Path.cwd().resolve()) and not (
        {"site-packages", "dist-packages"} & set(path.parts)
        or module.__name__.partition(".")[0] == "harness"
    )
