"""Leave early."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import indentation, line_start, nodes, statements, text

EXITS = (b"return", b"return None", b"return []", b"return 0", b"return False", b"return ''")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an early exit before each statement, on a variable that is empty or absent."""
    exits = dict.fromkeys((*(text(site, node) for node in nodes(site, "return_statement")), *EXITS))
    short = [each for each in exits if b"\n" not in each][:8]
    for node in statements(site):
        margin = indentation(site, node)
        if margin.strip():
            continue
        at = line_start(site, node)
        for name in site.names:
            for question in (b"not " + name, name + b" is None"):
                for leave in short:
                    guard = margin + b"if " + question + b":\n" + margin + b"    " + leave + b"\n"
                    yield Replacement(at, at, guard)


REWRITE = Rewrite(
    name="add_guard",
    title="Leave early",
    language="python",
    weight=1,
    before="def f(items):\n    return items[0]\n",
    after="def f(items):\n    if not items:\n        return None\n    return items[0]\n",
    propose=propose,
)
