"""Which of a folder's files is what; what is packed, foreign or beside the point is told."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.cli.app import main
from harness.competitions._find import SPEC, find
from harness.competitions._new import Description, describe
from harness.errors import DataError, FileProblem

ROWS = [(k, f"{k * 7 % 11}.5", f"{k * 5 % 13}.25", ("red", "blue")[k % 2]) for k in range(40)]


def text(kind: str, delimiter: str = ",") -> str:
    """``train``, ``test``, ``valid`` or ``sample_submission``."""
    rows: dict[str, list[tuple[object, ...]]] = {
        "train": [("id", "x", "y", "colour"), *ROWS[:24]],
        "valid": [("id", "x", "y", "colour"), *ROWS[24:32]],
        "test": [("id", "x", "y"), *(row[:3] for row in ROWS[32:])],
        "sample_submission": [("id", "colour"), *((row[0], "red") for row in ROWS[32:])],
    }
    return "\n".join(delimiter.join(map(str, row)) for row in rows[kind]) + "\n"


def put(folder: Path, *kinds: str, ending: str = ".csv") -> Path:
    for kind in kinds:
        (folder / f"{kind}{ending}").write_text(text(kind))
    return folder


def is_right(made: Description) -> bool:
    competition = made.competition
    assert competition.columns == ("x", "y")
    assert competition.classes == ("blue", "red")
    assert len(competition.y) == 24
    assert competition.test_ids == tuple(str(row[0]) for row in ROWS[32:])
    return bool(competition.board("accuracy").header == ("id", "colour"))


def reasons(made: Description) -> str:
    return "\n".join(f"{one.key} {one.what}: {one.why}" for one in made.reasons)


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


KINDS = ("train", "test", "sample_submission")
PACK = {
    ".csv.gz": lambda kind: gzip.compress(text(kind).encode()),
    ".csv.bz2": lambda kind: bz2.compress(text(kind).encode()),
    ".csv.xz": lambda kind: lzma.compress(text(kind).encode()),
    ".csv.zip": lambda kind: zipped(**{f"{kind}.csv": text(kind)}),
    ".zip": lambda kind: zipped(**{f"{kind}.csv": text(kind)}),
    ".tsv": lambda kind: text(kind, "\t").encode(),
    ".txt": lambda kind: text(kind, "|").encode(),
    ".dat": lambda kind: text(kind, " ").encode(),
    ".CSV": lambda kind: text(kind).encode("utf-16"),
    "": lambda kind: text(kind).encode(),
}


@pytest.mark.parametrize("ending", PACK)
def test_tables_in_every_dress(ending: str, tmp_path: Path) -> None:
    for kind in ("train", "test"):
        (tmp_path / (kind + ending)).write_bytes(PACK[ending](kind))
    put(tmp_path, "sample_submission")
    assert is_right(describe(tmp_path))


def test_lines_of_json(tmp_path: Path) -> None:
    for kind in ("train", "test"):
        lines = [line.split(",") for line in text(kind).splitlines()]
        records = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
        for record in records:
            record |= {name: json.loads(record[name]) for name in ("id", "x", "y")}
        (tmp_path / f"{kind}.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert is_right(describe(put(tmp_path, "sample_submission")))


def test_what_is_there_unpacked_as_well(tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    for kind in KINDS:
        (tmp_path / f"{kind}.csv.zip").write_bytes(PACK[".zip"](kind))
    (tmp_path / "competition.zip").write_bytes(zipped(**{"train.csv": "x", "test.csv": "x"}))
    made = describe(tmp_path)
    assert is_right(made)
    assert "train.csv.zip left out: train.csv is there unpacked" in reasons(made)


def test_one_zip_of_everything_and_its_next_step(tmp_path: Path) -> None:
    path = tmp_path / "colours of things.zip"
    path.write_bytes(zipped(**{f"{kind}.csv": text(kind) for kind in KINDS}))
    with pytest.raises(DataError, match="is a zip archive of 3 files") as caught:
        describe(tmp_path)
    assert caught.value.where == str(path)
    command = str(caught.value.todo).removeprefix("unzip it: ")
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    assert is_right(describe(tmp_path))


def test_an_archive_beside_a_sample(tmp_path: Path) -> None:
    put(tmp_path, "sample_submission")
    (tmp_path / "data.zip").write_bytes(zipped(**{"train.csv": text("train"), "test.csv": "id"}))
    with pytest.raises(DataError, match=r"data\.zip: is a zip archive of 2 files"):
        describe(tmp_path)


def test_archives_of_recordings_are_no_tables(tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    for name in ("train_audio.zip", "test_audio.zip"):
        (tmp_path / name).write_bytes(zipped(**{"a.wav": "", "b.wav": ""}))
    assert is_right(describe(tmp_path))


@pytest.mark.parametrize("name", ["train.xlsx", "train.xls", "train.ods"])
def test_spreadsheets(name: str, tmp_path: Path) -> None:
    data = {
        ".xlsx": zipped(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}),
        ".xls": b"\xd0\xcf\x11\xe0" + bytes(600),
        ".ods": zipped(**{"mimetype": "", "content.xml": ""}),
    }[Path(name).suffix]
    put(tmp_path, "sample_submission", "test")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=r"spreadsheet|Excel") as caught:
        describe(tmp_path)
    assert caught.value.where == str(tmp_path / name)
    # The next step: the sheet stays where it is.
    put(tmp_path, "train")
    assert is_right(describe(tmp_path))


def test_lists_and_descriptions_are_no_tables(tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    (tmp_path / "features.txt").write_text("x and y were measured by hand\n")
    (tmp_path / "labels.json").write_text('{"0": "red", "1": "blue"}')
    (tmp_path / "dataset-metadata.json").write_text('{"id": "me/colours"}')
    assert is_right(describe(tmp_path))
    (tmp_path / SPEC).unlink()
    for kind in ("train", "test"):
        (tmp_path / f"{kind}.csv").unlink()
    (tmp_path / "colours.csv").write_text(text("train"))
    (tmp_path / "train.txt").write_text("a.wav\nb.wav\n")
    assert len(describe(tmp_path).competition.y) == 24


class TestRowsToValidate:
    @pytest.mark.parametrize("name", ["valid", "validation", "val", "dev", "X_val"])
    def test_they_are_told(self, name: str, tmp_path: Path) -> None:
        put(tmp_path, *KINDS)
        (tmp_path / f"{name}.csv").write_text(text("valid"))
        made = describe(tmp_path)
        assert is_right(made)
        assert f"files {name}.csv left out: 8 more rows with the training" in reasons(made)

    @pytest.mark.parametrize("end", ["\n", ""])
    def test_the_command_that_is_named_joins_them(self, end: str, tmp_path: Path) -> None:
        folder = tmp_path / "my data"
        folder.mkdir()
        put(folder, *KINDS, "valid")
        (folder / "train.csv").write_text(text("train").rstrip("\n") + end)
        told = next(one.why for one in describe(folder).reasons if one.what.startswith("valid"))
        join, new = told.partition("too: ")[2].split(" && harness ")
        subprocess.run(["sh", "-c", join], check=True)
        with pytest.raises(SystemExit) as ended:
            main([part.strip("'") for part in re.findall(r"'[^']*'|\S+", new)])
        assert not ended.value.code
        assert len(find(folder).y) == 32

    def test_other_columns(self, tmp_path: Path) -> None:
        put(tmp_path, *KINDS)
        (tmp_path / "valid.csv").write_text("id,x\n1,2\n")
        assert "valid.csv left out: it hasn't the training file's columns: it lacks c" in reasons(
            describe(tmp_path)
        )

    def test_one_that_can_not_be_joined_by_lines(self, tmp_path: Path) -> None:
        put(tmp_path, *KINDS)
        (tmp_path / "valid.csv").write_text(text("valid", ";"))
        assert "put them below the training rows in one file" in reasons(describe(tmp_path))


def test_tables_without_a_part_are_told(tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    (tmp_path / "stores.csv").write_text("store,size\n1,2\n")
    assert "files stores.csv left out: its name says no part" in reasons(describe(tmp_path))


class TestLabelMap:
    @pytest.mark.parametrize("name", ["colour_labels.csv", "labels.csv", "genres.csv"])
    @pytest.mark.parametrize("header", ["colour_id,colour\n", ""])
    def test_the_training_files_own_labels_win(
        self, name: str, header: str, tmp_path: Path
    ) -> None:
        put(tmp_path, *KINDS)
        (tmp_path / name).write_text(f"{header}0,red\n1,blue\n")
        made = describe(tmp_path)
        assert is_right(made)
        assert f"{name} left out: its 2 rows aren't the 24 training rows" in reasons(made)

    def test_labels_by_id_stay_labels(self, tmp_path: Path) -> None:
        lines = [line.split(",") for line in text("train").splitlines()]
        (tmp_path / "train.csv").write_text("\n".join(",".join(line[:3]) for line in lines))
        (tmp_path / "train_labels.csv").write_text(
            "\n".join(f"{line[0]},{line[3]}" for line in lines[:1] + lines[:0:-1])
        )
        made = describe(put(tmp_path, "test", "sample_submission"))
        assert made.competition.classes == ("blue", "red")

    def test_what_the_user_names_is_never_left_out(self, tmp_path: Path) -> None:
        put(tmp_path, *KINDS)
        (tmp_path / "labels.csv").write_text("colour\nred\nblue\n")
        with pytest.raises(DataError, match="labels for the 24 rows"):
            describe(tmp_path, files={"labels": tmp_path / "labels.csv"})


class TestOut:
    """A folder that can't be written, as ``/kaggle/input`` is."""

    def test_the_description_reaches_back(self, tmp_path: Path) -> None:
        data, work = tmp_path / "input", tmp_path / "work" / "it"
        data.mkdir()
        made = describe(put(data, *KINDS, "valid"), out=work)
        assert is_right(made)
        assert made.path == work / SPEC
        assert {path.stem for path in data.iterdir()} == {*KINDS, "valid"}
        found = find(work)
        assert found.fingerprint == made.competition.fingerprint
        assert found.board("accuracy").sample == (data / "sample_submission.csv").resolve()
        assert find(work / SPEC).fingerprint == made.competition.fingerprint

    def test_from_wherever_it_was_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data, work = tmp_path / "input", tmp_path / "work"
        data.mkdir()
        work.mkdir()
        put(data, *KINDS)
        monkeypatch.chdir(work)
        made = describe(Path("../input"), out=Path())
        monkeypatch.chdir("/")
        assert find(work).fingerprint == made.competition.fingerprint

    def test_files_below_it_stay_relative(self, tmp_path: Path) -> None:
        data = tmp_path / "input"
        data.mkdir()
        made = describe(put(data, *KINDS), out=tmp_path)
        assert 'features = "input/train.csv"' in made.path.read_text()
        assert is_right(made)

    def test_built_in_ones(self, tmp_path: Path) -> None:
        from folders import mlbp2018

        made = describe(mlbp2018(tmp_path / "m"), out=tmp_path / "work")
        assert made.competition.name == "mlbp2018"
        assert find(tmp_path / "work").fingerprint == made.competition.fingerprint

    def test_one_that_is_there_stays(self, tmp_path: Path) -> None:
        data, work = tmp_path / "input", tmp_path / "work"
        data.mkdir()
        work.mkdir()
        (work / SPEC).write_text("mine")
        with pytest.raises(ValueError, match="--force replaces it"):
            describe(put(data, *KINDS), out=work)
        assert is_right(describe(data, out=work, force=True))

    def test_a_folder_that_can_not_be_written_names_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tmp_path, *KINDS)

        def refuse(*arguments: object, **options: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        with monkeypatch.context() as patch:
            patch.setattr("tempfile.mkstemp", refuse)
            patch.setattr(os, "access", lambda *arguments: False)
            with pytest.raises(FileProblem, match="this folder can't be written") as caught:
                describe(tmp_path)
        assert f"harness new {tmp_path} --out FOLDER" in str(caught.value.todo)

    def test_the_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        data, work = tmp_path / "input", tmp_path / "work"
        data.mkdir()
        put(data, *KINDS)
        with pytest.raises(SystemExit) as ended:
            main(["new", str(data), "--out", str(work)])
        assert not ended.value.code
        assert f"harness fit --data {work}" in capsys.readouterr().err


def test_a_list_column_is_left_out_and_told(tmp_path: Path) -> None:
    import polars as pl

    frame = pl.read_csv(put(tmp_path, "train") / "train.csv")
    (tmp_path / "train.csv").unlink()
    frame = frame.with_columns(pl.Series("embedding", [[1.0, 2.0]] * frame.height))
    frame.write_parquet(tmp_path / "train.parquet")
    test = pl.read_csv(io.StringIO(text("test")))
    test = test.with_columns(pl.Series("embedding", [[1.0, 2.0]] * test.height))
    test.write_parquet(tmp_path / "test.parquet")
    made = describe(put(tmp_path, "sample_submission"))
    assert is_right(made)
    assert "columns.drop embedding: it holds lists, neither numbers nor text" in reasons(made)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__", "index", "level_0"])
@pytest.mark.parametrize("both", [True, False])
def test_old_row_numbers_are_no_feature(name: str, both: bool, tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    for kind in ("train", "test") if both else ("train",):
        lines = text(kind).splitlines()
        order = np.random.default_rng(0).permutation(len(lines) - 1)
        numbered = [f"{name},{lines[0]}"]
        numbered += [f"{k},{line}" for k, line in zip(order, lines[1:], strict=True)]
        (tmp_path / f"{kind}.csv").write_text("\n".join(numbered))
    made = describe(tmp_path)
    assert is_right(made)
    assert f"columns.drop {name or 'Unnamed: 0'}" in reasons(made)


def test_infinite_cells_are_told_and_count_as_missing(tmp_path: Path) -> None:
    put(tmp_path, *KINDS)
    (tmp_path / "train.csv").write_text(text("train").replace("0.5,0.25", "inf,0.25"))
    (tmp_path / "test.csv").write_text(text("test").replace("4.5", "-Infinity"))
    made = describe(tmp_path)
    assert is_right(made)
    assert np.isnan(made.competition.X[0, 0])
    assert "infinite" in reasons(made)
