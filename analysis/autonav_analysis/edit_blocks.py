"""Search-and-replace blocks as language models write them: reading them, and making the edits they ask for.

    path/to/file.py
    <<<<<<< SEARCH
    lines as they are
    =======
    lines as they are to be
    >>>>>>> REPLACE

Models forget fences, indentation and blank lines; that is put up with where one place alone can be meant.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

FORM = """\
path/to/file.py
<<<<<<< SEARCH
the lines to replace, exactly as they are
=======
the lines to put there
>>>>>>> REPLACE"""
"""A block, to be shown to a model."""

HEAD = re.compile(r"[ \t]{0,3}(<{5,9})[ \t]*(?:SEARCH|ORIGINAL|HEAD)?[ \t]*")
FENCE = re.compile(r"[ \t]*(?:```+|~~~+)[ \t]*(?P<info>.*?)[ \t]*")
LABEL = re.compile(r"(?:file|path|filename)\s*:\s*", re.IGNORECASE)
LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Block:
    """One edit: the lines to look for and those to put there, without line ends; `path` as it was written."""

    path: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


class Parsed(NamedTuple):
    """The blocks of an answer, and one sentence for each that cannot be used."""

    blocks: tuple[Block, ...]
    problems: tuple[str, ...]


class Edited(NamedTuple):
    """The files that blocks change, and one sentence for each block that could not be made."""

    contents: Mapping[str, bytes]
    problems: tuple[str, ...]


def parse(answer: str, known: Collection[str] = ()) -> Parsed:
    """Return the blocks of an answer; `known` are paths, by which a line above a block is seen to be one.

    A block without a path is of the file of the block before, or else of the only known one.
    """
    lines = answer.replace("\r\n", "\n").split("\n")
    blocks: list[Block] = []
    problems: list[str] = []
    path, at, last_end = next(iter(known)) if len(known) == 1 else "", 0, 0
    while at < len(lines):
        if not (head := HEAD.fullmatch(lines[at])):
            at += 1
            continue
        path = _path_above(lines[last_end:at], known) or path
        marks = len(head[1])
        divider = _find(lines, at + 1, "=", marks)
        tail = _find(lines, divider + 1, ">", marks) if divider is not None else None
        name = f"block {len(blocks) + len(problems) + 1}"
        if divider is None or tail is None:
            problems.append(f"{name} is not finished")
            at += 1
            continue
        if reason := _unusable(path):
            problems.append(f"{name} {reason}")
        else:
            blocks.append(
                Block(posixpath.normpath(path), tuple(lines[at + 1 : divider]), tuple(lines[divider + 1 : tail]))
            )
        at = last_end = tail + 1
    return Parsed(tuple(blocks), tuple(problems))


def apply(blocks: Collection[Block], files: Mapping[str, bytes]) -> Edited:
    """Make the edits in order and return the files that they change, line ends and encoding kept.

    The text to look for must be found at one place alone. Without such text the block is a new file.
    """
    contents = dict(files)
    problems: list[str] = []
    for block in blocks:
        before = contents.get(block.path)
        if any(block.search):
            if before is None:
                problems.append(f"there is no file {block.path} among those shown")
                continue
            after = _replaced(before, block)
            if isinstance(after, str):
                problems.append(f"{block.path}: {after}")
                continue
            contents[block.path] = after
        elif before:
            problems.append(f"{block.path}: a block without text to look for, but the file is there")
        else:
            contents[block.path] = _encoded("".join(f"{line}\n" for line in block.replace))
    changed = {path: data for path, data in contents.items() if files.get(path) != data}
    return Edited(changed, tuple(problems))


def _replaced(source: bytes, block: Block) -> bytes | str:
    """Return the source with a block's lines in place of those it looks for, or why not."""
    text = source.decode("utf-8", "surrogateescape")
    lines: list[str] = LINE.findall(text)
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    keys = [line.rstrip("\r\n") for line in lines]
    for search, replace, same in _readings(block):
        size = len(search)
        found = [
            (at, made)
            for at in range(len(keys) - size + 1)
            if (made := same(keys[at : at + size], search, replace)) is not None
        ]
        if len(found) > 1:
            return f"the text to look for is there {len(found)} times; it must name one place"
        if found:
            at, made = found[0]
            ended = [f"{line}{newline}" for line in made]
            if ended and at + size == len(lines) and not lines[-1].endswith("\n"):
                ended[-1] = ended[-1].removesuffix(newline)
            return _encoded("".join([*lines[:at], *ended, *lines[at + size :]]))
    return f"the text to look for is not there: {next(filter(str.strip, block.search), '')!r}"


