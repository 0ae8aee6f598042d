"""Be one off, the other way."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes, values
from autonav_analysis.syntax.python_nodes import put, text

PLACES = frozenset(
    ("binary_expression", "return_statement", "variable_declarator", "expression_list", "slice_expression")
)


def propose(site: Site) -> Iterator[Replacement]:
    """Yield whole numbers one up and down, and values in numeric places with one added or taken."""
    forms = forms_of(site)
    for node in nodes(site, *forms.numbers):
        if text(site, node).isdigit():
            yield from (put(node, str(int(text(site, node)) + step).encode()) for step in (1, -1))
    for node in values(site):
        parent = node.parent
        assert parent is not None
        indexed = parent.type in forms.subscripts and elements(parent)[0] != node
        if indexed or parent.type in PLACES or parent.type == forms.arguments:
            yield from (put(node, text(site, node) + change) for change in (b" + 1", b" - 1"))


REWRITE = Rewrite(
    name="shift_by_one",
    title="Be one off, the other way",
    language="javascript",
    weight=3,
    before="function f(items) {\n  return items[items.length];\n}\n",
    after="function f(items) {\n  return items[items.length - 1];\n}\n",
    propose=propose,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
