"""The built-in competitions, and how a folder becomes one.

`find` is what every command begins with: ``find(Path("data"))`` gives the `Competition` there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.competitions._find import find as find


def __getattr__(name: str) -> Any:
    # On demand: the package's members are listed without loading what reads them.
    if name == "find":
        from harness.competitions._find import find

        return find
    raise AttributeError(name)
