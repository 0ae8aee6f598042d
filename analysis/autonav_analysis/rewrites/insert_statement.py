"""Do again what the file does elsewhere."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import is_last, put_after, put_before, whole_lines
from autonav_analysis.syntax.python_scope import taken_in_turn, usable

MOST, MOST_BLOCKS, LONGEST = 60, 20, 120


def propose(site: Site) -> Iterator[Replacement]:
    """Yield a statement of the file, or an if with one, put before or after each statement."""
    others = [[each] for each in usable(site, "statements")[:MOST]]
    blocks = [_lines(each) for each in usable(site, "blocks", LONGEST)[:MOST_BLOCKS]]
    kept = list(taken_in_turn((others, blocks)))
    rows = [[put_before(site, node, *lines) for lines in kept] for node in whole_lines(site)]
    rows += [[put_after(site, node, *lines) for lines in others] for node in whole_lines(site) if is_last(node)]
    yield from taken_in_turn(rows)


def _lines(block: bytes) -> list[bytes]:
    question, body = block.split(b"\n", 1)
    return [question, b"    " + body.strip()]


REWRITE = Rewrite(
    name="insert_statement",
    title="Do again what the file does elsewhere",
    language="python",
    weight=2,
    before="def g(a):\n    a.clear()\n\n\ndef f(a):\n    return a\n",
    after="def g(a):\n    a.clear()\n\n\ndef f(a):\n    a.clear()\n    return a\n",
    propose=propose,
    cap=400,
    outside=True,
)
