"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from harness.threads import settle

# The libraries read their thread settings when they are imported: before any test does.
settle()

# The same examples on every run, so that a change is judged by what it changes. New ones:
# python -m pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the project; tests that need it skip where it isn't."""
    if not SHARED.is_dir():
        pytest.skip("no real data beside the project (../shared/data)")
    return SHARED


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's cache, nor takes the user's data folder for its own."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
    for name in ("HARNESS_DATA", "HARNESS_SUBMISSIONS"):
        monkeypatch.delenv(name, raising=False)
