"""Texts from data: harmless on a terminal and in Markdown, and still telling names apart."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from reports import EVIL

from harness.report.text import counted, markdown, percent, plain, shortened, shown_names

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What the Markdown of GitHub gives a meaning to, and some that it doesn't.
SPECIAL = st.text(alphabet="\\`*_{}[]()<>#+-.!|~$&:/@ \n\tabAB12é", max_size=14)


def shown(source: str) -> str:
    """The text that a reader of the Markdown sees, all tags taken out."""
    return html.unescape(re.sub(r"<[^>]*>", "", PARSER.render(source))).strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b", ""),
        ("a\x9b31mb", "a31mb"),
        ("bell\x07 \x08back", "bell back"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("\u202eabc\u2066", "abc"),
        ("lone \ud800 half", "lone half"),
        ("  Rock  'n'  Roll ", "Rock 'n' Roll"),
        ("漢字 Ünï 🎵", "漢字 Ünï 🎵"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_plain_text_is_one_printable_line(text: str) -> None:
    found = plain(text)
    found.encode("utf-8")
    assert len(found.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", found)
    assert plain(found) == found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["a", "a (2)", "a\n", "\x1b[1m", "", "b"]), max_size=6))
def test_no_two_names_are_alike_and_none_is_empty(names: list[str]) -> None:
    found = shown_names(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(found)


@pytest.mark.parametrize("name", EVIL)
def test_markdown_shows_a_name_as_it_is(name: str) -> None:
    assert shown(f"so {markdown(name)} is") == f"so {plain(name)} is"


@settings(max_examples=300, deadline=None)
@given(SPECIAL)
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    assert shown(f"x {markdown(text)} x") == f"x {plain(text)} x"


@settings(max_examples=300, deadline=None)
@given(SPECIAL)
def test_a_table_keeps_its_cells(text: str) -> None:
    table = PARSER.render(f"| a | b |\n|---|---|\n| {markdown(text)} | end |")
    cells = re.findall(r"<td>(.*?)</td>", table, re.DOTALL)
    assert [html.unescape(cell) for cell in cells] == [plain(text), "end"]


@pytest.mark.parametrize("name", ["http://evil.example", "www.evil.example"])
def test_addresses_do_not_become_links(name: str) -> None:
    assert name not in markdown(name)


def test_an_underscore_inside_a_word_stays_readable() -> None:
    assert markdown("Pop_Rock") == "Pop_Rock"


def test_long_names_keep_both_ends() -> None:
    found = shortened("first " + "x" * 80 + " last")
    assert len(found) <= 42
    assert found.startswith("first x")
    assert found.endswith("x last")


def test_short_names_stay() -> None:
    assert shortened("x" * 42) == "x" * 42


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (1e-9, "<1 %"), (0.25, "25 %"), (0.996, ">99 %"), (1, "100 %"), (0.994, "99 %")],
)
def test_percent_rounds_nothing_away(share: float, expected: str) -> None:
    assert percent(share) == expected


def test_counted() -> None:
    assert [counted(1, "row"), counted(2, "row"), counted(2, "class")] == [
        "1 row", "2 rows", "2 classes",
    ]  # fmt: skip
