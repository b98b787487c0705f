"""Which key of `competition.toml` says whether a file has a header: readers know only the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.competitions._spec import Spec
from harness.errors import DataError

_ADVICE = re.compile(r"`header = (true|false)` in competition\.toml")


def header_keys(spec: Spec) -> dict[Path, str]:
    """The files that `spec` names, and the key of each."""
    named = [
        (spec.train, "[train] header"),
        (spec.test, "[test] header"),
        (spec.labels, "[train] labels_header"),
        (spec.train_ids, "[train] ids_header"),
        (spec.test_ids, "[test] ids_header"),
        (spec.groups.file if spec.groups else None, "[groups] header"),
    ]
    keys: dict[Path, str] = {}
    for name, key in named:
        if name is not None:
            keys.setdefault(spec.path(name), key)
    return keys


@contextmanager
def naming_keys(keys: Mapping[Path, str]) -> Iterator[None]:
    """Let a reader's advice about a header say which key to set, so that it can be followed."""
    try:
        yield
    except DataError as problem:
        for path, key in keys.items():
            if problem.todo and problem.where and problem.where.startswith(str(path)):
                problem.todo = _ADVICE.sub(rf"`{key} = \1` in competition.toml", problem.todo)
                break
        raise
