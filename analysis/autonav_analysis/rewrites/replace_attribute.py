"""Use another attribute of the same file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put

MOST = 12


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each attribute replaced by the attributes of the file, those with a like beginning first."""
    for node in nodes(site, "attribute"):
        name = node.child_by_field_name("attribute")
        if name is None or name.text is None:
            continue
        own = name.text
        others = sorted((each for each in site.attributes if each != own), key=lambda each: each[:2] != own[:2])
        yield from (put(name, other) for other in others[:MOST])


REWRITE = Rewrite(
    name="replace_attribute",
    title="Use another attribute",
    language="python",
    weight=1.5,
    before="def f(self):\n    self.upper = 1\n    return self.lower\n",
    after="def f(self):\n    self.upper = 1\n    return self.upper\n",
    propose=propose,
)
