"""From files and a spec to a competition, and every way in which they may not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Block, Competition
from harness.competitions._answers import read_answers
from harness.competitions._load import load
from harness.competitions._parse import parse
from harness.errors import DataError, FaultsError, UnknownNameError
from harness.readers import read_table

# A table with everything in it: ids, text with a hole, a number with a hole, a group, a fold.
TRAIN = """\
id,a,mood,b,artist,fold,genre
x1,1.5,sad,3,A,1,rock
x2,2.5,happy,,B,2,pop
x3,3.5,,5,A,1,rock
x4,4.5,calm,6,C,3,pop
"""
TEST = """\
id,a,mood,b,artist
t1,9,sad,1,Z
t2,8,angry,2,Z
"""
SPEC = """\
name = "tiny"
[train]
features = "train.csv"
header = true
id = "id"
label = "genre"
[test]
features = "test.csv"
[columns]
text = ["mood"]
missing = true
[classes]
values = ["rock", "pop"]
[groups]
column = "artist"
[split]
column = "fold"
[[leaderboards]]
metric = "accuracy"
label = "genre"
[[leaderboards]]
name = "logloss"
metric = "logloss-cells"
classes = ["rock", "pop"]
[answers]
labels = "answers.csv"
header = true
id = "id"
"""
# Two files of numbers without a header.
PLAIN = """\
name = "plain"
[train]
features = "train.csv"
labels = "labels.csv"
[test]
features = "test.csv"
[classes]
values = ["1", "2", "10"]
names = ["Pop", "Rap", "Jazz"]
[[blocks]]
name = "all"
columns = [0, 2]
[answers]
labels = "answers.csv"
"""

Make = Callable[..., Competition]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write files, load the spec; `edit` replaces text in it."""

    def made(spec: str, edit: tuple[str, str] | None = None, /, **files: str) -> Competition:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        if edit is not None:
            assert edit[0] in spec
            spec = spec.replace(*edit)
        return load(parse(spec, root=tmp_path, where="competition.toml"))

    return made


def whole(make: Make, edit: tuple[str, str] | None = None, **files: str) -> Competition:
    return make(SPEC, edit, **{"train": TRAIN, "test": TEST, **files})


def plain(make: Make, edit: tuple[str, str] | None = None, **files: str) -> Competition:
    given = {"train": "1,2\n3,4\n5,6\n", "labels": "1\n10\n2\n", "test": "7,8\n9,0\n"}
    return make(PLAIN, edit, **{**given, **files})


