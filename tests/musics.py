"""Collections of music in miniature, in the exact layout of their files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

# (kind, name) of the columns of FMA's tracks.csv behind the first.
TRACK_COLUMNS = (
    *(("album", name) for name in ("comments", "date_created", "id", "title", "type")),
    *(("artist", name) for name in ("bio", "id", "name")),
    *(("set", name) for name in ("split", "subset")),
    *(("track", name) for name in ("bit_rate", "genre_top", "genres", "genres_all", "title")),
)
# (genre_id, tracks, parent, title, top_level): two roots, three levels.
GENRES = (
    (12, 9, 0, "Rock", 12),
    (25, 5, 12, "Punk", 12),
    (66, 5, 12, "Krautrock", 12),
    (85, 3, 25, "Garage", 12),
    (21, 9, 0, "Hip-Hop", 21),
    (100, 3, 21, "Alternative Hip-Hop", 21),
)
FAMILIES = (("chroma_stft", 12), ("mfcc", 20), ("zcr", 1))
STATISTICS = ("kurtosis", "max", "mean", "median", "min", "skew", "std")


def fma_tracks() -> list[dict[str, Any]]:
    """Twenty tracks; every fifth has roots of both kinds and no top genre."""
    found = []
    for k in range(20):
        rock, both = k % 2 == 0, k % 5 == 4
        genres = [12, 25, 85] if rock else [21, 100]
        found.append(
            {
                "id": 2 + 3 * k,
                "artist": k // 3,
                "split": ("training", "training", "validation", "test")[k % 4],
                "subset": ("small", "small", "medium", "large")[k // 5],
                "top": "" if both else ("Rock" if rock else "Hip-Hop"),
                "genres": sorted({*genres, 12, 21}) if both else genres,
            }
        )
    return found


def fma(folder: Path, *, without_features: Sequence[int] = (), seed: int = 0) -> Path:
    """FMA's three tables: three header lines, four, and one."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = fma_tracks()
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["", *(kind for kind, _ in TRACK_COLUMNS)])
        lines.writerow(["", *(name for _, name in TRACK_COLUMNS)])
        lines.writerow(["track_id", *("" for _ in TRACK_COLUMNS)])
        for one in tracks:
            told = {
                ("artist", "bio"): '<p>Lines,\nand "more" of them</p>',
                ("artist", "id"): one["artist"],
                ("set", "split"): one["split"],
                ("set", "subset"): one["subset"],
                ("track", "genre_top"): one["top"],
                ("track", "genres"): str(one["genres"][-1:]),
                ("track", "genres_all"): str(one["genres"]),
            }
            lines.writerow([one["id"], *(told.get(column, "") for column in TRACK_COLUMNS)])
    with (folder / "genres.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["genre_id", "#tracks", "parent", "title", "top_level"])
        lines.writerows(GENRES)
    columns = [
        (family, statistic, f"{number + 1:02d}")
        for family, count in FAMILIES
        for statistic in STATISTICS
        for number in range(count)
    ]
    rng = np.random.default_rng(seed)
    with (folder / "features.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        for at, name in enumerate(("feature", "statistics", "number")):
            lines.writerow([name, *(column[at] for column in columns)])
        lines.writerow(["track_id", *("" for _ in columns)])
        for one in tracks:
            values = rng.normal(size=len(columns)) + 2 * (one["top"] == "Rock")
            if one["id"] not in without_features:
                lines.writerow([one["id"], *(f"{value:.6f}" for value in values)])
    return folder


def magnatune(folder: Path, *, genre: bool = False) -> Path:
    """MagnaTagATune's clips and tags: quoted cells, tabs between them; without audio."""
    folder.mkdir(parents=True, exist_ok=True)
    head = ["clip_id", "track_number", "title", "artist", "album", "url"]
    head += ["segmentStart", "segmentEnd", "original_url", "mp3_path"]
    tags = ["no voice", "classical", "rock", "jazz"]
    clips, given = [], []
    for k in range(12):
        artist, own = f"Artist {k // 2}", ("classical", "rock")[k // 2 % 2]
        path = f"{k % 3:x}/{artist.lower().replace(' ', '_')}-album-{k}-0-29.mp3"
        row = [2 + k, 1, f"Title {k}", artist, "Album", "http://", 0, 29, "http://", path]
        clips.append([*row, *([own] if genre else [])])
        # Clip 10 has two genres, clip 11 none.
        has = {own} | ({"jazz", "rock"} if k == 10 else set())
        given.append([2 + k, *(int(tag in has and k != 11) for tag in tags), path])
    tables = {"clip_info_final.csv": [head + (["genre"] if genre else []), *clips]}
    if not genre:
        tables["annotations_final.csv"] = [["clip_id", *tags, "mp3_path"], *given]
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL).writerows(rows)
    return folder


def gtzan_plus(folder: Path, genres: Sequence[str], *, clips: int = 3) -> Path:
    """The one CSV of 26 features that clips' features are appended to."""
    folder.mkdir(parents=True, exist_ok=True)
    head = "filename chroma_stft rmse spectral_centroid spectral_bandwidth rolloff"
    names = [*head.split(), "zero_crossing_rate", *(f"mfcc{k}" for k in range(1, 21)), "label"]
    rng = np.random.default_rng(0)
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(names)
        for genre in genres:
            for k in range(clips):
                lines.writerow([f"{genre}.{k:05d}.wav", *rng.normal(size=26).round(5), genre])
    return folder


def touch(path: Path) -> Path:
    """An empty file, where only its being there matters."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path
