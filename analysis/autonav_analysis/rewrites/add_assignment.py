"""Assign once more."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_after, put_before, whole_lines
from autonav_analysis.syntax.python_scope import own_attributes, scope, taken_in_turn

PLAIN = (b"None", b"True", b"False", b"0", b"[]", b"{}", b"''")
METHODS = (b"lower", b"strip", b"upper")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an assignment before each statement: a name to itself changed, to a plain value, or one up or down."""
    module = scope(site)
    names = [*site.names[:8], *own_attributes(site)[:6]]
    names = [each for each in names if each not in (b"self", b"cls")]
    calls = (*module.wrappers[:15], b"list", b"str", b"tuple")
    methods = (*module.methods[:8], *METHODS)
    forms = [[name + b" += 1", name + b" -= 1", *(name + b" = " + value for value in PLAIN)] for name in names]
    forms += [[name + b" = " + name + b"." + method + b"()" for method in methods] for name in names]
    forms += [[name + b" = " + call + b"(" + name + b")" for call in calls] for name in names]
    forms += [[name + b" = " + other for other in names if other != name] for name in names]
    lines = list(taken_in_turn(forms))
    places = list(whole_lines(site))
    yield from taken_in_turn([put_before(site, node, line) for line in lines] for node in places)
    yield from (put_after(site, node, line) for node in places for line in lines[:20])


REWRITE = Rewrite(
    name="add_assignment",
    title="Assign once more",
    language="python",
    weight=1,
    before="def f(a):\n    return list(a)\n",
    after="def f(a):\n    a = list(a)\n    return list(a)\n",
    propose=propose,
    cap=400,
)
