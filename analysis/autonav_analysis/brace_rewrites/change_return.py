"""Return something else."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, negated, nodes, returned
from autonav_analysis.syntax.python_nodes import put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each return with a variable, its negation or length, or a plain value, and the opposite of what it has."""
    forms = forms_of(site)
    before, after = forms.length
    for node in nodes(site, "return_statement"):
        for value in returned(node):
            yield put(value, negated(site, value))
            for name in site.names:
                yield from (
                    put(value, new) for new in (name, b"!" + name, before + name + after) if new != text(site, value)
                )
            yield from (put(value, new) for new in forms.plain if new != text(site, value))
        if not returned(node) and forms.fallbacks:
            yield from (put(node, b"return " + new + forms.end) for new in (*site.names, *forms.plain))


REWRITE = Rewrite(
    name="change_return",
    title="Return something else",
    language="javascript",
    weight=2,
    before="function f(found) {\n  found.sort();\n  return null;\n}\n",
    after="function f(found) {\n  found.sort();\n  return found;\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
