"""Use another expression of the file."""

import re
from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import placed, values
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import EXPRESSIONS, nearness, usable

KINDS = (*EXPRESSIONS, "identifier", "integer", "string", "none", "true", "false")
WORDS = re.compile(rb"[\w.]+")
LONGEST, MOST, NEAR = 60, 200, 40


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each expression replaced by the others of the file, those most alike first."""
    others = [*site.names, *usable(site, "expressions", LONGEST)][:MOST]
    held = _assigned(site)
    pairs = [
        (nearness(text(site, node), held.get(other, other), index, NEAR), node, other)
        for node in values(site, *KINDS)
        for index, other in enumerate(others)
        if other not in WORDS.findall(text(site, node)) and not (node.type == "identifier" and other in site.names)
    ]
    for _, node, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield placed(node, other) if b" " in other else put(node, other)


def _assigned(site: Site) -> dict[bytes, bytes]:
    """Return what is last assigned to each variable: it stands for what it holds."""
    pairs = (
        (node.child_by_field_name("left"), node.child_by_field_name("right")) for node in nodes(site, "assignment")
    )
    return {
        text(site, name): text(site, value)
        for name, value in pairs
        if name is not None and value is not None and name.type == "identifier"
    }


REWRITE = Rewrite(
    name="replace_expression",
    title="Use another expression of the file",
    language="python",
    weight=4,
    before="def f(self, other):\n    if self.left(other):\n        return self.base\n    return self.root.name\n",
    after="def f(self, other):\n    if self.left(other):\n        return self.base\n    return self.base\n",
    propose=propose,
    cap=600,
    everywhere=True,
)
