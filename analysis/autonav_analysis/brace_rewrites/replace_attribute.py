"""Use another member."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, nodes
from autonav_analysis.syntax.python_nodes import put
from autonav_analysis.syntax.python_scope import likeness


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each name after a dot replaced by its known counterparts, then by those of the file, those most alike first."""
    forms, pairs = forms_of(site), []
    for node in nodes(site, *forms.members):
        name = node.child_by_field_name(forms.members[node.type][1])
        if name is None or name.text is None:
            continue
        own = name.text
        known = {other: 2.0 for group in forms.counterparts if own in group for other in group}
        others = [each for each in dict.fromkeys((*known, *site.attributes)) if each != own]
        pairs += [(known.get(other, likeness(own, other)), name, other) for other in others]
    for _, name, other in sorted(pairs, key=lambda pair: -pair[0]):
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