def test_plain(make: Make) -> None:
    made = plain(make)
    assert made.X.dtype == np.float32
    np.testing.assert_array_equal(made.X, [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(made.y, [0, 2, 1])
    assert made.y.dtype == np.int64
    assert made.X_test is not None
    np.testing.assert_array_equal(made.X_test, [[7, 8], [9, 0]])
    assert made.test_ids == ("1", "2")
    assert made.columns == ("0", "1")
    assert made.blocks == (Block("all", 0, 2),)
    assert made.class_names == ("Pop", "Rap", "Jazz")
    assert made.decode(made.y) == ["1", "10", "2"]


def test_whole(make: Make) -> None:
    made = whole(make)
    assert made.columns == ("a", "mood", "b")
    # mood is coded by the sorted values of both files: angry, calm, happy, sad.
    assert made.text == {1: ("angry", "calm", "happy", "sad")}
    nan = np.nan
    np.testing.assert_array_equal(
        made.X, np.array([[1.5, 3, 3], [2.5, 2, nan], [3.5, nan, 5], [4.5, 1, 6]], np.float32)
    )
    np.testing.assert_array_equal(made.X_test, np.array([[9, 3, 1], [8, 0, 2]], np.float32))
    np.testing.assert_array_equal(made.y, [0, 1, 0, 1])
    assert made.test_ids == ("t1", "t2")
    np.testing.assert_array_equal(made.groups, [0, 1, 0, 2])
    assert made.group_names == ("A", "B", "C")
    np.testing.assert_array_equal(made.predefined, [0, 1, 0, 2])
    assert made.part_names == ("1", "2", "3")


def test_numbers_alone_are_the_readers_own_array(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.competitions import _columns

    tables = []

    def reading(*args: object, **options: object) -> object:
        tables.append(read_table(*args, **options))
        return tables[-1]

    monkeypatch.setattr(_columns, "read_table", reading)
    assert plain(make).X is tables[0].numbers


def test_no_test_rows(make: Make) -> None:
    made = plain(make, ('[test]\nfeatures = "test.csv"\n', ""))
    assert made.X_test is None
    assert made.test_ids == ()


def test_leaderboards_by_name_and_by_metric(make: Make) -> None:
    made = whole(make)
    assert made.board("logloss") is made.board("logloss-cells")
    assert made.board("accuracy").header == ("id", "genre")
    assert str(made.board("logloss")) == "logloss (scored as logloss-cells)"
    assert str(made.board("accuracy")) == "accuracy"
    with pytest.raises(UnknownNameError, match="did you mean logloss"):
        made.board("loglos")


def test_columns_of_the_test_file_in_another_order(make: Make) -> None:
    made = whole(make, test="b,mood,a,id\n1,sad,9,t1\n2,sad,8,t2\n")
    np.testing.assert_array_equal(made.X_test[:, 0], [9, 8])
    np.testing.assert_array_equal(made.X_test[:, 2], [1, 2])
    assert "matched by name" in made.notes[0]


def test_label_column_without_headers(make: Make) -> None:
    spec = PLAIN.replace('labels = "labels.csv"', "label = 0")
    made = make(spec, train="1,5,6\n10,7,8\n2,1,1\n", test="3,4\n")
    assert made.columns == ("1", "2")
    np.testing.assert_array_equal(made.X_test, [[3, 4]])
    np.testing.assert_array_equal(made.y, [0, 2, 1])


def test_header_in_one_file_only(make: Make) -> None:
    made = plain(make, ('"test.csv"', '"test.csv"\nheader = true'), test="first,second\n7,8\n")
    np.testing.assert_array_equal(made.X_test, [[7, 8]])


def test_whole_number_labels_may_be_written_as_decimals(make: Make) -> None:
    np.testing.assert_array_equal(plain(make, labels="1.0\n10.0\n2.0\n").y, [0, 2, 1])


def test_labels_by_id(make: Make) -> None:
    written = 'labels = "labels.csv"\nlabels_header = true\nlabels_id = "key"'
    edit = ('id = "id"\nlabel = "genre"', f'id = "id"\n{written}')
    labels = "key,g\nx4,pop\nx3,rock\nx1,rock\nx2,pop\n"
    train = "\n".join(line.rpartition(",")[0] for line in TRAIN.splitlines())
    np.testing.assert_array_equal(whole(make, edit, train=train, labels=labels).y, [0, 1, 0, 1])
    with pytest.raises(FaultsError, match="training row with id 'x2'") as raised:
        whole(make, edit, train=train, labels=labels.replace("x2", "x9"))
    assert "no training row has the id 'x9'" in str(raised.value)


def test_ids_in_a_file_of_their_own(make: Make) -> None:
    edit = ('"test.csv"', '"test.csv"\nids = "ids.csv"')
    assert plain(make, edit, ids="id,x\nq,0\nr,0\n").test_ids == ("q", "r")
    with pytest.raises(DataError, match="1 ids for the 2 rows"):
        plain(make, edit, ids="id\nq\n")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"labels": "1\n2\n"}, "2 labels for the 3 rows"),
        ({"labels": "1\n2\n3\n"}, "row 3: label '3' is not one of the declared classes"),
        ({"labels": "1\n10\n2\n1\n"}, "try [train] labels_header = true"),
        ({"labels": "1,1\n2,1\n1,1\n"}, "2 columns that could be meant: 0, 1"),
        ({"test": "7\n9\n"}, "has 1 feature columns, and "),
        ({"test": "7,8,9\n"}, "has 3 feature columns, and "),
    ],
)
def test_files_that_do_not_fit(make: Make, files: dict[str, str], told: str) -> None:
    with pytest.raises(DataError) as raised:
        plain(make, **files)
    assert told in str(raised.value)


def test_a_row_taken_for_a_header(make: Make) -> None:
    spec = PLAIN.replace('["1", "2", "10"]\nnames = ["Pop", "Rap", "Jazz"]', '["a", "b"]')
    edit = ('labels = "labels.csv"', 'labels = "labels.csv"\nlabels_header = true')
    files = {"train": "1,2\n3,4\n5,6\n", "labels": "a\nb\na\n", "test": "7,8\n"}
    with pytest.raises(DataError, match=r"try \[train\] labels_header = false"):
        make(spec, edit, **files)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("x2,", "x1,", "id 'x1' is on rows 1, 2"),
        ("x2,", ",", "row 2: no id"),
        ("rock\nx2", "jazz\nx2", "row 1: label 'jazz' is not one"),
        ("1,rock\nx2", "1,\nx2", "row 1: the label is missing"),
        (",A,1,", ",,1,", "row 1: the group is missing"),
    ],
)
def test_rows_at_fault(make: Make, old: str, new: str, told: str) -> None:
    with pytest.raises(FaultsError) as raised:
        whole(make, train=TRAIN.replace(old, new, 1))
    assert told in str(raised.value)


def test_test_ids_twice(make: Make) -> None:
    with pytest.raises(FaultsError, match="id 't1' is on rows 1, 2"):
        whole(make, test=TEST.replace("t2", "t1"))


