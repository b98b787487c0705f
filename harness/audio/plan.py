"""What an extraction computes: which sets, of which pieces of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from harness.audio import SETS
from harness.audio._clip import Clip
from harness.audio._feature_set import FeatureSet
from harness.errors import UsageError


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
    """

    features: tuple[str, ...]
    segment: float | None = None
    seconds: float | None = None

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
        made = []
        for name in self.features:
            make = SETS.load(name).make
            takes = "seconds" in make.__annotations__
            length = self.segment if self.segment is not None else self.seconds
            made.append(make(seconds=length) if takes and length is not None else make())
        if self.segment is not None:
            for one in made:
                if one.seconds > self.segment + 1e-9:
                    raise UsageError(
                        f"{one.name} needs {one.seconds:.2f} s at least",
                        where=f"--segment {self.segment:g}",
                        todo="cut longer pieces, or leave that set out",
                    )
        return tuple(made)

    @property
    def shortest(self) -> float:
        """The seconds that a clip must have."""
        return max(self.segment or 0.0, *(one.seconds for one in self.sets))

    def digest(self, one: FeatureSet) -> str:
        """Short hash of all that the values of a set depend on beside the file."""
        return one.digest(segment=self.segment)

    def pieces(self, clip: Clip) -> list[Clip]:
        """The clip's pieces: itself, or its whole segments."""
        if self.segment is None:
            return [clip]
        size = round(self.segment * clip.rate)
        starts = range(0, len(clip.samples) - size + 1, size)
        return [Clip(clip.samples[at : at + size], clip.rate) for at in starts]


def _known() -> str:
    return f"known: {', '.join(SETS.names())}"
