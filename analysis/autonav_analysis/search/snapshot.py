"""The whole tree of a search as plain data, for a page that explains it and for tests that compare it."""

from collections.abc import Mapping
from typing import Any

from autonav_analysis.search.asktell import Search
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.tree import Group, GroupKey, Node
from autonav_protocol.values.candidate import Proposal

SHORT = 12
DIGITS = 6


def snapshot(search: Search) -> dict[str, Any]:
    """Return a search as JSON-able data: how far it is, what it found, and its nodes in the order they were asked.

    A node names its children by their ids, cut to 12 characters. Groups that nothing was drawn from are
    counted and not listed.
    """
    tree = search.tree
    return {
        "strategy": search.strategy.name,
        "seed": tree.seed,
        "targets": search.targets,
        "first_order": tree.first_order,
        "asked": search.asked,
        "evaluated": search.evaluated,
        "root": tree.base.id[:SHORT],
        "found": [
            {"id": found.id[:SHORT], "stage": found.stage, "evaluations": found.evaluations} for found in search.found
        ],
        "nodes": [_node(node) for node in tree.nodes.values()],
    }


def _node(node: Node) -> dict[str, Any]:
    drawn = {key: group for key, group in node.groups.items() if group.children}
    shown: dict[str, Any] = {
        "id": node.id[:SHORT],
        "stage": node.stage,
        "edits": [_said(edit) for edit in node.edits],
        "result": _vector(node.result),
        "reward": round(node.reward, DIGITS),
    }
    if node.state is not None or drawn:
        shown |= {
            "visits": node.visits,
            "pending": node.pending,
            "value": _mean(node),
            "left": node.drawn.count(0),
            "untouched": len(node.groups) - len(drawn),
            "groups": [_group(key, group) for key, group in drawn.items()],
        }
    return shown


def _group(key: GroupKey, group: Group) -> Mapping[str, Any]:
    path, line, rewrite = key
    return {
        "at": f"{path}:{line}",
        "rewrite": rewrite,
        "prior": round(group.prior, DIGITS),
        "visits": group.visits,
        "pending": group.pending,
        "value": _mean(group),
        "children": [child[:SHORT] for child in group.children],
        "open": [child[:SHORT] for child in group.opened],
    }


def _said(proposal: Proposal) -> str:
    return f"{proposal.rewrite} {proposal.edits[0].path}:{proposal.line}"


def _vector(result: Result | None) -> str:
    """Return `1` for each target that passes and `0` for each that fails, or a word."""
    if result is None:
        return "asked"
    if result.refused:
        return "refused"
    return "".join("01"[passed] for passed in result.passed) + (" broken" if result.broken else "")


def _mean(visited: Node | Group) -> float:
    return round(visited.total / visited.visits, DIGITS) if visited.visits else 0.0
