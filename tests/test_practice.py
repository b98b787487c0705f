"""Practice competitions: nothing lost, nothing leaked, the same seed the same bytes."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from worlds import write_small

from harness import entries, practice, submission
from harness.competition import Competition
from harness.competitions._answers import read_answers, read_groups, read_parts
from harness.competitions._find import find
from harness.errors import DataError, UsageError
from harness.fit import FitSettings, fit, plan
from harness.practice import practice as make


def table(
    folder: Path, *, rows: int = 90, songs: bool = False, name: str = "set.csv", per_song: int = 3
) -> Path:
    """A labelled table with a header: ids, numbers with holes, texts, a label."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["row_id,tempo,mood,count," + ("track," if songs else "") + "genre"]
    for k in range(rows):
        song = k // per_song
        genre = ("rock", "jazz", "rap")[song % 3 if songs else k % 3]
        tempo = "" if k % 11 == 0 else f"{rng.normal() + song:.4f}"
        mood = ("calm", '"up, and down"', "", 'say ""x""')[k % 4].replace("say", '"say')
        mood += '"' if mood.startswith('"say') else ""
        extra = f"t{song}," if songs else ""
        lines.append(f"r{k * 37 % 1000},{tempo},{mood},{k % 7},{extra}{genre}")
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def cells(competition: Competition, *, test: bool = False) -> Counter[tuple[str, ...]]:
    """The rows as texts, counted."""
    X = competition.X_test if test else competition.X
    assert X is not None
    rows = []
    for row in np.asarray(X):
        told = [repr(value) for value in row.tolist()]
        for k, words in competition.text.items():
            told[k] = "" if np.isnan(row[k]) else words[int(row[k])]
        rows.append(tuple(told))
    return Counter(rows)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_every_labelled_row_is_there_once_as_it_was(tmp_path: Path, format: str) -> None:
    source = find(table(tmp_path / "set"))
    made = make(tmp_path / "set" / "set.csv", tmp_path / "new", format=format).competition
    assert made.columns == source.columns == ("tempo", "mood", "count")
    assert [made.columns[k] for k in made.text] == ["mood"]
    assert cells(made) + cells(made, test=True) == cells(source)
    assert np.isnan(made.X).any()
    assert sorted(made.train_ids + made.test_ids) == sorted(source.train_ids)
    labels = dict(zip(source.train_ids, source.y, strict=True))
    assert [labels[i] for i in made.train_ids] == made.y.tolist()
    assert [labels[i] for i in made.test_ids] == read_answers(made).tolist()


def test_the_shares_are_kept_in_every_class(tmp_path: Path) -> None:
    table(tmp_path / "set", rows=300)
    made = make(tmp_path / "set", tmp_path / "new", test_share=0.5, public_share=0.4)
    y, public = read_answers(made.competition), read_parts(made.competition)
    assert made.competition.counts.tolist() == [50, 50, 50]
    assert np.bincount(y).tolist() == [50, 50, 50]
    assert np.bincount(y[public]).tolist() == [20, 20, 20]
    assert made.public_rows == 60


def test_the_same_seed_writes_the_same_bytes_wherever_it_writes(tmp_path: Path) -> None:
    table(tmp_path / "set")
    for out, seed in (("one", 3), ("deep/two", 3), ("three", 4)):
        make(tmp_path / "set", tmp_path / out, seed=seed)
    assert files(tmp_path / "one") == files(tmp_path / "deep" / "two")
    assert files(tmp_path / "one")["test.csv"] != files(tmp_path / "three")["test.csv"]
    assert str(tmp_path) not in (tmp_path / "one" / "competition.toml").read_text()


def test_what_fit_reads_holds_no_answer(tmp_path: Path) -> None:
    table(tmp_path / "set", songs=True)
    make(tmp_path / "set", tmp_path / "new", groups="track")
    header = (tmp_path / "new" / "test.csv").read_text().partition("\n")[0]
    assert header == "row_id,tempo,mood,count"
    toml = tomllib.loads((tmp_path / "new" / "competition.toml").read_text())
    assert toml.pop("answers") == {
        "labels": "answers/answers.csv",
        "header": True,
        "id": "id",
        "label": "label",
        "part": "part",
        "group": "group",
    }
    assert "answers" not in str(toml)


