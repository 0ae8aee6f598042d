"""Ask the opposite question."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import negated, questions
from autonav_analysis.syntax.python_nodes import put


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each question negated, and each negation dropped."""
    for node in questions(site):
        new = negated(site, node)
        yield put(node, new)
        outer = node.parent.parent if node.parent is not None and node.parent.type.startswith("paren") else node.parent
        if outer is not None and outer.type == "unary_expression":
            yield put(outer, site.source[node.start_byte : node.end_byte])


REWRITE = Rewrite(
    name="negate_condition",
    title="Ask the opposite question",
    language="javascript",
    weight=2,
    before="function f(a) {\n  if (a.ok) {\n    return 1;\n  }\n}\n",
    after="function f(a) {\n  if (!a.ok) {\n    return 1;\n  }\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
