"""What an extraction computes: which sets, of which pieces of a clip."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.audio import SETS
from harness.audio._clip import Clip
from harness.audio._feature_set import FeatureSet
from harness.audio.decode import Skipped, judge_samples
from harness.errors import UsageError
from harness.registry import unknown

# Of any setting: beyond it something else was meant.
MOST = 1 << 20
# Goes up when clips are decoded, cut or resampled in another way.
DECODING = 1


@dataclass(frozen=True)
class AudioPlan:
    """Feature sets by name, and how clips are cut.

    Attributes
    ----------
    features : tuple of str
        Names of feature sets.
    segment : float, optional
        Seconds of the pieces that each clip is cut into; a rest that is shorter is left out.
    seconds : float, optional
        How much of each clip, from its start, the sets see that need a fixed length.
    settings : mapping
        Of a set's name to its parameters that aren't as usual, such as ``{"mel": {"bands": 128}}``.
    """

    features: tuple[str, ...]
    segment: float | None = None
    seconds: float | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        # To a worker go names; it makes the sets, which hold functions, for itself.
        return AudioPlan, (self.features, self.segment, self.seconds, self.settings)

    @cached_property
    def sets(self) -> tuple[FeatureSet, ...]:
        """The sets themselves, settled.

        Raises
        ------
        UsageError
            Where a name is unknown or given twice, or pieces are too short for a set.
        """
        if not self.features:
            raise UsageError("names no feature set", where="--features", todo=_known())
        if doubled := sorted({n for n in self.features if self.features.count(n) > 1}):
            raise UsageError(f"names {doubled[0]} twice", where="--features")
        if others := [name for name in self.settings if name not in self.features]:
            raise UsageError(f"{others[0]} is not among the features", where="--set")
        made = [self._made(name) for name in self.features]
        if self.seconds is not None:
            fixed = [name for name in self.features if "seconds" in settings_of(name)]
            if self.segment is not None or not fixed:
                why = "segments have a length" if fixed else "these sets take clips of any length"
                raise UsageError(
                    f"means nothing here: {why}",
                    where=f"--seconds {self.seconds:g}",
                    todo="leave it out",
                )
        if self.segment is not None:
            for one in made:
                if one.seconds > self.segment + 1e-9:
                    raise UsageError(
                        f"{one.name} needs {one.seconds:.2f} s at least",
                        where=f"--segment {self.segment:g}",
                        todo="cut longer pieces, or leave that set out",
                    )
        return tuple(made)

    def _made(self, name: str) -> FeatureSet:
        given = dict(self.settings.get(name, {}))
        length = self.segment if self.segment is not None else self.seconds
        if "seconds" in settings_of(name) and length is not None:
            given["seconds"] = length
        one: FeatureSet = SETS.load(name).make(**given)
        return one

    @property
    def shortest(self) -> float:
        """The seconds that a clip must have."""
        return max(self.segment or 0.0, *(one.seconds for one in self.sets))

    def digest(self, one: FeatureSet) -> str:
        """Short hash of all that the values of a set depend on beside the file."""
        return one.digest(segment=self.segment, decoding=DECODING)

    def rows(self, clip: Clip) -> list[list[NDArray[np.float32]]]:
        """Of each piece the row of every set; rows of NaN where a piece can't be used."""
        return [self._row(piece) for piece in self.pieces(clip)]

    def _row(self, piece: Clip) -> list[NDArray[np.float32]]:
        blank = [np.full(one.width, np.nan, np.float32) for one in self.sets]
        try:
            judge_samples(piece.samples, piece.seconds)
            # What is no number is found below; numpy need not say so as well.
            with np.errstate(all="ignore"):
                rows = [one.compute(piece) for one in self.sets]
        except Skipped:
            return blank
        return rows if all(np.isfinite(row).all() for row in rows) else blank

    def pieces(self, clip: Clip) -> list[Clip]:
        """The clip's pieces: itself, or its whole segments."""
        if self.segment is None:
            return [clip]
        size = round(self.segment * clip.rate)
        starts = range(0, len(clip.samples) - size + 1, size)
        return [Clip(clip.samples[at : at + size], clip.rate) for at in starts]


def settings_of(name: str) -> dict[str, int | float | str]:
    """What can be set of a feature set, and its defaults."""
    parameters = inspect.signature(SETS.load(name).make).parameters
    return {one: parameter.default for one, parameter in parameters.items()}


def read_settings(pairs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """``["mel.bands=128"]`` as settings; numbers are above 0, words are left to the set.

    Raises
    ------
    UsageError, UnknownNameError
        Where a pair isn't SET.NAME=VALUE, a name is unknown, or a value can't be taken.
    """
    settings: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        place, equals, text = pair.partition("=")
        one, dot, name = place.strip().partition(".")
        if not (equals and dot):
            raise UsageError(
                "is not SET.NAME=VALUE", where=f"--set {pair}", todo="such as --set mel.bands=128"
            )
        known = settings_of(one)
        if name not in known:
            raise unknown(f"setting of {one}", name, known or ["none"])
        settings.setdefault(one, {})[name] = _value(text, known[name], pair)
    return settings


def with_weights(
    features: Sequence[str], settings: Mapping[str, Mapping[str, Any]], source: Path
) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """Settings with the pretrained weights of a folder or wheel, and notes on these weights.

    Weights are brought into the cache; settings name them by their hash.

    Raises
    ------
    UsageError
        Where no set has any use for them.
    HarnessError
        Where they can't be taken.
    """
    takers = [name for name in features if hasattr(SETS.load(name), "take_weights")]
    if not takers:
        raise UsageError(
            "means nothing here: none of the features needs weights",
            where=f"--weights {source}",
            todo="leave it out",
        )
    found: dict[str, Mapping[str, Any]] = dict(settings)
    notes: list[str] = []
    for name in takers:
        found[name], said = SETS.load(name).take_weights(source, settings.get(name, {}))
        notes += said
    return found, tuple(notes)


def _value(text: str, default: Any, pair: str) -> Any:
    if isinstance(default, str):
        return text.strip()
    kind: Callable[[str], Any] = type(default)
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not 0 < value < MOST:
        what = "a whole number" if isinstance(default, int) else "a number"
        raise UsageError(f"takes {what} above 0", where=f"--set {pair}", todo="see --help")
    return value


def _known() -> str:
    return f"known: {', '.join(SETS.names())}"