def test_fit_works_with_the_answers_taken_away(tmp_path: Path) -> None:
    write_small(tmp_path / "small")
    made = make(tmp_path / "small", tmp_path / "new")
    (tmp_path / "new" / "answers" / "answers.csv").unlink()
    made_again = find(tmp_path / "new")
    entry = fit(plan(made_again, FitSettings("lda", cv=3)), tmp_path / "entries")
    assert entry.test.shape == (48, 3)
    assert made.competition.fingerprint == made_again.fingerprint


def test_no_group_stands_on_both_sides_nor_in_both_parts(tmp_path: Path) -> None:
    source = table(tmp_path / "set", rows=240, songs=True)
    made = make(source, tmp_path / "new", groups="track").competition
    public, groups = read_parts(made), read_groups(made)
    song = {line.split(",")[0]: line.split(",")[-2] for line in source.read_text().splitlines()[1:]}
    test = [song[identity] for identity in made.test_ids]
    assert not set(test) & set(made.group_names)
    assert {song[i] for i in made.train_ids} == set(made.group_names)
    assert not {s for s, p in zip(test, public, strict=True) if p} & {
        s for s, p in zip(test, public, strict=True) if not p
    }
    assert len(set(zip(test, groups.tolist(), strict=True))) == len(set(test)) == len(set(groups))
    assert made.groups is not None


def test_copies_stay_on_one_side(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "small", rows=200)
    lines = (folder / "train_data.csv").read_text().splitlines()
    lines[100:108] = lines[:8]
    (folder / "train_data.csv").write_text("\n".join(lines) + "\n")
    made = make(folder, tmp_path / "new")
    assert not cells(made.competition) & cells(made.competition, test=True)
    assert "16 rows are copies of each other: copies stay on one side" in made.notes


def test_rows_that_look_like_one_song_are_refused_without_groups(tmp_path: Path) -> None:
    lines = ["filename,a,b,genre"]
    for k in range(240):
        lines.append(f"song{k // 4:03d}.{k % 4}.wav,{k * 7 % 13}.5,{k % 9}.5,g{k // 4 % 3}")
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=r"look like parts of one song: .*60 stems") as caught:
        make(tmp_path / "set.csv", tmp_path / "new")
    assert "--allow-leak" in str(caught.value)
    assert not (tmp_path / "new").exists()
    made = make(tmp_path / "set.csv", tmp_path / "new", allow_leak=True)
    assert made.groups is None


