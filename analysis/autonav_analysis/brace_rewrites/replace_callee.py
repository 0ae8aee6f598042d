"""Call something else of the file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, known_names, nodes, scraps
from autonav_analysis.syntax.python_scope import most_alike_first


def propose(site: Site) -> Iterator[Replacement]:
    """Yield names that are called replaced by others that the file binds outside functions or calls, those most alike first."""
    forms = forms_of(site)
    others = tuple(dict.fromkeys((*scraps(site, "callees"), *sorted(known_names(site) - set(site.names)))))
    rows = (
        (callee, others)
        for node in nodes(site, *forms.calls)
        for field in ("function", "constructor")
        if (callee := node.child_by_field_name(field)) is not None and callee.type == "identifier"
    )
    yield from most_alike_first(site, rows)


REWRITE = Rewrite(
    name="replace_callee",
    title="Call something else of the file",
    language="javascript",
    weight=1.5,
    before="function g(a) {\n  return a;\n}\n\nfunction f(a) {\n  return h(a);\n}\n",
    after="function g(a) {\n  return a;\n}\n\nfunction f(a) {\n  return g(a);\n}\n",
    propose=propose,
    cap=300,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
