"""Cut at the other end, or by another length."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import values
from autonav_analysis.syntax.python_nodes import nodes, put, swapped, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield slices turned round, with other ends, and choices with their values exchanged."""
    for node in nodes(site, "slice"):
        old = text(site, node)
        first, _, last = old.partition(b":")
        for new in (b":-1", b"1:", b":1", b"-1:", b":", last + b":", b":" + first, b"::-1", first + b":", b":" + last):
            if new not in (old, b"::"):
                yield put(node, new)
    for node in nodes(site, "conditional_expression"):
        parts = node.named_children
        if len(parts) == 3:
            yield swapped(site, parts[0], parts[2])
            yield from (put(node, text(site, each)) for each in (parts[0], parts[2]))
    for node in nodes(site, "subscript"):
        value, index = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is not None and index is not None and index.type in ("string", "identifier"):
            yield put(node, text(site, value) + b".get(" + text(site, index) + b")")
    for node in values(site):
        yield from (
            Replacement(node.end_byte, node.end_byte, b"[" + cut + b"]") for cut in (b"0", b"-1", b"1:", b":-1", b"1")
        )


REWRITE = Rewrite(
    name="change_slice",
    title="Cut at the other end, or by another length",
    language="python",
    weight=1.5,
    before="def f(a):\n    return a[:-1]\n",
    after="def f(a):\n    return a[1:]\n",
    propose=propose,
    cap=200,
    everywhere=True,
)
