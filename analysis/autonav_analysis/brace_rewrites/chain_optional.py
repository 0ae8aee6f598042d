"""Ask a value that may be none."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each member, index and call that gives undefined where what it is asked of is none."""
    forms = forms_of(site)
    for node in nodes(site, *forms.members, *forms.subscripts, "call_expression"):
        parts = elements(node)
        if len(parts) < 2 or node.child_by_field_name("optional_chain") is not None:
            continue
        at = parts[0].end_byte
        if node.type in forms.members:
            yield Replacement(at, parts[1].start_byte, b"?.")
        else:
            yield Replacement(at, at, b"?.")


REWRITE = Rewrite(
    name="chain_optional",
    title="Ask a value that may be none",
    language="javascript",
    weight=1.5,
    before="function f(a) {\n  return a.size;\n}\n",
    after="function f(a) {\n  return a?.size;\n}\n",
    propose=propose,
    everywhere=True,
    also=("typescript", "tsx"),
)
