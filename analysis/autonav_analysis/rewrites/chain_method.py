"""Call a method on the value."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import values
from autonav_analysis.syntax.python_scope import scope, taken_in_turn

METHODS = (
    b"lower",
    b"upper",
    b"strip",
    b"rstrip",
    b"lstrip",
    b"copy",
    b"items",
    b"keys",
    b"values",
    b"split",
    b"encode",
    b"decode",
)


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each value with a method called on it: one without arguments that the file calls, or a usual one."""
    methods = list(dict.fromkeys((*METHODS[:6], *scope(site).methods[:14], *METHODS)))
    yield from taken_in_turn(
        [Replacement(node.end_byte, node.end_byte, b"." + method + b"()") for method in methods]
        for node in values(site)
    )


REWRITE = Rewrite(
    name="chain_method",
    title="Call a method on the value",
    language="python",
    weight=1.5,
    before="def f(a):\n    return a == 'x'\n",
    after="def f(a):\n    return a.lower() == 'x'\n",
    propose=propose,
    cap=300,
)
