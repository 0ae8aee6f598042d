"""Give one argument more."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes, scraps
from autonav_analysis.syntax.python_edits import put_argument
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each call with one argument more: a name, a member or a plain value."""
    forms = forms_of(site)
    others = (*site.names[:10], *scraps(site, "members", 40)[:6], *forms.plain)
    rows = []
    for arguments in nodes(site, forms.arguments):
        given = {text(site, each) for each in elements(arguments)}
        rows.append([put_argument(site, arguments, each) for each in others if each not in given])
    yield from taken_in_turn(rows)


REWRITE = Rewrite(
    name="add_argument",
    title="Give one argument more",
    language="javascript",
    weight=1,
    before="function f(a, b) {\n  return parse(a);\n}\n",
    after="function f(a, b) {\n  return parse(a, b);\n}\n",
    propose=propose,
    cap=300,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
