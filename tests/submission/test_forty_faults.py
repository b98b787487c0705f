"""Faulty files as people make them: each fault named with its line, each certain repair exact."""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from drafts import (
    ACCURACY,
    LABELS,
    LOGLOSS,
    NAMES,
    PROBA,
    TRUTH,
    WORLD,
    Change,
    added,
    as_text,
    both,
    cell,
    cells,
    columns,
    header,
    label_draft,
    lower,
    named,
    on_line,
    proba_draft,
    rows,
    scaled,
    written,
)

from harness import submission
from harness.competition import Leaderboard
from harness.submission._faults import KINDS
from harness.submission._fix import REPAIRS


@dataclass(frozen=True)
class Broken:
    """A way to break a file, and what must be said of it.

    `faults` maps every code that some grader refuses to its first line (None: the whole file).
    """

    name: str
    change: Change
    faults: dict[str, int | None]
    fixable: bool = True
    kaggle: bool = False  # whether Kaggle accepts it all the same
    board: Leaderboard = LOGLOSS


def label(name: str, change: Change, faults: dict[str, int | None], **more: bool) -> Broken:
    return Broken(name, change, faults, board=ACCURACY, **more)


def lost(name: str, change: Change, faults: dict[str, int | None], **more: bool) -> Broken:
    """Broken beyond certain repair."""
    return Broken(name, change, faults, fixable=False, **more)


def lost_label(name: str, change: Change, faults: dict[str, int | None]) -> Broken:
    return Broken(name, change, faults, fixable=False, board=ACCURACY)


