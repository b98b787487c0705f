"""competition.toml: every fault with its place, and what is written reads the same."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competitions._parse import parse, read_spec
from harness.competitions._section import locate, path_fault
from harness.competitions._spec import (
    AnswerSpec,
    BlockSpec,
    GroupSpec,
    LeaderboardSpec,
    Spec,
    SplitSpec,
)
from harness.competitions._write import to_toml
from harness.errors import DataError, FaultsError, FileProblem

ROOT = Path("somewhere")

LEAST = """\
name = "tiny"
[train]
features = "train.csv"
labels = "labels.csv"
[classes]
values = ["a", "b"]
"""

FULL = """\
name = "full"
title = "All there is"
[train]
features = "train.csv"
header = true
id = "id"
labels = "labels.csv"
labels_header = true
labels_id = "id"
labels_column = "genre"
[test]
features = "test.csv"
ids = "ids.csv"
[columns]
drop = ["length"]
text = ["mood"]
missing = true
infinite = "missing"
[classes]
values = [1, 2, 10]
names = ["one", "two", "ten"]
[groups]
pattern = '^(.+)-'
[split.files]
train = "split/train.txt"
test = "split/test.txt"
[[blocks]]
name = "rhythm"
columns = [0, 6]
shape = [2, 3]
[[blocks]]
name = "mfcc"
first = "mfcc1"
last = "mfcc4"
[[blocks]]
name = "chroma"
columns = ["c1", "c2"]
[[leaderboards]]
metric = "accuracy"
id = "Id"
label = "Label"
sample = "sample.csv"
public = 0.3
[[leaderboards]]
name = "logloss"
metric = "logloss-cells"
id = "Id"
classes = ["p1", "p2", "p10"]
[answers]
labels = "answers/a.csv"
header = true
id = "id"
label = "genre"
part = "usage"
group = "song"
"""


def faults(text: str) -> str:
    with pytest.raises(FaultsError) as raised:
        parse(text, root=ROOT, where="competition.toml")
    return "\n".join(raised.value.faults)


def test_least() -> None:
    spec = parse(LEAST, root=ROOT, where="competition.toml")
    assert (spec.name, spec.train, spec.labels) == ("tiny", "train.csv", "labels.csv")
    assert spec.classes == ("a", "b")
    assert not spec.header
    assert spec.path(spec.train) == ROOT / "train.csv"


def test_everything_is_understood() -> None:
    spec = parse(FULL, root=ROOT, where="competition.toml")
    assert spec.classes == ("1", "2", "10")
    assert spec.groups == GroupSpec(pattern="^(.+)-")
    assert spec.split == SplitSpec(files=(("train", "split/train.txt"), ("test", "split/test.txt")))
    assert spec.blocks[0] == BlockSpec("rhythm", 0, 6, shape=(2, 3))
    assert spec.blocks[1] == BlockSpec("mfcc", first="mfcc1", last="mfcc4")
    assert spec.blocks[2] == BlockSpec("chroma", names=("c1", "c2"))
    assert spec.leaderboards[0].public == 0.3
    assert spec.leaderboards[1].name == "logloss"
    assert spec.leaderboards[1].metric == "logloss-cells"
    assert spec.answers == AnswerSpec("answers/a.csv", True, "id", "genre", "usage", "song")
    assert spec.test_header, "the test file is written like the training file"


@pytest.mark.parametrize("share", ["0", "1", "1.0", "30", '"0.3"'])
def test_the_public_share_is_between_0_and_1(share: str) -> None:
    told = faults(FULL.replace("public = 0.3", f"public = {share}"))
    assert "a number between 0 and 1" in told


def test_test_rows_take_the_training_files_id_column() -> None:
    text = LEAST.replace("[classes]", '[test]\nfeatures = "t.csv"\n[classes]')
    text = text.replace('labels = "labels.csv"', 'labels = "labels.csv"\nid = "key"')
    assert parse(text, root=ROOT, where="").test_id_column == "key"
    counted = text.replace('"t.csv"', '"t.csv"\nfirst_id = 0')
    assert parse(counted, root=ROOT, where="").test_id_column is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "tiny"', "", "name: is missing"),
        ('name = "tiny"', 'name = ""', "name: must be a text"),
        ('name = "tiny"', 'nam = "tiny"', "did you mean name?"),
        ('features = "train.csv"', "", "[train] features: is missing"),
        ('features = "train.csv"', "features = 3", "line 3: [train] features: must be a text"),
        ('labels = "labels.csv"', "", "[train]: needs either label"),
        ('labels = "labels.csv"', 'labels = "l.csv"\nlabel = "y"', "needs either label"),
        ('labels = "labels.csv"', 'label = "y"\nlabels_header = true', "means nothing without"),
        ("labels =", "header = 1\nlabels =", "[train] header: must be true or false, not 1"),
        ("labels =", "heder = true\nlabels =", "did you mean header?"),
        ("labels =", 'labels_id = "id"\nlabels =', "labels_id: means nothing without id"),
        ('"train.csv"', '"../train.csv"', "leaves the folder"),
        ('"train.csv"', '"a/../../train.csv"', "leaves the folder"),
        ('"train.csv"', '"..\\\\train.csv"', "leaves the folder"),
        ('"train.csv"', '"C:/../../train.csv"', "leaves the folder"),
        ('["a", "b"]', '["a"]', "at least two classes"),
        ('["a", "b"]', '["a", "a"]', "'a' more than once"),
        ('["a", "b"]', '["a", " b"]', "begins or ends with a blank"),
        ('["a", "b"]', '["a", 1.5]', "must be a list of the label values"),
        ('["a", "b"]', '["a", "b"]\nnames = ["A"]', "1 names for 2 values"),
        ("[classes]", '[test]\nid = "x"\n[classes]', "[test] features: is missing"),
        ("[classes]", '[test]\nfeatures = "t"\nid = "x"\nfirst_id = 0\n[classes]', "ids of their"),
        ("[classes]", '[test]\nfeatures = "t"\nid = "x"\nids = "i"\n[classes]', "one of them"),
        ("[classes]", '[groups]\npattern = "x"\n[classes]', "without [train] id"),
        ("[classes]", '[groups]\ncolumn = "x"\npattern = "("\n[classes]', "no regular expression"),
        ("[classes]", "[groups]\n[classes]", "needs one of column, file and pattern"),
        ("[classes]", '[split]\ncolumn = "x"\n[split.files]\na = "b"\n[classes]', "needs either"),
        ("[classes]", '[split.files]\ntest = "b"\n[classes]', "list files name rows by id"),
        ("[classes]", '[columns]\nnumbers = ["x"]\ntext = ["x"]\n[classes]', "'x' is both"),
        ("[classes]", '[answers]\nlabels = "a"\npart = "p"\n[classes]', "needs label beside it"),
        ("[classes]", "blocks = 3\n[classes]", "[train] blocks: is no key here"),
        (
            'name = "tiny"',
            'name = "tiny"\ncolumns = 3',
            "line 2: [columns]: must be a table, not 3",
        ),
        (
            'name = "tiny"',
            'name = "tiny"\nblocks = 3',
            "line 2: blocks: must be written as [[blocks]]",
        ),
    ],
)
def test_one_fault(old: str, new: str, told: str) -> None:
    text = LEAST.replace(old, new)
    assert text != LEAST
    with pytest.raises(DataError) as raised:
        parse(text, root=ROOT, where="competition.toml")
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("columns = [0, 4]", "number 1 name: is missing"),
        ('name = "x"', "needs columns"),
        ('name = "x"\ncolumns = [4, 4]', "0 <= start < stop"),
        ('name = "x"\ncolumns = [-1, 4]', "0 <= start < stop"),
        ('name = "x"\ncolumns = [0, 4, 8]', "0 <= start < stop"),
        ('name = "x"\ncolumns = []', "0 <= start < stop"),
        ('name = "x"\ncolumns = [0, 7]\nshape = [2, 4]', "2 x 4 is 8, but it has 7 columns"),
        ('name = "x"\ncolumns = [0, 7]\nshape = [7, 0]', "whole numbers above 0"),
        ('name = "x"\nfirst = "a"', "first and last"),
        ('name = "x"\nfirst = "a"\nlast = "b"\ncolumns = [0, 1]', "first and last"),
        (
            'name = "x"\ncolumns = [0, 1]\n[[blocks]]\nname = "x"\ncolumns = [1, 2]',
            "two are called",
        ),
    ],
)
def test_bad_block(block: str, told: str) -> None:
    assert told in faults(f"{LEAST}[[blocks]]\n{block}\n")


@pytest.mark.parametrize(
    ("board", "told"),
    [
        ('label = "y"', "number 1 metric: is missing"),
        ('metric = "accuracy"', "needs either label"),
        ('metric = "accuracy"\nlabel = "id"', "'id' is the name of another column too"),
        ('metric = "logloss"\nclasses = ["a"]', "1 columns for 2 classes"),
        ('metric = "logloss"\nclasses = ["a", "a"]', "more than once"),
    ],
)
def test_bad_leaderboard(board: str, told: str) -> None:
    assert told in faults(f"{LEAST}[[leaderboards]]\n{board}\n")


def test_all_faults_at_once_with_their_lines() -> None:
    text = 'title = 3\n[train]\nfeatures = "../x"\nheder = true\n[clases]\nvalues = ["a"]\n'
    told = faults(text)
    for part in (
        "name: is missing",
        "line 1: title",
        "line 3: [train] features",
        "line 4: [train] heder",
        "[train]: needs either",
        "line 5: clases: is no key here; did you mean classes?",
        "the table [classes] is missing",
    ):
        assert part in told


def test_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "competition.toml"
    path.write_text("name = tiny\n")
    with pytest.raises(DataError, match=r"is not TOML: .*line 1"):
        read_spec(path)


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "competition.toml"
    path.write_bytes(b'name = "\xe9"\n')
    with pytest.raises(DataError, match="not UTF-8"):
        read_spec(path)


def test_byte_order_mark_and_crlf_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "competition.toml"
    path.write_bytes(b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode())
    assert read_spec(path).name == "tiny"


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="harness new"):
        read_spec(tmp_path / "competition.toml")


def test_absolute_paths_are_meant(tmp_path: Path) -> None:
    text = LEAST.replace('"train.csv"', f'"{(tmp_path / "x.csv").as_posix()}"')
    spec = parse(text, root=ROOT, where="")
    assert spec.path(spec.train) == tmp_path / "x.csv"


@given(st.text(alphabet="ab./\\", max_size=12))
def test_accepted_relative_paths_stay_inside(text: str) -> None:
    if path_fault(text) is None and not text.startswith(("/", "\\")):
        whole = posixpath.normpath(posixpath.join("/some/folder", text.replace("\\", "/")))
        assert (whole + "/").startswith("/some/folder/")


def test_lines_of_arrays_of_tables() -> None:
    lines = locate('[[blocks]]\nname = "a"\n\n[[blocks]]\nname = "b"\n')
    assert lines["blocks[0].name"] == 2
    assert lines["blocks[1]"] == 4
    assert lines["blocks[1].name"] == 5


# Anything that a TOML text can hold, quotes, controls and line ends among it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
PATHS = st.text("abc_-. é\"'", min_size=1, max_size=8).filter(
    lambda text: text.strip() and path_fault(text) is None
)
MAYBE = st.none() | TEXTS
ANSWERS = st.builds(AnswerSpec, PATHS, st.booleans(), MAYBE, MAYBE) | st.builds(
    AnswerSpec, PATHS, st.booleans(), MAYBE, TEXTS, MAYBE, MAYBE
)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    columns = draw(st.lists(TEXTS, min_size=6, max_size=12, unique=True))
    by_column = draw(st.booleans())
    id_column = draw(st.none() | st.just(columns[0]))
    classes = draw(
        st.lists(TEXTS.filter(lambda t: t == t.strip()), min_size=2, max_size=5, unique=True)
    )
    fields: dict = {
        "id_column": id_column,
        "label_column": columns[1] if by_column else None,
        "drop": tuple(columns[6:8]),
        "text": tuple(columns[8:]),
        "missing": draw(st.booleans()),
    }
    if not by_column:
        fields |= {"labels": draw(PATHS), "labels_header": draw(st.booleans())}
        fields["labels_column"] = draw(MAYBE)
        fields["labels_id_column"] = draw(MAYBE) if id_column else None
    groups = [None, GroupSpec(column=columns[2]), GroupSpec(column="c", file="g.csv", header=True)]
    groups += [GroupSpec(pattern="^(a+)"), GroupSpec(file="g", id_column="i")] if id_column else []
    splits = [None, SplitSpec(column=columns[3]), SplitSpec(column=columns[3], train=())]
    if id_column:
        splits.append(SplitSpec(files=(("train", "a"), ('so "called"', "b")), absent=True))
    fields |= {"groups": draw(st.sampled_from(groups)), "split": draw(st.sampled_from(splits))}
    if draw(st.booleans()):
        fields |= {"test": draw(PATHS), "test_header": draw(st.booleans())}
        ids = draw(st.sampled_from(["column", "file", "counted"]))
        if ids == "column":
            fields["test_id_column"] = draw(TEXTS)
        elif ids == "file":
            fields |= {"test_ids": draw(PATHS), "test_ids_header": draw(st.booleans())}
        else:
            fields["first_id"] = draw(st.integers(-3, 1000))
    headers = draw(
        st.lists(TEXTS, min_size=len(classes) + 2, max_size=len(classes) + 2, unique=True)
    )
    boards = (
        LeaderboardSpec("accuracy", id_header=headers[0], label_header=headers[1]),
        LeaderboardSpec(
            "logloss-cells",
            name="logloss",
            id_header=headers[0],
            class_headers=tuple(headers[2:]),
            sample=draw(st.none() | PATHS),
        ),
    )
    blocks = (
        BlockSpec("a", 0, 6, shape=draw(st.none() | st.just((2, 3)))),
        BlockSpec("b", names=tuple(columns[:2])),
        BlockSpec("c", first=columns[2], last=columns[3], shape=(2, 1)),
    )
    return Spec(
        root=ROOT,
        name=draw(TEXTS),
        title=draw(st.just("") | TEXTS),
        train=draw(PATHS),
        header=draw(st.booleans()),
        classes=tuple(classes),
        class_names=tuple(f"n{k}" for k in range(len(classes))) if draw(st.booleans()) else (),
        leaderboards=boards[: draw(st.integers(0, 2))],
        blocks=blocks[: draw(st.integers(0, 3))],
        answers=draw(st.none() | ANSWERS),
        **fields,
    )


@settings(max_examples=150, deadline=None)
@given(specs())
def test_what_is_written_reads_the_same(spec: Spec) -> None:
    assert parse(to_toml(spec, heading=["a comment\nof two lines"]), root=ROOT, where="") == spec


BOARDS = """
[[leaderboards]]
metric = "accuracy"
id = false
label = "y"
spelling = ["No", "Yes"]

