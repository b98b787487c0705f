"""The job `extract`: audio files in, a competition's folder out.

What is computed of each file is kept under ``extracted`` in the output folder: an extraction that
was stopped goes on where it was, and sets can be added later without computing the others again.
The competition's own files are written at the end, `competition.toml` as the last of them.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import ordinary
from harness._extracted import MANIFEST, Row, write_competition
from harness.atomic import write_text
from harness.audio.listing import Choice, Song, find_songs
from harness.audio.plan import AudioPlan, with_weights
from harness.audio.store import sweep
from harness.audio.work import Bench, Outcome
from harness.audio.workers import run
from harness.competition import Competition
from harness.competitions import fma
from harness.competitions._find import SPEC, STORE
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.errors import DataError, FaultsError, FileProblem, UsageError
from harness.folders import locked
from harness.threads import cores

SKIPPED = "skipped.csv"
MOST_SKIPPED, MOST_SKIPPED_OF_A_CLASS = 0.01, 0.05
EXAMPLES = 3


@dataclass(frozen=True)
class Extracted:
    """An extraction that was made.

    Attributes
    ----------
    path : Path
    competition : Competition
        As it loads.
    files, fresh, skipped : int
        Audio files there are, those computed now, and those that couldn't be used.
    pieces_left_out : int
        Segments of good files that couldn't be used (silence, as a rule).
    notes : tuple of str
        What the user should know of it.
    """

    path: Path
    competition: Competition
    files: int
    fresh: int
    skipped: int
    pieces_left_out: int
    notes: tuple[str, ...]


def extract(
    source: Path,
    out: Path,
    *,
    features: Sequence[str] = ("mlbp264",),
    segment: float | None = None,
    seconds: float | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    weights: Path | None = None,
    root: Path | None = None,
    choice: Choice | None = None,
    jobs: int | None = None,
    allow_skipped: bool = False,
    on_start: Callable[[int], None] = lambda files: None,
    on_file: Callable[[str], None] = lambda name: None,
) -> Extracted:
    """Compute feature sets of audio files and write them as a competition.

    Parameters
    ----------
    source : Path
        A folder with a folder for each genre, a manifest CSV, or a known collection
        (`harness.audio.listing`).
    out : Path
        The competition's folder; one of an earlier extraction goes on from what it holds.
    features : sequence of str
        Names of feature sets; ``fma518`` alone takes the features that FMA brings.
    segment, seconds, settings
        See `AudioPlan`.
    weights : Path, optional
        A folder or wheel of pretrained weights, for sets that need some.
    root : Path, optional
        Where a manifest's, or a collection's, paths start.
    choice : Choice, optional
        Which part of a known collection, and the files of a published split.
    jobs : int, optional
        Processes; as many as there are cores where nothing else is given.
    allow_skipped : bool
        Go on however many files had to be skipped.
    on_start, on_file : callable
        Told how many files there are, and the name of each that is done.

    Raises
    ------
    UsageError
        When an option can't be taken, or `out` holds something else.
    DataError
        When too many files had to be skipped, or none is left; ``skipped.csv`` says why.
    """
    if list(features) == [fma.FEATURE_SET]:
        return _ready_made(source, out, choice or Choice())
    said: tuple[str, ...] = ()
    if weights is not None:
        settings, said = with_weights(features, settings or {}, weights)
    plan = AudioPlan(tuple(features), segment, seconds, settings or {})
    bench = Bench(plan, out / STORE)
    listing = find_songs(source, root, choice)
    songs = listing.songs
    _refuse_other(out, source)
    (out / STORE).mkdir(parents=True, exist_ok=True)
    with locked(out / STORE) as held:
        if held is False:
            raise FileProblem(
                "another extraction is writing there", where=str(out), todo="wait for its end"
            )
        sweep(out / STORE)
        on_start(len(songs))
        outcomes: list[Outcome] = [Outcome("")] * len(songs)
        for at, outcome in run(
            [song.path for song in songs], plan, out / STORE, jobs=jobs or cores()
        ):
            outcomes[at] = outcome
            on_file(songs[at].name)
        left_out = _write_skipped(out / SKIPPED, songs, outcomes, bench)
        _refuse_many(out / SKIPPED, songs, outcomes, allow_skipped, _hint(plan, outcomes))
        rows = _rows(songs, outcomes, left_out, plan)
        # Without it the folder is no competition: nobody reads files of two extractions as one.
        (out / SPEC).unlink(missing_ok=True)
        notes = said + listing.notes + write_competition(out, rows, bench, _name(source))
    competition = load(read_spec(out / SPEC))
    lost = {song.label for song in songs} - {row.label for row in rows} - {""}
    if lost:
        notes += (f"no file of {', '.join(sorted(lost))} can be used: that class is gone",)
    return Extracted(
        out,
        competition,
        len(songs),
        sum(outcome.fresh for outcome in outcomes),
        sum(bool(outcome.why) for outcome in outcomes),
        sum(map(len, left_out.values())),
        notes,
    )


def _ready_made(source: Path, out: Path, choice: Choice) -> Extracted:
    """FMA's own features: nothing is computed."""
    home = fma.home_of(source)
    if home is None:
        raise UsageError(
            "goes with FMA's metadata only",
            where=f"--features {fma.FEATURE_SET}",
            todo="give the folder of tracks.csv, genres.csv and features.csv",
        )
    _refuse_other(out, source)
    (out / STORE).mkdir(parents=True, exist_ok=True)
    (out / SPEC).unlink(missing_ok=True)
    chosen = {"subset": choice.subset, "level": choice.level}
    notes = fma.write(home, out, **{name: value for name, value in chosen.items() if value})
    competition = load(read_spec(out / SPEC))
    return Extracted(out, competition, len(competition.y), 0, 0, 0, notes)


