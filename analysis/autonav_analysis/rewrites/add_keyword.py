"""Give one argument more by name."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_argument
from autonav_analysis.syntax.python_nodes import nodes, text
from autonav_analysis.syntax.python_scope import scope, taken_in_turn

MOST = 20
USUAL = {
    b"sorted": (b"key=str", b"key=repr", b"reverse=True"),
    b"sort": (b"key=str", b"reverse=True"),
    b"open": (b"encoding='utf-8'", b"newline=''"),
    b"warn": (b"stacklevel=2", b"stacklevel=3"),
    b"max": (b"default=0",),
    b"min": (b"default=0",),
    b"zip": (b"strict=True",),
    b"encode": (b"errors='replace'",),
    b"decode": (b"errors='replace'",),
}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each call with a keyword that the callee takes, or that other calls of the file give."""
    known = scope(site).keywords
    common = list(dict.fromkeys(each for keywords in known.values() for each in keywords[:3]))[:MOST]
    rows = []
    for node in nodes(site, "call"):
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if callee is None or arguments is None or arguments.type != "argument_list":
            continue
        last = text(site, callee).rpartition(b".")[2]
        present = {each.children[0].text for each in arguments.named_children if each.type == "keyword_argument"}
        own = [*known.get(last, ()), *USUAL.get(last, ()), *common]
        rows.append([put_argument(site, arguments, each) for each in own if each.partition(b"=")[0] not in present])
    yield from taken_in_turn(rows)


REWRITE = Rewrite(
    name="add_keyword",
    title="Give one argument more by name",
    language="python",
    weight=2,
    before="def g(a, b=False):\n    return a\n\n\ndef f(a):\n    return g(a)\n",
    after="def g(a, b=False):\n    return a\n\n\ndef f(a):\n    return g(a, b=True)\n",
    propose=propose,
    cap=300,
    everywhere=True,
    outside=True,
)
