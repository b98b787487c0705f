"""How files that may hold tables end, and what they are called without that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_TEXT = (".csv", ".tsv", ".tab")
ENDINGS = (
    *_TEXT,
    *(text + packed for text in _TEXT for packed in PACKED),
    *(".parquet", ".pq", ".npy", ".npz", ".feather", ".arrow", ".ipc"),
)
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
_SELDOM = (
    *(".txt", ".dat", ".data", ".json", ".jsonl", ".ndjson"),
    *(".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".gsheet"),
    *(".arff", ".pkl", ".pickle", ".h5", ".hdf5", ".hdf", ".sqlite", ".sqlite3", ".db"),
    *(".rds", ".rdata", ".rda", ".mat", ".sav", ".dta", ".sas7bdat", ".orc", ".avro"),
    *(".html", ".htm", ".xml", ".pdf", ".csvx", ""),
)
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
SELDOM = (*_SELDOM, *(one + packed for one in _SELDOM if one for packed in PACKED), *PACKED)


def ending_of(name: str, endings: Iterable[str]) -> str | None:
    """The longest of `endings` that a name has; "" fits names without a point."""
    low = name.lower()
    found = [
        e for e in endings if (low.endswith(e) and e and low != e) or (not e and "." not in low)
    ]
    return max(found, key=len, default=None)


def stem_of(path: Path) -> str:
    """A file's name without what it is written and packed in."""
    ending = ending_of(path.name, (*ENDINGS, *SELDOM, *ARCHIVES)) or ""
    return path.name.lower().removesuffix(ending)