@pytest.mark.parametrize("form", ["{genre}_{k}", "{order}"])
def test_ids_that_give_the_class_away_are_not_shown(tmp_path: Path, form: str) -> None:
    genres = ("rock", "jazz", "rap")
    lines = ["file,a,b,genre"]
    for k in range(150):
        genre = genres[k // 50]
        identity = form.format(genre=genre, k=k, order=k + 1)
        lines.append(f"{identity},{k * 7 % 131}.5,{k % 9}.5,{genre}")
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    hidden = make(tmp_path / "set.csv", tmp_path / "one")
    assert hidden.competition.test_ids == tuple(map(str, range(1, 61)))
    assert any("numbered from 1" in note for note in hidden.notes)
    answers = read_answers(hidden.competition)
    assert (np.diff(answers) != 0).mean() > 0.4, "the order must not tell either"
    kept = make(tmp_path / "set.csv", tmp_path / "two", keep_ids=True)
    assert set(kept.competition.test_ids).isdisjoint(kept.competition.train_ids)
    assert len(set(kept.competition.test_ids + kept.competition.train_ids)) == 150


def test_nameless_columns_stay_nameless(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "small")
    made = make(folder, tmp_path / "new")
    assert set(files(tmp_path / "new")) == {
        "answers/answers.csv",
        "competition.toml",
        "sample_submission_accuracy.csv",
        "sample_submission_logloss.csv",
        "test_data.csv",
        "train_data.csv",
        "train_labels.csv",
    }
    source = find(folder)
    assert cells(made.competition) + cells(made.competition, test=True) == cells(source)
    assert made.competition.test_ids == tuple(map(str, range(1, 49)))
    assert made.competition.class_names == source.class_names


def test_nameless_columns_with_ids_text_and_groups_in_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    rows = [f"id{k},{k * 3 % 31}.25,{'ab'[k % 2]},{k % 5}" for k in range(60)]
    (folder / "train.csv").write_text("\n".join(rows) + "\n")
    (folder / "y.csv").write_text("".join(f"{k // 2 % 2}\n" for k in range(60)))
    (folder / "groups.csv").write_text("".join(f"s{k // 2}\n" for k in range(60)))
    (folder / "competition.toml").write_text(
        'name = "bare"\n[train]\nfeatures = "train.csv"\nid = 0\nlabels = "y.csv"\n'
        '[columns]\ntext = [2]\n[classes]\nvalues = [0, 1]\n[groups]\nfile = "groups.csv"\n'
        '[[blocks]]\nname = "all"\ncolumns = ["1", "2", "3"]\n'
    )
    source = find(folder)
    made = make(folder, tmp_path / "new").competition
    assert cells(made) + cells(made, test=True) == cells(source)
    assert made.groups is not None
    assert set(made.test_ids) | set(made.train_ids) == set(source.train_ids)
    assert (made.blocks[0].start, made.blocks[0].stop) == (0, 3)
    assert [board.name for board in made.leaderboards] == ["accuracy", "logloss"]


def test_names_that_are_taken_give_way(tmp_path: Path) -> None:
    lines = ["id,label,x,kind"]
    lines += [f"{k % 17}.5,{k % 13}.5,{k % 11}.5,{'xy'[k % 2]}" for k in range(80)]
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    made = make(tmp_path / "set.csv", tmp_path / "new", label="kind").competition
    assert made.columns == ("id", "label", "x")
    assert (tmp_path / "new" / "test.csv").read_text().startswith("id_,id,label,x\n")


def test_the_samples_pass_and_score_as_the_prior(tmp_path: Path) -> None:
    write_small(tmp_path / "small")
    made = make(tmp_path / "small", tmp_path / "new").competition
    for board in made.leaderboards:
        assert submission.check(board.sample, made, board, "strict") == []
    board = made.board("logloss")
    score = submission.grade(board.sample, made, board, read_answers(made))
    assert score == pytest.approx(np.log(3), abs=0.01)


def test_a_part_of_the_competitions_own_split_becomes_the_test_rows(tmp_path: Path) -> None:
    lines = ["key,a,part,genre"]
    parts = ("train", "train", "valid", "test", "")
    lines += [f"k{k * 7 % 200},{k * 3 % 101}.5,{parts[k % 5]},{'xy'[k % 2]}" for k in range(200)]
    (tmp_path / "competition.toml").write_text(
        'name = "own"\n[train]\nfeatures = "set.csv"\nheader = true\nid = "key"\nlabel = "genre"\n'
        '[classes]\nvalues = ["x", "y"]\n[split]\ncolumn = "part"\n'
    )
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    made = make(tmp_path, tmp_path / "new", part="test")
    wanted = {line.split(",")[0] for line in lines if ",test," in line}
    assert set(made.competition.test_ids) == wanted
    assert len(made.competition.y) == 120
    assert "40 rows stand in no part of its split, and are left out" in made.notes
    with pytest.raises(UsageError, match="its parts are test, valid"):
        make(tmp_path, tmp_path / "other", part="tset")
    drawn = make(tmp_path, tmp_path / "drawn")
    assert any("its own split isn't kept" in note for note in drawn.notes)
    assert "part" not in drawn.competition.columns


@pytest.mark.parametrize("there", ["file", "full", "link"])
def test_what_is_there_is_never_touched(tmp_path: Path, there: str) -> None:
    write_small(tmp_path / "small")
    out = tmp_path / "new"
    if there == "file":
        out.write_text("mine")
    elif there == "full":
        out.mkdir()
        (out / "mine").touch()
    else:
        (tmp_path / "small" / "x").mkdir()
        out.symlink_to(tmp_path / "small")
    with pytest.raises(UsageError, match="is there already"):
        make(tmp_path / "small", out)
    assert not list(tmp_path.glob(".part-*"))


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    write_small(tmp_path / "small")
    (tmp_path / "new").mkdir()
    make(tmp_path / "small", tmp_path / "new")
    assert find(tmp_path / "new").name == "small-practice"


def test_a_making_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small(tmp_path / "small")

    def fail(*_: object) -> None:
        raise DataError("no")

    monkeypatch.setattr(practice, "_write_samples", fail)
    with pytest.raises(DataError, match="no"):
        make(tmp_path / "small", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_the_source_is_left_as_it_was_and_may_be_read_only(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "small")
    before = files(folder)
    folder.chmod(0o555)
    try:
        make(folder, tmp_path / "new")
    finally:
        folder.chmod(0o755)
    assert files(folder) == before


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"data": "nowhere"}, UsageError, "no such file or folder"),
        ({"data": "empty"}, DataError, "holds no table"),
        ({"format": "cvs"}, UsageError, "did you mean csv"),
        ({"part": "test"}, UsageError, "no split of its own"),
        ({"groups": "trakc"}, DataError, "trakc"),
        ({"label": "gnere"}, DataError, "did you mean genre"),
        ({"test_share": 0.01}, DataError, "can't be parted"),
    ],
)
def test_what_cannot_be_made_is_answered_and_leaves_nothing(
    tmp_path: Path, change: dict, error: type[Exception], told: str
) -> None:
    table(tmp_path / "set")
    (tmp_path / "empty").mkdir()
    options = {"data": "set"} | change
    data = tmp_path / options.pop("data")
    with pytest.raises(error, match=told):
        make(data, tmp_path / "new", **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "set"]
    assert not list((tmp_path / "empty").iterdir())


