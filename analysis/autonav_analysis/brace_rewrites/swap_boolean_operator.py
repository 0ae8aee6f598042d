"""Exchange && and ||."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import JUNCTIONS, operations
from autonav_analysis.syntax.python_nodes import put


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each boolean operator turned into the other."""
    for _, operator in operations(site, *JUNCTIONS):
        yield from (put(operator, other) for other in JUNCTIONS if other != operator.text)


REWRITE = Rewrite(
    name="swap_boolean_operator",
    title="Exchange and and or",
    language="javascript",
    weight=1.5,
    before="function f(a, b) {\n  return a && b;\n}\n",
    after="function f(a, b) {\n  return a || b;\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
