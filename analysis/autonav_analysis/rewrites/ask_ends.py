"""Ask how a text begins or ends, and whether anything is there."""

import re
from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import placed, questions
from autonav_analysis.syntax.python_nodes import nodes, put, text

INDEXED = re.compile(rb"(?P<value>.+)\[(?P<at>0|-1|:\d+|-\d+:)\] *(?P<how>==|!=) *(?P<other>[^\s].*)", re.DOTALL)
MEASURED = re.compile(rb"len\((?P<value>.+)\) *(?P<how>==|!=|>|>=|<) *(?P<other>[01])", re.DOTALL)
NOTHING = frozenset(((b"==", b"0"), (b"<", b"1")))
PRESENT = frozenset(((b"!=", b"0"), (b">", b"0"), (b">=", b"1")))


def propose(site: Site) -> Iterator[Replacement]:
    """Yield `x[0] == y` as `x.startswith(y)`, `x[-1] == y` as `x.endswith(y)` and `len(x) == 0` as `not x`."""
    for node in nodes(site, "comparison_operator"):
        found = INDEXED.fullmatch(text(site, node))
        if found is not None:
            denied = b"not " if found["how"] == b"!=" else b""
            end = b".startswith(" if found["at"][:1] in (b"0", b":") else b".endswith("
            yield placed(node, denied + found["value"] + end + found["other"] + b")")
        found = MEASURED.fullmatch(text(site, node))
        if found is not None and (found["how"], found["other"]) in NOTHING | PRESENT:
            denied = b"not " if (found["how"], found["other"]) in NOTHING else b""
            yield put(node, denied + found["value"])
            yield put(node, found["value"] + b" is " + (b"" if denied else b"not ") + b"None")
    for node in questions(site):
        if node.type in ("identifier", "attribute"):
            value = text(site, node)
            yield from (put(node, b"len(" + value + b") " + each) for each in (b"> 0", b"> 1", b"== 1"))


REWRITE = Rewrite(
    name="ask_ends",
    title="Ask how it begins or ends",
    language="python",
    weight=0.7,
    before="def f(a):\n    return a[0] == 'x'\n",
    after="def f(a):\n    return a.startswith('x')\n",
    propose=propose,
    cap=60,
)