CERTAIN = [
    Broken("savetxt's comment sign", written(before="# "), {"header-comment": 1}),
    Broken("a comment sign and no space", written(before="#"), {"header-comment": 1}),
    Broken("byte order mark", written(before="\ufeff"), {"bom": 1}),
    Broken("no header", written(header=None), {"no-header": 1}),
    Broken(
        "no header, row numbers in front",
        both(written(header=None), added(lambda i: str(i))),
        {"no-header": 1, "index-column": 1},
    ),
    Broken(
        "spaces behind the header's commas",
        header(lambda names: (names[0], *(f" {name}" for name in names[1:]))),
        {"header-spaces": 1},
    ),
    Broken("lower case", header(lambda n: tuple(map(str.lower, n))), {"header-spelling": 1}),
    Broken("R's points", named(*(f"Class.{k}" for k in range(1, 11))), {"header-spelling": 1}),
    Broken("classes as columns", named(*map(str, range(1, 11))), {"header-class": 1}),
    Broken("class names as columns", named(*NAMES), {"header-class": 1}),
    Broken("another prefix", named(*(f"p_{k}" for k in range(1, 11))), {"header-class": 1}),
    Broken("decimals as columns", named(*(f"{k}.0" for k in range(1, 11))), {"header-class": 1}),
    Broken("columns from 0", named(*(f"Class_{k}" for k in range(10))), {"header-base": 1}),
    Broken("bare columns from 0", named(*map(str, range(10))), {"header-base": 1}),
    Broken("another id name", header(lambda names: ("id", *names[1:])), {"header-name": 1}),
    Broken("an index that holds the ids", header(lambda n: ("", *n[1:])), {"header-name": 1}),
    Broken("pandas's index", added(lambda i: "" if i < 0 else str(i)), {"index-column": 1}),
    Broken("an index saved twice", added(lambda i: "Unnamed: 0"), {"index-column": 1}),
    Broken("an index with a name", added(lambda i: "index"), {"index-column": 1}),
    Broken("one column more", added(lambda i: "predicted", at=-1), {"extra-column": 1}),
    Broken("commas at line ends", added(lambda i: "", at=-1), {"extra-column": 1}),
    Broken("columns sorted as text", columns(as_text), {"column-order": 1}, kaggle=True),
    Broken(
        "sorted as text, bare",
        both(named(*map(str, range(1, 11))), columns(as_text)),
        {"header-class": 1, "column-order": 1},
    ),
    Broken("ids last", columns(lambda r, _: (*r[1:], r[0])), {"column-order": 1}, kaggle=True),
    Broken("semicolons", written(delimiter=";"), {"delimiter": 1}),
    Broken("tabs", written(delimiter="\t"), {"delimiter": 1}),
    Broken(
        "a European Excel",
        both(written(delimiter=";"), cells(lambda c: c.replace(".", ","))),
        {"delimiter": 1, "decimal-comma": 2},
    ),
    Broken(
        "quoted decimal commas",
        both(written(quote=True), cells(lambda c: c.replace(".", ","))),
        {"decimal-comma": 2},
    ),
    Broken("UTF-16", written(encoding="utf-16"), {"encoding": 1}),
    Broken("ids from 0", cells(lower(), 0), {"id-base": 2}),
    Broken(
        "ids from 0, shuffled", both(cells(lower(), 0), rows(lambda r: r[::-1])), {"id-base": 2}
    ),
    Broken("ids from 100", cells(lower(-99), 0), {"id-base": 2}),
    Broken("ids as decimals", cells(lambda c: f"{c}.0", 0), {"id-form": 2}),
    Broken("ids with zeros in front", cells(lambda c: c.zfill(5), 0), {"id-form": 2}),
    Broken("ids as powers", cells(lambda c: f"{int(c):.2e}", 0), {"id-form": 2}),
    Broken(
        "ids from 0, as decimals",
        cells(lambda c: f"{int(c) - 1}.0", 0),
        {"id-base": 2, "id-form": 2},
    ),
    Broken("spaces behind commas", cells(lambda c: f" {c}"), {"spaces": 2}, kaggle=True),
    Broken("spaces around ids", cells(lambda c: f" {c} ", 0), {"spaces": 2}, kaggle=True),
    Broken("rows that sum to an eighth", cells(scaled(1 / 8)), {"row-sum": 2}, kaggle=True),
    Broken("a row that sums to 1/4", on_line(9, scaled(1 / 4)), {"row-sum": 9}, kaggle=True),
    label("labels as decimals", cells(lambda c: f"{c}.0"), {"label-form": 2}),
    label("savetxt's labels", cells(lambda c: f"{int(c):.18e}"), {"label-form": 2}),
    label("labels with zeros", cells(lambda c: c.zfill(2)), {"label-form": 2}),
    label("labels from 0", cells(lower()), {"label-base": 2}),
    label(
        "labels from 0, as decimals",
        cells(lambda c: f"{int(c) - 1}.0"),
        {"label-base": 2, "label-form": 2},
    ),
    label("labels by name", cells(lambda c: NAMES[int(c) - 1]), {"label-name": 2}),
    label("names in capitals", cells(lambda c: NAMES[int(c) - 1].upper()), {"label-spelling": 2}),
    label("spaces before labels", cells(lambda c: f" {c}"), {"spaces": 2}, kaggle=True),
    label("another label name", named("label"), {"header-name": 1}),
    label("no header over labels", written(header=None), {"no-header": 1}),
    label("savetxt's labels file", written(before="# "), {"header-comment": 1}),
    label("labels with an index", added(lambda i: "" if i < 0 else str(i)), {"index-column": 1}),
    label(
        "everything at once",
        both(
            cells(lambda c: f"{int(c) - 1}.0"),
            cells(lower(), 0),
            written(before="\ufeff# ", delimiter=";"),
        ),
        {
            "bom": 1,
            "delimiter": 1,
            "header-comment": 1,
            "id-base": 2,
            "label-base": 2,
            "label-form": 2,
        },
    ),
]
IDS_DIFFER = {"id-missing": None}
UNCERTAIN = [
    lost("a row too few", rows(lambda r: r[:-1]), {"row-count": None, **IDS_DIFFER}),
    lost(
        "a row too many",
        rows(lambda r: [*r, ("25", *r[0][1:])]),
        {"row-count": None, "id-unknown": 26},
    ),
    lost("a strange id", cell(4, 0, "99"), {"id-unknown": 4, **IDS_DIFFER}),
    lost("an id twice", cell(4, 0, "7"), {"id-twice": 8, **IDS_DIFFER}),
    lost("an empty id", cell(4, 0, ""), {"null": 4, **IDS_DIFFER}),
    lost("one id from 0", cell(25, 0, "0"), {"id-unknown": 25, **IDS_DIFFER}),
    lost("no ids", columns(lambda r, _: r[1:]), {"no-id-column": 1}),
    lost("a class too few", columns(lambda r, _: r[:-1]), {"missing-column": 1}),
    lost(
        "a name twice",
        header(lambda n: (*n[:-1], "Class_9")),
        {"header-twice": 1, "missing-column": 1},
    ),
    lost("a strange name", header(lambda n: (*n[:-1], "Class_11")), {"header-name": 1}),
    lost("two spellings of one", added(lambda i: "class 1", at=-1), {"header-twice": 1}),
    lost("an empty cell", cell(5, 2, ""), {"null": 5}),
    lost("NaN", cell(5, 2, "NaN"), {"null": 5}),
    lost("infinity", cell(5, 2, "inf"), {"infinite": 5}),
    lost("a word", cell(5, 2, "low"), {"not-a-number": 5}),
    lost("per cent", cell(5, 2, "25%"), {"not-a-number": 5}),
    lost("a row of zeros", on_line(6, lambda c: "0"), {"row-zero": 6}, kaggle=True),
    lost("negative numbers", cells(lambda c: "-1.5"), {"range": 2, "row-sum": 2}, kaggle=True),
    lost(
        "log-probabilities",
        cells(lambda c: repr(math.log(float(c)))),
        {"log-probabilities": 2},
        kaggle=True,
    ),
    lost("percentages", cells(scaled(100)), {"percentages": 2}, kaggle=True),
    lost(
        "rounded percentages",
        cells(lambda c: f"{float(c) * 100:.1f}"),
        {"percentages": 2},
        kaggle=True,
    ),
    lost("votes", cells(lambda c: repr(float(c) * 160)), {"range": 2, "row-sum": 2}, kaggle=True),
    lost("rows of zeros", cells(lambda c: "0"), {"row-zero": 2}, kaggle=True),
    lost("a short line", rows(lambda r: [*r[:3], r[3][:-1], *r[4:]]), {"ragged": 5}),
    lost("a long line", rows(lambda r: [*r[:3], (*r[3], "1"), *r[4:]]), {"ragged": 5}),
    lost("a quote left open", cell(5, 2, '"0.5'), {"quotes": 5}),
    lost("only a header", rows(lambda r: []), {"row-count": None, **IDS_DIFFER}),
    lost_label("a label beyond", cell(5, 1, "11"), {"label-unknown": 5}),
    lost_label("a label below", cell(5, 1, "0"), {"label-unknown": 5}),
    lost_label("a fraction", cell(5, 1, "2.5"), {"label-unknown": 5}),
    lost_label("a strange word", cell(5, 1, "Polka"), {"label-unknown": 5}),
    lost_label("an empty label", cell(5, 1, ""), {"null": 5}),
]

