"""Use another member."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, nodes
from autonav_analysis.syntax.python_nodes import put
from autonav_analysis.syntax.python_scope import likeliest_members


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each name after a dot replaced by its known counterparts, then by those of the file, those most alike first."""
    forms = forms_of(site)
    names = (node.child_by_field_name(forms.members[node.type][1]) for node in nodes(site, *forms.members))
    for name, other in likeliest_members(names, forms.counterparts, site.attributes):
        yield put(name, other)


REWRITE = Rewrite(
    name="replace_attribute",
    title="Use another attribute of the same file",
    language="javascript",
    weight=2,
    before="function f(a) {\n  return Math.floor(a);\n}\n",
    after="function f(a) {\n  return Math.ceil(a);\n}\n",
    propose=propose,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
