"""Audio files become rows of features."""

from __future__ import annotations

from harness.registry import Files

SETS = Files("feature set", "harness.audio.sets")
"""Feature sets: a file each, its name the set's name on the command line."""

__all__ = ["SETS"]
