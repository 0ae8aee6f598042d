"""Ask for the kind as a subclass passes."""

import re
from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import VALUES, placed, questions
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import own_kinds

TYPE = re.compile(rb"type\((?P<value>[^()]+)\) *(?P<how>==|!=|is not|is|not in|in) *(?P<kind>[\w.]+|[\[(][^\])]*[\])])")
MOST = 14


def propose(site: Site) -> Iterator[Replacement]:
    """Yield comparisons of types turned into `isinstance`, and questions of truth and None into questions of kind."""
    for node in nodes(site, "comparison_operator"):
        found = TYPE.fullmatch(text(site, node))
        if found is not None:
            denied = b"not " if found["how"] in (b"!=", b"is not", b"not in") else b""
            kinds = b"(" + found["kind"].strip(b"[]()") + b")" if found["kind"][:1] in (b"[", b"(") else found["kind"]
            yield placed(node, denied + b"isinstance(" + found["value"] + b", " + kinds + b")")
    for node in questions(site):
        value = text(site, node).removesuffix(b" is not None")
        for kind in own_kinds(site)[:MOST]:
            if node.type in VALUES or value != text(site, node):
                yield put(node, b"isinstance(" + value + b", " + kind + b")")


REWRITE = Rewrite(
    name="ask_kind",
    title="Ask for the kind as a subclass passes",
    language="python",
    weight=2.5,
    before="def f(a):\n    return type(a) == int\n",
    after="def f(a):\n    return isinstance(a, int)\n",
    propose=propose,
    cap=200,
)