def test_a_class_in_one_group_cannot_be_practised(tmp_path: Path) -> None:
    lines = ["a,track,genre"]
    lines += [f"{k * 3 % 101}.5,t{k // 4},{'x' if k < 40 else 'y'}" for k in range(80)]
    lines += [f"{k}.25,t{k // 4},z" for k in range(80, 84)]
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match="no training row is left of z"):
        make(tmp_path / "set.csv", tmp_path / "new", groups="track", test_share=0.9)


def test_a_name_of_two_lines_stays_a_name(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    lines = ['"one, ""q""\nand more",b,label']
    lines += [f"{row[0]:.6f},{row[1]:.6f},{'xy'[i % 2]}" for i, row in enumerate(X)]
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    made = make(tmp_path / "set.csv", tmp_path / "new").competition
    assert made.columns == ('one, "q"\nand more', "b")


def test_an_error_names_the_folder_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(tmp_path / "set", rows=60)

    def refuse(folder: Path, *_: object) -> None:
        raise DataError(f"{folder / 'test.csv'} is odd", where=str(folder / "train.csv"))

    monkeypatch.setattr(practice, "_verified", refuse)
    with pytest.raises(DataError) as raised:
        make(tmp_path / "set", tmp_path / "new")
    assert str(raised.value) == f"{tmp_path}/new/train.csv: {tmp_path}/new/test.csv is odd"


def test_a_practice_competition_can_be_practised_again(tmp_path: Path) -> None:
    table(tmp_path / "set", rows=240, songs=True)
    first = make(tmp_path / "set", tmp_path / "one", groups="track").competition
    second = make(tmp_path / "one", tmp_path / "two").competition
    assert second.name == "set-practice-practice"
    assert set(second.test_ids) | set(second.train_ids) == set(first.train_ids)
    assert second.groups is not None


@pytest.mark.real
@pytest.mark.parametrize(
    ("data", "groups", "rows", "test_rows"),
    [
        ("gtzan30", None, 600, 400),
        ("aalto_mlbp", None, 2618, 1745),
        ("emotify/emotify_aalto264_15s.csv", "track", 952, 636),
    ],
)
def test_real_sets(
    tmp_path: Path, shared_data: Path, data: str, groups: str | None, rows: int, test_rows: int
) -> None:
    made = make(shared_data / data, tmp_path / "new", groups=groups)
    assert (len(made.competition.y), len(made.competition.test_ids)) == (rows, test_rows)
    for board in made.competition.leaderboards:
        assert submission.check(board.sample, made.competition, board, "strict") == []
    assert entries.read_all(tmp_path) == []


def test_a_class_of_one_row_is_no_obstacle(tmp_path: Path) -> None:
    lines = ["a,genre", *(f"{k * 3 % 101}.5,{'x' if k % 2 else 'y'}" for k in range(80)), "7.5,z"]
    (tmp_path / "set.csv").write_text("\n".join(lines) + "\n")
    for seed in range(4):
        make(tmp_path / "set.csv", tmp_path / f"new{seed}", seed=seed)
        made = find(tmp_path / f"new{seed}")
        assert made.classes == ("x", "y", "z")
        assert made.counts[2] in (0, 1)
