"""Which rows a system learns from: those that the user gives, else what can stand in.

A given folder is taken as the competition that it is, where it offers what the rows need; else its
audio is extracted. Rows for which nothing given will do come from what is made here.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness import folders
from harness.atomic import write_text
from harness.audio.listing import Song, find_songs
from harness.competition import Competition
from harness.competitions import demo
from harness.competitions._find import SPEC, find_spec
from harness.competitions._load import load
from harness.competitions._parse import read_spec
from harness.competitions._spec import Spec
from harness.competitions._write import to_toml
from harness.errors import DataError, HarnessError
from harness.extract import extract
from harness.systems import _music
from harness.systems._given import absolute, offers, seconds_of
from harness.systems._system import Effort, Music, Rows, System, World

Say = Callable[[str], None]

CHOSEN = "chosen.csv"
# Of given audio at small effort.
MOST_SONGS = 60
# Songs of each genre that are made for predicting alone.
NEW_SONGS = 1


@dataclass(frozen=True)
class Found:
    """Rows that a system's models learn from.

    Attributes
    ----------
    name : str
        The `Rows` they are.
    competition : Competition
    data : Path
        The folder, or file, that finds it again.
    told : str
        What these rows are, for people.
    stands_in : bool
        Whether they were made here.
    """

    name: str
    competition: Competition
    data: Path
    told: str
    stands_in: bool


class Finder:
    """Finds a system's rows, each extraction made once.

    Parameters
    ----------
    given : sequence of Path
        What the user names.
    out : Path
        Where extractions and made data go.
    say : callable
        Told what is being done.

    Raises
    ------
    UsageError
        For a folder that isn't there, or is empty.
    """

    def __init__(
        self, system: System, given: Sequence[Path], out: Path, effort: Effort, seed: int, say: Say
    ) -> None:
        self.system, self.given = system, tuple(given)
        # Made otherwise, they are other data.
        self.out = out / "data" / f"{effort}-{seed}"
        self.effort, self.seed, self.say = effort, seed, say
        self.used: set[Path] = set()
        folders.refuse_nothing(self.given, "--data")

    def all(self) -> dict[str, Found]:
        """Every `Rows` of the system, by name.

        Raises
        ------
        DataError
            When a folder was given in vain.
        """
        found = {rows.name: self._found(rows) for rows in self.system.rows}
        if lost := [place for place in self.given if place not in self.used]:
            wanted = ", ".join(sorted({rows.takes for rows in self.system.rows}))
            raise DataError(
                "holds nothing that this system could learn from",
                where=f"--data {lost[0]}",
                todo=f"name audio, or a competition with what it takes: {wanted}",
            )
        return found

    def unseen(self) -> list[tuple[str, Path]]:
        """Made songs that no model has seen: genre and file; none where audio was given."""
        if self.given or not isinstance(self.system.stand_in, Music):
            return []
        music = self.system.stand_in
        folder = self.out / "unseen"
        _music.make(
            folder,
            genres=music.genres,
            songs=NEW_SONGS,
            seconds=music.seconds[self.effort],
            seed=self.seed,
            first=music.songs[self.effort],
        )
        return [(path.parent.name, path) for path in sorted(folder.rglob("*.wav"))]

    def _found(self, rows: Rows) -> Found:
        for place in self.given:
            for take in (self._as_it_is, self._of_audio):
                found = take(rows, place)
                if found is not None:
                    self.used.add(place)
                    return found
        return self._made(rows)

    def _as_it_is(self, rows: Rows, place: Path) -> Found | None:
        """A competition that offers what the rows need, its columns narrowed."""
        try:
            spec = find_spec(place)
        except DataError:
            return None
        competition = load(spec)
        if not offers(competition, rows):
            return None
        return self._narrowed(rows, spec, competition, place, f"{place} ({competition.name})")

    def _of_audio(self, rows: Rows, place: Path) -> Found | None:
        """What is extracted of a folder of audio."""
        try:
            songs = find_songs(place).songs
        except HarnessError:
            return None
        listed, said = self._chosen(songs, place)
        return self._extracted(rows, listed, f"audio of {place}{said}", songs, stands_in=False)

    def _made(self, rows: Rows) -> Found:
        given = self.system.stand_in
        if isinstance(given, World):
            return self._demo(rows, given)
        songs, seconds = given.songs[self.effort], given.seconds[self.effort]
        # Of other sizes they would be another collection.
        folder = self.out / f"made-{given.genres}x{songs}x{seconds:g}s"
        if not folder.is_dir():
            self.say(f"making music: {given.genres} genres of {songs} songs of {seconds:g} s")
        source = _music.make(
            folder,
            genres=given.genres,
            songs=songs,
            seconds=seconds,
            seed=self.seed,
            split=given.split,
        )
        told = f"made music: {given.genres} genres of {songs} songs of {seconds:g} s"
        return self._extracted(rows, source, told, find_songs(source).songs, stands_in=True)

    def _demo(self, rows: Rows, world: World) -> Found:
        folder = self.out / "demo"
        if not (folder / SPEC).is_file():
            self.say("making the demo world")
            demo.make(
                folder,
                seed=self.seed,
                train_rows=world.train_rows[self.effort],
                test_rows=world.test_rows[self.effort],
            )
        competition = load(read_spec(folder / SPEC))
        told = f"the demo: a made world of {len(competition.y)} training rows and known answers"
        return Found(rows.name, competition, folder, told, stands_in=True)

    def _extracted(
        self, rows: Rows, source: Path, told: str, songs: Sequence[Song], *, stands_in: bool
    ) -> Found:
        settings = {name: dict(rows.settings.get(name, {})) for name in rows.features}
        if self.effort == "small":
            for name, values in rows.small.items():
                settings[name] |= values
        settings = {name: values for name, values in settings.items() if values}
        folder = self.out / "extracted" / "-".join(rows.features)
        if not (folder / SPEC).is_file():
            self.say(f"extracting {', '.join(rows.features)} of {len(songs)} clips")
        made = extract(
            source,
            folder,
            features=rows.features,
            settings=settings,
            seconds=seconds_of(rows, songs),
            root=Path(os.path.commonpath([song.path.parent.resolve() for song in songs]))
            if source.name == CHOSEN
            else None,
            allow_skipped=True,
        )
        spec, said = read_spec(folder / SPEC), ", ".join(rows.features)
        if made.skipped:
            said += f"; {made.skipped} clips couldn't be used"
        found = self._narrowed(rows, spec, made.competition, folder, f"{told}: {said}")
        return replace(found, stands_in=stands_in)

    def _chosen(self, songs: Sequence[Song], place: Path) -> tuple[Path, str]:
        """Some of each genre at small effort, as a list in the output folder."""
        of: dict[str, list[Song]] = defaultdict(list)
        for song in songs:
            if song.label:
                of[song.label].append(song)
        most = MOST_SONGS if self.effort == "small" else len(songs)
        if max(map(len, of.values()), default=0) <= most and place.is_dir():
            return place, ""
        random = np.random.default_rng(self.seed)
        kept: list[Song] = []
        for label in sorted(of):
            chosen = random.permutation(len(of[label]))[:most]
            kept += [of[label][k] for k in sorted(chosen)]
        root = Path(os.path.commonpath([song.path.parent.resolve() for song in songs]))
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["path", "label", "group", "split"])
        for song in kept:
            name = song.path.resolve().relative_to(root).as_posix()
            lines.writerow([name, song.label, song.group, song.split])
        write_text(self.out / CHOSEN, text.getvalue())
        some = f", {len(kept)} of {len(songs)} clips" if len(kept) < len(songs) else ""
        return self.out / CHOSEN, some

    def _narrowed(
        self, rows: Rows, spec: Spec, competition: Competition, place: Path, told: str
    ) -> Found:
        """The competition with the columns that the rows name alone, where it has any of them."""
        wanted = [c for c in competition.columns if rows.columns and re.fullmatch(rows.columns, c)]
        if not wanted or len(wanted) == len(competition.columns):
            return Found(rows.name, competition, place, told, stands_in=False)
        told += f", {len(wanted)} of its {len(competition.columns)} columns"
        dropped = tuple(c for c in competition.columns if c not in set(wanted))
        narrow = replace(
            absolute(spec), drop=(*spec.drop, *dropped), blocks=(), source="", notes=()
        )
        folder = self.out / rows.name
        write_text(folder / SPEC, to_toml(narrow, heading=[f"Of {place}: some of its columns."]))
        return Found(rows.name, load(read_spec(folder / SPEC)), folder, told, stands_in=False)
