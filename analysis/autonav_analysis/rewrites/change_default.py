"""Give a parameter another default."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import scope

PLAIN = (b"None", b"()", b"''", b"False", b"True", b"0", b"1", b"[]", b"{}")
MOST = 12


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each parameter's default replaced by a plain value or a constant of the file, and parameters given one."""
    parameters = site.function.child_by_field_name("parameters")
    constants = [each for each in scope(site).names if each.isupper()][:MOST]
    for each in parameters.named_children if parameters is not None else ():
        value = each.child_by_field_name("value")
        if value is not None:
            yield from (put(value, other) for other in (*PLAIN, *constants) if other != text(site, value))
        following = each.next_named_sibling
        if each.type == "identifier" and (following is None or following.type != "identifier"):
            yield from (Replacement(each.end_byte, each.end_byte, b"=" + other) for other in PLAIN[:5])


REWRITE = Rewrite(
    name="change_default",
    title="Give a parameter another default",
    language="python",
    weight=0.4,
    before="def f(a, b=[]):\n    return a, b\n",
    after="def f(a, b=()):\n    return a, b\n",
    propose=propose,
    cap=80,
)
