"""Whether a score was earned on rows whose kin had been trained on."""

from __future__ import annotations

from harness.competition import Competition
from harness.errors import DataError, UsageError
from harness.evaluate import splits


def leak_of(competition: Competition, split: str) -> str:
    """Why the scores of `split` can't be expected on new rows; "" where nothing speaks against it.

    It is what `harness.evaluate.splits.refuse_leak` refuses: such folds are made only where the
    user insists (``--allow-leak``).

    Parameters
    ----------
    split : str
        As ``--split`` names it. One that isn't known tells nothing.
    """
    try:
        splits.refuse_leak(competition, split)
    except UsageError:
        return ""
    except DataError as refused:
        if competition.groups is None:
            return refused.what
        return "rows of one group stood on both sides"
    return ""
