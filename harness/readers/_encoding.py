"""Bytes as UTF-8 text with the line ends of today, whatever they are written in.

What is certain is read (byte-order marks, UTF-16 by its zero bytes, the line ends of old Macs);
what isn't, such as Latin-1 beside its many cousins, is named with the command that converts it.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from harness.errors import DataError
from harness.readers import _packing

HEAD = 1 << 18
"""Bytes that tell the encoding, the line ends and how rows are written."""

MOST = 1 << 26
"""More are looked at where lines are long, up to this."""

BOM = codecs.BOM_UTF8
# UTF-32's mark begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SHOWN = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}
# Bytes that stand in no text: control characters but tabs, line ends, form feeds and escapes.
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
TWO_OR_MORE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
HIGH = re.compile(rb"[\x80-\xff]+")


class Text:
    """A stream of bytes, read as UTF-8.

    Parameters
    ----------
    file : binary file
        Unpacked, at its start.
    path : Path
        For messages.

    Attributes
    ----------
    head : bytes
        The start of the text, three lines at least where there are so many.
    whole : bool
        Whether `head` is all of it.
    plain : bool
        Whether it is UTF-8 as it stands.
    notes : list of str
        What the user should know of the line ends.

    Raises
    ------
    DataError
        Where it isn't text, or text of a damaged encoding.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.notes: list[str] = []
        start = file.read(HEAD)
        self._codec = _codec(start, path)
        self._decoder = codecs.getincrementaldecoder(self._codec)() if self._codec else None
        self._ends: tuple[bytes, ...] = ()
        self._rest = b""
        self._at_end = not start
        mark = next((m for m, codec in MARKS if codec == self._codec), BOM)
        self._held = self._decoded(start.removeprefix(mark), final=False)
        self._settle_line_ends()
        lines = self._held.count(b"\n")
        while lines < 3 and len(self._held) < MOST and (more := self._more(HEAD)):
            lines += more.count(b"\n")
            self._held += more
        # Nothing says yet whether a file of just this length goes on.
        if not self._at_end:
            self._held += self._more(1)
        self.head, self.whole = self._held, self._at_end
        self.plain = not (self._codec or self._ends or start.startswith(BOM))

    def _settle_line_ends(self) -> None:
        head = self._held
        if b"\r" not in head:
            return
        if b"\n" not in head.removesuffix(b"\n"):
            # Old Macs; \r\n counts once should it come later on.
            self._ends = (b"\r\n", b"\r")
        elif b"\r\r\n" in head:
            self._ends = (b"\r\r\n",)
            self.notes.append(r"its lines end with \r\r\n: written as text twice on Windows")
        self._held, self._rest = self._ended(head, final=False)

    def read(self, size: int) -> bytes:
        """About `size` bytes more, b"" at the end."""
        if self._held:
            # Not filled up: that would be a copy of it all.
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._more(size)

    def _more(self, size: int) -> bytes:
        """About `size` bytes from the file, b"" at its end."""
        while not self._at_end:
            raw = self.file.read(size)
            self._at_end = not raw
            if not self._codec and not self._ends:
                return raw
            data = self._decoded(raw, final=not raw)
            if self._ends:
                data, self._rest = self._ended(self._rest + data, final=not raw)
            if data:
                return data
        return b""

    def _decoded(self, raw: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return raw
        try:
            return self._decoder.decode(raw, final).encode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError) as problem:
            raise DataError(
                f"is damaged {SHOWN[str(self._codec)]} text",
                where=str(self.path),
                todo="fetch it again, or save it as UTF-8",
            ) from problem

    def _ended(self, data: bytes, *, final: bool) -> tuple[bytes, bytes]:
        """`data` with plain line ends, and what must wait for the next bytes."""
        kept = b""
        if self._ends and not final:
            body = data.rstrip(b"\r")
            data, kept = body, data[len(body) :]
        for end in self._ends:
            data = data.replace(end, b"\n")
        return data, kept


def _codec(head: bytes, path: Path) -> str | None:
    """The encoding where it isn't UTF-8."""
    for mark, codec in MARKS:
        if head.startswith(mark):
            return codec
    zeros = head[:4096].count(0)
    if not zeros:
        return None
    some = head[:4096]
    # Digits, delimiters and line ends have a zero byte each in UTF-16, all on one side.
    for codec, high in (("utf-16-le", some[1::2]), ("utf-16-be", some[0::2])):
        if high.count(0) == zeros and 4 * zeros >= len(some):
            return codec
    raise not_text(path)


def not_text(path: Path, line: int | None = None) -> DataError:
    """The answer to bytes that are no text."""
    where = "is not text" if line is None else f"line {line} holds a zero byte, which no text has"
    return DataError(
        f"{where}; a table is text, Parquet, npy or npz"
        if line is None
        else where + "; the file is damaged or no CSV",
        where=str(path),
        todo="fetch or write it again",
    )


def not_utf8(path: Path, data: bytes, line: int) -> DataError:
    """The answer to text that isn't UTF-8, with the command that makes it so.

    Parameters
    ----------
    data : bytes
        A piece of it that doesn't decode.
    line : int
        The number of its first line.
    """
    try:
        data.decode("utf-8")
        at = 0
    except UnicodeDecodeError as problem:
        at = problem.start
    line += data.count(b"\n", 0, at)
    if len(CONTROL.findall(data)) > len(data) // 100:
        return not_text(path)
    place = f"is not UTF-8 text (line {line} has the byte 0x{data[at]:02x})"
    if TWO_OR_MORE.search(data[:at]) or len(TWO_OR_MORE.findall(data)) > 1:
        told = f"is UTF-8 text but for some bytes (line {line} has the byte 0x{data[at]:02x})"
        return DataError(told, where=str(path), todo="mend that line, or write the file again")
    runs = [len(run) for run in HIGH.findall(data)]
    alone = 2 * sum(length == 1 for length in runs) > len(runs)
    said, codec = ("; is it Latin-1?", "latin1") if alone else ("", "ENCODING")
    if alone and re.search(rb"[\x80-\x9f]", data):
        said, codec = "; is it Windows-1252?", "cp1252"
    command = _packing.piped(path, f"iconv -f {codec} -t utf-8")
    if not alone:
        command += ", with its encoding, such as cp1251, gb18030 or shift_jis"
    return DataError(place + said, where=str(path), todo=f"convert it: {command}")
