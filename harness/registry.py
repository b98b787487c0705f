"""Names to members, without importing them.

Two kinds of registry, one rule: a member is a file or a row.

- `Files`: the members are the modules of a package; a file's name is the member's name
  (``extra_trees.py`` is ``extra-trees``), its docstring's first line the summary. Neither listing
  nor refusing a name imports anything.
- a plain ``dict`` of rows: `lookup` gives the row or the same did-you-mean answer.
"""

from __future__ import annotations

import ast
import difflib
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from harness.errors import UnknownNameError

Row = TypeVar("Row")


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """The answer to a name nobody bears: the nearest names, then all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    did_you_mean = f"did you mean {' or '.join(near)}? " if near else ""
    return UnknownNameError(
        f"no {kind} is called {name!r}", todo=f"{did_you_mean}known: {', '.join(names)}"
    )


def lookup(kind: str, name: str, rows: Mapping[str, Row]) -> Row:
    """The row called `name`; raises `UnknownNameError` naming the known ones."""
    try:
        return rows[name]
    except KeyError:
        raise unknown(kind, name, rows) from None


class Files:
    """The modules of a package as members.

    Parameters
    ----------
    kind : str
        What a member is called in messages, such as ``"model"``.
    package : str
        Dotted name of the package, such as ``"harness.zoo"``.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self.folder = Path(__file__).parent.joinpath(*package.split(".")[1:])

    def names(self) -> tuple[str, ...]:
        """All members' names, sorted; files that start with ``_`` are shared parts, not members."""
        stems = (p.stem for p in self.folder.glob("*.py") if not p.stem.startswith("_"))
        return tuple(sorted(stem.replace("_", "-") for stem in stems))

    def summary(self, name: str) -> str:
        """First line of the member's docstring, read without importing it."""
        path = self.folder / f"{self._stem(name)}.py"
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        return doc.partition("\n")[0]

    def stated(self, name: str, variable: str) -> Any:
        """What the member's file assigns to `variable` as a literal, read without importing it.

        None where it assigns nothing; ValueError where that isn't a literal.
        """
        path = self.folder / f"{self._stem(name)}.py"
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and variable in map(
                ast.unparse, statement.targets
            ):
                return ast.literal_eval(statement.value)
        return None

    def load(self, name: str) -> ModuleType:
        """Import the member; raises `UnknownNameError` naming the known ones."""
        return importlib.import_module(f"{self.package}.{self._stem(name)}")

    def _stem(self, name: str) -> str:
        names = self.names()
        if name not in names:
            raise unknown(self.kind, name, names)
        return name.replace("-", "_")


def resolve(path: str) -> Any:
    """The object at ``"module:attribute"``, imported when asked for and not before."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
