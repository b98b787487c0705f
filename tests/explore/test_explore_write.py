"""The folder and the page: whole files, the same bytes, nothing from data that acts as code."""

from __future__ import annotations

import base64
import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import toys

from harness.errors import FileProblem, UsageError
from harness.explore import write
from harness.explore.write import Written, default_folder, write_exploration

# Few pictures, soon drawn.
FLAT = toys.toy([[1.0]] * 4, [0, 0, 1, 1])


class Seen(HTMLParser):
    """Tags, attributes and the text that a browser would show."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def seen(evil: Written) -> Seen:
    parser = Seen()
    parser.feed(evil.page.read_text(encoding="utf-8"))
    assert parser.open == []
    return parser


def test_the_page_has_only_the_houses_own_tags(seen: Seen) -> None:
    own = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "nav",
        "a",
    }
    own |= {"table", "thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption"}
    own |= {"details", "summary"}
    assert {tag for tag, _ in seen.tags} <= own
    for tag, attributes in seen.tags:
        known = {"lang", "charset", "http-equiv", "content", "name", "id", "class", "href", "src"}
        assert set(attributes) <= known | {"alt", "open"}, tag
        assert not any(name.startswith("on") for name in attributes)


def test_names_from_data_are_shown_as_they_are(seen: Seen) -> None:
    for text in ("<i>title</i> & more", "../<b>evil</b>", "a <note>", "[red]a|b[/red]"):
        assert text in seen.text
    assert not set("\x1b\u202e") & set(seen.text)


def test_the_page_fetches_nothing(seen: Seen) -> None:
    for _, attributes in seen.tags:
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
    policies = [a["content"] for _, a in seen.tags if "http-equiv" in a]
    assert len(policies) == 1
    assert str(policies[0]).startswith("default-src 'none'")


def test_links_lead_to_headings(seen: Seen) -> None:
    headings = {f"#{a['id']}" for tag, a in seen.tags if tag == "h2"}
    links = {a["href"] for tag, a in seen.tags if tag == "a"}
    assert links == headings
    assert len(links) == 7


def test_the_page_holds_the_pictures_and_says_what_they_show(evil: Written, seen: Seen) -> None:
    images = [a for tag, a in seen.tags if tag == "img"]
    held = [base64.b64decode(str(a["src"]).partition(",")[2]) for a in images]
    assert held == [path.read_bytes() for path in evil.files if path.suffix == ".png"]
    assert all(a["alt"] for a in images)


def test_the_page_says_that_standardising_is_for_pictures(seen: Seen) -> None:
    assert "That is for the pictures only; nothing of it is kept for fitting." in seen.text


def test_the_page_lists_the_correlated_pairs(evil: Written, seen: Seen) -> None:
    related = evil.exploration.correlations
    assert related is not None
    assert f"{len(related.pairs)} pairs beyond ±0.7" in seen.text
    names = evil.exploration.look.full_names
    assert names[related.pairs[0].one] in seen.text


def test_all_pairs_are_in_the_csv_file(evil: Written) -> None:
    with evil.files[-1].open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    related = evil.exploration.correlations
    assert related is not None
    names = evil.exploration.look.full_names
    assert head == ["column_1", "column_2", "correlation"]
    expected = [[names[p.one], names[p.other], p.r] for p in related.pairs]
    assert [[one, other, float(r)] for one, other, r in rows] == expected


def test_the_numbers_are_json(evil: Written) -> None:
    told = json.loads((evil.page.parent / "explore.json").read_text(encoding="utf-8"))
    assert told["files"] == [path.name for path in evil.files]
    assert told["columns"] == 14
    assert told["number_columns"] == 12
    assert told["correlations"]["beyond"] == len(evil.exploration.correlations.pairs)  # type: ignore[union-attr]
    assert sum(each["rows"] for each in told["classes"]) == told["rows"]
    assert json.loads(json.dumps(evil.as_dict()))["page"] == str(evil.page)


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    world = toys.drawn(12, 2, 2)
    write_exploration(world, tmp_path / "a")
    write_exploration(world, tmp_path / "b")
    found = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}


def test_what_an_older_exploration_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(12, 2))
    X[:, 1] = X[:, 0]
    X[0, 0] = np.nan
    out = tmp_path / "out"
    before = write_exploration(toys.toy(X, np.arange(12) % 2), out)
    names = {path.name for path in before.files}
    assert {"missing.png", "correlated-pairs.csv"} <= names
    (out / "mine.png").write_bytes(b"mine")
    after = write_exploration(FLAT, out)
    kept = {path.name for path in after.files} | {"mine.png", "index.html", "explore.json"}
    assert {path.name for path in out.iterdir()} == kept
    assert "missing.png" not in kept


@pytest.mark.parametrize(
    "listed", ['{"files": ["../victim.png", "sub/victim.png", 7]}', "[]", '{"files": 3}', "broken"]
)
def test_a_list_that_somebody_else_wrote_removes_nothing(listed: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "victim.png").touch()
    (out / "explore.json").write_text(listed, encoding="utf-8")
    write._clear(out, keep=set())
    assert (tmp_path / "victim.png").exists()


def test_a_page_is_never_older_than_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "page", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_exploration(FLAT, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert "index.html" not in names
    assert not any(name.startswith(".part-") for name in names)


class Killed(BaseException):
    """What nobody catches, as a kill."""


@pytest.mark.parametrize("renamed", [1, 3])
def test_an_exploration_killed_while_its_files_are_renamed_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    out, count = tmp_path / "out", [0]
    replace = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if Path(target).parent == out:
            count[0] += 1
            if count[0] > renamed:
                raise Killed
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(Killed):
            write_exploration(toys.drawn(12, 2, 2), out)
    after = write_exploration(FLAT, out)
    kept = {path.name for path in after.files} | {"index.html", "explore.json"}
    assert {path.name for path in out.iterdir()} == kept


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    out = tmp_path / "out"
    if there:
        write_exploration(FLAT, out)
    before = {path.name: path.read_bytes() for path in out.glob("*")}

    def full(path: Path, *_: object) -> None:
        raise FileProblem("can't be written (No space left on device)", where=str(path))

    monkeypatch.setattr(write, "write_text", full)
    with pytest.raises(FileProblem, match=f"^{re.escape(str(out))}: can't be written"):
        write_exploration(toys.drawn(12, 2, 2), out)
    assert {path.name: path.read_bytes() for path in out.glob("*")} == before
    assert out.exists() == there


def test_pictures_are_not_poured_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    with pytest.raises(UsageError, match=r"--out .*holds other files, such as train\.csv"):
        write_exploration(FLAT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["train.csv"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileProblem, match="can't be written"):
        write_exploration(FLAT, tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["../evil", "/etc", "..", "a b/c", "", "."])
def test_the_default_folder_stays_inside_explore(name: str) -> None:
    folder = default_folder(toys.drawn(4, 1, 2, name=name))
    assert folder.parent == Path("explore")
    assert re.fullmatch(r"[\w-]+", folder.name)
