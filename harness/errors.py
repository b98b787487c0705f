"""The exception tree. Every error says what is wrong, where, and what to do next.

Each class also inherits what callers of ordinary Python code already catch
(`ValueError`, `LookupError`, `OSError`), so that library users need not know this file.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_FAULTS_SHOWN = 20


class HarnessError(Exception):
    """Something the user can put right.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    where : str, optional
        The file, row, column or option it is about; printed in front.
    todo : str, optional
        The next step, as an instruction; printed on a line of its own.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, todo: str | None = None) -> None:
        self.what = what
        self.where = where
        self.todo = todo
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  {self.todo}" if self.todo else head


class UsageError(HarnessError, ValueError):
    """An option or argument that can't be taken as it is (exit 2)."""

    exit_code = 2


class UnknownNameError(UsageError, LookupError):
    """A name that no member of a registry bears."""


class DataError(HarnessError, ValueError):
    """Files that don't hold what they should."""


class FaultsError(DataError):
    """Several faults of one file, all reported at once."""

    def __init__(
        self, faults: Sequence[str], *, where: str | None = None, todo: str | None = None
    ) -> None:
        self.faults = tuple(faults)
        shown = list(self.faults[:MOST_FAULTS_SHOWN])
        if len(self.faults) > len(shown):
            shown.append(f"... and {len(self.faults) - len(shown)} more")
        if len(shown) == 1:
            what = shown[0]
        else:
            what = f"{len(self.faults)} faults" + "".join(f"\n  - {fault}" for fault in shown)
        super().__init__(what, where=where, todo=todo)


class FileProblem(DataError, OSError):
    """A file that can't be read or written at all."""

    # OSError's own __str__ would drop the message.
    __str__ = HarnessError.__str__


class EntryError(HarnessError, ValueError):
    """An entry that is missing, damaged or doesn't fit the competition."""


class SubmissionError(FaultsError):
    """A submission file that the grader would refuse."""
