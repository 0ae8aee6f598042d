"""Use the value itself."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes
from autonav_analysis.syntax.python_nodes import put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield `f(x)` as `x`, `x.m()` as `x`, `x.m` as `x` and `x[i]` as `x`."""
    forms = forms_of(site)
    for node in nodes(site, *forms.calls, *forms.subscripts, *forms.members):
        if node.type not in forms.calls:
            yield put(node, text(site, elements(node)[0]))
            continue
        arguments, callee = node.child_by_field_name("arguments"), node.child_by_field_name("function")
        if arguments is not None:
            yield from (put(node, text(site, each)) for each in elements(arguments)[:3])
        if callee is not None and callee.type in forms.members:
            yield put(node, text(site, elements(callee)[0]))


REWRITE = Rewrite(
    name="unwrap",
    title="Use the value itself",
    language="javascript",
    weight=1.5,
    before="function f(items) {\n  return sorted(items);\n}\n",
    after="function f(items) {\n  return items;\n}\n",
    propose=propose,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