def test_a_test_file_without_its_ids(make: Make) -> None:
    with pytest.raises(DataError, match="no column is called 'id'"):
        whole(make, test=TEST.replace("id,", "key,"))


def test_a_fault_of_the_test_file_itself_goes_first(make: Make) -> None:
    with pytest.raises(DataError, match="line 2: 4 cells, but the header has 5"):
        whole(make, test=TEST.replace("mood", "mode").replace("t1,", "t1 "))


def test_columns_of_the_test_file_by_name(make: Make) -> None:
    with pytest.raises(DataError) as raised:
        whole(make, test=TEST.replace("mood", "mode"))
    assert "it lacks mood; it has mode beside them" in str(raised.value)


def test_infinite_cells_count_as_missing_where_the_description_says_so(make: Make) -> None:
    train = TRAIN.replace("1.5,sad", "inf,sad")
    with pytest.raises(FaultsError, match="'inf' is infinite") as raised:
        whole(make, train=train)
    assert 'infinite = "missing"' in str(raised.value.todo)
    made = whole(make, ("missing = true", 'infinite = "missing"'), train=train)
    assert np.isnan(made.X[0, 0])
    assert np.isfinite(made.X[1:3, 0]).all()


def test_what_was_passed_over_is_said(make: Make) -> None:
    made = whole(make, train="# a remark\n" + TRAIN, test=TEST.replace("t2", "\nt2"))
    assert made.notes == (
        "train.csv: line 1 stands before the table and was passed over: '# a remark'",
        "test.csv: line 3 is blank and was passed over",
    )


def test_empty_cells_where_none_may_be_missing(make: Make) -> None:
    with pytest.raises(FaultsError) as raised:
        whole(make, ("missing = true", "missing = false"))
    assert "row 2: column 'b' is empty" in raised.value.faults
    assert "row 3: column 'mood' is empty" in raised.value.faults


def test_dropped_columns_may_have_holes_and_texts(make: Make) -> None:
    edit = ('text = ["mood"]\nmissing = true', 'drop = ["mood", "b"]')
    assert whole(make, edit).columns == ("a",)


def test_a_column_that_is_not_there(make: Make) -> None:
    with pytest.raises(DataError, match="no column is called 'generation'"):
        whole(make, ('label = "genre"', 'label = "generation"'))


def test_blocks_beyond_the_columns(make: Make) -> None:
    with pytest.raises(FaultsError, match="ends at column 9, but there are 2"):
        plain(make, ("[0, 2]", "[0, 9]"))


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ('first = "a"\nlast = "zz"', "no feature column is called 'zz'"),
        ('first = "b"\nlast = "a"', "'a' stands before 'b'"),
        ('first = "a"\nlast = "b"\nshape = [2, 2]', "shape 2 x 2 is 4, but it has 3 columns"),
        ('columns = ["a", "b"]', "don't stand next to each other"),
        ('columns = [0, 2]\n[[blocks]]\nname = "y"\ncolumns = [1, 3]', "share columns 1 to 1"),
    ],
)
def test_blocks_by_name(make: Make, block: str, told: str) -> None:
    edit = ("[answers]", f'[[blocks]]\nname = "x"\n{block}\n[answers]')
    with pytest.raises(FaultsError) as raised:
        whole(make, edit)
    assert told in str(raised.value)


def test_groups_from_a_file(make: Make) -> None:
    edit = ('column = "artist"', 'file = "groups.csv"\nheader = true\nid = "id"')
    drop = ("text = [", 'drop = ["artist"]\ntext = [')
    spec = SPEC.replace(*edit).replace(*drop)
    groups = "id,g\nx4,q\nx3,p\nx2,p\nx1,q\n"
    made = make(spec, train=TRAIN, test=TEST, groups=groups)
    assert [made.group_names[k] for k in made.groups] == ["q", "p", "p", "q"]
    assert made.columns == ("a", "mood", "b")
    with pytest.raises(DataError, match="3 groups for the 4 rows"):
        make(spec.replace('header = true\nid = "id"\n[split]', "[split]"), groups="p\np\nq\n")


def test_groups_cut_out_of_the_id(make: Make) -> None:
    edit = ('column = "artist"', 'pattern = "^(.)[13]?"')
    spec = SPEC.replace("text = [", 'drop = ["artist"]\ntext = [')
    assert make(spec, edit, train=TRAIN, test=TEST).group_names == ("x",)
    with pytest.raises(FaultsError, match="row 2: id 'x2' doesn't match it"):
        make(spec, ('column = "artist"', "pattern = '[134]$'"))


