"""Look a value up instead of comparing with one constant after the other."""

import ast
from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import NEEDS_CHECK, Change, Simplification
from autonav_analysis.syntax.python_branches import Branch, blocks, branches, inside, returned
from autonav_analysis.syntax.python_layout import STEP, has_comment
from autonav_analysis.syntax.python_nodes import indentation, text

FEWEST = 3
KEYS = ("string", "integer")
CONSTANTS = frozenset(("string", "integer", "float", "true", "false", "none"))


def propose(site: Site) -> Iterator[Change]:
    """Yield each chain that compares one name with constants and returns constants, as a lookup in a dictionary."""
    for block in blocks(site):
        for node, after in zip(block.named_children, (*block.named_children[1:], None), strict=False):
            found = branches(node) if node.type == "if_statement" else []
            has_else = len(found) > 1 and found[-1].condition is None
            last = inside(found[-1].body)[-1] if has_else else after
            if last is None or len(asked := found[:-1] if has_else else found) < FEWEST:
                continue
            default = returned(last)
            end = node.end_byte if has_else else last.end_byte
            entries = [_entry(site, each) for each in asked]
            if default is None or default.type not in CONSTANTS or has_comment(site, (node.start_byte, end)):
                continue
            if (has_else and len(inside(found[-1].body)) != 1) or (table := _table(entries)) is None:
                continue
            margin = indentation(site, node)
            rows = b"".join(margin + STEP + key + b": " + value + b",\n" for _, key, value in table)
            lookup = b"return {\n" + rows + margin + b"}.get(" + table[0][0] + b", " + text(site, default) + b")"
            yield Change((Replacement(node.start_byte, end, lookup),))


def _table(entries: list[tuple[bytes, bytes, bytes] | None]) -> list[tuple[bytes, bytes, bytes]] | None:
    """Return the entries where all are, ask for one name, and no two keys are equal."""
    table = [each for each in entries if each is not None]
    keys = {ast.literal_eval(each[1].decode("utf-8", "replace")) for each in table}
    same = len(table) == len(entries) == len(keys) and len({each[0] for each in table}) == 1
    return table if same and len({type(each) for each in keys}) == 1 else None


def _entry(site: Site, branch: Branch) -> tuple[bytes, bytes, bytes] | None:
    """Return the name, the constant and the returned constant of a branch that is no more than that."""
    condition, held = branch.condition, inside(branch.body)
    value = returned(held[0]) if len(held) == 1 else None
    if condition is None or condition.type != "comparison_operator" or value is None or value.type not in CONSTANTS:
        return None
    operators = condition.children_by_field_name("operators")
    left, right = condition.named_children[0], condition.named_children[-1]
    plain = len(operators) == 1 and operators[0].type == "==" and left.type == "identifier"
    if not plain or right.type not in KEYS or _is_formatted(value) or _is_formatted(right):
        return None
    return text(site, left), text(site, right), text(site, value)


def _is_formatted(node: Node) -> bool:
    return any(each.type == "interpolation" for each in node.children)


SIMPLIFICATION = Simplification(
    name="use_lookup",
    title="Look a value up instead of comparing",
    proof=NEEDS_CHECK,
    before="def f(a):\n    if a == 'x':\n        return 1\n    elif a == 'y':\n        return 2\n    elif a == 'z':\n"
    "        return 3\n    return None\n",
    after="def f(a):\n    return {\n        'x': 1,\n        'y': 2,\n        'z': 3,\n    }.get(a, None)\n",
    propose=propose,
)
