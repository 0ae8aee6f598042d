"""Give an absent value a default."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_before, whole_lines
from autonav_analysis.syntax.python_scope import taken_in_turn

PLAIN = (b"[]", b"{}", b"''", b"0", b"()")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield a default before each statement, for a name that is absent or empty."""
    yield from taken_in_turn(
        [
            put_before(site, node, b"if " + question + b":", b"    " + name + b" = " + value)
            for name in site.names[:8]
            for question in (name + b" is None", b"not " + name)
            for value in PLAIN
        ]
        for node in whole_lines(site)
    )


REWRITE = Rewrite(
    name="assign_default",
    title="Give an absent value a default",
    language="python",
    weight=0.7,
    before="def f(a):\n    return a[0]\n",
    after="def f(a):\n    if a is None:\n        a = []\n    return a[0]\n",
    propose=propose,
    cap=100,
)