def test_parts_from_list_files(make: Make, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("some/where/x1.wav\n")
    (tmp_path / "test.txt").write_text("x2\r\n\r\nx3.au\r\n")
    spec = SPEC.replace("text = [", 'drop = ["fold"]\ntext = [').replace(
        '[split]\ncolumn = "fold"', '[split.files]\ntrain = "train.txt"\ntest = "test.txt"'
    )
    made = make(spec, train=TRAIN, test=TEST)
    np.testing.assert_array_equal(made.predefined, [ALWAYS_TRAINS, 0, 0, LEFT_OUT])
    assert made.part_names == ("test",)
    (tmp_path / "test.txt").write_text("x1\nx7\n")
    with pytest.raises(FaultsError) as raised:
        make(spec)
    assert "test.txt line 1: 'x1' is in train already" in str(raised.value)
    assert "test.txt line 2: no row has the id 'x7'" in str(raised.value)
    lenient = ("[split.files]", "[split]\nabsent = true\n[split.files]")
    (tmp_path / "test.txt").write_text("x2\nx7\n")
    np.testing.assert_array_equal(make(spec, lenient).predefined, [-1, 0, -2, -2])
    (tmp_path / "test.txt").write_text("x6\nx7\n")
    with pytest.raises(FaultsError, match=r"test.txt: none of its lines names a row"):
        make(spec, lenient)


def test_parts_from_a_column_with_a_training_part(make: Make) -> None:
    made = whole(make, ('column = "fold"', 'column = "fold"\ntrain = ["1"]'))
    np.testing.assert_array_equal(made.predefined, [ALWAYS_TRAINS, 0, ALWAYS_TRAINS, 1])
    assert made.part_names == ("2", "3")
    with pytest.raises(DataError, match="nothing is held out"):
        whole(make, ('column = "fold"', 'column = "fold"\ntrain = ["1", "2", "3"]'))


def test_answers_by_id_and_in_order(make: Make, tmp_path: Path) -> None:
    made = whole(make)
    (tmp_path / "answers.csv").write_text("id,genre\nt2,rock\nt1,pop\n")
    np.testing.assert_array_equal(read_answers(made), [1, 0])
    made = plain(make)
    (tmp_path / "answers.csv").write_text("10\n1\n")
    np.testing.assert_array_equal(read_answers(made), [2, 0])
    (tmp_path / "answers.csv").write_text("label\n10\n1\n")
    with pytest.raises(DataError, match=r"3 answers for 2 test rows\n.*header = true"):
        read_answers(made)


def test_no_answers(make: Make) -> None:
    made = plain(make, ('[answers]\nlabels = "answers.csv"\n', ""))
    with pytest.raises(DataError, match="aren't known"):
        read_answers(made)


def test_answers_are_not_opened_by_loading(make: Make) -> None:
    made = plain(make)
    assert made.answers is not None
    assert not made.answers.path.exists()


class TestFingerprint:
    def test_the_same_elsewhere(self, make: Make, tmp_path: Path) -> None:
        one = plain(make).fingerprint
        (tmp_path / "train.csv").rename(tmp_path / "moved.csv")
        other = make(PLAIN, ("train.csv", "moved.csv")).fingerprint
        assert one == other

    @pytest.mark.parametrize(
        "edit",
        [
            ('"1", "2", "10"', '"1", "10", "2"'),
            ('name = "all"', 'name = "some"'),
            ("columns = [0, 2]", "columns = [0, 1]"),
            ("columns = [0, 2]", "columns = [0, 2]\nshape = [2, 1]"),
            ('features = "test.csv"', 'features = "train.csv"'),
            ('features = "test.csv"', 'features = "test.csv"\nfirst_id = 0'),
        ],
    )
    def test_other_meanings_of_the_same_files(self, make: Make, edit: tuple[str, str]) -> None:
        assert plain(make).fingerprint != plain(make, edit).fingerprint

    @pytest.mark.parametrize(
        "files",
        [
            {"train": "1,2\n3,4\n5,7\n"},
            {"labels": "1\n10\n1\n"},
            {"test": "7,8\n9,1\n"},
        ],
    )
    def test_other_contents(self, make: Make, files: dict[str, str]) -> None:
        assert plain(make).fingerprint != plain(make, **files).fingerprint

    def test_groups_and_parts_count(self, make: Make) -> None:
        other = whole(make, ('column = "fold"', 'column = "fold"\ntrain = ["1"]'))
        coarser = ('column = "artist"', "file = 'groups.csv'")
        spec = SPEC.replace("text = [", 'drop = ["artist"]\ntext = [')
        grouped = make(spec, coarser, groups="A\nA\nA\nB\n")
        assert len({whole(make).fingerprint, other.fingerprint, grouped.fingerprint}) == 3

    def test_titles_do_not_count(self, make: Make) -> None:
        edit = ('name = "plain"', 'name = "plain"\ntitle = "A title"')
        assert plain(make).fingerprint == plain(make, edit).fingerprint
