"""A walk through the museum."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

from harness.competition import Competition
from harness.errors import DataError
from harness.evaluate._planting import sample
from harness.museum._exhibit import Exhibit
from harness.registry import Files

EXHIBITS = Files("exhibit", "harness.museum")
# More rows make the walk longer, not the leaks clearer.
MOST_ROWS = 5000


def tour(
    competition: Competition, names: Sequence[str] = (), *, seed: int = 0
) -> Iterator[Exhibit]:
    """Show the exhibits called `names`, else all, one after the other.

    An exhibit that the data can't show says why.

    Raises
    ------
    UnknownNameError
        Naming the exhibits there are.
    """
    rooms = [(name, EXHIBITS.load(name)) for name in names or EXHIBITS.names()]
    given = sample(competition, MOST_ROWS, fewest=20, seed=seed)
    for name, room in rooms:
        with warnings.catch_warnings():
            # What is wrong on purpose may well fail to converge.
            warnings.simplefilter("ignore")
            try:
                exhibit = room.show(given, seed=seed)
            except DataError as problem:
                exhibit = Exhibit(name, absent=problem.what)
        yield exhibit
