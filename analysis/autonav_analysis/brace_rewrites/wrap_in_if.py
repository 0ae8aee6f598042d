"""Do it only if."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import atoms, statements, wrapped
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement under a question that the file asks or could ask."""
    yield from taken_in_turn([wrapped(site, node, each) for each in atoms(site, node)] for node in statements(site))


REWRITE = Rewrite(
    name="wrap_in_if",
    title="Do it only if",
    language="javascript",
    weight=1,
    before="function f(a, b) {\n  a.push(b);\n  return a;\n}\n",
    after="function f(a, b) {\n  if (b) {\n    a.push(b);\n  }\n  return a;\n}\n",
    propose=propose,
    cap=400,
    also=("typescript", "tsx", "go"),
)
