"""What makes the proposals of a search, by its versions: records are replayed only by what made them."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import distributions
from importlib.resources import files
from importlib.resources.abc import Traversable

from blake3 import blake3

PARTS = {
    "search": ("search",),
    "rewrites": ("rewrites", "brace_rewrites", "rewrite.py"),
    "syntax": ("syntax", "languages", "forms.py", "language.py"),
}
"""Folders and files of the analysis, by the part that they are."""

GRAMMARS = "tree-sitter"


@cache
def versions() -> Mapping[str, str]:
    """Return a hash of the code of each part, and one of the parsers that are installed; worked out once."""
    above = files("autonav_analysis")
    found = {part: _hash(line for name in names for line in _files(above / name)) for part, names in PARTS.items()}
    installed = {each.name.lower(): each.version for each in distributions() if each.name.lower().startswith(GRAMMARS)}
    return {**found, "grammars": _hash(f"{name} {version}".encode() for name, version in sorted(installed.items()))}


def changed(recorded: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parts that are not those of a record."""
    now = versions()
    return tuple(part for part in {**now, **recorded} if now.get(part) != recorded.get(part))


def _files(item: Traversable) -> Iterator[bytes]:
    """Yield the name and the text of each source file at or below an item, in name order."""
    if item.is_dir():
        for each in sorted(item.iterdir(), key=lambda each: each.name):
            yield from _files(each)
    elif item.name.endswith((".py", ".scm")):
        yield item.name.encode()
        yield item.read_bytes()


def _hash(parts: Iterator[bytes]) -> str:
    hashed = blake3()
    for each in parts:
        hashed.update(len(each).to_bytes(8, "big") + each)
    return hashed.hexdigest(length=8)
