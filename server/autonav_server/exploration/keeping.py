"""Keeping what a search found: its candidates as trees of our own, and the record that proves them."""

from dataclasses import replace

from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import Entry
from autonav_protocol.values.evaluation import Evaluation
from autonav_server.evaluation.messages import Outcome
from autonav_server.exploration.records import keep_candidates
from autonav_server.worktree.clock import now
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import Tree, private_git, working_tree, write_tree
from autonav_server.worktree.worktree import Worktree


def snapshot(worktree: Worktree) -> tuple[Tree, str]:
    """Return the working tree, its entries and its git tree."""
    with worktree.alone():
        tree = working_tree(worktree, run_filters=True)
        return tree, write_tree(worktree, tree)


def kept(worktree: Worktree, outcome: Outcome, tree: Tree) -> list[Candidate]:
    """Write the trees of an outcome's candidates, keep them in the store, and return them so."""
    with worktree.alone():
        return _written(worktree, outcome, tree)


def evidence(run_id: str, outcome: Outcome) -> dict[str, object]:
    """Return what proves the candidates: commands, exit codes, collected and passed counts, guarantees."""
    return {
        "run": run_id,
        "evaluations": outcome.evaluations,
        "seconds": outcome.seconds,
        "base": _proof(outcome.base),
        "asked": list(outcome.asked),
        "candidates": [
            {"id": each.id, "diff": each.diff, **(_proof(each.evaluation) if each.evaluation else {})}
            for each in outcome.candidates
        ],
    }


def _written(worktree: Worktree, outcome: Outcome, tree: Tree) -> list[Candidate]:
    head = head_of(worktree)
    git = private_git(worktree, run_filters=True)
    found = []
    for candidate in outcome.candidates:
        changed = dict(tree)
        for path, content in outcome.contents[candidate.id].items():
            data = content.encode("utf-8", "surrogateescape")
            changed[path] = Entry(tree[path].mode, _hashed(git, path, tree[path].oid, data))
        found.append(replace(candidate, head=head, tree=write_tree(worktree, changed)))
    keep_candidates(worktree, tuple(found), now())
    return found


def _hashed(git: Git, path: str, before: str, data: bytes) -> str:
    """Store bytes as adding the file would, line ends and filters undone, unless what was committed was not so stored."""
    written = git("cat-file", "--filters", f"--path={path}", before).stdout
    converted = git.text("hash-object", f"--path={path}", "--stdin", stdin=written).strip()
    how = f"--path={path}" if converted == before else "--no-filters"
    return git.text("hash-object", "-w", how, "--stdin", stdin=data).strip()


def _proof(evaluation: Evaluation) -> dict[str, object]:
    return {
        "commands": [[list(each.argv), each.exit_code] for each in evaluation.commands],
        "passed": evaluation.tests.passed,
        "failed": evaluation.tests.failed,
        "collected": evaluation.tests.collected,
        "sandbox": evaluation.sandbox,
        "guarantees": dict(evaluation.guarantees),
    }
