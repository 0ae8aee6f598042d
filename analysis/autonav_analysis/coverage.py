"""Which lines ran, read from what V8, Istanbul and Go say; what runs while a file is loaded is left out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

Lines = Mapping[str, frozenset[int]]
"""The lines that ran, counted from 1, by path."""


def v8_lines(source: bytes, functions: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Return the lines of functions and blocks that V8 counted at least once; its offsets are in UTF-16 code units.

    A line ran where any of its characters but white space did. The first range of a script that begins at 0
    is the script itself, which ran when it was loaded.
    """
    text = source.decode("utf-8", "replace")
    units = [0, *accumulate(1 + (ord(each) > 0xFFFF) for each in text)]
    ran = bytearray(units[-1] + 1)
    called = [each for each in functions if each.get("functionName") or each["ranges"][0]["startOffset"] > 0]
    ranges = [each for function in called for each in function["ranges"]]
    for each in sorted(ranges, key=lambda one: (one["startOffset"], -one["endOffset"])):
        begin, end = each["startOffset"], min(each["endOffset"], len(ran))
        ran[begin:end] = bytes([each["count"] > 0]) * max(0, end - begin)
    found, line = set[int](), 1
    for index, character in enumerate(text):
        if ran[units[index]] and not character.isspace():
            found.add(line)
        line += character == "\n"
    return frozenset(found)


def istanbul_lines(report: bytes) -> dict[str, frozenset[int]]:
    """Return the lines of statements that ran in functions that were called, by absolute path."""
    try:
        files = json.loads(report)
        return {path: _of_istanbul(each) for path, each in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def go_lines(profile: str, module: str) -> dict[str, frozenset[int]]:
    """Return the lines of blocks that ran, by path below the folder of the module of this name."""
    found: dict[str, set[int]] = {}
    for line in profile.splitlines()[1:]:
        place, _, rest = line.rpartition(":")
        span, _, count = rest.partition(" ")[0], "", rest.rpartition(" ")[2]
        if place.startswith(f"{module}/") and count.isdigit() and int(count):
            first, _, last = span.partition(",")
            lines = range(int(first.partition(".")[0]), int(last.partition(".")[0]) + 1)
            found.setdefault(place[len(module) + 1 :], set()).update(lines)
    return {path: frozenset(lines) for path, lines in found.items()}


def merged(many: Iterable[Lines]) -> dict[str, frozenset[int]]:
    """Return the lines that ran in any of them."""
    found: dict[str, frozenset[int]] = {}
    for each in many:
        for path, lines in each.items():
            found[path] = found.get(path, frozenset()) | lines
    return found


def _of_istanbul(file: Mapping[str, Any]) -> frozenset[int]:
    called = [file["fnMap"][key]["loc"] for key, count in file["f"].items() if count]
    inside = {line for loc in called for line in _span(loc)}
    counted = [(file["statementMap"][key], count) for key, count in file["s"].items()]
    ran = set[int]()
    for loc, count in sorted(counted, key=lambda each: -len(_span(each[0]))):
        (ran.update if count else ran.difference_update)(_span(loc))
    return frozenset(ran & inside)


def _span(loc: Mapping[str, Any]) -> range:
    return range(loc["start"]["line"], loc["end"]["line"] + 1)
