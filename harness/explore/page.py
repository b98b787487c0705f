"""The page: one HTML file that holds its pictures. No scripts, and nothing is fetched.

Every text that comes from data passes through `html.escape`; the policy in the page's head tells
browsers to run and to load nothing, should a text ever get past it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape

from harness.explore.correlation import block_counts
from harness.explore.exploration import Exploration
from harness.explore.pictures import CORRELATIONS, Picture, left_out
from harness.explore.words import correlation, facts, headline
from harness.report.text import plain

MOST_PAIRS = 100
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto;
  max-width: 1120px; padding: 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
nav a { margin-right: 1rem; } a { color: #0b5a8a; }
figure { margin: 1rem 0 2rem; } img { max-width: 100%; height: auto; }
figcaption, .notes { color: #555; font-size: .9rem; max-width: 46rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0;
  border-bottom: 1px solid #e3e3e3; font-weight: normal; }
thead th, tbody th { font-weight: 600; } tbody th { white-space: nowrap; }
td.number { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
summary { cursor: pointer; margin: .5rem 0; }
"""


def page(
    found: Exploration, drawn: Sequence[tuple[Picture, bytes]], *, pairs_file: str = ""
) -> str:
    """The exploration as HTML.

    Parameters
    ----------
    drawn : sequence of (Picture, bytes)
        The pictures in their order, and what their PNG files hold.
    pairs_file : str
        Name of the file beside the page that lists all correlated pairs, where there is one.
    """
    title = escape(plain(found.competition.title or found.competition.name))
    topics = list(dict.fromkeys(picture.topic for picture, _ in drawn))
    body = [f"<h1>{title}</h1>", f"<p>{escape(headline(found))}</p>", _table_of_facts(found)]
    notes = [*found.notes, left_out(found), *map(plain, found.competition.notes)]
    body.append('<ul class="notes">')
    body += [f"<li>{escape(note)}</li>" for note in notes if note]
    body.append("</ul>")
    links = (f'<a href="#{_anchor(topic)}">{escape(topic)}</a>' for topic in topics)
    body.append(f"<nav>{' '.join(links)}</nav>")
    for topic in topics:
        body.append(f'<h2 id="{_anchor(topic)}">{escape(topic)}</h2>')
        body += [_figure(picture, png) for picture, png in drawn if picture.topic == topic]
        if topic == CORRELATIONS:
            body += _pairs(found, pairs_file)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}: the training rows in pictures</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _anchor(topic: str) -> str:
    """Topics are the house's own words."""
    return topic.lower().replace(" ", "-")


def _table_of_facts(found: Exploration) -> str:
    rows = (
        f"<tr><th>{escape(subject)}</th><td>{escape(told)}</td></tr>"
        for subject, told in facts(found)
    )
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _figure(picture: Picture, png: bytes) -> str:
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(picture.title)}">'
        f"<figcaption>{escape(picture.caption)} ({escape(picture.file)})</figcaption></figure>"
    )


def _pairs(found: Exploration, file: str) -> Iterator[str]:
    related = found.correlations
    assert related is not None
    if not related.pairs:
        yield f"<p>No pair of columns lies beyond ±{related.threshold:g}.</p>"
        return
    if counts := block_counts(related.pairs, found.look):
        rows = [[one, other, str(count)] for one, other, count in counts]
        yield from _table("pairs within and between blocks", ("block", "block", "pairs"), rows)
    names = found.look.full_names
    shown = related.pairs[:MOST_PAIRS]
    rows = [[names[pair.one], names[pair.other], correlation(pair.r)] for pair in shown]
    some = f"the {len(shown)} strongest of " if len(shown) < len(related.pairs) else ""
    head = f"{some}{len(related.pairs)} pairs beyond ±{related.threshold:g}"
    yield from _table(head, ("column", "column", "correlation"), rows)
    if file and some:
        yield f"<p>All of them are in {escape(file)}, beside this page.</p>"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table whose last column holds numbers; folded away where it is long."""
    yield f"<details{' open' if len(rows) <= 12 else ''}><summary>{escape(title)}</summary><table>"
    yield f"<thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr></thead><tbody>"
    for row in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row[:-1])
        yield f'<tr>{cells}<td class="number">{escape(row[-1])}</td></tr>'
    yield "</tbody></table></details>"