BYTES = {
    "an empty file": (b"", "empty-file"),
    "an archive": (b"PK\x03\x04 and more", "not-text"),
    "a damaged gzip": (gzip.compress(proba_draft().bytes())[:-9], "not-text"),
    "an array": (b"\x93NUMPY\x01\x00v\x00", "not-text"),
}
# What Kaggle takes without a word, or only rescales.
ACCEPTED = [
    ("as it should be", lambda d: d),
    ("Windows line ends", written(end="\r\n")),
    ("quoted cells", written(quote=True)),
    ("rows in another order", rows(lambda r: r[::-1])),
    ("columns in another order", columns(as_text)),
    ("exponents", cells(lambda c: f"{float(c):.17e}")),
    ("rows that sum to 0.08", cells(lambda c: repr(float(c) * 0.08))),
    ("four decimals", cells(lambda c: f"{float(c) / 3:.4f}")),
    ("spaces behind commas", cells(lambda c: f" {c}")),
]


def name_of(value: object) -> str:
    return getattr(value, "name", "")


def good(board: Leaderboard) -> bytes:
    return (label_draft() if board is ACCURACY else proba_draft()).bytes()


def meant(board: Leaderboard) -> np.ndarray:
    return LABELS if board is ACCURACY else PROBA


def spoiled(folder: Path, broken: Broken) -> Path:
    path = folder / "s.csv"
    draft = label_draft() if broken.board is ACCURACY else proba_draft()
    path.write_bytes(broken.change(draft).bytes())
    return path


