"""Leave an argument out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import without
from autonav_analysis.syntax.python_nodes import nodes


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each call with one argument less."""
    for arguments in nodes(site, "argument_list"):
        given = [each for each in arguments.named_children if each.type != "comment"]
        yield from (without(site, given, index) for index in range(len(given)))


REWRITE = Rewrite(
    name="drop_argument",
    title="Leave an argument out",
    language="python",
    weight=1.5,
    before="def f(a, b):\n    return max(a, key=b)\n",
    after="def f(a, b):\n    return max(a)\n",
    propose=propose,
    outside=True,
)
