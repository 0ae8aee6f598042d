"""Positions of the language server protocol in UTF-8 bytes, for the three encodings clients speak."""

import re
from bisect import bisect_right
from collections.abc import Sequence

LINE_END = re.compile(rb"\r\n|\n|\r")
UNITS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def line_starts(source: bytes) -> list[int]:
    """Return the byte at which each line begins; lines end at \\n, \\r\\n or \\r and nowhere else."""
    return [0, *(match.end() for match in LINE_END.finditer(source))]


def offset_at(source: bytes, starts: Sequence[int], line: int, character: int, encoding: str) -> int:
    """Return the byte of a position; one beyond its line or the text is cut to the end of it."""
    if line >= len(starts):
        return len(source)
    start, end = starts[line], _line_end(source, starts, line)
    text = source[start:end]
    if encoding == "utf-8":
        at = min(character, len(text))
        while 0 < at < len(text) and text[at] & 0xC0 == 0x80:
            at -= 1
        return start + at
    if text.isascii():
        return start + min(character, len(text))
    units = 0
    for at, char in enumerate(decoded := text.decode("utf-8", "surrogatepass")):
        width = 2 if encoding == "utf-16" and ord(char) > 0xFFFF else 1
        if units + width > character:
            return start + len(decoded[:at].encode("utf-8", "surrogatepass"))
        units += width
    return end


def position_at(source: bytes, starts: Sequence[int], offset: int, encoding: str) -> tuple[int, int]:
    """Return the line and character of a byte."""
    line = bisect_right(starts, offset) - 1
    text = source[starts[line] : min(offset, _line_end(source, starts, line))]
    if encoding == "utf-8" or text.isascii():
        return line, len(text)
    decoded = text.decode("utf-8", "surrogatepass")
    return line, len(decoded) if encoding == "utf-32" else sum(2 if ord(char) > 0xFFFF else 1 for char in decoded)


def _line_end(source: bytes, starts: Sequence[int], line: int) -> int:
    """Return where the text of a line ends, its line break left out."""
    end = starts[line + 1] if line + 1 < len(starts) else len(source)
    while end > starts[line] and source[end - 1 : end] in (b"\n", b"\r"):
        end -= 1
    return end
