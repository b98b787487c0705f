"""GTZAN: a table of librosa's features for each clip of 30 s or 3 s; the song is the group."""

from __future__ import annotations

from pathlib import Path

from harness.competitions._first_line import first_line
from harness.competitions._spec import BlockSpec, GroupSpec, LeaderboardSpec, Spec, SplitSpec

LONG, SHORT = "features_30_sec.csv", "features_3_sec.csv"
GENRES = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)
# blues.00000.wav and its tenth part blues.00000.3.wav are the song blues.00000.
SONG = r"^([a-z]+\.\d+)\."
SPLIT = {part: f"split/fault_filtered_{part}.txt" for part in ("train", "valid", "test")}
# (block, first column, last column); the coefficients stand as mean and variance in turn.
BLOCKS = (
    ("chroma", "chroma_stft_mean", "chroma_stft_var", None),
    ("spectral", "rms_mean", "tempo", None),
    ("mfcc", "mfcc1_mean", "mfcc20_var", (20, 2)),
)


def recognise(place: Path) -> Spec | None:
    """The spec of a folder with a features CSV, or of that CSV itself."""
    if place.is_file():
        return _spec(place.parent, place.name, ()) if _is_features(place) else None
    found = [name for name in (LONG, SHORT) if _is_features(place / name)]
    if not found:
        return None
    both = f"{LONG} was taken, not {SHORT}; --data {place / SHORT} takes the other one"
    return _spec(place, found[0], (both,) if len(found) > 1 else ())


def _is_features(path: Path) -> bool:
    names = (first_line(path) or "").split(",")
    return names[0] == "filename" and "chroma_stft_mean" in names and names[-1] == "label"


def _spec(root: Path, train: str, notes: tuple[str, ...]) -> Spec:
    names = (first_line(root / train) or "").split(",")
    # The published split lists whole songs; a song's parts of 3 s are found by their group. It also
    # lists jazz.00054, a damaged file that some tables leave out.
    split = all((root / path).is_file() for path in SPLIT.values())
    return Spec(
        root=root,
        name="gtzan" if train != SHORT else "gtzan-3s",
        title="GTZAN: music genres",
        train=train,
        header=True,
        id_column="filename",
        label_column="label",
        drop=("length",) if "length" in names else (),
        classes=GENRES,
        groups=GroupSpec(pattern=SONG),
        split=SplitSpec(files=tuple(SPLIT.items()), absent=True) if split else None,
        blocks=tuple(
            BlockSpec(block, first=first, last=last, shape=shape)
            for block, first, last, shape in BLOCKS
            if first in names and last in names
        ),
        leaderboards=(
            LeaderboardSpec("accuracy", id_header="filename", label_header="label"),
            LeaderboardSpec("logloss", id_header="filename", class_headers=GENRES),
        ),
        notes=notes,
    )
