"""Compare with another operator."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, operations
from autonav_analysis.syntax.python_nodes import put


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each comparison with every other operator, those that differ in their bound alone first."""
    known = forms_of(site).comparisons
    pairs = [
        ((operator.text or b"").strip(b"=") != other.strip(b"="), operator, other)
        for _, operator in operations(site, *known)
        for other in known
        if other != operator.text
    ]
    for _, operator, other in sorted(pairs, key=lambda pair: pair[0]):
        yield put(operator, other)


REWRITE = Rewrite(
    name="swap_comparison",
    title="Compare with another operator",
    language="javascript",
    weight=3,
    before="function f(a, b) {\n  return a < b;\n}\n",
    after="function f(a, b) {\n  return a <= b;\n}\n",
    propose=propose,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
