"""Do it always."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, nodes

KINDS = ("if_statement", "for_statement", "while_statement", "with_statement", "try_statement", "else_clause")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield the body of each if, for, while, with, try and else in place of the whole."""
    for node in nodes(site, *KINDS):
        body = node.child_by_field_name("consequence") or node.child_by_field_name("body")
        if body is None or not body.named_children:
            continue
        if indentation(site, node).strip() or body.start_point[0] == node.start_point[0]:
            continue
        deeper = len(indentation(site, body.named_children[0])) - len(indentation(site, node))
        start, end = line_start(site, body.named_children[0]), line_end(site, body)
        lines = site.source[start:end].splitlines(keepends=True)
        inner = b"".join(line[deeper:] if line[:deeper].isspace() else line for line in lines)
        yield Replacement(line_start(site, node), line_end(site, node), inner)


REWRITE = Rewrite(
    name="unwrap_statement",
    title="Do it always",
    language="python",
    weight=1.5,
    before="def f(a):\n    if a:\n        a.sort()\n    return a\n",
    after="def f(a):\n    a.sort()\n    return a\n",
    propose=propose,
)
