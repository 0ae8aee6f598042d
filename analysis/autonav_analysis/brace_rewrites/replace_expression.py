"""Use another expression of the file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, placed, scraps, values
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import nearness

LONGEST, MOST, NEAR = 60, 200, 40


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each expression replaced by the others of the file, those most alike first."""
    forms = forms_of(site)
    others = [*site.names, *scraps(site, "values", LONGEST)][:MOST]
    kinds = ("identifier", "binary_expression", "unary_expression", "true", "false", *forms.members, *forms.calls)
    pairs = [
        (nearness(text(site, node), other, index, NEAR), node, other)
        for node in values(site, *kinds, *forms.subscripts, *forms.numbers, *forms.strings)
        for index, other in enumerate(others)
        if other not in text(site, node) and not (node.type == "identifier" and other in site.names)
    ]
    for _, node, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield placed(node, other) if b" " in other else put(node, other)


REWRITE = Rewrite(
    name="replace_expression",
    title="Use another expression of the file",
    language="javascript",
    weight=4,
    before="function f(me, other) {\n  if (me.left(other)) {\n    return me.base;\n  }\n  return me.root.name;\n}\n",
    after="function f(me, other) {\n  if (me.left(other)) {\n    return me.base;\n  }\n  return me.base;\n}\n",
    propose=propose,
    cap=600,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