def plan_of(folder: Path) -> AudioPlan:
    """How the rows of an extracted competition were computed, to do the same to other files.

    Raises
    ------
    DataError
        Where the folder holds no extraction.
    """
    path = folder / MANIFEST
    try:
        plan = json.loads(ordinary.read_text(path))["plan"]
        return AudioPlan(
            tuple(plan["features"]), plan["segment"], plan["seconds"], plan["settings"]
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise DataError(
            "doesn't say how its rows were computed",
            where=str(path),
            todo="name a competition's folder that `harness extract` made",
        ) from problem


def _name(source: Path) -> str:
    path = source.resolve()
    return path.stem if path.is_file() else path.name


def _refuse_other(out: Path, source: Path) -> None:
    """Never write into a folder that holds something else."""
    if out.is_file():
        raise UsageError("is a file", where=f"--out {out}", todo="name a folder")
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError("lies within the audio", where=f"--out {out}", todo="name another folder")
    if not out.is_dir() or (out / STORE).is_dir():
        return
    if any(out.iterdir()):
        raise UsageError(
            "is there already, and isn't of an extraction",
            where=f"--out {out}",
            todo="name a new folder",
        )


def _write_skipped(
    path: Path, songs: Sequence[Song], outcomes: Sequence[Outcome], bench: Bench
) -> dict[int, list[int]]:
    """Write the list of what couldn't be used; gives each song's pieces that couldn't."""
    import csv
    import io

    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["path", "sha256", "stage", "error", "seconds"])
    left_out: dict[int, list[int]] = {}
    for at, (song, outcome) in enumerate(zip(songs, outcomes, strict=True)):
        if outcome.why:
            seconds = "" if outcome.seconds is None else f"{outcome.seconds:g}"
            lines.writerow([song.name, outcome.sha256, outcome.stage, outcome.why, seconds])
        elif bench.plan.segment is not None:
            silent = bench.unusable(outcome.sha256)
            if silent:
                left_out[at] = silent
            for piece in silent:
                why = "this segment is silent, or its features are no numbers"
                name = f"{song.name}#{piece}"
                lines.writerow([name, outcome.sha256, "segment", why, f"{bench.plan.segment:g}"])
    write_text(path, text.getvalue())
    return left_out


def _refuse_many(
    path: Path, songs: Sequence[Song], outcomes: Sequence[Outcome], allowed: bool, hint: str
) -> None:
    """Stop where so many files couldn't be used that the rest is another collection."""
    bad = [(song, outcome) for song, outcome in zip(songs, outcomes, strict=True) if outcome.why]
    examples = [f"{song.name} {outcome.why}" for song, outcome in bad[:EXAMPLES]]
    if len(bad) == len(songs):
        raise FaultsError(
            examples,
            where=f"none of the {len(songs)} files can be used",
            todo=hint or f"see {path}",
        )
    if allowed or not bad:
        return
    there, lost = Counter(s.label for s in songs), Counter(s.label for s, _ in bad)
    faults = []
    if len(bad) > MOST_SKIPPED * len(songs):
        faults.append(f"{len(bad)} of {len(songs)} files, and 1 % may be")
    faults += [
        f"{lost[label]} of {there[label]} files of {label or 'no label'}, and 5 % may be"
        for label in sorted(lost)
        if lost[label] > MOST_SKIPPED_OF_A_CLASS * there[label]
    ]
    if faults:
        raise DataError(
            f"too many files can't be used: {'; '.join(faults)}. Such as {'; '.join(examples)}",
            where=str(path),
            todo=f"{hint or 'put them right'}, or --allow-skipped; what was extracted is kept",
        )


def _hint(plan: AudioPlan, outcomes: Sequence[Outcome]) -> str:
    """What to do where most clips are shorter than a set wants."""
    lengths = [o.seconds for o in outcomes if o.why.startswith("is too short") and o.seconds]
    fixed = [one.name for one in plan.sets if "seconds" in one.parameters]
    if len(lengths) <= MOST_SKIPPED * len(outcomes) or not fixed or plan.segment is not None:
        return ""
    least = math.floor(min(lengths))
    return f"--seconds {least} makes {', '.join(fixed)} of the first {least} s" if least else ""


def _rows(
    songs: Sequence[Song],
    outcomes: Sequence[Outcome],
    left_out: dict[int, list[int]],
    plan: AudioPlan,
) -> list[Row]:
    """The competition's rows: songs, or their pieces, in the order of the listing."""
    rows = []
    for at, (song, outcome) in enumerate(zip(songs, outcomes, strict=True)):
        if outcome.why:
            continue
        gone = set(left_out.get(at, ()))
        for piece in range(outcome.pieces):
            if piece in gone:
                continue
            whole = plan.segment is None
            name = song.name if whole else f"{song.name}#{piece}"
            # Pieces of a song may not be parted.
            group = song.group or ("" if whole else song.name)
            rows.append(Row(name, outcome.sha256, piece, song.label, group, song.split))
    return rows
