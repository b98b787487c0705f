"""`harness extract`: audio files become a competition."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import _console, _progress
from harness.cli._options import Json


def command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A folder with one folder for each genre, or a manifest CSV: path,label"
            " (and group,split); FMA's or Magnatune's metadata.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="NEW", help="The competition's folder.")],
    features: Annotated[
        str,
        typer.Option(
            "--features",
            metavar="A,B",
            help="Feature sets; see `harness features`; fma518: those FMA brings.",
        ),
    ] = "mlbp264",
    segment: Annotated[
        float | None,
        typer.Option(
            "--segment",
            min=0.1,
            help="Cut clips into pieces of so many seconds; a song's pieces stay together.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            min=0.1,
            help="How much of each clip images and sequences show. Default: what the set says.",
            show_default=False,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SET.NAME=VALUE",
            help="A parameter of a feature set, such as mel.bands=128.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="PATH",
            help="Pretrained weights of musicnn: its wheel, or a folder. Default: those that"
            " `harness weights` keeps.",
            show_default=False,
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            metavar="DIR",
            help="Where a manifest's paths start. Default: its own folder.",
            show_default=False,
        ),
    ] = None,
    split_files: Annotated[
        Path | None,
        typer.Option(
            "--split-files",
            metavar="DIR",
            help="A published split: list files of clips' names for train, valid and test.",
            show_default=False,
        ),
    ] = None,
    subset: Annotated[
        str,
        typer.Option(
            "--subset",
            help="Of FMA: small, medium, large or full. Default: small.",
            show_default=False,
        ),
    ] = "",
    level: Annotated[
        str,
        typer.Option(
            "--level",
            help="Of FMA's genre tree: top, or a depth from 1. Default: top.",
            show_default=False,
        ),
    ] = "",
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            metavar="A,B",
            help="Of Magnatune: the tags that are classes. Default: nine genres.",
            show_default=False,
        ),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes. Default: the cores.", show_default=False),
    ] = None,
    allow_skipped: Annotated[
        bool,
        typer.Option("--allow-skipped", help="Go on however many files can't be used."),
    ] = False,
    json: Json = False,
) -> None:
    """Compute features of audio files; what is done is kept, and never computed twice."""
    from harness.audio.listing import Choice
    from harness.audio.plan import read_settings
    from harness.extract import extract

    settings = read_settings(set_ or [])
    done = total = 0
    with ExitStack() as stack:
        advance = None

        def started(files: int) -> None:
            nonlocal total, advance
            total = files
            advance = stack.enter_context(_progress.folds(files, "extracting"))

        def finished(name: str) -> None:
            nonlocal done
            done += 1
            if advance is not None:
                advance(Path(name).name)

        try:
            made = extract(
                source,
                out,
                features=[name.strip() for name in features.split(",") if name.strip()],
                segment=segment,
                seconds=seconds,
                settings=settings,
                weights=weights,
                root=root,
                choice=Choice(
                    subset=subset,
                    level=level,
                    labels=tuple(one.strip() for one in labels.split(",") if one.strip()),
                    split_files=split_files,
                ),
                jobs=jobs,
                allow_skipped=allow_skipped,
                on_start=started,
                on_file=finished,
            )
        except KeyboardInterrupt:
            stack.close()
            _console.say(f"{done} of {total} files are done; the same command goes on from there")
            raise
    competition = made.competition
    if json:
        _console.print_json(
            {
                "path": made.path,
                "name": competition.name,
                "files": made.files,
                "extracted_now": made.fresh,
                "skipped": made.skipped,
                "segments_left_out": made.pieces_left_out,
                "rows": len(competition.y),
                "test_rows": len(competition.test_ids),
                "features": len(competition.columns),
                "blocks": [block.name for block in competition.blocks],
                "classes": competition.classes,
                "notes": made.notes,
            }
        )
        return
    for note in made.notes:
        _console.say(note)
    tests = f" and {len(competition.test_ids)} test rows" if competition.test_ids else " rows"
    _console.tell(
        f"{made.path}: {len(competition.y)} training{tests}, {len(competition.columns)} features, "
        f"{competition.n_classes} classes"
    )
    known = made.files - made.fresh - made.skipped
    _console.tell(
        f"  {made.files} files: {made.fresh} extracted now, {known} known, {made.skipped} skipped"
    )
    if made.skipped or made.pieces_left_out:
        _console.tell(
            f"  what couldn't be used stands in {made.path / 'skipped.csv'}, with the reason"
        )
    _console.say(f"next: harness fit --data {made.path}")