Same = Callable[[list[str], tuple[str, ...], tuple[str, ...]], tuple[str, ...] | None]


def _readings(block: Block) -> list[tuple[tuple[str, ...], tuple[str, ...], Same]]:
    """Return the ways to take a block, the strictest first."""
    whole, core = (block.search, block.replace), (_core(block.search), _core(block.replace))
    return [
        (*each, same) for same in (_exactly, _but_for_ends, _but_for_indentation) for each in (whole, core) if each[0]
    ]


def _exactly(here: list[str], search: tuple[str, ...], replace: tuple[str, ...]) -> tuple[str, ...] | None:
    return replace if tuple(here) == search else None


def _but_for_ends(here: list[str], search: tuple[str, ...], replace: tuple[str, ...]) -> tuple[str, ...] | None:
    return replace if [line.rstrip() for line in here] == [line.rstrip() for line in search] else None


def _but_for_indentation(here: list[str], search: tuple[str, ...], replace: tuple[str, ...]) -> tuple[str, ...] | None:
    """Take the search as indented by one text too little or too much on every line, and the replacement too."""
    filled = [(a.rstrip(), b.rstrip()) for a, b in zip(here, search, strict=True) if a.strip() or b.strip()]
    if not filled:
        return None
    theirs, ours = filled[0]
    if theirs.endswith(ours) and not (more := theirs[: len(theirs) - len(ours)]).strip():
        if all(b and a == more + b for a, b in filled):
            return tuple(more + line if line.strip() else line for line in replace)
    elif ours.endswith(theirs) and not (less := ours[: len(ours) - len(theirs)]).strip():
        fits = all(line.startswith(less) for line in replace if line.strip())
        if fits and all(a and less + a == b for a, b in filled):
            return tuple(line.removeprefix(less) for line in replace)
    return None


def _core(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines without the blank ones at both ends."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()


def _find(lines: list[str], start: int, mark: str, count: int) -> int | None:
    """Return the line that ends a part of a block; the next block's head ends the search for it."""
    label = r"[ \t]*(?:REPLACE|UPDATED|DIVIDER)?" if mark == ">" else ""
    wanted = re.compile(rf"[ \t]{{0,3}}{mark}{{{count}}}{label}[ \t]*")
    for at in range(start, len(lines)):
        if wanted.fullmatch(lines[at]):
            return at
        if HEAD.fullmatch(lines[at]):
            return None
    return None


def _path_above(lines: list[str], known: Collection[str]) -> str:
    """Return the path that the lines above a block name, the nearest first, "" without one."""
    for line in [line for line in reversed(lines) if line.strip()][:3]:
        fence = FENCE.fullmatch(line)
        words = fence["info"].split() if fence else [line]
        for word in reversed(words):
            path = LABEL.sub("", word.strip().strip("*`#\"' ")).strip("*`#\"': ").removeprefix("./")
            if path in known or (not re.search(r"\s", path) and re.search(r"[./\\]", path.rstrip("."))):
                return path
        if not fence:
            return ""
    return ""


def _unusable(path: str) -> str:
    """Return why a path cannot be one of the worktree, "" where it can."""
    if not path:
        return "names no file"
    parts = path.split("/")
    if path.startswith(("/", "~")) or "\\" in path or ":" in parts[0] or ".." in parts or not path.isprintable():
        return f"names {path!r}, which is no path of the worktree"
    return ""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape" if not _has_other_surrogates(text) else "replace")


def _has_other_surrogates(text: str) -> bool:
    return re.search("[\ud800-\udc7f\udd00-\udfff]", text) is not None
