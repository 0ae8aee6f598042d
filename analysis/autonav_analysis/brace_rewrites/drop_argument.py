"""Leave an argument out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes
from autonav_analysis.syntax.python_edits import without


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each call with one argument less."""
    for arguments in nodes(site, forms_of(site).arguments):
        given = elements(arguments)
        yield from (without(site, given, index) for index in range(len(given)))


REWRITE = Rewrite(
    name="drop_argument",
    title="Leave an argument out",
    language="javascript",
    weight=1.5,
    before="function f(a, b) {\n  return parse(a, b);\n}\n",
    after="function f(a, b) {\n  return parse(a);\n}\n",
    propose=propose,
    outside=True,
    also=("typescript", "tsx", "go"),
)
