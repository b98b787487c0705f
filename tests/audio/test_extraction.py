"""From files to a competition: what is written, what is kept, what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from audio.sounds import RATE, collection, music, noise, tone, write

from harness import extract as job
from harness.audio import work
from harness.audio.decode import Skipped
from harness.audio.plan import AudioPlan, read_settings
from harness.audio.workers import CRASHED
from harness.competition import Competition
from harness.competitions._find import find
from harness.errors import DataError, FaultsError, FileProblem, UsageError
from harness.extract import extract
from harness.folders import locked


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    return collection(tmp_path / "songs")


def _skipped(out: Path) -> list[dict[str, str]]:
    with (out / "skipped.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _made(source: Path, out: Path, **options) -> Competition:
    return extract(source, out, **{"features": ["s0"], "jobs": 1} | options).competition


def _tree(out: Path) -> dict[str, bytes]:
    """Every file of the competition itself."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_a_folder_for_each_genre_becomes_a_competition(songs: Path, tmp_path: Path) -> None:
    made = extract(songs, tmp_path / "out", features=["s0"], jobs=1)
    competition = find(tmp_path / "out")
    assert (made.files, made.fresh, made.skipped, made.notes) == (6, 6, 0, ())
    assert competition.name == "songs"
    assert competition.classes == ("jazz", "rock")
    assert competition.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert competition.train_ids[0] == "jazz/jazz.00000.wav"
    assert competition.groups is None
    assert [board.name for board in competition.leaderboards] == ["accuracy", "logloss"]
    bench = work.Bench(AudioPlan(("s0",)), tmp_path / "other")
    bench.work(songs / "rock" / "rock.00002.wav")
    (kept,) = (tmp_path / "other").rglob("*.npy")
    np.testing.assert_array_equal(competition.X[5], np.load(kept)[0])


