"""Text that holds a table in another writing: Markdown, a database's grid, libsvm's pairs."""

from __future__ import annotations

import itertools
import re

_RULE = rb"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*([|+][ \t]*:?-{2,}:?[ \t]*)+\|?[ \t]*\r?\n"
MARKDOWN = re.compile(rb"[^\n]*\|[^\n]*\n" + _RULE)
GRID = re.compile(rb"\+(-{2,}\+)+[ \t]*\r?\n\|")
# Rules go, and the bars at both ends; what is left is parted by bars. `-i.bak` is known everywhere.
UNBAR = (
    "take its bars and rules out: sed -i.bak -e '/^[-+|:[:space:]]*$/d' -e 's/^ *| *//' "
    "-e 's/ *|[[:space:]]*$//' -e 's/ *| */|/g' {file}"
)
_PAIR = re.compile(rb"(\d+):([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_LABEL = re.compile(rb"[+-]?\d+(\.\d+)?(,[+-]?\d+)*")
DENSE = (
    'write it as CSV: {first}python -c "import sys, numpy as np; from sklearn.datasets import '
    "load_svmlight_file as load; X, y = load(sys.argv[1]); np.savetxt(sys.argv[2], "
    "np.c_[X.toarray(), y], '%.9g', ',', header=','.join('x%d' % k for k in "
    "range(1, X.shape[1] + 1)) + ',label', comments='')\" {of} {to}"
)


def other_writing(text: bytes, file: str, csv: str) -> tuple[str, str]:
    """What a table is written in that starts with `text`, and the next step; "" where it is none.

    Parameters
    ----------
    file, csv : str
        The file and a CSV beside it, quoted for a shell; the two may be the same.
    """
    if GRID.match(text):
        return "a table drawn with bars and rules", UNBAR.replace("{file}", file)
    if MARKDOWN.match(text):
        return "a Markdown table", UNBAR.replace("{file}", file)
    if _is_libsvm(text):
        away = f"mv {file} {file}.libsvm && " if file == csv else ""
        of = f"{file}.libsvm" if away else file
        return "libsvm's sparse text", DENSE.format(first=away, of=of, to=csv)
    return "", ""


def _is_libsvm(text: bytes) -> bool:
    """Whether every line is a label and pairs of a rising place and a number."""
    lines = text.split(b"\n")
    lines = [line for line in (lines[:-1] or lines)[:40] if line.strip()]
    pairs = 0
    clocks = True
    for line in lines:
        words = line.partition(b"#")[0].split()
        if not words or not _LABEL.fullmatch(words[0]):
            return False
        found = [_PAIR.fullmatch(word) for word in words[1:] if not word.startswith(b"qid:")]
        if not all(found):
            return False
        places = [int(pair[1]) for pair in found if pair]
        if any(a >= b for a, b in itertools.pairwise(places)):
            return False
        pairs += len(places)
        # 5 12:30 13:45 are times.
        clocks = clocks and all(pair is None or len(pair[2]) == 2 for pair in found)
    return pairs > len(lines) / 2 and not clocks