def test_there_are_more_than_forty_faulty_files_and_no_two_alike() -> None:
    contents = [
        broken.change(label_draft() if broken.board is ACCURACY else proba_draft()).bytes()
        for broken in (*CERTAIN, *UNCERTAIN)
    ]
    assert len(set(contents)) == len(CERTAIN) + len(UNCERTAIN)
    assert len(set(contents)) >= 70


@pytest.mark.parametrize("broken", [*CERTAIN, *UNCERTAIN], ids=name_of)
def test_each_fault_is_named_with_its_line(tmp_path: Path, broken: Broken) -> None:
    found = submission.check(spoiled(tmp_path, broken), WORLD, broken.board, "strict")
    told: dict[str, int | None] = {}
    for fault in found:
        if fault.refused:
            told.setdefault(fault.code, fault.line)
    assert told == broken.faults


@pytest.mark.parametrize("broken", [*CERTAIN, *UNCERTAIN], ids=name_of)
def test_kaggle_refuses_what_it_refuses_and_no_more(tmp_path: Path, broken: Broken) -> None:
    found = submission.check(spoiled(tmp_path, broken), WORLD, broken.board)
    assert any(fault.refused for fault in found) != broken.kaggle


@pytest.mark.parametrize("broken", CERTAIN, ids=name_of)
def test_a_certain_repair_gives_the_very_submission_that_was_meant(
    tmp_path: Path, broken: Broken
) -> None:
    path = spoiled(tmp_path, broken)
    before = path.read_bytes()
    fixed = submission.fix(path, WORLD, broken.board)
    assert fixed.path == tmp_path / "s-fixed.csv"
    assert path.read_bytes() == before
    for profile in submission.PROFILES:
        values = submission.read(fixed.path, WORLD, broken.board, profile)
        assert np.array_equal(values, meant(broken.board))
    assert len(fixed.changes) == len({fault.code for fault in fixed.examined.faults})
    clean = tmp_path / "good.csv"
    clean.write_bytes(good(broken.board))
    scores = [submission.grade(p, WORLD, broken.board, TRUTH) for p in (fixed.path, clean)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize("broken", UNCERTAIN, ids=name_of)
def test_what_is_not_certain_is_left_alone(tmp_path: Path, broken: Broken) -> None:
    path = spoiled(tmp_path, broken)
    fixed = submission.fix(path, WORLD, broken.board)
    assert fixed.path is None
    assert {fault.code for fault in fixed.left} & set(broken.faults)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_table_is_named_and_left_alone(tmp_path: Path, name: str) -> None:
    content, code = BYTES[name]
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    fixed = submission.fix(path, WORLD, LOGLOSS)
    assert [fault.code for fault in fixed.examined.faults if fault.refused] == [code]
    assert fixed.path is None


@pytest.mark.parametrize(("name", "change"), ACCEPTED)
def test_what_kaggle_accepts_passes(tmp_path: Path, name: str, change: Change) -> None:
    path = tmp_path / "s.csv"
    # Without zeros: Kaggle clips them before it rescales, so that their rows' scale matters.
    path.write_bytes(change(proba_draft((PROBA * 16 + 1) / 26)).bytes())
    assert [f for f in submission.check(path, WORLD, LOGLOSS) if f.refused] == []
    raw = submission.grade(path, WORLD, LOGLOSS, TRUTH)
    fixed = submission.fix(path, WORLD, LOGLOSS).path or path
    assert submission.grade(fixed, WORLD, LOGLOSS, TRUTH, "strict") == pytest.approx(raw, rel=1e-12)


def test_every_kind_of_fault_is_among_the_broken_files() -> None:
    named = {code for broken in (*CERTAIN, *UNCERTAIN) for code in broken.faults}
    named |= {code for _, code in BYTES.values()}
    # These are tested by themselves: nobody refuses them, or they need another leaderboard.
    named |= {"blank-line", "row-order", "rounded", "zero", "other-leaderboard", "label-spaces"}
    named |= {"line-ends", "sum-rounding", "index-ids"}
    named |= {"the-sample", "one-answer", "class-order", "classes-alike", "rows-shuffled"}
    assert named == set(KINDS)


def test_every_certain_fault_has_its_repair() -> None:
    assert {code for code, kind in KINDS.items() if kind.certain} <= set(REPAIRS)
    assert set(REPAIRS) <= set(KINDS)