[[leaderboards]]
metric = "map@2"
id = ""
label = "y"
top = 2
separator = ","
columns = ["y", "", "x"]
ignored = ["Usage"]

[[leaderboards]]
metric = "roc-auc"
probability = "y"
positive = "1"
delimiter = ";"

[[leaderboards]]
name = "sample_submission.csv"
metric = "logloss"
sample = "sample_submission.csv"
unwritable = "its columns don't fit"
"""


def _with_boards(boards: str) -> str:
    text = LEAST.partition("[classes]")[0] + '[classes]\nvalues = ["0", "1"]\n'
    return text + boards


def test_a_leaderboards_form_is_read_and_written_back() -> None:
    spec = parse(_with_boards(BOARDS), root=ROOT, where="")
    labels, ranks, share, unknown = spec.leaderboards
    assert labels.written == ("y",)
    assert labels.spelling == ("No", "Yes")
    assert (ranks.id_header, ranks.top, ranks.separator) == ("", 2, ",")
    assert ranks.written == ("y", "", "x")
    assert (share.positive, share.delimiter, share.written) == ("1", ";", ("id", "y"))
    assert unknown.unwritable
    assert replace(parse(to_toml(spec), root=ROOT, where=""), source="") == spec


@pytest.mark.parametrize(
    ("board", "told"),
    [
        ('label = "y"\nprobability = "p"\npositive = "1"', "needs either label"),
        ('probability = "p"', "positive = '1'"),
        ('probability = "p"\npositive = "2"', "'2' is none of 0, 1"),
        ('label = "y"\npositive = "1"', "means nothing without probability"),
        ('label = "y"\ntop = 3', "must be from 2 to 2"),
        ('label = "y"\nspelling = ["a"]', "holds 1 labels for 2 classes"),
        ('label = "y"\nseparator = " "', "means nothing without top"),
        ('label = "y"\ntop = 2\nseparator = ""', "one to 3 characters"),
        ('label = "y"\ndelimiter = "ab"', "one character"),
        ('label = "y"\ncolumns = ["id", "z"]', "lacks 'y'"),
        ('label = "y"\nignored = ["y"]', "'y', which is written"),
    ],
)
def test_a_leaderboards_form_that_contradicts_itself(board: str, told: str) -> None:
    text = _with_boards(f'\n[[leaderboards]]\nmetric = "accuracy"\n{board}\n')
    assert told in faults(text)


def test_one_hot_columns_are_one_for_each_class() -> None:
    text = _with_boards("").replace('labels = "labels.csv"', 'label = ["a", "b"]')
    spec = parse(text, root=ROOT, where="")
    assert spec.label_columns == ("a", "b")
    assert replace(parse(to_toml(spec), root=ROOT, where=""), source="") == spec
    assert "names 1 columns for 2 classes" in faults(text.replace('["a", "b"]', '["a"]'))
