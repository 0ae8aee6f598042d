"""Change a character of a string."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, nodes
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import taken_in_turn

LONGEST = 200
ENDS = (b" ", b".", b":", b"\\n", b"$", b"?", b"/", b",")
MARKS = (b"?", b"*", b"+", b"\\", b" ")
PAIRS = (
    (b"+", b"*"), (b"*", b"+"), (b"?", b""), (b"_", b"-"), (b"-", b"_"), (b"  ", b" "), (b"%v", b"%q"), (b"%s", b"%q"),
    (b"%d", b"%v"), (b"%v", b"%s"), (b"%v", b"%w"), (rb"\d", rb"\w"), (rb"\s+", rb"\s*"), (rb"\s*", rb"\s+"), (b"http:", b"https:"),
)  # fmt: skip
FLAGS = (b"g", b"i", b"m", b"s", b"u", b"y")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each string, piece of a template and regular expression with a character dropped, put in or replaced."""
    kinds = (*forms_of(site).strings, "raw_string_literal", "template_string", "regex")
    found = [each for each in nodes(site, *kinds) if each.end_byte - each.start_byte <= LONGEST]
    for node in (each for each in found if each.type == "regex"):
        own = text(site, node)
        end = own.rpartition(b"/")[2]
        yield from (put(node, own + flag) for flag in FLAGS if flag not in end)
        yield from (
            Replacement(node.end_byte - len(end), node.end_byte, end.replace(flag, b""))
            for flag in FLAGS
            if flag in end
        )
    yield from taken_in_turn(_edited(site, first, last) for node in found for first, last in _pieces(node))


def _pieces(node: Node) -> Iterator[tuple[int, int]]:
    """Yield the spans of what is text in a string."""
    if node.type == "template_string" and node.named_child_count:
        yield from ((each.start_byte, each.end_byte) for each in node.named_children if each.type == "string_fragment")
    elif node.type == "regex":
        yield from ((each.start_byte, each.end_byte) for each in node.named_children if each.type == "regex_pattern")
    else:
        yield node.start_byte + 1, node.end_byte - 1


def _edited(site: Site, opening: int, closing: int) -> Iterator[Replacement]:
    content = site.source[opening:closing]
    for one, other in PAIRS:
        if one in content:
            yield Replacement(opening, closing, content.replace(one, other))
    for end in ENDS:
        yield Replacement(closing, closing, end)
        yield Replacement(opening, opening, end)
        if content.endswith(end):
            yield Replacement(closing - len(end), closing, b"")
        if content.startswith(end):
            yield Replacement(opening, opening + len(end), b"")
    for other in (content.upper(), content.lower(), content.strip(), b" " + content + b" "):
        yield Replacement(opening, closing, other)
    for index in range(opening, closing):
        yield Replacement(index, index + 1, b"")
        for mark in MARKS:
            yield Replacement(index + 1, index + 1, mark)
            if site.source[index : index + 1] in MARKS:
                yield Replacement(index, index + 1, mark)


REWRITE = Rewrite(
    name="edit_string",
    title="Change a character of a string",
    language="javascript",
    weight=2.5,
    before="function f(a) {\n  return a.join(',');\n}\n",
    after="function f(a) {\n  return a.join(', ');\n}\n",
    propose=propose,
    cap=600,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
