"""What a file is, by its content alone: which reader takes it, or what to do with it first.

A name says little: ``train.csv`` may be a web page that asks for a password, and ``train.csv.zip``
may hold one table or a whole competition.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness.errors import DataError
from harness.readers import _packing, _source
from harness.readers._packing import PACKED, UNPACK, ZIPS, quoted
from harness.readers._written import other_writing

NPY, PARQUET, ARROW = b"\x93NUMPY", b"PAR1", b"ARROW1\x00\x00"
HEAD = 1 << 12

SHEET = "save it as CSV (in the spreadsheet: Save as, CSV UTF-8), and name that file"
AS_TABLE = "save it as CSV, Parquet or npy"
CODE = "opening one can run code, so harness never does; save it as CSV, Parquet or npy"
# What people also keep tables in or download instead of them: first bytes, name, next step.
FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89HDF", "an HDF5 file", AS_TABLE),
    (b"\xd0\xcf\x11\xe0", "an old Excel sheet", SHEET),
    (b"%PDF", "a PDF", "save the table in it as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "sqlite3 -csv -header {file} 'SELECT * FROM "
     "the_table' > train.csv"),
    (b"FEA1", "a Feather file of the first version", "save it again with a newer pandas"),
    (b"ORC", "an ORC file", AS_TABLE),
    (b"Obj\x01", "an Avro file", AS_TABLE),
    (b"$FL2", "an SPSS file", AS_TABLE),
    (b"<stata_dta>", "a Stata file", AS_TABLE),
    (b"MATLAB 5.0", "a MATLAB file", AS_TABLE),
    (b"RDX", "an R file", AS_TABLE),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it: 7z x {file}"),
    (b"Rar!\x1a\x07", "a rar archive", "unpack it: unrar x {file}"),
    (b"{\\rtf", "an RTF document", "save the table in it as CSV"),
    (b"\x89PNG", "a picture", "name a table"),
    (b"\xff\xd8\xff", "a picture", "name a table"),
    (b"GIF8", "a picture", "name a table"),
    (b"RIFF", "a sound or a film", "harness extract turns recordings into a table"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself",
     "fetch the file: git lfs pull"),
)  # fmt: skip
# Python's own: a protocol mark, then a frame or an opcode.
PICKLE = re.compile(rb"\x80[\x02-\x05][\x95}\]c(KXUq\x8c]", re.DOTALL)
ENDINGS = {".npy": "npy", ".npz": "npz", ".parquet": "parquet", ".pq": "parquet"}
ENDINGS |= {".feather": "arrow", ".arrow": "arrow", ".ipc": "arrow"}
NAMES = {"npy": "npy file", "npz": "npz file", "parquet": "Parquet file", "arrow": "Feather file"}
MARKUP = re.compile(rb"<(!doctype|html|head|body|script|!--|\?xml|title|meta|p\b|div\b)", re.I)
ARFF = re.compile(rb"(%[^\n]*\n|\s)*@relation\b", re.IGNORECASE)


def kind(path: Path) -> str:
    """Which reader takes a file: by its first bytes.

    Raises
    ------
    FileProblem
        Where it is missing, a folder, empty or can't be opened.
    DataError
        Where it is something else altogether: an archive of many files, a spreadsheet, a pickle.
    """
    _source.check(path)
    with _source.opened(path) as file:
        head = file.read(HEAD)
        file.seek(-min(len(head), 8), os.SEEK_END)
        tail = file.read(8)
    if head.startswith(NPY):
        return "npy"
    if head.startswith(ZIPS):
        return _zipped(path)
    # A CSV file may well call its first column PAR1.
    if head.startswith(PARQUET) and tail.endswith(PARQUET):
        return "parquet"
    if head.startswith(ARROW):
        return "arrow"
    for start, name in PACKED.items():
        if head.startswith(start):
            return _inside(path, name)
    found = _text_kind(head, path)
    named = ENDINGS.get(path.suffix.lower())
    if named is not None:
        raise DataError(
            f"is no {NAMES[named]}, or a damaged one: it starts with {head[:6]!r}",
            where=str(path),
            todo="fetch or write it again",
        )
    return found


def _text_kind(head: bytes, path: Path, *, inside: str = "") -> str:
    """``"csv"`` or ``"json"`` by the first bytes; raises for what is neither."""
    for start, name, todo in FOREIGN:
        if head.startswith(start):
            raise foreign(path, name, todo, inside=inside)
    if PICKLE.match(head):
        raise foreign(path, "a pickle", CODE, inside=inside)
    if head[257:262] == b"ustar":
        todo = f"unpack it: tar -xf {quoted(path)} -C {quoted(path.parent)}"
        raise foreign(path, "a tar archive", todo)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if MARKUP.match(text):
        xml = text.startswith(b"<?xml") and b"<html" not in text.lower()
        if xml:
            raise foreign(path, "an XML document", AS_TABLE, inside=inside)
        todo = "a download that needs you signed in gives such a page: fetch it again, signed in"
        raise foreign(path, "a web page, not a table", todo, inside=inside, reads=False)
    if ARFF.match(text):
        raise foreign(path, "an ARFF file (Weka's)", AS_TABLE, inside=inside)
    name, step = other_writing(text, quoted(path), quoted(path.with_suffix(".csv")))
    if name:
        # What is packed is unpacked first.
        todo = AS_TABLE if inside else step.replace("{", "{{").replace("}", "}}")
        raise foreign(path, name, todo, inside=inside)
    return "json" if re.match(rb"\{\s*[\"}]|\[\s*[\[{\]]", text) else "csv"


def foreign(path: Path, name: str, todo: str, *, inside: str = "", reads: bool = True) -> DataError:
    """The answer to a file of a kind that isn't read."""
    told = f"is {name}" + (", which harness doesn't read" if reads else "")
    if inside:
        told = f"is {inside} with {name} in it" + (", which harness doesn't read" if reads else "")
    return DataError(told, where=str(path), todo=todo.format(file=quoted(path)))


def _inside(path: Path, name: str) -> str:
    """What a packed file holds: text is read through, all else is to be unpacked."""
    article = "an" if name == "xz" else "a"
    head = _packing.head(path, HEAD)
    tables = {NPY: "an npy file", PARQUET: "a Parquet file", ARROW: "a Feather file"}
    tables |= dict.fromkeys(ZIPS, "a zip archive")
    tables |= {start: f"{packing} data" for start, packing in PACKED.items()}
    for start, held in tables.items():
        if head.startswith(start):
            raise DataError(
                f"is {article} {name} file with {held} in it",
                where=str(path),
                todo=f"unpack it: {UNPACK[name]} {quoted(path)}",
            )
    return _text_kind(head, path, inside=f"{article} {name} file")


def _zipped(path: Path) -> str:
    names = _packing.members(path)
    if any(name.endswith(".npy") for name in names):
        return "npz"
    if "[Content_Types].xml" in names:
        word = any(name.startswith(("word/", "ppt/")) for name in names)
        what = "a document of an office program" if word else "a spreadsheet"
        raise foreign(path, what, SHEET)
    if "mimetype" in names and "content.xml" in names:
        raise foreign(path, "a spreadsheet", SHEET)
    if any(name.endswith("data.pkl") for name in names):
        raise foreign(path, "a pickle", CODE)
    _packing.only(names, path)
    head = _packing.head(path, HEAD)
    if head.startswith((NPY, PARQUET, ARROW, *ZIPS, *PACKED)):
        raise DataError(
            "is a zip archive with no text in it", where=str(path), todo=_packing.unzip(path)
        )
    return _text_kind(head, path, inside="a zip archive")
