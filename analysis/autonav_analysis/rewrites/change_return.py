"""Return something else."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text

VALUES = (b"None", b"[]", b"0", b"1", b"True", b"False", b"''", b"{}")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each return with a variable, its negation, a list of it, or a plain value."""
    for node in nodes(site, "return_statement"):
        old = text(site, node)
        for name in site.names:
            for new in (name, b"[" + name + b"]", b"not " + name, b"len(" + name + b")"):
                if old != b"return " + new:
                    yield put(node, b"return " + new)
        yield from (put(node, b"return " + value) for value in VALUES if old != b"return " + value)


REWRITE = Rewrite(
    name="change_return",
    title="Return something else",
    language="python",
    weight=2,
    before="def f(found):\n    found.sort()\n    return None\n",
    after="def f(found):\n    found.sort()\n    return found\n",
    propose=propose,
)
