"""Groups cut out of ids by a pattern: any pattern, in bounded time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competitions import _pattern
from harness.competitions._parse import parse
from harness.competitions._pattern import cut_out
from harness.errors import DataError, FaultsError

SLOW = [
    (r"(a+)+$", "a" * 5000 + "!"),
    (r"^(a|aa)+$", "a" * 200 + "b"),
    (r"(.*)*x\1", "y" * 5000),
    (r"^(\w+\s?)*$", "ab " * 300 + "!"),
    (r"(?=(a+)+b)a", "a" * 300),
    (r".*.*.*.*.*.*=$", "x" * 20000),
]


@pytest.mark.parametrize(("pattern", "identity"), SLOW, ids=[p for p, _ in SLOW])
def test_a_pattern_that_would_take_for_ever_is_stopped_and_its_id_named(
    pattern: str, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pattern, "SECONDS", 1.0)
    with pytest.raises(DataError, match=r"takes too long: row 3, id '[axy]") as caught:
        cut_out(pattern, ["b1a", "c2a", identity, "d"], where="train.csv")
    assert len(str(caught.value)) < 400


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=20))
def test_it_matches_as_python_does(ids: list[str]) -> None:
    pattern = r"^(\w*?)[.\d]"
    wanted = [None if (m := re.search(pattern, one)) is None else m[1] for one in ids]
    assert cut_out(pattern, ids, where="here") == wanted


def test_without_a_group_all_that_matches_counts() -> None:
    assert cut_out(r"[a-z]+", ["1ab2", "12"], where="here") == ["ab", None]


def test_lone_surrogates_and_line_ends_pass() -> None:
    assert cut_out(r"(?s).+", ["\ud800a\n", "b"], where="here") == ["\ud800a\n", "b"]


def test_many_ids_are_one_process_s_work() -> None:
    assert len(cut_out(r"^(\d)", [str(k) for k in range(100_000)], where="here")) == 100_000


TOML = """\
name = "x"
[train]
features = "t.csv"
label = "y"
id = "id"
[classes]
values = ["a", "b"]
[groups]
pattern = '{pattern}'
"""


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999}", "x" * 5000, "[z-a]", "(?P<1>a)"])
def test_what_is_no_pattern_is_a_fault_of_the_file(pattern: str) -> None:
    with pytest.raises(FaultsError, match=r"line 9: \[groups\] pattern"):
        parse(TOML.format(pattern=pattern), root=Path(), where="competition.toml")


@pytest.mark.parametrize(
    "line",
    [
        ".".join(["a"] * 20_000) + " = 1",
        "".join(f'[[blocks]]\nname = "b{k}"\ncolumns = [0, "x"]\n' for k in range(2000)),
        'title = "' + "t" * 10_000_000 + '"',
        "x = " + "9" * 5000,
        "x = [\n[" + " " * 200_000 + "1],\n[2]]",
        '"' + "k" * 1_000_000 + '" = 1',
        "[" + "a." * 300 + "a]",
        ".".join(["a"] * 3000) + " = 1",
        "x = " + "9" * 4000,
        "x = " + "[" * 400 + "]" * 400,
        "x = [" + "1, " * 300_000 + "]",
    ],
    ids=[
        "deep keys",
        "blocks",
        "name",
        "more digits",
        "blanks",
        "long key",
        "deep table",
        "deep key",
        "digits",
        "deep list",
        "long list",
    ],
)
def test_a_file_that_is_too_much_is_a_fault_and_no_wait(line: str) -> None:
    with pytest.raises(DataError):
        parse(f"{line}\n" + TOML.format(pattern="a"), root=Path(), where="competition.toml")


def test_a_hundred_thousand_classes_are_looked_at_once() -> None:
    values = ", ".join(f'"{k}"' for k in [*range(100_000), 5])
    text = TOML.replace('"a", "b"', values).format(pattern="a")
    with pytest.raises(FaultsError, match="names '5' more than once"):
        parse(text, root=Path(), where="competition.toml")
