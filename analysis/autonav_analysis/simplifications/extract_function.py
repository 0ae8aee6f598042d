"""Make deeply nested statements a function of their own."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import NEEDS_CHECK, Change, Simplification
from autonav_analysis.syntax.python_bindings import DEFINITIONS, EXTRAS, walk
from autonav_analysis.syntax.python_branches import NESTING
from autonav_analysis.syntax.python_flow import Passage, flow, passage
from autonav_analysis.syntax.python_layout import STEP, shifted, stands_alone, with_comments
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, text

REFUSED = frozenset(
    ("return_statement", "yield", "await", "async", "nonlocal_statement", "global_statement",
     "function_definition", "class_definition", "import_from_statement", "import_statement")
)  # fmt: skip
FRAME = frozenset((b"super", b"__class__", b"locals", b"vars", b"dir", b"eval", b"exec", b"_getframe", b"currentframe"))
FEWEST_SAVED, FEWEST_LINES, LONGEST, MOST_INPUTS, MOST_OUTPUTS, MOST = 3, 4, 12, 5, 3, 24


PART = re.compile(rb"_part\d*$")


class Run(NamedTuple):
    """Statements that stand in a row, and how much complexity their depth costs."""

    first: Node
    last: Node
    saved: int


def propose(site: Site) -> Iterator[Change]:
    """Yield the runs of statements whose depth costs most as functions before the one they stand in.

    Liveness says what they are given and give back. A run that leaves otherwise than at its end, writes a name that
    an inner function uses, or needs one that may not be assigned yet is left where it is.
    """
    home, known = _home(site.function), flow(site.function)
    if home is None or known is None or FRAME & {each.text for each in walk(site.function)}:
        return
    name, at = _free_name(site, home.parent or home), with_comments(site.source, home)
    found: list[tuple[float, Run, Passage]] = []
    for run in _runs(site):
        taken = passage(known, run.first, run.last)
        if taken is None or len(taken.inputs) > MOST_INPUTS or len(taken.outputs) > MOST_OUTPUTS:
            continue
        if not any(each.type in REFUSED or _is_private(site, each) for each in _within(run)):
            found.append((len(taken.inputs) + len(taken.outputs) - 2 * run.saved, run, taken))
    for _, run, taken in sorted(found, key=lambda each: each[0])[:MOST]:
        added = Replacement(at, at, _function(site, name, run, taken))
        yield Change((added, _call(site, name, run, taken)), name.decode())


def _runs(site: Site) -> Iterator[Run]:
    """Yield the runs of statements that save something, in each block."""
    body = site.function.child_by_field_name("body")
    for block in walk(body, inner=False) if body is not None else ():
        if block.type != "block" or (depth := _depth(block, site.function)) is None:
            continue
        statements = [each for each in block.named_children if each.type not in EXTRAS]
        costs = [depth * sum(below.type in NESTING for below in walk(each)) for each in statements]
        for begin, first in enumerate(statements):
            for end in range(begin, min(begin + LONGEST, len(statements))):
                saved = sum(costs[begin : end + 1])
                # What costs nothing is taken in at the front only, where it may save a parameter.
                if saved < FEWEST_SAVED or not costs[end] or not _stand_alone(site, statements[begin : end + 1]):
                    continue
                if statements[end].end_point[0] - first.start_point[0] + 1 >= FEWEST_LINES:
                    yield Run(first, statements[end], saved)


def _stand_alone(site: Site, statements: Sequence[Node]) -> bool:
    return all(stands_alone(site, each) for each in statements)


def _depth(block: Node, function: Node) -> int | None:
    """Return how many nesting statements stand around a block in its function, None where another stands between."""
    depth, node = 0, block.parent
    while node is not None and node != function:
        if node.type in DEFINITIONS or node.type == "match_statement":
            return None
        depth += node.type in NESTING
        node = node.parent
    return depth


def _within(run: Run) -> Iterator[Node]:
    node: Node | None = run.first
    while node is not None:
        yield from walk(node)
        node = node.next_sibling if node != run.last else None


def _function(site: Site, name: bytes, run: Run, taken: Passage) -> bytes:
    lines = shifted(site, line_start(site, run.first), line_end(site, run.last), indentation(site, run.first), STEP)
    gives = STEP + b"return " + b", ".join(taken.outputs) + b"\n" if taken.outputs else b""
    return b"def " + name + b"(" + b", ".join(taken.inputs) + b"):\n" + lines + gives + b"\n\n"


def _call(site: Site, name: bytes, run: Run, taken: Passage) -> Replacement:
    target = b", ".join(taken.outputs) + b" = " if taken.outputs else b""
    call = indentation(site, run.first) + target + name + b"(" + b", ".join(taken.inputs) + b")\n"
    return Replacement(line_start(site, run.first), line_end(site, run.last), call)


def _home(function: Node) -> Node | None:
    """Return the statement of the module that a function or method stands in, None inside another function."""
    node = function
    while node.parent is not None and node.parent.type != "module":
        node = node.parent
        if node.type not in ("decorated_definition", "class_definition", "block"):
            return None
    return node if not any(each.type == "type_parameter" for each in walk(node)) else None


def _free_name(site: Site, module: Node) -> bytes:
    own = site.function.child_by_field_name("name")
    stem = b"_" + (PART.sub(b"", text(site, own)).strip(b"_") if own is not None else b"") + b"_part"
    known = {each.text for each in walk(module) if each.type == "identifier"} | set(site.names)
    number = 1
    while (name := stem + (b"%d" % number if number > 1 else b"")) in known:
        number += 1
    return name


def _is_private(site: Site, node: Node) -> bool:
    """Return whether a name is mangled by the class around."""
    own = text(site, node) if node.type == "identifier" else b""
    return own.startswith(b"__") and not own.endswith(b"__")


SIMPLIFICATION = Simplification(
    name="extract_function",
    title="Make nested statements a function",
    proof=NEEDS_CHECK,
    before="X = 1\n\n\n# Counts.\ndef f(rows, most):\n    n = 0\n    for row in rows:\n        if row:\n            # each\n"
    "            for cell in row:\n                if cell < most:\n                    # low\n                    n += 1\n"
    "            print(n)\n    return n\n",
    after="X = 1\n\n\ndef _f_part(most, n, row):\n    for cell in row:\n        if cell < most:\n            # low\n"
    "            n += 1\n    return n\n\n\n# Counts.\ndef f(rows, most):\n    n = 0\n    for row in rows:\n        if row:\n"
    "            # each\n            n = _f_part(most, n, row)\n            print(n)\n    return n\n",
    propose=propose,
)
