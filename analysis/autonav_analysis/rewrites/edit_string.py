"""Change a character of a string."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import taken_in_turn

LONGEST = 200
PAIRS = (
    (b"+", b"*"), (b"*", b"+"), (b"$", rb"\Z"), (b"[^", rb"[^\\"), (b"%s", b"%r"), (b"%r", b"%s"), (b"%d", b"%s"),
    (b"%s", b"'%s'"), (b"?", b""), (b".", rb"\."), (b"_", b"-"), (b"-", b"_"), (b"  ", b" "), (rb"\d", rb"\w"),
    (rb"\s+", rb"\s*"), (rb"\s*", rb"\s+"), (rb"\w+", rb"\w*"), (b"}", b"!r}"), (b"!r}", b"}"), (b"http:", b"https:"),
)  # fmt: skip
ENDS = (b" ", b".", b":", b"\\n", b"$", b"?")
MARKS = (b"?", b"*", b"+", b"\\", b" ")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each string with a character dropped, put in or replaced, as its role suggests."""
    for node in nodes(site, "concatenated_string"):
        parts = [each for each in node.named_children if each.type == "string"]
        if any(b"{" in text(site, each) for each in parts):
            yield put(node, b"".join(_formatted(site, node, parts)))
    yield from taken_in_turn(_edited(site, node) for node in nodes(site, "string") if not _is_long(node))


def _formatted(site: Site, node: Node, parts: list[Node]) -> Iterator[bytes]:
    """Yield the pieces of adjoining strings, with each that holds a brace made a format."""
    at = node.start_byte
    for part in parts:
        yield site.source[at : part.start_byte]
        plain = text(site, part)[:1] in (b"'", b'"') and b"{" in text(site, part)
        yield (b"f" if plain else b"") + text(site, part)
        at = part.end_byte


def _is_long(node: Node) -> bool:
    alone = node.parent is not None and node.parent.type == "expression_statement"
    return alone or node.end_byte - node.start_byte > LONGEST


def _edited(site: Site, node: Node) -> Iterator[Replacement]:
    old = text(site, node)
    opening, closing = node.children[0].end_byte, node.children[-1].start_byte
    prefix = site.source[node.start_byte : opening].rstrip(b"\"'").lower()
    if b"{" in old and b"f" not in prefix:
        yield Replacement(node.start_byte, node.start_byte, b"f")
    content = site.source[opening:closing]
    for new in dict.fromkeys(_contents(content)):
        yield Replacement(opening, closing, new)


def _contents(old: bytes) -> Iterator[bytes]:
    """Yield what a string may hold instead, whole, so that it can be put at all places that hold the same."""
    yield from (old[:-1], old[1:])
    yield from (old.replace(one, other) for one, other in PAIRS if one in old)
    for end in ENDS:
        yield old + end
        yield end + old
        if old.endswith(end):
            yield old[: -len(end)]
        if old.startswith(end):
            yield old[len(end) :]
    yield from (old.upper(), old.lower(), old.strip(), b" " + old + b" ")
    for index in range(len(old)):
        yield old[:index] + old[index + 1 :]
        for mark in MARKS:
            yield old[: index + 1] + mark + old[index + 1 :]
            if old[index : index + 1] in MARKS:
                yield old[:index] + mark + old[index + 1 :]


REWRITE = Rewrite(
    name="edit_string",
    title="Change a character of a string",
    language="python",
    weight=2.5,
    before="def f(a):\n    return '%s+' % a\n",
    after="def f(a):\n    return '%s*' % a\n",
    propose=propose,
    cap=600,
    everywhere=True,
    outside=True,
)
