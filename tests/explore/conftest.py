"""What the tests of exploring share."""

from __future__ import annotations

import pytest
import toys

from harness.explore.write import Written, write_exploration


@pytest.fixture(scope="session")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The exploration of the competition with every kind of picture and bad names; read only."""
    return write_exploration(toys.evil(), tmp_path_factory.mktemp("evil"))
