"""A description that doesn't lie beside its files: its paths reach back to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.competitions._spec import Spec


def moved(spec: Spec, folder: Path) -> Spec:
    """`spec` as it is written into another folder.

    A path stays relative where it lies in that folder; all others become absolute: what is
    relative may not leave the description's folder.
    """
    home = folder.resolve()

    def path(text: str) -> str:
        found = spec.path(text).resolve()
        return found.relative_to(home).as_posix() if found.is_relative_to(home) else str(found)

    def maybe(text: str | None) -> str | None:
        return None if text is None else path(text)

    groups, split, answers = spec.groups, spec.split, spec.answers
    return replace(
        spec,
        root=folder,
        train=path(spec.train),
        train_ids=maybe(spec.train_ids),
        labels=maybe(spec.labels),
        test=maybe(spec.test),
        test_ids=maybe(spec.test_ids),
        groups=groups and replace(groups, file=maybe(groups.file)),
        split=split
        and replace(split, files=tuple((part, path(file)) for part, file in split.files)),
        leaderboards=tuple(
            replace(board, sample=maybe(board.sample)) for board in spec.leaderboards
        ),
        answers=answers and replace(answers, labels=path(answers.labels)),
    )