def test_sets_stand_side_by_side_as_named_blocks(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", seconds=6)
    competition = _made(source, tmp_path / "out", features=["mlbp264", "s0", "chroma"], seconds=5)
    blocks = {block.name: block for block in competition.blocks}
    # Two sets have a block of this name.
    assert list(blocks) == ["rhythm", "mlbp264-chroma", "mfcc", "s0", "chroma-chroma"]
    assert blocks["rhythm"].shape == (7, 24)
    assert blocks["chroma-chroma"].shape == (32, 40)
    assert blocks["s0"].start == 264
    assert competition.columns[264] == "chroma_stft"
    told = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [one["set"] for one in told["sets"]] == ["mlbp264", "s0", "chroma"]
    assert told["sets"][1]["columns"] == [264, 290]
    assert told["sets"][2]["parameters"]["hop"] == 2048
    assert told["classes"] == {"jazz": 3, "rock": 3}


def test_wide_sets_are_a_bare_matrix_with_the_same_meaning(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = _manifest(songs, ("split", "group"))
    named = _made(manifest, tmp_path / "named")
    with monkeypatch.context() as narrow:
        narrow.setattr("harness._extracted.MOST_NAMED_COLUMNS", 10)
        bare = _made(manifest, tmp_path / "bare")
    assert (tmp_path / "bare" / "train.npy").exists()
    np.testing.assert_array_equal(bare.X, named.X)
    np.testing.assert_array_equal(bare.X_test, named.X_test)
    for what in ("classes", "train_ids", "test_ids", "group_names", "part_names", "blocks"):
        assert getattr(bare, what) == getattr(named, what)
    for what in ("y", "groups", "predefined"):
        np.testing.assert_array_equal(getattr(bare, what), getattr(named, what))
    # The other form, over it: no file of the first one stays.
    _made(manifest, tmp_path / "bare")
    assert sorted(_tree(tmp_path / "bare")) == sorted(_tree(tmp_path / "named"))


def test_segments_of_a_song_are_a_group(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", songs=2, seconds=3.5)
    competition = _made(source, tmp_path / "out", segment=1.0, features=["s0", "mfcc-seq"])
    assert len(competition.y) == 12
    assert competition.train_ids[:2] == ("jazz/jazz.00000.wav#0", "jazz/jazz.00000.wav#1")
    assert np.bincount(competition.groups).tolist() == [3, 3, 3, 3]
    assert competition.blocks[1].shape == (44, 13)


def test_a_silent_segment_is_left_out_and_said(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", seconds=3)
    samples = np.concatenate([music(1), np.zeros(RATE, "f4"), music(1)])
    write(source / "rock" / "pause.wav", samples)
    for _ in range(2):
        made = extract(source, tmp_path / "out", features=["s0"], segment=1, jobs=1)
        assert made.pieces_left_out == 1
        assert made.skipped == 0
        assert "rock/pause.wav#1" not in made.competition.train_ids
        assert "rock/pause.wav#2" in made.competition.train_ids
        (line,) = _skipped(tmp_path / "out")
        assert (line["path"], line["stage"]) == ("rock/pause.wav#1", "segment")


# ---- Manifests


def _manifest(songs: Path, columns: tuple[str, ...] = ()) -> Path:
    """A manifest of the collection; the last song of rock has no label."""
    lines = [",".join(("path", "label", *columns))]
    for k, path in enumerate(sorted(songs.rglob("*.wav"))):
        label = path.parent.name if k < 5 else ""
        more = {"group": f"band {k // 2}", "split": "train" if k % 2 else "valid"}
        lines.append(",".join([path.relative_to(songs).as_posix(), label, *map(more.get, columns)]))
    file = songs / "manifest.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return file


def test_a_manifest_says_labels_groups_and_split(songs: Path, tmp_path: Path) -> None:
    competition = _made(_manifest(songs, ("group", "split")), tmp_path / "out")
    assert len(competition.y) == 5
    assert competition.group_names == ("band 0", "band 1", "band 2")
    assert competition.part_names == ("valid",)
    assert competition.predefined.tolist() == [0, -1, 0, -1, 0]
    # What has no label is a test row.
    assert competition.test_ids == ("rock/rock.00002.wav",)


def test_a_split_that_holds_nothing_out_is_none(songs: Path, tmp_path: Path) -> None:
    manifest = songs / "m.csv"
    names = [path.relative_to(songs).as_posix() for path in sorted(songs.rglob("*.wav"))]
    manifest.write_text(
        "path,label,split\n" + "".join(f"{n},{n.partition('/')[0]},train\n" for n in names)
    )
    assert _made(manifest, tmp_path / "out").predefined is None


def test_a_class_without_a_file_that_can_be_used_is_said_to_be_gone(
    songs: Path, tmp_path: Path
) -> None:
    (songs / "blues").mkdir()
    (songs / "blues" / "bad.wav").write_bytes(b"words")
    made = extract(songs, tmp_path / "out", features=["s0"], jobs=1, allow_skipped=True)
    assert made.notes == ("no file of blues can be used: that class is gone",)
    assert made.competition.classes == ("jazz", "rock")


def test_a_manifest_may_lie_elsewhere(songs: Path, tmp_path: Path) -> None:
    manifest = shutil.move(_manifest(songs), tmp_path / "elsewhere.csv")
    assert len(_made(Path(manifest), tmp_path / "out", root=songs).y) == 5


@pytest.mark.parametrize(
    "path", ["../secret.wav", "/etc/hostname", "rock/../../secret.wav", "link/secret.wav", "..\\a"]
)
def test_no_path_of_a_manifest_leaves_its_folder(songs: Path, tmp_path: Path, path: str) -> None:
    write(tmp_path / "secret.wav", music())
    (songs / "link").symlink_to(tmp_path)
    manifest = songs / "m.csv"
    manifest.write_text(f"path,label\nrock/rock.00000.wav,rock\n{path},jazz\n")
    with pytest.raises(FaultsError, match=r"line 3: .* leaves"):
        _made(manifest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_faults_of_a_manifest_are_told_at_once(songs: Path, tmp_path: Path) -> None:
    manifest = songs / "m.csv"
    rows = ["path,label,group", "rock/rock.00000.wav,rock,a", ",rock,b", "../x,rock,c"]
    rows += ["rock/rock.00000.wav,jazz,d", "jazz/jazz.00000.wav,jazz,"]
    manifest.write_text("\n".join(rows))
    with pytest.raises(FaultsError) as told:
        _made(manifest, tmp_path / "out")
    assert len(told.value.faults) == 4


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "path\nx.wav\n", '"path,label\n'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(DataError):
        _made(tmp_path / "m.csv", tmp_path / "out")


# ---- Bad files among good ones


def test_a_few_bad_files_are_skipped_and_many_stop(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", songs=4)
    bad = source / "rock" / "a.wav"
    bad.write_bytes(b"words")
    with pytest.raises(DataError, match=r"1 of 9 files.*1 of 5 files of rock") as told:
        _made(source, tmp_path / "out")
    assert "--allow-skipped" in str(told.value)
    assert not (tmp_path / "out" / "competition.toml").exists()
    competition = _made(source, tmp_path / "out", allow_skipped=True)
    assert len(competition.y) == 8
    (line,) = _skipped(tmp_path / "out")
    assert line["path"] == "rock/a.wav"
    assert line["sha256"] == hashlib.sha256(b"words").hexdigest()
    assert (line["stage"], line["seconds"]) == ("decode", "")
    assert "can't be decoded" in line["error"]


def test_up_to_one_in_a_hundred_is_no_reason_to_stop(tmp_path: Path, monkeypatch) -> None:
    source = collection(tmp_path / "songs", songs=2, seconds=0.5)
    for k in range(98):
        shutil.copy(source / "jazz" / "jazz.00000.wav", source / "jazz" / f"copy{k}.wav")
    (source / "jazz" / "bad.wav").write_bytes(b"")
    made = extract(source, tmp_path / "out", features=["s0"], jobs=1)
    assert (made.files, made.skipped) == (103, 1)
    assert "98 files are copies" in made.notes[0]


def test_clips_too_short_for_an_image_name_the_option(songs: Path, tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match=r"too short: 1.00 s of 20.00 s(.|\n)*--seconds 1 makes"):
        _made(songs, tmp_path / "out", features=["mel"])


def test_a_file_that_kills_its_decoder_is_skipped_alone(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers are other processes: what kills them is put in place through the environment."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "soundfile.py").write_text(
        "import os, sys\n"
        "place = sys.path.index(os.environ['FAKE_SITE'])\n"
        "sys.path.remove(os.environ['FAKE_SITE'])\n"
        "del sys.modules['soundfile']\n"
        "import soundfile\n"
        "Real = soundfile.SoundFile\n"
        "def SoundFile(file, *a, **k):\n"
        "    if 'rock.00001' in file.name: os.kill(os.getpid(), 9)\n"
        "    return Real(file, *a, **k)\n"
        "soundfile.SoundFile = SoundFile\n"
    )
    monkeypatch.setenv("FAKE_SITE", str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    made = extract(songs, tmp_path / "out", features=["s0"], jobs=2, allow_skipped=True)
    # The others are all there, also those that were under way when it happened.
    assert (len(made.competition.y), made.skipped) == (5, 1)
    (line,) = _skipped(tmp_path / "out")
    assert (line["path"], line["error"]) == ("rock/rock.00001.wav", CRASHED.why)


# ---- Nothing twice


def test_what_is_known_is_not_computed_again(songs: Path, tmp_path: Path, monkeypatch) -> None:
    _made(songs, tmp_path / "out")
    before = _tree(tmp_path / "out")
    (songs / "rock" / "rock.00000.wav").rename(songs / "rock" / "rock.00000b.wav")
    monkeypatch.setattr(work, "decode", lambda *a, **k: pytest.fail("decoded again"))
    made = extract(songs, tmp_path / "out", features=["s0"], jobs=1)
    assert made.fresh == 0
    assert "rock/rock.00000b.wav" in made.competition.train_ids
    (songs / "rock" / "rock.00000b.wav").rename(songs / "rock" / "rock.00000.wav")
    extract(songs, tmp_path / "out", features=["s0"], jobs=1)
    assert _tree(tmp_path / "out") == before


def test_other_settings_or_content_are_computed(songs: Path, tmp_path: Path) -> None:
    assert extract(songs, tmp_path / "out", features=["s0"], jobs=1).fresh == 6
    assert extract(songs, tmp_path / "out", features=["s0"], jobs=1, segment=0.5).fresh == 6
    write(songs / "rock" / "rock.00000.wav", music(1, seed=77))
    assert extract(songs, tmp_path / "out", features=["s0"], jobs=1).fresh == 1


def test_a_damaged_store_is_mended(songs: Path, tmp_path: Path) -> None:
    wanted = _made(songs, tmp_path / "out").X.copy()
    files = sorted((tmp_path / "out" / "extracted").rglob("*.npy"))
    files[0].write_bytes(b"")
    files[1].write_bytes(files[1].read_bytes()[:-7])
    np.save(files[2], np.zeros((1, 7), "f4"))
    made = extract(songs, tmp_path / "out", features=["s0"], jobs=1)
    assert made.fresh == 3
    np.testing.assert_array_equal(made.competition.X, wanted)


def test_another_file_is_computed_as_the_competitions_were(songs: Path, tmp_path: Path) -> None:
    options = {"segment": 0.5, "features": ["mel", "s0"], "settings": {"mel": {"bands": 40}}}
    competition = _made(songs, tmp_path / "out", **options)
    plan = job.plan_of(tmp_path / "out")
    rows = work.features_of(songs / "rock" / "rock.00002.wav", plan)
    np.testing.assert_array_equal(rows, competition.X[-2:])
    with pytest.raises(Skipped):
        work.features_of(songs / "missing.wav", plan)
    with pytest.raises(DataError, match="how its rows were computed"):
        job.plan_of(songs)


def test_processes_write_the_same_bytes(songs: Path, tmp_path: Path) -> None:
    _made(songs, tmp_path / "one")
    _made(songs, tmp_path / "two", jobs=2)
    assert _tree(tmp_path / "one") == _tree(tmp_path / "two")


COMMAND = "from harness.cli.app import main; main()"


def _start(source: Path, out: Path, jobs: int = 2) -> subprocess.Popen[str]:
    arguments = ["extract", str(source), "--out", str(out), "--features", "s0", "--jobs", str(jobs)]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _kept(out: Path) -> int:
    """How many arrays are in the store, without those that are being written."""
    return sum(not path.name.startswith(".") for path in out.rglob("*.npy"))


def _wait_for_files(out: Path, count: int) -> None:
    end = time.monotonic() + 60
    while _kept(out) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_extraction_goes_on_where_it_was(tmp_path: Path, jobs: int) -> None:
    source = collection(tmp_path / "songs", songs=40, seconds=0.6)
    _made(source, tmp_path / "whole")
    out = tmp_path / "out"
    # Early, so that a busy machine doesn't end it before the kill comes.
    for count in (1, 7):
        running = _start(source, out, jobs)
        _wait_for_files(out, count)
        workers = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.communicate()
        # Nobody is left at work in a folder that another run may take now.
        assert not psutil.wait_procs(workers, timeout=20)[1]
        assert not (out / "competition.toml").exists()
    kept = _kept(out)
    made = extract(source, out, features=["s0"], jobs=1)
    assert made.fresh == 80 - kept > 0
    assert _tree(out) == _tree(tmp_path / "whole")
    assert not list(out.rglob(".part-*"))


def test_ctrl_c_ends_it_and_says_how_far_it_got(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs", songs=40, seconds=0.6)
    running = _start(source, tmp_path / "out")
    _wait_for_files(tmp_path / "out", 3)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "of 80 files are done; the same command goes on from there" in err
    assert "Traceback" not in err


# ---- What is refused


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"features": ["mlbp26"]}, "did you mean mlbp264"),
        ({"features": []}, "no feature set"),
        ({"features": ["s0", "s0"]}, "twice"),
        ({"features": ["mlbp264"], "segment": 5.0}, "needs 5.94 s"),
        ({"settings": {"mel": {"bands": 3}}}, "not among the features"),
        ({"root": Path()}, "manifest only"),
        ({"seconds": 3.0}, "any length"),
        ({"features": ["mel"], "seconds": 3.0, "segment": 3.0}, "segments have a length"),
    ],
)
def test_options_that_cannot_be_taken(songs: Path, tmp_path: Path, options, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        _made(songs, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ("mel", "SET.NAME=VALUE"),
        ("mel.bands", "SET.NAME=VALUE"),
        ("mell.bands=3", "did you mean mel"),
        ("mel.band=3", "did you mean bands"),
        ("mel.bands=x", "whole number above 0"),
        ("mel.bands=1.5", "whole number above 0"),
        ("mel.seconds=-1", "a number above 0"),
        ("mel.seconds=nan", "a number above 0"),
        ("s0.bands=3", "no setting of s0"),
    ],
)
def test_settings_that_cannot_be_taken(pair: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_settings([pair])


def test_settings_reach_their_set() -> None:
    plan = AudioPlan(("mel",), None, 3.0, read_settings(["mel.bands=64", "mel.hop=1024"]))
    assert plan.sets[0].parts[0].shape == (64, 47)


def test_an_empty_folder_and_one_genre_are_refused(tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    with pytest.raises(DataError, match="no audio files"):
        _made(tmp_path / "songs", tmp_path / "out")
    source = collection(tmp_path / "jazzy", genres=("jazz",))
    with pytest.raises(DataError, match="of one class: jazz"):
        _made(source, tmp_path / "out")
    with pytest.raises(UsageError, match="no such file"):
        _made(tmp_path / "nowhere", tmp_path / "out")


def test_a_folder_of_something_else_is_not_written_into(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "competition.toml").write_text("precious")
    with pytest.raises(UsageError, match="isn't of an extraction"):
        _made(songs, tmp_path / "mine")
    with pytest.raises(UsageError, match="within the audio"):
        _made(songs, songs / "out")
    with pytest.raises(UsageError, match="is a file"):
        _made(songs, songs / "rock" / "rock.00000.wav")
    assert (tmp_path / "mine" / "competition.toml").read_text() == "precious"


def test_two_extractions_do_not_write_into_one_folder(songs: Path, tmp_path: Path) -> None:
    _made(songs, tmp_path / "out")
    with locked(tmp_path / "out" / job.STORE), pytest.raises(FileProblem, match="another"):
        _made(songs, tmp_path / "out")


def test_hidden_files_and_odd_names(tmp_path: Path) -> None:
    source = collection(tmp_path / "songs")
    (source / "rock" / "._rock.00000.wav").write_bytes(b"resource fork")
    (source / ".cache").mkdir()
    (source / "notes.txt").write_text("no audio")
    write(source / "rock" / 'a,b "c" é.WAV', tone(500), format="WAV")
    with_bytes = os.fsdecode(b"caf\xe9.wav")
    shutil.copy(source / "rock" / "rock.00000.wav", source / "rock" / with_bytes)
    write(source / "rock" / "disc 2" / "noise.flac", noise(1))
    ids = _made(source, tmp_path / "out").train_ids
    assert 'rock/a,b "c" é.WAV' in ids
    assert "rock/caf\\udce9.wav" in ids
    assert "rock/disc 2/noise.flac" in ids
    assert len(ids) == 9


def test_a_class_called_like_a_column_is_no_trouble(tmp_path: Path) -> None:
    competition = _made(collection(tmp_path / "s", genres=("id", "label", "rms")), tmp_path / "out")
    assert competition.classes == ("id", "label", "rms")
